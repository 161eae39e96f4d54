"""The guard-rail of a run: a discount as deep as it says, given to orders to come, leaves the target."""

import pytest

from cli.calls import caller
from lifeworth.base.errors import UsageError
from lifeworth.results.read import read_run
from lifeworth.value.guard_rail import Target
from lifeworth.value.scenarios import Changes
from lifeworth.workflows.guard_rail import SCHEMES, guard_rail
from lifeworth.workflows.value import value_files
from workflows.shops import shop


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guard")
    shop(customers=500, cost_share=0.55).to_csv(folder / "orders.csv", index=False)
    changes = Changes(price=0.10)
    return value_files(
        [folder / "orders.csv"], folder / "run", model="MBGNBD", changes=changes, reading={"currency": "CNY"}
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_group_that_buys_has_a_row_whose_ends_hold_the_value(run, scheme):
    found = guard_rail(run.folder, run.summary, Target("keep", 0.8), scheme)
    assert found["rows"]
    for row in found["rows"]:
        for name in ("margin", "sales", "deepest"):
            assert row[name]["low"] <= row[name]["value"] <= row[name]["high"]
        assert 0 <= row["give"] <= max(row["deepest"]["value"], 0)
        assert row["margin"]["low"] < row["margin"]["value"] == pytest.approx(0.45, abs=0.05)


def test_sales_times_margin_is_current_value(run):
    found = guard_rail(run.folder, run.summary, Target(), "tier")
    groups = {g["key"]: g for g in run.summary["segments"] if g["scheme"] == "tier"}
    for row in found["rows"]:
        value = row["sales"]["value"] * row["margin"]["value"]
        assert value == pytest.approx(groups[row["key"]]["current_value"]["value"], rel=1e-3)


def test_a_discount_costs_what_the_price_scenario_of_the_run_says(run):
    """Ten per cent off everything, by the scenario, is ten per cent of the sales ahead."""
    found = guard_rail(run.folder, run.summary, Target(), "tier")
    less = next(
        row for row in run.summary["scenarios"]["rows"] if row["lever"] == "price" and row["change"] < 0
    )
    sales = sum(row["sales"]["value"] for row in found["rows"])
    assert less["difference"] == pytest.approx(-0.10 * sales, rel=1e-3)


def test_a_run_on_revenue_has_none(tmp_path):
    shop(customers=200).to_csv(tmp_path / "orders.csv", index=False)
    plain = value_files(
        [tmp_path / "orders.csv"], tmp_path / "run", model="MBGNBD", reading={"currency": "CNY"}
    )
    assert guard_rail(plain.folder, plain.summary, Target()) is None


def test_a_grouping_that_is_none_is_refused(run):
    with pytest.raises(UsageError) as raised:
        guard_rail(run.folder, run.summary, Target(), "weather")
    assert raised.value.code == "VALUE-332"


def test_the_terminal_tells_target_formula_and_law(run, monkeypatch, capsys, tmp_path):
    call = caller(monkeypatch, capsys, tmp_path)
    answer = call("guard-rail", run.folder, "--order", "10")
    assert answer.code == 0
    row = guard_rail(run.folder, run.summary, Target("order", 10.0))["rows"][0]
    assert f"= {100 * row['margin']['value']:.1f}\xa0% − " in answer.out
    assert "PIPL Art. 24" in answer.out
    told = call("guard-rail", run.folder, "--keep", "0.5", "--json").json
    assert told["guard_rail"]["rows"] == guard_rail(run.folder, run.summary, Target("keep", 0.5))["rows"]
    assert told["as_of"] == read_run(run.folder).summary["as_of"]

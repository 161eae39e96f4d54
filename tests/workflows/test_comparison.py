"""Two published runs of one shop, five months apart: from files to the page and the command."""

import pytest

from cli.calls import caller
from lifeworth.base.errors import DataError, UsageError
from lifeworth.reports import comparison_report
from lifeworth.results.read import read_run
from lifeworth.workflows.comparison import compare_folders
from lifeworth.workflows.value import value_files
from workflows.shops import shop

DAYS = ("2024-11-30", "2025-04-30")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    shop().to_csv(folder / "orders.csv", index=False)
    for day in DAYS:
        value_files(
            [folder / "orders.csv"], folder / day, until=day, model="MBGNBD", reading={"currency": "CNY"}
        )
    return [folder / day for day in DAYS]


def test_the_bridge_leads_from_one_total_to_the_other_to_the_cent(folders):
    told = compare_folders(*folders)
    one, two = (read_run(folder).summary["totals"]["future_value"] for folder in folders)
    made = told["bridge"]
    assert told["comparable"]
    assert (made["before"], made["after"]) == (one, two)
    assert sum(round(step["amount"] * 100) for step in made["steps"]) == round(two * 100) - round(one * 100)
    amounts = {step["key"]: step["amount"] for step in made["steps"]}
    assert amounts["new"] > 0
    assert amounts["gone"] == 0
    assert "margin" not in amounts
    assert sum(move["customers"] for move in told["moves"]) == told["figures"]["customers"]["after"]


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_page_says_it_in_three_languages(folders, language):
    told = compare_folders(*folders)
    page = comparison_report(told, read_run(folders[0]).summary, read_run(folders[1]), language)
    assert f'lang="{language}"' in page
    assert "value-bridge" in page
    assert "bridge." not in page.partition("<main")[2].partition("<script")[0]


def test_other_settings_are_named_and_not_bridged(folders, tmp_path):
    other = tmp_path / "other"
    value_files(
        [folders[0].parent / "orders.csv"], other, until=DAYS[1], model="MBGNBD", horizon_months=6,
        reading={"currency": "CNY"},
    )  # fmt: skip
    told = compare_folders(folders[0], other)
    assert not told["comparable"]
    assert told["bridge"] is None
    assert told["settings"]["horizon_months"] == {"before": 12, "after": 6}
    page = comparison_report(told, read_run(folders[0]).summary, read_run(other), "en")
    assert "cannot be set side by side" in page


def test_the_wrong_order_and_no_run_are_refused(folders, tmp_path):
    with pytest.raises(UsageError, match="RESULT-004"):
        compare_folders(*reversed(folders))
    with pytest.raises(DataError, match="RESULT-002"):
        compare_folders(tmp_path, folders[1])


def test_the_command_answers_lines_json_and_a_page(folders, tmp_path, monkeypatch, capsys):
    call = caller(monkeypatch, capsys, tmp_path)
    said = call("compare", *folders, "--out", "changes.html")
    assert said.code in (0, None), said.notes
    assert "New customers" in said.out
    assert (tmp_path / "changes.html").exists()
    assert call("compare", *folders, "--json").json == compare_folders(*folders)
    assert call("compare", *reversed(folders)).code == 2


def test_runs_of_the_plain_formula_have_a_bridge(folders, tmp_path):
    for day in DAYS:
        value_files(
            [folders[0].parent / "orders.csv"], tmp_path / day, until=day, model="formula",
            reading={"currency": "CNY"},
        )  # fmt: skip
    told = compare_folders(*(tmp_path / day for day in DAYS))
    steps = told["bridge"]["steps"]
    assert sum(round(step["amount"] * 100) for step in steps) == round(
        100 * (told["bridge"]["after"] - told["bridge"]["before"])
    )


def test_runs_without_a_customer_in_common_have_one_too(folders, tmp_path):
    renamed = shop().assign(customer_id=lambda table: "x" + table["customer_id"])
    renamed.to_csv(tmp_path / "orders.csv", index=False)
    value_files(
        [tmp_path / "orders.csv"], tmp_path / "other", until=DAYS[1], model="MBGNBD",
        reading={"currency": "CNY"},
    )  # fmt: skip
    amounts = {
        s["key"]: s["amount"] for s in compare_folders(folders[0], tmp_path / "other")["bridge"]["steps"]
    }
    assert amounts["new"] > 0 > amounts["gone"]
    assert amounts["frequency"] == amounts["spend"] == 0

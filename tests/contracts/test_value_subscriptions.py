"""What subscribers are still worth: against the truth of a simulated telecom, a real file, the command."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from cli.calls import caller, run
from contracts.telecom import LONGEST, telecom, troubled
from lifeworth.base.errors import DataError, UsageError
from shared_data import needs_shared, shared


@pytest.fixture(scope="module")
def valued():
    table, truth = telecom()
    return table, truth, lw.value_subscriptions(table, margin=0.6)


def test_survival_at_24_months_is_that_of_kaplan_and_meier(valued):
    _, truth, found = valued
    curve = found.survival.to_pandas().set_index("period")
    dense = curve[curve["at_risk"] >= 1000]
    assert abs(dense["model"] - dense["observed"]).max() < 0.005
    assert curve["observed"][24] == pytest.approx(truth["survival"][24], abs=0.02)
    assert curve["model"][24] == pytest.approx(truth["survival"][24], abs=0.02)
    assert (
        (curve["observed_low"] <= curve["observed"]) & (curve["observed"] <= curve["observed_high"])
    ).all()


def test_the_hazard_with_covariates_wins_and_knows_each_account(valued):
    _, truth, found = valued
    assert found.summary["model"] == "DiscreteHazard"
    rows = found.accounts.to_pandas()
    stays = np.concatenate([np.ones((len(rows), 1)), truth["stays"]], axis=1)
    here = (~truth["churned"]) & (truth["months"] <= LONGEST - 12)
    at = np.flatnonzero(here)
    wanted = stays[at, truth["months"][at] + 12] / stays[at, truth["months"][at]]
    assert abs(rows["probability_stays"].to_numpy()[at] - wanted).mean() < 0.02
    assert rows["probability_stays"].to_numpy()[at].mean() == pytest.approx(wanted.mean(), abs=0.01)


def test_values_are_payments_times_margin_and_add_up_to_the_cent(valued):
    table, truth, found = valued
    rows = found.accounts.to_pandas()
    left = truth["churned"]
    assert (rows.loc[left, ["residual_value", "horizon_value", "naive_value"]] == 0).all(axis=None)
    assert sum(rows["residual_value"]) == Decimal(found.summary["totals"]["residual_value"])
    assert sum(Decimal(plan["residual_value"]) for plan in found.summary["plans"]) == sum(
        rows["residual_value"]
    )
    money = rows[["residual_value_low", "residual_value", "residual_value_high", "horizon_value"]].astype(
        float
    )
    assert (money["residual_value_low"] <= money["residual_value"]).all()
    assert (money["residual_value"] <= money["residual_value_high"]).all()
    assert (money["horizon_value"] <= money["residual_value"] + 0.01).all()
    most = table["MonthlyCharges"] * 0.6 * 12
    assert (money["horizon_value"] <= most + 0.01).all()


def test_the_horizon_value_of_the_company_is_the_true_one(valued):
    table, truth, found = valued
    rate = 1.1 ** (1 / 12) - 1
    stays = np.concatenate([np.ones((len(table), 1)), truth["stays"]], axis=1)
    at = np.flatnonzero(~truth["churned"] & (truth["months"] <= LONGEST - 12))
    ahead = truth["months"][at][:, None] + np.arange(1, 13)
    chance = stays[at[:, None], ahead] / stays[at, truth["months"][at]][:, None]
    wanted = (chance @ (1 + rate) ** -np.arange(12.0)) * table["MonthlyCharges"].to_numpy()[at] * 0.6
    rows = found.accounts.to_pandas()["horizon_value"].astype(float).to_numpy()[at]
    assert rows.sum() == pytest.approx(wanted.sum(), rel=0.01)


def test_reasons_name_what_an_account_is(valued):
    rows = valued[2].accounts.to_pandas()
    monthly = rows[(rows["plan"] == "Month-to-month") & ~rows["churned"]]
    assert monthly["reasons"].str.contains("plan = Month-to-month raises the chance to leave").all()
    assert rows[rows["churned"]]["reasons"].str.startswith("left after").all()


def test_without_covariates_a_model_by_age_is_chosen():
    table, _ = telecom(1500)
    found = lw.value_subscriptions(table[["tenure", "Churn"]])
    assert {each["name"] for each in found.summary["candidates"]} == {
        "baseline", "ShiftedBetaGeometric", "BetaDiscreteWeibull",
    }  # fmt: skip
    assert found.summary["candidates"][0]["held_out"] == max(
        each["held_out"] for each in found.summary["candidates"]
    )
    assert found.summary["totals"]["residual_value"] is None
    assert found.accounts["residual_value"].null_count == found.summary["active"]


def test_a_leaking_column_changes_nothing():
    table, _ = troubled()
    clean = table.drop(
        columns=["Churn Score", "Churn Reason", "Satisfaction Score", "Exit survey", "Closing call"]
    )
    assert lw.value_subscriptions(table).accounts.equals(lw.value_subscriptions(clean).accounts)


def test_settings_out_of_range_are_refused():
    table, _ = telecom(60)
    for wrong in ({"margin": 1.5}, {"discount_rate": -0.1}, {"horizon_months": 0}):
        with pytest.raises(UsageError, match="VALUE-340"):
            lw.value_subscriptions(table, **wrong)


@needs_shared
def test_a_real_file_without_charges_gets_months_and_no_invented_money():
    found = lw.value_subscriptions(shared("pysurvival_churn/churn.csv"))
    held = {each["name"]: each["held_out"] for each in found.summary["candidates"]}
    assert found.summary["model"] == "DiscreteHazard"
    assert held["DiscreteHazard"] > held["baseline"] + 0.2
    rows = found.accounts.to_pandas()
    assert rows.loc[~rows["churned"], "months_left"].between(0, 120).all()
    assert found.accounts["residual_value"].null_count == 1068  # those who left are worth 0


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_command_answers_and_writes_its_folder(tmp_path, monkeypatch, capsys, language):
    table, _ = troubled(900)
    table.to_csv(tmp_path / "churn.csv", index=False)
    call = caller(monkeypatch, capsys, tmp_path)
    answer = call("subscriptions", "churn.csv", "--margin", "0.6", "--out", "out", "--lang", language)
    assert answer.code == 0, answer.notes
    assert "Churn Score" in answer.out
    written = pd.read_csv(tmp_path / "out" / "accounts.csv")
    assert len(written) == 900
    told = call("subscriptions", "churn.csv", "--margin", "0.6", "--json", "--lang", language).json
    assert written["residual_value"].sum() == pytest.approx(float(told["totals"]["residual_value"]), abs=0.01)
    again = call("subscriptions", "churn.csv", "--out", "out", "--lang", language)  # over its own results
    assert again.code == 0


def test_a_second_valuation_takes_the_place_of_the_first_and_leaves_notes_alone(tmp_path):
    lw.value_subscriptions(telecom(600)[0], tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    second = lw.value_subscriptions(telecom(400)[0], tmp_path)
    for name in ("accounts.csv", "survival.csv"):
        rows = (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()
        assert len(rows) - 1 == (second.accounts if name == "accounts.csv" else second.survival).num_rows
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="RESULT-001"):
        lw.value_subscriptions(telecom(300)[0], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_needs_no_pandas(tmp_path):
    troubled(600)[0].to_csv(tmp_path / "churn.csv", index=False)
    answer = run("subscriptions", "churn.csv", "--json", folder=tmp_path)
    assert answer.code == 0, answer.notes
    assert answer.json["accounts"] == 600

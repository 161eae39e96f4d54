"""Churn files: read, reconciled, and what tells the outcome left out."""

import numpy as np
import pandas as pd
import pytest

from contracts.telecom import telecom, troubled
from lifeworth.base.errors import DataError
from lifeworth.data.contracts.accounts import read_accounts
from lifeworth.data.contracts.covariates import choose, tells
from shared_data import needs_shared, shared


def codes(accounts):
    return {finding.code.partition(".")[2]: finding.facts for finding in accounts.findings}


def test_the_best_known_layout_is_read_whole():
    table, truth = telecom(500)
    found = read_accounts(table)
    assert found.rows_read == len(found) == 500
    assert (found.churned == truth["churned"]).all()
    assert (found.months == truth["months"]).all()
    assert found.charge == pytest.approx(table["MonthlyCharges"] * 100)
    assert found.customer_id == table["customerID"].tolist()
    assert codes(found) == {}
    assert found.covariates.left_out == []


def test_contradictions_are_settled_by_the_majority_and_counted():
    table, truth = troubled()
    found = read_accounts(table)
    assert (found.churned == truth["churned"]).all()
    assert codes(found)["statements_differ"]["count"] == 25


def test_of_a_tie_the_flag_holds():
    table = pd.DataFrame(
        {"tenure": [3, 4, 5], "Churn": ["Yes", "No", "No"], "Status": ["Active", "Lost", "new"]}
    )
    found = read_accounts(table)
    assert found.churned.tolist() == [True, False, False]
    assert codes(found)["statements_differ"]["count"] == 2


def test_negative_charges_and_blank_totals_are_counted_and_never_valued_as_they_stand():
    table, _ = troubled()
    found = read_accounts(table)
    facts = codes(found)
    assert facts["negative_charge"]["count"] == 10
    assert facts["blank_total"]["count"] == 5
    mean = table["TotalCharges"].iloc[30:40].astype(float) / table["tenure"].iloc[30:40]
    assert found.charge[30:40] / 100 == pytest.approx(mean, abs=0.006)


def test_a_total_that_cannot_be_of_that_charge_is_counted():
    table, _ = telecom(200)
    table.loc[:6, "TotalCharges"] = "0.01"
    assert codes(read_accounts(table))["total_differs"]["count"] == 7


def test_columns_that_tell_the_outcome_are_left_out_with_their_reason():
    table, _ = troubled()
    found = read_accounts(table).covariates
    assert dict(found.left_out) == {
        "Churn Score": "told",
        "Churn Reason": "told",
        "Exit survey": "told",
        "Closing call": "only_leavers",
        "Satisfaction Score": "perfect",
        "Total GB": "grows",
    }
    assert "Dependents" in found.numbers
    assert set(found.leaks()) == {
        "Churn Score", "Churn Reason", "Exit survey", "Closing call", "Satisfaction Score",
    }  # fmt: skip


def test_a_column_that_only_helps_is_kept_and_constants_and_names_are_not():
    rng = np.random.default_rng(2)
    left = rng.random(1000) < 0.3
    columns = {
        "helps": (left + rng.normal(0, 1.5, 1000)).round(3).astype(str),
        "always": np.full(1000, "x"),
        "name": np.array([f"n{at}" for at in range(1000)]),
        "perfect": (left + rng.normal(0, 0.05, 1000)).round(3).astype(str),
    }
    found = choose(columns, left, rng.random(1000), [])
    assert list(found.numbers) == ["helps"]
    assert dict(found.left_out) == {"always": "one", "name": "many", "perfect": "perfect"}


def test_the_area_under_the_curve_counts_pairs():
    rng = np.random.default_rng(1)
    score, left = rng.integers(0, 5, 60).astype(float), rng.random(60) < 0.4
    pairs = np.sign(score[left][:, None] - score[~left][None, :])
    assert tells(score, left) == pytest.approx((pairs + 1).mean() / 2)


def test_a_chinese_file_is_read(tmp_path):
    path = tmp_path / "流失.csv"
    path.write_text(
        "用戶編號,在網月數,套餐,月租費,累計費用,是否流失,客戶狀態\n"
        '="001",12,尊享,"￥58.00",696,是,已流失\nA2,３,基礎,19.9,59.7,否,在網\nA3,5,基礎,19.9,,,已銷戶\nA4,6,基礎,9,54,,不詳\n',
        encoding="gb18030",
    )
    found = read_accounts(path)
    assert found.customer_id == ["001", "A2", "A3"]
    assert found.churned.tolist() == [True, False, True]
    assert found.charge.tolist() == [5800, 1990, 1990]
    assert found.rejected.to_pylist()[0] | {"file": ""} == {
        "file": "", "row": 5, "reason": "no_known_status", "text": "",
    }  # fmt: skip


def test_months_before_the_records_begin_are_kept():
    table = pd.DataFrame({"tenure": [9, 9, 2], "entry": [4, 9, 3], "churn": [1, 1, 0]})
    found = read_accounts(table)
    assert found.entry.tolist() == [4, 8]  # a leaver was at risk at the last date, at least
    assert found.rejected["reason"].to_pylist() == ["entry_after_months"]


def test_a_file_without_usable_rows_is_refused():
    with pytest.raises(DataError, match="DATA-340"):
        read_accounts(pd.DataFrame({"tenure": [3], "status": ["who knows"]}))
    with pytest.raises(DataError, match="DATA-301"):
        read_accounts(pd.DataFrame({"tenure": [3]}))


@needs_shared
def test_a_real_file_with_decimals_for_integers_is_read_whole():
    found = read_accounts(shared("pysurvival_churn/churn.csv"))
    assert (len(found), int(found.churned.sum()), found.rejected.num_rows) == (2000, 932, 0)
    assert len(found.covariates.numbers) == 24
    assert np.isnan(found.charge).all()

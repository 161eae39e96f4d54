"""Churn files as offices send them: in three languages, old encodings, with titles above and wrong flags."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from contracts.telecom import telecom
from lifeworth.data.contracts.accounts import read_accounts

# headers, words of both flags (left, stayed, here, gone), words of the status
HOSTILE = {
    "en.xlsx": (
        "Customer ID", "Tenure in Months", "Contract", "Monthly Charge", "Total Revenue", "Churn Label",
        "is_active", "Customer Status", "Satisfaction Score", ("Yes", "No", "1", "0"), ("Churned", "Stayed"),
    ),
    "gbk.csv": (
        "用户ID ", "在网时长（月）", "套餐类型", "月租费(元)", "累计消费（元）", "是否流失", "是否在网",
        "当前状态", "满意度评分", ("是", "否", "是", "否"), ("已离网", "在网"),
    ),
    "big5.csv": (
        "客戶編號", "在網月數", "合約類型", "每月費用(NT$)", "總費用(NT$)", "是否流失", "是否在網",
        "客戶狀態", "滿意度", ("是", "否", "是", "否"), ("已終止", "使用中"),
    ),
}  # fmt: skip
SIZE, WRONG = 2500, 40


def replica(name, folder):
    """(path, who truly left): in 40 rows the first flag is wrong, 10 charges are negative, 5 totals blank."""
    told, truth = telecom(SIZE, 11)
    left, rng = truth["churned"], np.random.default_rng(5)
    *headers, flags, words = HOSTILE[name]
    flag = np.where(np.arange(SIZE) < WRONG, ~left, left)
    charge = [f"￥{each:,.2f}" if name == "gbk.csv" else each for each in told["MonthlyCharges"]]
    satisfied = np.where(left, rng.integers(1, 4, SIZE), rng.integers(3, 6, SIZE))
    table = pd.DataFrame(dict(zip(headers, (
        [f'="{each}"' for each in told["customerID"]] if name == "gbk.csv" else told["customerID"],
        told["tenure"], told["Contract"], charge, told["TotalCharges"], np.where(flag, *flags[:2]),
        np.where(left, flags[3], flags[2]), np.where(left, *words), satisfied,
    ), strict=True)))  # fmt: skip
    table[headers[3]] = table[headers[3]].astype(object)
    table.loc[100:109, headers[3]] = -10
    table.loc[200:204, headers[4]] = " "
    path = folder / name
    if name.endswith("xlsx"):
        table.to_excel(path, index=False, startrow=2, sheet_name="Export")
    else:
        table.to_csv(path, index=False, encoding=name.partition(".")[0])
    return path, truth


@pytest.fixture(scope="module", params=list(HOSTILE))
def hostile(request, tmp_path_factory):
    path, truth = replica(request.param, tmp_path_factory.mktemp("hostile"))
    return lw.value_subscriptions(path), truth


def test_the_file_is_read_whole_and_settled_by_the_majority(hostile):
    found, truth = hostile
    assert (found.summary["rows_read"], found.summary["rejected"]) == (SIZE, 0)
    assert found.accounts["churned"].to_pylist() == truth["churned"].tolist()
    assert len(found.summary["plans"]) == 3
    counts = {each["code"]: each["facts"].get("count") for each in found.summary["findings"]}
    assert counts["contracts.statements_differ"] == WRONG
    assert counts["contracts.negative_charge"] == 10
    assert counts["contracts.blank_total"] == 5


def test_survival_is_that_of_kaplan_and_meier_and_satisfaction_that_leaks_is_left_out(hostile):
    found, truth = hostile
    at_24 = found.summary["survival_24"]
    assert abs(at_24["model"] - at_24["observed"]) < 0.005
    months, left = truth["months"], truth["churned"]
    curve = np.prod(
        [1 - (left & (months == month)).sum() / (months >= month).sum() for month in range(1, 25)]
    )
    assert at_24["observed"] == pytest.approx(curve)
    assert [each["reason"] for each in found.summary["left_out"]] == ["perfect"]
    assert "contracts.leakage" in {each["code"] for each in found.summary["findings"]}


def test_wrong_flags_do_not_hide_what_tells_the_outcome():
    """Where status and flag differ, satisfaction is judged by the accounts of which both say the same."""
    told, truth = telecom(1500, 12)
    left, rng = truth["churned"], np.random.default_rng(6)
    wrong = rng.random(1500) < 0.15
    table = pd.DataFrame(
        {
            "tenure": told["tenure"], "Churn": np.where(wrong ^ left, "Yes", "No"),
            "Status": np.where(left, "Churned", "Stayed"),
            "Satisfaction Score": np.where(left, rng.integers(1, 4, 1500), rng.integers(3, 6, 1500)),
        }
    )  # fmt: skip
    assert ("Satisfaction Score", "perfect") in read_accounts(table).covariates.left_out


def test_words_of_a_status_that_nobody_knows_are_told():
    table = pd.DataFrame(
        {"tenure": [3, 4, 5], "Churn": ["Yes", "No", "No"], "Status": ["Lost", "frozen", "frozen"]}
    )
    found = {each.code: each.facts for each in read_accounts(table).findings}
    assert found["contracts.unknown_status"]["count"] == 2
    assert found["contracts.unknown_status"]["words"] == ["frozen"]


def test_the_flag_that_somebody_is_here_counts_as_well():
    table = pd.DataFrame({"tenure": [3, 4, 5], "is_active": [0, 1, 1], "churn": ["yes", "yes", "no"],
                          "status": ["left", "active", "active"]})  # fmt: skip
    assert read_accounts(table).churned.tolist() == [True, False, False]

"""Households and accounts: sums to the cent, intervals from joint futures, refusals that say whom."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import DataError
from lifeworth.data.samples.company import simulate_company
from lifeworth.data.samples.company.beside import simulate_beside
from lifeworth.data.samples.company.files import customer_key
from lifeworth.value.intervals import _add
from lifeworth.workflows.demo import value_company
from workflows.shops import shop

PARTS = ("historical_value", "current_value", "potential_value", "future_value", "lifetime_value")


@pytest.fixture(scope="module")
def orders():
    return shop(customers=300, days=500)


def households(orders, size=3):
    ids = sorted(orders["customer_id"].unique())[:150]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "household": [f"H{row // size:03d}" for row in range(len(ids))],
            "role": "member",
        }
    )


@pytest.fixture(scope="module")
def statement(orders):
    return lw.value(orders, relationships=households(orders), model="MBGNBD", margin=0.4)


def test_groups_and_those_alone_are_all_customers_to_the_cent(statement):
    totals, record = statement.summary["totals"], statement.summary["relationships"]
    groups = statement.tables["groups"].to_pydict()
    for name in PARTS:
        told = record["totals"][name]
        assert sum(groups[name]) == Decimal(str(told["groups"]))
        assert Decimal(str(told["groups"])) + Decimal(str(told["alone"])) == Decimal(str(totals[name]))
    for row in statement.tables["groups"].to_pylist():
        assert (
            row["lifetime_value"] == row["historical_value"] + row["current_value"] + row["potential_value"]
        )
        assert row["current_value_low"] <= row["current_value"] <= row["current_value_high"]
        assert row["potential_value_low"] <= row["potential_value"] <= row["potential_value_high"]


def test_each_group_is_the_sum_of_its_members(statement, orders):
    customers = statement.customers.to_pandas().set_index("customer_id")
    mine = households(orders).set_index("customer_id")["household"]
    for row in statement.tables["groups"].to_pylist():
        inside = customers.loc[mine.index[mine == row["group_id"]]]
        assert row["members"] == len(inside) == 3
        for name in PARTS:
            assert row[name] == sum(inside[name])


def test_one_group_of_everybody_has_the_interval_of_the_whole(orders):
    ids = sorted(orders["customer_id"].unique())
    every = pd.DataFrame({"customer_id": ids, "parent account": "all"})
    found = lw.value(orders, relationships=every, model="MBGNBD", margin=0.4)
    (row,) = found.tables["groups"].to_pylist()
    told = found.summary["intervals"]["current_value"]
    assert float(row["current_value_low"]) == pytest.approx(told["low"], abs=0.02)
    assert float(row["current_value_high"]) == pytest.approx(told["high"], abs=0.02)
    assert found.summary["relationships"]["totals"]["lifetime_value"]["alone"] == 0


def test_joint_futures_are_narrower_than_bounds_added_up(statement, orders):
    customers = statement.customers.to_pandas().set_index("customer_id")
    mine = households(orders).set_index("customer_id")["household"]
    added = customers.loc[mine.index].groupby(mine)[["current_value_low", "current_value_high"]].sum()
    groups = statement.tables["groups"].to_pandas().set_index("group_id").loc[added.index]
    joint = (groups["current_value_high"] - groups["current_value_low"]).astype(float)
    wide = (added["current_value_high"] - added["current_value_low"]).astype(float)
    assert joint.sum() < 0.9 * wide.sum()


def test_groups_change_no_customer(statement, orders):
    assert lw.value(orders, model="MBGNBD", margin=0.4).customers.equals(statement.customers)


def test_accounts_are_followed_to_the_top_and_only_what_holds_today_counts(orders):
    ids = sorted(orders["customer_id"].unique())
    rows = [
        (ids[0], "Branch", "", ""), (ids[1], "Branch", "", ""), ("Branch", "Company", "", ""),
        ("Company", "Company", "", ""), (ids[2], "Company", "2024-01-01", ""),
        (ids[3], "Company", "", "2024-06-01"), (ids[4], "Company", "2031-01-01", ""),
        (ids[5], ids[6], "", ""), ("nobody", "Company", "", ""), (ids[0], "Branch", "", ""),
        ("", "Company", "", ""), (ids[3], "Other", "2024-06-02", ""),
    ]  # fmt: skip
    given = pd.DataFrame(rows, columns=["account", "parent account", "from", "to"])
    found = lw.value(orders, relationships=given, model="formula")
    groups = {row["group_id"]: row["members"] for row in found.tables["groups"].to_pylist()}
    assert groups == {"Company": 3, ids[6]: 2, "Other": 1}
    members = {row["customer_id"]: row for row in found.tables["group_members"].to_pylist()}
    assert members[ids[0]]["level"] == 2
    assert members[ids[2]]["level"] == 1
    assert members[ids[6]]["level"] == 0
    assert ids[4] not in members
    counts = found.summary["relationships"]["file"]
    assert (
        counts["rows"]
        == len(rows)
        == counts["used"]
        + sum(counts[name] for name in ("rejected", "itself", "repeated", "not_now", "not_customers"))
    )
    assert (counts["rejected"], counts["itself"], counts["not_now"], counts["not_customers"]) == (1, 1, 2, 1)


def test_circles_and_double_membership_are_refused_by_name(orders):
    ids = sorted(orders["customer_id"].unique())
    circle = pd.DataFrame(
        [(ids[0], "A"), ("A", "B"), ("B", "C"), ("C", "A")], columns=["customer_id", "parent account"]
    )
    with pytest.raises(DataError, match="DATA-350") as refused:
        lw.value(orders, relationships=circle, model="formula")
    assert refused.value.facts["customers"] == ["A", "B", "C"]
    twice = pd.DataFrame([(ids[0], "A"), (ids[0], "B")], columns=["customer_id", "household"])
    with pytest.raises(DataError, match="DATA-351") as refused:
        lw.value(orders, relationships=twice, model="formula")
    assert refused.value.facts["customers"] == [ids[0]]


def test_a_file_of_strangers_is_told_and_changes_nothing(orders):
    strangers = pd.DataFrame({"customer_id": ["x", "y"], "household": ["H1", "H1"]})
    found = lw.value(orders, relationships=strangers, model="formula").summary
    assert found["relationships"] is None
    assert "relationships_nobody" in {finding["code"] for finding in found["findings"]}


def test_too_few_customers_for_forecasts_are_still_rolled_up():
    orders = shop(customers=60, days=300)
    ids = sorted(orders["customer_id"].unique())
    found = lw.value(
        orders, relationships=pd.DataFrame({"customer_id": ids[:4], "household": ["a", "a", "b", "b"]})
    )
    assert not found.summary["individual"]
    assert found.summary["relationships"]["value_name"] == "historical_value"
    assert [row["members"] for row in found.tables["groups"].to_pylist()] == [2, 2]


@pytest.mark.parametrize("groups", [3, 40, 41, 700])
def test_sums_by_group_are_the_same_for_few_and_for_many_groups(groups):
    rng = np.random.default_rng(1)
    value, codes = rng.gamma(1.0, 5.0, (900, 20)), rng.integers(0, groups, 900)
    totals = np.zeros((groups, 20))
    _add(totals, codes, value)
    wanted = np.stack([value[codes == group].sum(axis=0) for group in range(groups)])
    assert totals == pytest.approx(wanted)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_households_of_the_sample_company_are_found(language, tmp_path):
    run = value_company(tmp_path, language=language, customers=500)
    company = simulate_company(500)
    home = simulate_beside(company, 7).household
    known = set(run.customers["customer_id"].to_pylist())
    truth: dict[int, set[str]] = {}
    for row in np.flatnonzero(home >= 0).tolist():
        if customer_key(row, language) in known:
            truth.setdefault(int(home[row]), set()).add(customer_key(row, language))
    members = run.table("group_members").to_pydict()
    found: dict[str, set[str]] = {}
    for customer, group in zip(members["customer_id"], members["group_id"], strict=True):
        found.setdefault(group, set()).add(customer)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, truth.values()))
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="households"' in page

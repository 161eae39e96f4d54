"""The decisions of a run, in a world where a fifth of customers cost more to serve than they bring."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import UsageError
from workflows.shops import shop


def costly(share=0.2, service=0.75, seed=4):
    """Orders at half their price, and a cost file: service for everybody, much of it for some."""
    orders = shop(customers=600, days=540, leave=0.05, cost_share=None)
    rng = np.random.default_rng(seed)
    names = orders["customer_id"].unique()
    dear = set(rng.choice(names, int(share * len(names)), replace=False))
    orders["cost"] = (orders["amount"] * 0.5 * rng.uniform(0.95, 1.05, len(orders))).round(2)
    rate = np.where(orders["customer_id"].isin(dear), service, 0.05)
    costs = pd.DataFrame(
        {
            "kind": "service",
            "amount": (orders["amount"] * rate * rng.uniform(0.8, 1.2, len(orders))).round(2),
            "customer_id": orders["customer_id"],
            "date": orders["date"],
        }
    )
    return orders, costs, dear


@pytest.fixture(scope="module")
def world():
    return costly()


@pytest.fixture(scope="module")
def statement(world):
    return lw.value(world[0], costs=world[1], currency="CNY", model="MBGNBD")


def test_who_costs_more_than_they_bring_is_to_be_fixed_and_nobody_else(world, statement):
    table = statement.customers.to_pandas()
    dear = table["customer_id"].isin(world[2])
    often = table["frequency"] >= 4
    assert (table.loc[dear & often, "decision"] == "fix").mean() > 0.9
    assert (table.loc[~dear, "decision"] == "fix").mean() < 0.01
    fixed = table[table["decision"] == "fix"]
    assert (fixed["margin_rate_high"] < 0).all()


def test_a_margin_lies_in_its_interval_and_the_interval_narrows_with_purchases(statement):
    table = statement.customers.to_pandas()
    assert (table["margin_rate_low"] <= table["margin_rate"]).all()
    assert (table["margin_rate"] <= table["margin_rate_high"]).all()
    width = (table["margin_rate_high"] - table["margin_rate_low"]).groupby(table["frequency"]).mean()
    assert width.is_monotonic_decreasing


def test_cost_to_serve_is_the_service_share_of_the_sales_ahead(world, statement):
    table = statement.customers.to_pandas()
    sales = table["current_value"].astype(float) / table["margin_rate"]
    known = table["margin_rate"].abs() > 0.05
    share = (table["cost_to_serve"].astype(float) / sales)[known & (sales > 5)]
    dear = table["customer_id"].isin(world[2])
    assert share[~dear].median() == pytest.approx(0.05, abs=0.03)
    assert share[dear & (table["frequency"] >= 4)].median() == pytest.approx(0.75, abs=0.1)


def test_the_groups_hold_everybody_and_add_up_to_current_value(statement):
    groups = [group for group in statement.summary["segments"] if group["scheme"] == "decision"]
    assert [group["key"] for group in groups] == ["keep", "grow", "fix", "release"]
    assert sum(group["customers"] for group in groups) == len(statement)
    value = sum(group["current_value"]["value"] for group in groups)
    assert value == pytest.approx(statement.summary["totals"]["current_value"], abs=0.01 * len(statement))
    for group in groups:
        told = group["current_value"]
        assert told["low"] <= told["value"] <= told["high"]
    counted = statement.customers.to_pandas()["decision"].value_counts()
    assert {group["key"]: group["customers"] for group in groups if group["customers"]} == counted.to_dict()
    assert statement.summary["decisions"]["costs_known"] is True


def test_an_interval_of_nearly_everybody_is_that_of_the_total():
    orders = shop(customers=500, leave=0.05)
    told = lw.value(orders, currency="CNY", model="MBGNBD", margin=0.4, grow_share=1.0)
    keep = next(g for g in told.summary["segments"] if (g["scheme"], g["key"]) == ("decision", "keep"))
    assert keep["customers"] == len(told)
    total = told.summary["intervals"]["current_value"]
    width = total["high"] - total["low"]
    assert keep["current_value"]["high"] - keep["current_value"]["low"] == pytest.approx(width, rel=0.15)


def test_without_costs_of_service_only_keep_and_grow_are_told():
    told = lw.value(shop(), currency="CNY", model="MBGNBD", margin=0.4)
    assert told.summary["decisions"]["costs_known"] is False
    assert set(told.customers["decision"].to_pylist()) <= {"keep", "grow"}
    assert told.customers["cost_to_serve"].null_count == len(told)


def test_a_cost_to_serve_releases_who_will_hardly_bring_it():
    orders = shop(leave=0.4)
    told = lw.value(orders, currency="CNY", model="MBGNBD", margin=0.4, cost_to_serve=15.0)
    table = told.customers.to_pandas()
    released = table[table["decision"] == "release"]
    assert 0 < len(released) < len(table)
    assert (released["current_value"].astype(float) < 15).all()
    assert (released["current_value_high"].astype(float) < 15).all()


def test_revenue_knows_no_margin():
    told = lw.value(shop(customers=200), currency="CNY", model="MBGNBD")
    assert told.customers["margin_rate"].null_count == len(told)


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(UsageError) as raised:
        lw.value(shop(customers=150), currency="CNY", grow_share=2.0)
    assert raised.value.code == "VALUE-073"

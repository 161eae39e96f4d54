"""What customers became who began with one product: counted by hand, in a run, in three languages."""

import numpy as np
import pandas as pd
import pytest

from lifeworth.workflows.value import value
from workflows.shops import shop

UNTIL = "2025-02-10"


def bought(customers=900):
    """Who begins with a Filter comes back twice as often; a quarter of what began with Glass goes back."""
    rng = np.random.default_rng(11)
    pieces = [shop(customers // 3, seed=21, mean_gap=mean_gap) for mean_gap in (60, 60, 30)]
    for piece, name in zip(pieces, ("Mug", "Glass", "Filter"), strict=True):
        piece["customer_id"], piece["order_id"] = name[0] + piece["customer_id"], name[0] + piece["order_id"]
        first = ~piece["customer_id"].duplicated()
        piece["product"] = np.where(first, name, rng.choice(["Mug", "Glass", "Filter"], len(piece)))
        piece["category"] = np.where(piece["product"] == "Filter", "Parts", "Ware")
    orders = pd.concat(pieces, ignore_index=True)
    taken = orders[(orders["product"] == "Glass") & orders["customer_id"].str.startswith("G")]
    back = taken[rng.random(len(taken)) < 0.25].assign(amount=lambda rows: -(rows["amount"] / 2).round(2))
    rare = orders.iloc[:20].assign(
        customer_id=[f"R{n}" for n in range(20)], order_id=[f"R{n}" for n in range(20)], product="Rare"
    )
    return pd.concat([orders, rare, back], ignore_index=True)


@pytest.fixture(scope="module")
def orders():
    return bought()


@pytest.fixture(scope="module")
def statement(orders):
    return value(orders, until=UNTIL, currency="USD", model="MBGNBD", margin=0.5)


@pytest.fixture(scope="module")
def table(statement):
    return statement.tables["first_products"].to_pandas()


def test_each_row_is_what_a_spreadsheet_would_count(orders, statement, table):
    seen = orders[(orders["date"] <= UNTIL) & (orders["amount"] > 0)]
    firsts = seen.sort_values(["date", "order_id"]).drop_duplicates("customer_id")
    told = statement.customers.to_pandas().merge(firsts[["customer_id", "product", "category"]])
    for kind in ("product", "category"):
        rows = table[table["kind"] == kind].set_index("item")
        for item, group in told.groupby(kind):
            if len(group) < 30:
                assert item not in rows.index
                continue
            row = rows.loc[item]
            assert row["customers"] == len(group)
            assert row["value"] == pytest.approx(group["lifetime_value"].astype(float).mean())
            assert row["historical_value"] == pytest.approx(group["historical_value"].astype(float).mean())
            assert row["repeat_share"] == pytest.approx((group["frequency"] > 0).mean())
            sold = group["gross_sales"].astype(float) - group["discounts"].astype(float)
            assert row["refund_share"] == pytest.approx(group["refunds"].astype(float).sum() / sold.sum())
    assert set(table["item"]) == {"Mug", "Glass", "Filter", "Ware", "Parts"}


def test_the_gateway_and_the_drag_are_found_and_the_rest_is_not_made_to_differ(table):
    rows = table[table["kind"] == "product"].set_index("item")
    assert (rows["value_low"] < rows["value"]).all()
    assert (rows["value"] < rows["value_high"]).all()
    assert rows.loc["Filter", "value_difference_low"] > 0
    assert rows.loc["Filter", "repeat_share_difference"] > rows.loc["Mug", "repeat_share_difference"]
    assert rows.loc["Glass", "refund_share_difference_low"] > 0
    assert rows.loc["Mug", "refund_share_difference_high"] < 0.02


def test_service_that_was_needed_is_told_where_costs_name_it(orders):
    whose = sorted(set(orders.loc[orders["date"] <= UNTIL, "customer_id"]))
    costs = pd.DataFrame(
        {
            "customer_id": whose,
            "kind": "service",
            "amount": [8.0 if name.startswith("G") else 2.0 for name in whose],
        }
    )
    found = value(orders, until=UNTIL, currency="USD", model="MBGNBD", margin=0.5, costs=costs)
    told = found.tables["first_products"].to_pandas().set_index("item")
    assert told.loc["Glass", "service_cost"] == pytest.approx(8, abs=0.5)
    assert told.loc["Mug", "service_cost"] == pytest.approx(2, abs=0.5)


def test_an_order_file_without_products_has_no_such_table(orders):
    plain = value(
        orders.drop(columns=["product", "category"]), until=UNTIL, currency="USD", model="MBGNBD", margin=0.5
    )
    assert "first_products" not in plain.tables


def test_the_category_of_a_product_file_goes_first(orders):
    products = pd.DataFrame(
        {"product_id": ["Mug", "Glass", "Filter"], "category": ["Cups", "Cups", "Spares"]}
    )
    found = value(
        orders.drop(columns="category"), until=UNTIL, currency="USD", model="MBGNBD", products=products
    ).tables["first_products"].to_pandas()  # fmt: skip
    assert set(found.loc[found["kind"] == "category", "item"]) == {"Cups", "Spares"}


def test_a_run_that_expects_nothing_of_single_customers_tells_what_they_were_worth(orders):
    few = orders[orders["date"] <= "2024-04-01"]
    few = few[few["customer_id"].isin(sorted(set(few["customer_id"]))[:90])]
    found = value(few, currency="USD")
    assert found.summary["individual"] is False
    told = found.tables["first_products"].to_pandas()
    assert set(told["measure"]) == {"historical_value"}
    np.testing.assert_allclose(told["value"], told["historical_value"])

"""The next 90 days by product line: adds up, is current value cut short, and comes true."""

import numpy as np
import pandas as pd
import pytest

from lifeworth.base.history import DAYS_PER_MONTH
from lifeworth.workflows.value import value
from shared_data import needs_shared
from value.books import groceries
from workflows.shops import shop

UNTIL = "2025-02-10"
LINES, BASE, STRENGTH = ["Tea", "Coffee", "Cups"], np.array([0.5, 0.3, 0.2]), 2.0


def stocked(**told):
    """A shop whose customers choose a line on each day, with chances of their own: (orders, chances)."""
    orders, rng = shop(**told), np.random.default_rng(8)
    names = orders["customer_id"].unique()
    chances = pd.DataFrame(rng.dirichlet(STRENGTH * BASE, len(names)), index=names, columns=LINES)
    pick = rng.random(len(orders))[:, None] < chances.loc[orders["customer_id"]].to_numpy().cumsum(axis=1)
    return orders.assign(
        category=np.array(LINES)[pick.argmax(axis=1)], product="P" + orders["order_id"]
    ), chances


@pytest.fixture(scope="module")
def world():
    return stocked(customers=1_500)


def run_of(orders, **told):
    return value(orders, **{"until": UNTIL, "currency": "USD", "model": "MBGNBD", "margin": 0.4, **told})


@pytest.fixture(scope="module")
def statement(world):
    return run_of(world[0])


def test_lines_add_up_to_each_customer_and_to_the_run_to_the_cent(statement):
    table = statement.tables["next_90_days"].to_pandas()
    whole = table[table["line"].isna()].set_index("customer_id")
    lines = table[table["line"].notna()]
    assert set(whole.index) == set(statement.customers["customer_id"].to_pylist())
    sums = lines.groupby("customer_id")["value"].sum().reindex(whole.index, fill_value=0)
    assert (sums == whole["value"]).all()
    told = statement.summary["next_90_days"]
    assert told["value"]["value"] == pytest.approx(float(whole["value"].sum()), abs=1e-6)
    for row in told["lines"]:
        assert row["value"] == pytest.approx(float(lines.loc[lines["line"] == row["line"], "value"].sum()))
        assert row["low"] < row["value"] < row["high"]
    assert (whole["value_low"] <= whole["value"]).all()
    assert (whole["value"] <= whole["value_high"]).all()
    assert told["until"] == "2025-05-11"


def test_it_is_current_value_of_a_run_that_looks_90_days_ahead(world):
    found = run_of(world[0], horizon_months=90 / DAYS_PER_MONTH)
    told, table = found.summary["next_90_days"], found.tables["next_90_days"].to_pandas()
    whole = table[table["line"].isna()].set_index("customer_id")
    customers = found.customers.to_pandas().set_index("customer_id").loc[whole.index]
    for name in ("", "_low", "_high"):
        assert (customers[f"current_value{name}"] == whole[f"value{name}"]).all()
    assert told["value"] == pytest.approx(found.summary["intervals"]["current_value"])
    expected = customers["expected_purchases"] * customers["expected_spend"] * 0.4
    assert customers["current_value_undiscounted"].astype(float).to_numpy() == pytest.approx(
        expected, abs=0.02
    )


def test_it_does_not_hang_on_the_horizon(world, statement):
    other = run_of(world[0], horizon_months=24)
    assert other.summary["next_90_days"] == statement.summary["next_90_days"]


def test_the_split_finds_the_chances_of_the_customers(world, statement):
    _, chances = world
    told = statement.summary["next_90_days"]
    assert told["kind"] == "category"
    assert told["strength"] == pytest.approx(STRENGTH, rel=0.3)
    table = statement.tables["next_90_days"].to_pandas()
    lines = table[table["line"].notna()].astype({"value": float})
    cells = lines.pivot_table(index="customer_id", columns="line", values="value", fill_value=0)[LINES]
    worth = cells.sum(axis=1)
    some = worth > 5
    truth = chances.loc[cells.index]
    shares = cells.div(worth, axis=0)
    bought = world[0][world[0]["date"] <= UNTIL].pivot_table(
        index="customer_id", columns="category", values="amount", aggfunc="sum", fill_value=0
    )[LINES].loc[cells.index]  # fmt: skip
    own = bought.div(bought.sum(axis=1), axis=0)
    missed, of_own, of_all = (
        float(((each - truth)[some] ** 2).to_numpy().mean())
        for each in (shares, own, BASE[None, :] + 0 * truth)
    )
    assert missed < 0.85 * of_own
    assert missed < 0.85 * of_all
    for row in told["lines"]:
        expected = float((worth * truth[row["line"]]).sum())
        assert row["low"] < expected < row["high"]
        assert row["value"] == pytest.approx(expected, rel=0.06)


def test_days_to_come_lie_in_the_intervals_of_the_lines_as_often_as_they_say():
    inside = []
    for seed in range(8):
        orders, _ = stocked(customers=500, seed=100 + seed)
        until = pd.Timestamp("2025-02-15")
        found = run_of(orders, until=until.date().isoformat(), margin=1.0, discount_rate=0.0)
        known = set(found.customers["customer_id"].to_pylist())
        ahead = orders[(orders["date"] > until) & orders["customer_id"].isin(known)]
        ahead = ahead[ahead["date"] <= until + pd.Timedelta(days=90)].groupby("category")["amount"].sum()
        for row in found.summary["next_90_days"]["lines"]:
            inside.append(row["low"] <= ahead.get(row["line"], 0.0) <= row["high"])
    assert len(inside) == 24
    assert np.mean(inside) >= 0.75


def test_without_products_nothing_is_told(world):
    plain = run_of(world[0].drop(columns=["category", "product"]))
    assert plain.summary["next_90_days"] is None
    assert "next_90_days" not in plain.tables


def test_without_categories_lines_are_products_and_the_rest_stands_together(world):
    orders = world[0].drop(columns="category")
    orders["product"] = ["Big" if n % 2 else f"Small {n % 37}" for n in range(len(orders))]
    told = run_of(orders).summary["next_90_days"]
    assert told["kind"] == "product"
    assert len(told["lines"]) == 12
    assert {"Big", "…"} < {row["line"] for row in told["lines"]}


def test_categories_of_a_product_file_are_taken(world):
    orders = world[0].assign(product=world[0]["category"]).drop(columns="category")
    products = pd.DataFrame({"product_id": LINES, "category": ["Drinks", "Drinks", "Ware"]})
    told = run_of(orders, products=products).summary["next_90_days"]
    assert {row["line"] for row in told["lines"]} == {"Drinks", "Ware"}


@needs_shared
def test_90_held_out_days_of_real_groceries_come_as_they_were_told():
    """complete journey, 2017: until 3 October, then 90 days. In total and by each department."""
    orders = groceries().orders
    orders = orders[(orders["amount"] > 0) & orders["category"].notna()]
    until = orders["date"].max() - pd.Timedelta(days=90)
    found = value(orders, until=until.date(), currency="USD", model="ParetoNBD", discount_rate=0.0)
    told = found.summary["next_90_days"]
    known = set(found.customers["customer_id"].to_pylist())
    names = [row["line"] for row in told["lines"]]
    orders = orders[orders["customer_id"].isin(known)]
    orders = orders.assign(line=orders["category"].where(orders["category"].isin(names), "…"))
    came = orders[orders["date"] > until].groupby("line")["amount"].sum()
    assert told["value"]["value"] == pytest.approx(came.sum(), rel=0.04)
    assert told["value"]["low"] < came.sum() < told["value"]["high"]
    rows = pd.DataFrame(told["lines"]).set_index("line")
    rows["came"] = came.reindex(rows.index)
    off = (rows["value"] - rows["came"]).abs()
    assert off.sum() / came.sum() < 0.08
    assert (off / rows["came"]).max() < 0.25
    assert ((rows["low"] <= rows["came"]) & (rows["came"] <= rows["high"])).mean() >= 0.8
    _each_customer(found, orders, until, names)


def _each_customer(found, orders, until, names):
    """Shares of single households: nearer to what came than the mix of all, and than their own so far."""
    cells = found.tables["next_90_days"].to_pandas().dropna(subset="line").astype({"value": float})
    said = cells.pivot_table(index="customer_id", columns="line", values="value", fill_value=0)[names]
    past, came = (
        part.pivot_table(
            index="customer_id", columns="line", values="amount", aggfunc="sum", fill_value=0
        ).reindex(columns=names, fill_value=0)
        for part in (orders[orders["date"] <= until], orders[orders["date"] > until])
    )  # fmt: skip
    both = said.index.intersection(came.index)
    said, past, came = (each.loc[both].div(each.loc[both].sum(axis=1), axis=0) for each in (said, past, came))
    lines = found.summary["next_90_days"]["lines"]
    mix = np.array([row["value"] for row in lines]) / sum(row["value"] for row in lines)
    missed, of_own, of_all = (
        float(((each - came) ** 2).to_numpy().mean()) for each in (said, past, mix[None, :] + 0 * came)
    )
    assert missed < 0.85 * of_own
    assert missed < 0.8 * of_all

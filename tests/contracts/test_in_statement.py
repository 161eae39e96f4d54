"""Subscriptions in the value statement: nothing counts twice, everybody appears, parts add up to the cent."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import lifeworth as lw
from contracts import clubs
from lifeworth.data.samples.company import write_company
from lifeworth.results.publish import publish
from lifeworth.workflows.comparison import compare_folders
from lifeworth.workflows.explain import explain_customer

MEMBERS = 300


def named(table):
    """Every other member is a customer of the company, the rest only subscribe."""
    ids = [
        f"c{int(each[1:]) + 1:05d}@example.com" if int(each[1:]) % 2 else each
        for each in table["customer_id"].to_pylist()
    ]
    return table.set_column(0, "customer_id", pa.array(ids))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    files = write_company(folder, "en", 7, 700)
    club = clubs.club(MEMBERS, 2)
    orders = lw.read_orders(str(files.orders))
    return orders, club, named(clubs.periods(club))


def value(orders, **more):
    return lw.value(orders, model="MBGNBD", until="2024-12-31", **more)


@pytest.fixture(scope="module")
def alone(world):
    return value(world[0])


@pytest.fixture(scope="module")
def together(world):
    return value(world[0], subscriptions=world[2])


def column(statement, name):
    return dict(
        zip(
            statement.customers["customer_id"].to_pylist(), statement.customers[name].to_pylist(), strict=True
        )
    )


def total(statement, name):
    return sum(each for each in statement.customers[name].to_pylist() if each is not None)


def test_historical_value_rises_by_what_the_orders_did_not_hold_to_the_cent(world, alone, together):
    paid = Decimal(int(clubs.paid(world[1]).sum())) / 100
    assert total(together, "historical_value") - total(alone, "historical_value") == paid
    assert total(together, "subscription_sales") == paid
    record = together.summary["subscriptions"]
    assert record["paid_beside_orders"] == float(paid)
    assert record["bills_in_orders"] == 0


def test_payments_among_the_orders_count_once_and_are_no_purchases(world):
    """The same club, its payments also exported as orders: history stays, and so does what is to come."""
    orders, club, periods = world
    frame = orders.frame
    when, who = np.nonzero((club.day <= clubs.TODAY) & (club.fee() > 0))[::-1]
    bills = pa.table(
        {
            "order_id": [f"B{at}" for at in range(len(who))],
            "customer_id": named(pa.table({"customer_id": [f"M{each:05d}" for each in who]}))["customer_id"],
            "date": club.day[who, when].astype("datetime64[D]"),
            "amount": club.fee()[who, when] / 100,
        }
    )
    kept = frame[frame["counted"] & frame["customer_id"].notna() & (frame["refunded_amount"] == 0)]
    plain = pa.table(
        {
            "order_id": kept["order_id"].tolist(),
            "customer_id": kept["customer_id"].tolist(),
            "date": kept["day"].to_numpy().astype("datetime64[D]"),
            "amount": kept["net_sales"].to_numpy(),
        }
    )
    both = pa.concat_tables([plain, bills.cast(plain.schema)])
    apart, joined = value(plain, subscriptions=periods), value(both, subscriptions=periods)
    record = joined.summary["subscriptions"]
    assert record["bills_in_orders"] == record["bills"] == len(who)
    assert record["paid_beside_orders"] == 0
    assert total(joined, "historical_value") == total(apart, "historical_value")
    for name in (
        "historical_value",
        "current_value",
        "subscription_value",
        "frequency",
        "expected_purchases",
    ):
        assert column(joined, name) == pytest.approx(column(apart, name)), name


def test_who_only_subscribes_has_a_row_with_value_and_reason(world, together):
    rows = {each["customer_id"]: each for each in together.customers.to_pylist()}
    only = [each for name, each in rows.items() if name.startswith("M")]
    assert len(only) == MEMBERS // 2
    running = [each for each in only if each["probability_alive"] == 1]
    assert running
    for row in running:
        assert (row["orders"], row["frequency"], row["expected_purchases"]) == (0, 0, 0)
        assert row["subscription_value"] > 0
        assert abs(row["current_value"] - row["subscription_value"]) <= Decimal(
            "0.01"
        )  # rounded to a total each
        assert row["current_value_low"] <= row["current_value"] <= row["current_value_high"]
        assert "subscription" in row["reasons"]
        assert "bought once" not in row["reasons"]
    assert together.summary["customers"] == len(rows)


def test_what_is_bought_anew_is_forecast_as_without_the_file(alone, together):
    """Where the orders hold no payment, the file changes no purchase forecast."""
    for name in ("expected_purchases", "expected_spend", "probability_alive"):
        before, after = column(alone, name), column(together, name)
        assert {who: after[who] for who in before} == pytest.approx(before), name


def test_totals_segments_and_streams_include_it_to_the_cent(together):
    summary = together.summary
    current = Decimal(str(summary["totals"]["current_value"]))
    assert total(together, "current_value") == current
    assert Decimal(str(summary["waterfall"][-1]["amount"])) == total(together, "lifetime_value")
    for scheme in ("tier", "pattern", "rfm_class"):
        rows = [row["current_value"] for row in summary["segments"] if row["scheme"] == scheme]
        assert sum(Decimal(str(row["value"])) for row in rows) == current, scheme
        assert all(row["low"] <= row["value"] <= row["high"] for row in rows)
    own = total(together, "subscription_value")
    rows = together.tables["subscriptions"].to_pylist()
    assert abs(sum(row["value"] for row in rows) - own) < Decimal("0.005") * len(rows)
    span = summary["subscriptions"]["value"]
    assert span["value"] == pytest.approx(float(own), abs=1)
    assert span["low"] < span["value"] < span["high"]


def test_the_statement_of_one_subscriber_is_explained(tmp_path, together):
    run = publish(
        tmp_path / "run", customers=together.customers, summary=together.summary, import_report={},
        rejected=None, tables=together.tables, report=lambda run: "",
    )  # fmt: skip
    rows = together.customers.to_pylist()
    row = next(each for each in rows if each["subscription_value"] and each["expected_purchases"] > 0.1)
    told = {each["name"]: each for each in explain_customer(run.folder, row["customer_id"], "en")["numbers"]}
    assert told["subscription_value"]["source"] == "model"
    assert told["subscription_sales"]["source"] == "data"
    assert "+" in told["current_value_undiscounted"]["worked"]


def test_the_bridge_of_the_run_adds_up_to_the_cent(together):
    rows = together.tables["mrr"].to_pylist()
    for row in rows:
        change = row["new"] + row["reactivation"] + row["expansion"] - row["contraction"] - row["churn"]
        assert row["start"] + change == row["end"]
    told = together.summary["subscriptions"]["mrr"]
    last = rows[-12:]
    assert (Decimal(str(told["start"])), Decimal(str(told["end"]))) == (last[0]["start"], last[-1]["end"])
    assert 0 < told["gross_retention"] <= told["net_retention"]
    assert told["gross_retention"] < 1
    moves = together.tables["plan_moves"].to_pylist()
    for before in {row["before"] for row in moves}:
        assert sum(row["share"] for row in moves if row["before"] == before) == pytest.approx(1)
    assert all(row["share_low"] <= row["share"] <= row["share_high"] for row in moves)


def test_a_file_of_accounts_is_taken_as_well(world):
    orders = world[0]
    rng = np.random.default_rng(3)
    months = rng.integers(1, 30, 400)
    rows = {
        "customer id": [f"c{at + 1:05d}@example.com" for at in range(400)],
        "months": months, "monthly charge": np.full(400, 7.31),
        "churned": np.where(rng.random(400) < 0.4, "yes", "no"),
    }  # fmt: skip
    found = value(orders, subscriptions=pa.table(rows))
    assert found.summary["subscriptions"]["paid"] == pytest.approx(7.31 * months.sum())
    assert found.summary["subscriptions"]["mrr"] is None
    assert "mrr" not in found.tables
    assert found.summary["subscriptions"]["value"]["value"] > 0


def test_accounts_in_any_order_belong_to_their_customers(world):
    table = pa.table(
        {
            "customerID": [f"m{each}" for each in (3, 1, 2)],
            "tenure": [10, 20, 30],
            "MonthlyCharges": [10.0, 20.0, 30.0],
            "TotalCharges": [100.0, 400.0, 900.0],
            "Churn": ["No", "Yes", "No"],
        }
    )
    found = value(world[0], subscriptions=table)
    alive = column(found, "probability_alive")
    assert alive["m1"] == 0
    assert alive["m2"] > 0.5 < alive["m3"]
    paid = column(found, "subscription_sales")
    assert [paid[f"m{each}"] for each in (1, 2, 3)] == [
        Decimal("400.00"),
        Decimal("900.00"),
        Decimal("100.00"),
    ]


def test_the_bridge_between_two_runs_has_a_step_for_subscriptions_that_is_exact(world, tmp_path):
    runs = [
        published(lw.value(world[0], subscriptions=world[2], model="MBGNBD", until=day), tmp_path / day)
        for day in ("2024-09-30", "2024-12-31")
    ]
    told = compare_folders(*(run.folder for run in runs))["bridge"]
    money = ["customer_id", "current_value", "subscription_value"]
    one, two = (run.customers.select(money).to_pandas().set_index("customer_id") for run in runs)
    both = one.index.intersection(two.index)
    steps = {step["key"]: step for step in told["steps"]}
    moved = two["subscription_value"][both].sum() - one["subscription_value"][both].sum()
    assert Decimal(str(steps["subscriptions"]["amount"])) == Decimal(str(moved)) != 0
    cents = sum(round(100 * step["amount"]) for step in told["steps"])
    assert cents == round(100 * told["after"]) - round(100 * told["before"])
    assert steps["subscriptions"]["low"] < steps["subscriptions"]["amount"] < steps["subscriptions"]["high"]
    # what is paid by subscription is in no factor of purchases
    own = [frame["current_value"][both] - frame["subscription_value"][both] for frame in (one, two)]
    factors = sum(
        round(100 * step["amount"])
        for key, step in steps.items()
        if key not in ("new", "gone", "subscriptions", "potential")
    )
    assert factors == round(100 * (own[1].sum() - own[0].sum()))


def published(statement, folder):
    return publish(
        folder, customers=statement.customers, summary=statement.summary, tables=statement.tables,
        import_report=statement.orders.report.to_json("en"), rejected=statement.rejected,
    )  # fmt: skip

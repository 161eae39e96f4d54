"""The identities hold on real order books, and units of money and time change nothing but themselves."""

from decimal import Decimal

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.base.history import PurchaseHistory
from lifeworth.results.contract import CUSTOMER_COLUMNS
from lifeworth.value.model import Base, PurchaseValueModel
from lifeworth.value.statement import POTENTIAL_PARTS
from shared_data import needs_shared
from value import books

BOOKS = {"discs": books.compact_discs, "groceries": books.groceries, "wholesaler": books.wholesaler}
MONEY = [column.name for column in CUSTOMER_COLUMNS if column.unit.startswith("money")]
STREAMS = len(POTENTIAL_PARTS)
SCORES = ("value_score", "value_score_low", "value_score_high")
ROUNDED = {
    "historical_value": 8,
    "current_value_low": 2,
    "current_value_high": 2,
    "potential_value": STREAMS,
    "potential_value_low": STREAMS,
    "potential_value_high": STREAMS,
    "future_value": STREAMS + 1,
    "lifetime_value": STREAMS + 9,
}  # fmt: skip  parts that are rounded each


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=needs_shared) for name in BOOKS] + ["company"]
)
def book(request, tmp_path_factory):
    if request.param == "company":
        return books.sample_company(tmp_path_factory.mktemp("company"))
    return books.referred(BOOKS[request.param]())


@pytest.fixture(scope="module")
def statement(book):
    return book.value(model="MBGNBD")


@pytest.fixture(scope="module")
def hundredfold(book):
    return book.in_hundredths().value(model="MBGNBD")


def numbers(statement, name):
    return np.array(
        [np.nan if cell is None else float(cell) for cell in statement.customers[name].to_pylist()]
    )


def test_lifetime_is_historical_current_and_potential_to_the_cent(statement):
    table, totals = statement.customers.to_pydict(), statement.summary["totals"]
    parts = [table[f"{part}_value"] for part in POTENTIAL_PARTS]
    names = ("historical", "current", "potential", "future", "lifetime")
    rows = zip(*(table[f"{name}_value"] for name in names), *parts, strict=True)
    for historical, current, potential, future, lifetime, *streams in rows:
        assert potential == sum(streams)
        assert future == current + potential
        assert lifetime == historical + future
    for name in (*names, *POTENTIAL_PARTS):
        assert sum(table[f"{name}_value"]) == Decimal(str(totals[f"{name}_value"]))
    first, *steps = statement.summary["waterfall"]
    so_far = Decimal(str(first["amount"]))
    for step in steps:
        amount = Decimal(str(step["amount"]))
        assert not step["sum"] or amount == so_far, step
        so_far = amount if step["sum"] else so_far + amount
    assert so_far == Decimal(str(totals["lifetime_value"]))


def test_the_streams_of_a_customer_are_its_potential_value_to_the_cent(statement):
    streams = statement.tables["potential"].group_by("customer_id").aggregate([("value", "sum")]).to_pydict()
    told = dict(zip(streams["customer_id"], streams["value_sum"], strict=True))
    table = statement.customers.select(["customer_id", "potential_value"]).to_pydict()
    for customer, potential in zip(table["customer_id"], table["potential_value"], strict=True):
        assert told.get(customer, Decimal(0)) == potential


def test_net_referral_value_sums_to_what_the_customers_brought_to_the_cent(statement):
    table = statement.tables["referrals"].to_pydict()
    assert sum(parent is not None for parent in table["parent_id"]) > 50
    assert sum(table["net"]) == sum(table["own"]) == sum(statement.customers["historical_value"].to_pylist())
    gained = sum(max(net - own, Decimal(0)) for net, own in zip(table["net"], table["own"], strict=True))
    assert sum(table["gross"]) > gained > 0  # gross values count a recruit for each who led to it


def test_money_in_cents_changes_nothing_but_the_amounts(statement, hundredfold):
    """Amounts to 1e-9 and a cent for each part that is rounded; all else exactly, sentences aside."""
    for name in (*MONEY, "monetary_value", "expected_spend"):
        one, other = numbers(statement, name), numbers(hundredfold, name)
        cents = 0.0101 * ROUNDED.get(name, 1)
        assert other / 100 == pytest.approx(one, rel=1e-9, abs=cents, nan_ok=True), name
    for name, amount in statement.summary["totals"].items():
        assert hundredfold.summary["totals"][name] / 100 == pytest.approx(amount, rel=1e-9, abs=0.05), name
    words = [
        column.name for column in CUSTOMER_COLUMNS
        if not column.unit.startswith("money") and column.name not in ("reasons", *SCORES)
    ]  # fmt: skip
    for name in SCORES:  # a cent that is rounded otherwise moves places
        one, other = numbers(statement, name), numbers(hundredfold, name)
        assert other == pytest.approx(one, abs=0.5, nan_ok=True), name
    for name in words:
        assert hundredfold.customers[name].equals(statement.customers[name]), name
    assert hundredfold.summary["backtest"]["grade"] == statement.summary["backtest"]["grade"]
    one, other = statement.summary["model"], hundredfold.summary["model"]
    assert other["params"] == one["params"]


def test_money_in_cents_changes_nothing_but_the_amounts_by_line_and_by_first_product(statement, hundredfold):
    one, other = (each.summary["next_90_days"] for each in (statement, hundredfold))
    assert (one is None) == (other is None)
    if one is not None:
        assert other["strength"] == pytest.approx(one["strength"], rel=1e-5)
        for mine, theirs in zip(one["lines"], other["lines"], strict=True):
            assert theirs["line"] == mine["line"]
            for name in ("value", "low", "high"):
                assert theirs[name] / 100 == pytest.approx(mine[name], rel=1e-5, abs=0.01 * len(statement))
    tables = [each.tables.get("first_products") for each in (statement, hundredfold)]
    assert (tables[0] is None) == (tables[1] is None)
    if tables[0] is not None:
        for mine, theirs in zip(*(table.to_pylist() for table in tables), strict=True):
            assert (theirs["item"], theirs["customers"]) == (mine["item"], mine["customers"])
            assert theirs["value"] / 100 == pytest.approx(mine["value"], rel=1e-6, abs=0.02)
            assert theirs["refund_share"] == pytest.approx(mine["refund_share"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_shared) for name in BOOKS] + ["company"])
def test_a_slower_clock_changes_nothing_but_the_days(name, tmp_path):
    """Every day made seven, with the horizon and the rate to match: the solver's tolerance is 1e-7."""
    ours = books.dated_company(tmp_path) if name == "company" else BOOKS[name]()
    slow = ours.slowed(7)
    one, other = (lw.rfm_summary(each.orders) for each in (ours, slow))
    assert other["T"].to_numpy() == pytest.approx(7 * one["T"].to_numpy())
    for model in ("BGNBD", "MBGNBD", "ParetoNBD"):
        forecasts = []
        for table, times in ((one, 1), (other, 7)):
            base = base_of(table)
            fitted = PurchaseValueModel(model).fit(base)
            forecasts.append(fitted.forecast(base, days=182.0 * times, annual_rate=1.1 ** (1 / times) - 1))
        assert forecasts[1].value == pytest.approx(forecasts[0].value, rel=1e-7, abs=1e-7), model
        assert forecasts[1].expected_purchases == pytest.approx(
            forecasts[0].expected_purchases, rel=1e-7, abs=1e-9
        )


def base_of(table):
    whole = {name: table[name].to_numpy().astype(np.int32) for name in ("frequency", "recency", "T")}
    spend = table["monetary_value"].to_numpy()
    history = PurchaseHistory(list(table["customer_id"]), **whole, monetary_value=spend)
    n = len(table)
    return Base(history, spend * (whole["frequency"] + 1.0), np.ones(n))

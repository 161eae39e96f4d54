"""Laws of orders and refunds that hold for any file."""

import datetime
from decimal import Decimal
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lifeworth as lw
from lifeworth.base.errors import DataError
from lifeworth.data.sources.read import read_orders
from lifeworth.engines.duckdb import DuckDBEngine
from orders.made import frame, same, total

START = datetime.date(2024, 1, 1)
settings.register_profile("orders", max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("orders")

cents = st.integers(min_value=0, max_value=100_000)
customers = st.sampled_from(["a", "b", "c", "d", None])
days = st.integers(min_value=0, max_value=120)
products = st.sampled_from(["P", "Q", "R"])


def money(value: int) -> str:
    return f"{value / 100:.2f}"


def day(number: int) -> str:
    return (START + datetime.timedelta(days=number)).isoformat()


@st.composite
def line_files(draw):
    """Lines with sales and returns, some repeated, some naming nobody."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(1, 12), customers, days, products, st.integers(-3, 5), cents),
            min_size=1,
            max_size=40,
        )
    )
    return [
        (str(order), customer, day(number), product, str(units), money(price))
        for order, customer, number, product, units, price in rows
    ]


@cache
def engine() -> DuckDBEngine:
    """One for all examples: opening costs more than most of them."""
    return DuckDBEngine(threads=1)


def read_frames(frames, **options):
    return read_orders(frames, engine=engine(), **options)


LINES = ("order_id", "customer_id", "date", "product_id", "quantity", "unit price")


def read_lines(rows, **options):
    return read_frames(frame(rows, LINES), require_customer=False, **options)


@given(line_files())
def test_no_row_and_no_cent_is_lost(rows):
    orders = read_lines(rows)
    report = orders.report
    assert report.rows_read == report.rows_used + sum(report.rows_rejected.values()) == len(rows)
    assert orders.rejected.num_rows == sum(report.rows_rejected.values())
    assert report.duplicates == len(rows) - len(set(rows))
    expected = sum(Decimal(units) * Decimal(price) for *_, units, price in set(rows))
    assert total(orders) == report.net == expected
    assert report.gross - report.discounts - report.refunds == report.net
    lines = orders.lines.to_pylist()
    assert (
        sum(line["gross_sales"] - line["discounts"] - line["refunded_amount"] for line in lines) == expected
    )
    assert orders.lines.num_rows == report.rows_used


@given(line_files())
def test_every_order_adds_up_and_counts_only_with_a_sale(rows):
    for order in read_lines(rows).table.to_pylist():
        assert order["net_sales"] == order["gross_sales"] - order["discounts"] - order["refunded_amount"]
        if order["counted"]:
            assert order["gross_sales"] > 0
            assert order["net_sales"] > 0
        if order["net_sales"] < 0:
            assert not order["counted"]


@given(line_files(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(rows, random):
    distinct = sorted(set(rows), key=repr)
    shuffled = list(distinct)
    random.shuffle(shuffled)
    one, other = read_lines(distinct), read_lines(shuffled)
    assert total(one) == total(other)
    assert (one.report.gross, one.report.refunds) == (other.report.gross, other.report.refunds)
    if one.identified and any(order["counted"] and order["customer_id"] for order in one.table.to_pylist()):
        left, right = (lw.rfm_summary(orders, observation_period_end=day(120)) for orders in (one, other))
        assert left["customer_id"].to_list() == right["customer_id"].to_list()
        assert left["frequency"].to_list() == right["frequency"].to_list()
        assert left["recency"].to_list() == right["recency"].to_list()


@given(line_files(), st.integers(0, 40))
def test_a_file_in_parts_gives_what_the_whole_file_gives(rows, cut):
    distinct = sorted(set(rows), key=repr)
    first, second = distinct[:cut], distinct[cut:]
    whole = read_lines(distinct)
    parts = [frame(part, LINES) for part in (first, second) if part]
    assert same(whole.table, read_frames(parts, require_customer=False).table)


@given(line_files())
def test_importing_twice_changes_only_the_count_of_duplicates(rows):
    once = read_lines(rows)
    twice = read_frames([frame(rows, LINES), frame(rows, LINES)], require_customer=False)
    assert same(once.table, twice.table)
    assert twice.report.duplicates == once.report.duplicates + len(rows)


@st.composite
def refunded_orders(draw):
    """Orders with a refund column, never more than was paid."""
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("abc"), days, st.integers(1, 50_000), st.integers(0, 100)), min_size=1
        )
    )
    return [
        (str(i), customer, day(number), money(amount), money(amount * share // 100))
        for i, (customer, number, amount, share) in enumerate(rows)
    ]


REFUNDED = ("order_id", "customer_id", "date", "amount", "refunded amount")


@given(refunded_orders())
def test_refunds_never_make_an_order_or_a_customer_negative(rows):
    orders = read_frames(frame(rows, REFUNDED))
    assert all(value.as_py() >= 0 for value in orders.table["net_sales"])


@given(refunded_orders())
def test_partial_refunds_never_change_frequency(rows):
    partly = [(*row[:4], row[4] if row[4] != row[3] else "0.00") for row in rows]
    untouched = [(*row[:4], "0.00") for row in rows]
    left, right = (lw.rfm_summary(read_frames(frame(table, REFUNDED))) for table in (partly, untouched))
    assert left["frequency"].to_list() == right["frequency"].to_list()
    assert left["recency"].to_list() == right["recency"].to_list()


@given(refunded_orders())
def test_a_full_refund_is_as_if_the_order_had_never_been(rows):
    gone = [(*row[:4], row[3] if int(row[0]) % 2 else "0.00") for row in rows]
    kept = [row for row in gone if int(row[0]) % 2 == 0]
    end = day(120)
    left = lw.rfm_summary(read_frames(frame(gone, REFUNDED)), observation_period_end=end)
    right = lw.rfm_summary(read_frames(frame(kept, REFUNDED)), observation_period_end=end)
    assert left.to_dict("list") == right.to_dict("list")


naughty = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "-",
        "1e400",
        "NaN",
        "=1+1",
        "2024-13-45",
        "31/02/2020",
        "\x00",
        "'",
        '"',
        "--",
        "無",
        "﷽",
        "0x1F",
        "١٢٣",
    ]
)


@given(st.lists(st.tuples(*[naughty] * 6), min_size=1, max_size=12))
def test_hostile_cells_never_crash_and_never_lose_a_row(rows):
    solid = [("1", "a", "2024-01-01", "5.00", "paid", "1"), ("2", "b", "2024-01-02", "6.00", "paid", "2")]
    names = ("order_id", "customer_id", "placed_at", "amount", "order_status", "quantity")
    columns = {name: name for name in names}
    try:
        orders = read_frames(frame([*solid, *rows], names), columns=columns)
    except DataError:  # two orders of day and month, or two currencies: asked about, not guessed
        return
    report = orders.report
    assert report.rows_read == report.rows_used + sum(report.rows_rejected.values()) == len(rows) + 2
    assert total(orders) == report.net

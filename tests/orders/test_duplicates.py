"""A row counts once, however often it is imported."""

from lifeworth.data.sources.read import read_orders
from orders.made import frame, same, total

ROWS = [("1", "a", "2024-01-01", "10"), ("1", "a", "2024-01-01", "10"), ("2", "b", "2024-01-02", "5")]


def test_a_row_that_stands_twice_counts_once_and_is_reported():
    orders = read_orders(frame(ROWS))
    assert total(orders) == 15
    assert orders.report.duplicates == 1
    assert orders.report.rows_rejected == {"duplicate": 1}
    assert orders.rejected["row"].to_pylist() == [orders.rejected["row"][0].as_py()]


def test_keeping_duplicates_counts_every_row():
    orders = read_orders(frame(ROWS), duplicates="keep")
    assert total(orders) == 25
    assert orders.report.duplicates == 0


def test_importing_a_file_twice_changes_nothing_but_the_count_of_duplicates():
    for policy in ("once", "keep"):
        once = read_orders(frame(ROWS), duplicates=policy)
        twice = read_orders([frame(ROWS), frame(ROWS)], duplicates=policy)
        assert same(once.table, twice.table)
        assert twice.report.rows_used == once.report.rows_used
        assert twice.report.duplicates == once.report.duplicates + once.report.rows_read


def test_the_same_purchase_on_another_day_is_no_duplicate():
    rows = [("a", "2024-01-01", "10"), ("a", "2024-01-02", "10")]
    assert total(read_orders(frame(rows, ("customer_id", "date", "amount")))) == 20


def test_columns_that_are_not_used_tell_rows_apart():
    rows = [("a", "2024-01-01", "10", "till 1"), ("a", "2024-01-01", "10", "till 2")]
    assert total(read_orders(frame(rows, ("customer_id", "date", "amount", "remark")))) == 20

"""Small order files made by hand, and short ways to look at what came of them."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa

from lifeworth.base.clock import date_of
from lifeworth.data.sources.read import read_orders

HEADER = ("order_id", "customer_id", "date", "amount")


def frame(rows, header=HEADER):
    """Rows as a frame of strings, the way a file gives them."""
    return pd.DataFrame(rows, columns=list(header), dtype="string")


def write(folder: Path, rows, header=HEADER, name="orders.csv", encoding="utf-8", delimiter=",") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path = folder / name
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read(rows, header=HEADER, **options):
    return read_orders(frame(rows, header), **options)


def by_order(orders) -> dict:
    """order_id -> row of the orders table."""
    return {row["order_id"]: row for row in orders.table.to_pylist()}


def days(orders) -> dict:
    """order_id -> ISO date."""
    return {row["order_id"]: date_of(row["day"]).isoformat() for row in orders.table.to_pylist()}


def total(orders, column="net_sales") -> Decimal:
    return sum((value.as_py() for value in orders.table[column]), Decimal(0))


def codes(orders) -> set[str]:
    return {finding.code for finding in orders.findings}


def same(one: pa.Table, other: pa.Table, without=("source_file", "source_row", "lines")) -> bool:
    """Equal rows in any order, leaving out where they came from."""
    names = [name for name in one.column_names if name not in without]

    def rows(table):
        return sorted(map(repr, table.select(names).to_pylist()))

    return rows(one) == rows(other)

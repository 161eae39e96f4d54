"""A company of any size to serve: a workspace with many customers and several published runs.

A shop of a few thousand customers is simulated and valued as `lifeworth value` does it; its published
rows are then repeated under other ids, with money that differs a little from copy to copy, until there
are as many customers as asked for. Runs differ by what they are worth. The same seed gives the same shop.
"""

import datetime
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import worlds
from lifeworth.results.contract import CUSTOMERS_PARQUET, SUMMARY, TABLES
from lifeworth.results.publish import write_json, write_rows
from lifeworth.workflows.recalculate import ready
from lifeworth.workflows.value import value_files
from lifeworth.workflows.workspace import Workspace

TRUE_CUSTOMERS = 20_000
UNTIL = datetime.date(2024, 12, 1)
CHANNELS = ("shop", "search", "social", "email", "referral", "marketplace", "app", "fair")


def company(folder: Path, customers: int, runs: int, rng: np.random.Generator) -> Workspace:
    """A workspace with `runs` published runs of `customers` customers each, ready to be served."""
    true_size = min(customers, TRUE_CUSTOMERS)
    orders = folder / "orders.parquet"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(_orders(true_size, rng), orders)
    sample = value_files([orders], folder / "sample", until=UNTIL, keep_timeline=True)
    copies = -(-customers // len(sample.customers))
    workspace = Workspace.open(folder / "workspace")
    timeline = sample.table("timeline")
    assert timeline is not None
    for number in range(runs):
        target = workspace.runs_folder / f"202501{number + 1:02d}T080000Z"
        (target / TABLES).mkdir(parents=True)
        _repeat(sample.customers, target / CUSTOMERS_PARQUET, copies, 1 + number / 100)
        _repeat(timeline, target / TABLES / "timeline.parquet", copies, 1.0)
        for path in (folder / "sample").iterdir():
            if path.is_file() and not (target / path.name).exists():
                shutil.copy(path, target)
        moment = f"2025-01-{number + 1:02d}T08:00:00+00:00"
        told = {"created": moment, "run_id": target.name, "customers": copies * len(sample.customers)}
        write_json(target / SUMMARY, {**sample.summary, **told})
        ready(workspace, workspace.run(target.name))
    shutil.rmtree(folder / "sample")
    return workspace


def _orders(customers: int, rng: np.random.Generator) -> pa.Table:
    """About eight orders per customer; customers come and go over three years."""
    joined = rng.integers(0, worlds.ORDER_LOG_DAYS, customers)
    left = np.minimum(joined + rng.exponential(500.0, customers), worlds.ORDER_LOG_DAYS - 1)
    again = rng.poisson(rng.gamma(0.8, 1 / 30, customers) * (left - joined))
    customer = np.repeat(np.arange(customers), again + 1)
    first = np.concatenate([[True], np.diff(customer) > 0])
    day = joined[customer] + rng.random(len(customer)) * (left - joined)[customer]
    day = np.where(first, joined[customer], day).astype(np.int64)
    in_time = np.argsort(day, kind="stable")
    customer, day, rows = customer[in_time], day[in_time], len(customer)
    start = np.datetime64(worlds.ORDER_LOG_START, "D")
    channel = rng.integers(0, len(CHANNELS), rows)
    return pa.table(
        {
            "order_id": pa.array([f"O{number:08d}" for number in range(rows)]),
            "customer_id": pa.array([f"C{number:06d}" for number in customer]),
            "date": pa.array((start + day).astype("datetime64[D]")),
            "channel": pa.array(CHANNELS).take(pa.array(channel)),
            "amount": np.round(rng.lognormal(3.2, 0.8, rows), 2),
        }
    )


def _repeat(table: pa.Table, path: Path, copies: int, share: float) -> None:
    """Write `copies` of the rows, in the order of their new ids; money grows a little with each copy."""
    parts = []
    for number in range(copies):
        grown = share * (1 + 0.001 * (number % 50))
        columns = [_moved(table[name], name, number, grown) for name in table.column_names]
        parts.append(pa.table(columns, schema=table.schema))
    write_rows(pa.concat_tables(parts), path)


def _moved(column: pa.ChunkedArray, name: str, number: int, share: float) -> pa.ChunkedArray:
    if name in ("customer_id", "order_id"):
        return pc.binary_join_element_wise(f"{number:03d}", column, "")
    if pa.types.is_decimal(column.type):
        return pc.round(pc.multiply(column.cast(pa.float64()), share), 2).cast(column.type)
    return column

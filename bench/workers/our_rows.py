"""Order rows to purchase histories with lifeworth.

`summarise` is the query that every run makes, on its engine, over rows that are clean already. The
file is streamed: DuckDB keeps the rows under its memory limit and spills beyond it.
`clean` is the whole way of a file that nobody has looked at: mapping, parsing, duplicates, report.
"""

import time
from types import SimpleNamespace

from measuring import answer, cpu_of, read_job

start = time.process_time()
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

import lifeworth  # noqa: E402
from lifeworth.base.clock import day_number  # noqa: E402
from lifeworth.data.summary import customer_summary  # noqa: E402
from lifeworth.data.tables.table import MONEY  # noqa: E402
from lifeworth.engines.duckdb import DuckDBEngine  # noqa: E402

IMPORT_CPU = time.process_time() - start
MONEY_COLUMNS = ("gross_sales", "discounts", "refunded_amount", "net_sales", "cogs")
ROWS_AT_ONCE = 250_000


def as_orders(batch):
    """What the summary reads of the table `orders`: every row a paid order without refunds or costs."""
    amount = pc.cast(batch.column("amount"), MONEY, safe=False)
    zero, unknown = (pa.repeat(pa.scalar(each, MONEY), len(batch)) for each in (0, None))
    money = dict(zip(MONEY_COLUMNS, (amount, zero, zero, amount, unknown), strict=True))
    day = pc.cast(pc.cast(batch.column("ordered_at"), pa.date32()), pa.int32())
    counted = pa.repeat(pa.scalar(True), len(batch))
    return pa.record_batch(
        {"customer_id": batch.column("customer_id"), "day": day, "counted": counted, **money}
    )


def reader(path):
    file = pq.ParquetFile(path)
    columns = ["customer_id", "ordered_at", "amount"]
    batches = map(as_orders, file.iter_batches(ROWS_AT_ONCE, columns=columns))
    first = next(batches)

    def stream():
        yield first
        yield from batches

    return pa.RecordBatchReader.from_batches(first.schema, stream())


def summarise(job):
    def work():
        with DuckDBEngine(memory_limit=job["memory_limit"]) as engine:
            orders = SimpleNamespace(table=reader(job["path"]))  # a stream may stand for an import
            return customer_summary(orders, day_number(job["until"]), engine)

    cpu, summary = cpu_of(work)
    answer(
        version=lifeworth.__version__,
        import_cpu=IMPORT_CPU,
        cpu=cpu,
        customers=summary.num_rows,
        repeats=pc.sum(summary["frequency"]).as_py(),
    )


def clean(job):
    columns = {
        "customer_id_col": "customer_id",
        "datetime_col": "ordered_at",
        "monetary_value_col": "amount",
    }

    def work():
        return lifeworth.rfm_summary(job["path"], **columns, observation_period_end=job["until"])

    cpu, summary = cpu_of(work)
    answer(
        version=lifeworth.__version__,
        import_cpu=IMPORT_CPU,
        cpu=cpu,
        customers=len(summary),
        repeats=int(summary["frequency"].sum()),
    )


if __name__ == "__main__":
    job = read_job()
    {"summarise": summarise, "clean": clean}[job["task"]](job)

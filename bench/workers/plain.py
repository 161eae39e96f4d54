"""What a plain scan and plain pandas need for the order rows: the floor and the common way."""

import datetime
import time

from measuring import answer, cpu_of, read_job

LAST_MOMENT = datetime.timedelta(days=1)


def scan(job):
    """DuckDB reads the same columns and adds them up; nobody can be quicker than reading."""
    start = time.process_time()
    import duckdb

    import_cpu = time.process_time() - start
    sql = "SELECT count(*), sum(amount), max(ordered_at), max(customer_id) FROM read_parquet(?)"
    cpu, found = cpu_of(lambda: duckdb.execute(sql, [job["path"]]).fetchone())
    answer(version=duckdb.__version__, import_cpu=import_cpu, cpu=cpu, customers=None, rows=found[0])


def by_pandas(job):
    """Two groupings, written as a practitioner would: customer and day, then customer."""
    start = time.process_time()
    import pandas as pd

    import_cpu = time.process_time() - start
    until = pd.Timestamp(job["until"])

    def work():
        rows = pd.read_parquet(job["path"], columns=["customer_id", "ordered_at", "amount"])
        rows = rows[rows["ordered_at"] < until + LAST_MOMENT]
        rows["day"] = rows["ordered_at"].dt.floor("D")
        days = rows.groupby(["customer_id", "day"], sort=True)["amount"].sum().reset_index()
        grouped = days.groupby("customer_id")
        summary = grouped.agg(first=("day", "min"), last=("day", "max"), days=("day", "size"))
        first_spend = grouped["amount"].first()
        summary["frequency"] = summary["days"] - 1
        summary["recency"] = (summary["last"] - summary["first"]).dt.days
        summary["T"] = (until - summary["first"]).dt.days
        repeat = grouped["amount"].sum() - first_spend
        summary["monetary_value"] = (repeat / summary["frequency"]).where(summary["frequency"] > 0, 0.0)
        return summary

    cpu, summary = cpu_of(work)
    answer(
        version=pd.__version__,
        import_cpu=import_cpu,
        cpu=cpu,
        customers=len(summary),
        repeats=int(summary["frequency"].sum()),
    )


if __name__ == "__main__":
    job = read_job()
    {"scan": scan, "pandas": by_pandas}[job["task"]](job)

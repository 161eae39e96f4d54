"""`lifeworth check`: read, judge, change nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lifeworth.base.clock import day_number
from lifeworth.data.sources.read import read_orders
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.workflows.customers import customers_as_of
from lifeworth.workflows.findings import finding_records
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.usability import declined, usability_findings


def check_files(
    paths: Sequence[Path],
    *,
    until: date | None = None,
    language: str = "en",
    progress: Progress = silent,
    reading: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What the files hold and can carry: import report, findings, whether customers can be valued.

    Files that name no customer are summed up too; then `individual` is false.
    """
    engine = DuckDBEngine()
    progress("read", 0)
    orders = read_orders(
        [str(path) for path in paths],
        until=until,
        engine=engine,
        require_customer=False,
        **(reading or {}),
    )
    result = {"currency": orders.currency, "import_report": orders.report.to_json(language)}
    if not orders.identified:
        return {**result, "findings": finding_records(orders.findings, language), "individual": False}
    progress("summarise", 0)
    until_day = day_number(until) if until else orders.last_day
    customers = customers_as_of(orders, until_day, engine, margin=None, costs=None)
    findings = usability_findings(orders, customers, until_day, None, engine)
    return {
        **result,
        "findings": finding_records(findings, language),
        "individual": not declined(findings),
    }

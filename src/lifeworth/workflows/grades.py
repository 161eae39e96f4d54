"""Customer grades of a run, held against those of an earlier one, so that nobody flips for cents."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.results.read import read_customers, read_run
from lifeworth.segments.grade import GRADES, GradeResult, grades
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings

Codes = NDArray[np.str_]
ALIKE = ("currency", "value_basis", "horizon_months")


@dataclass(frozen=True)
class Earlier:
    """The earlier run and the grade each customer had in it, "" for those it did not know."""

    run: dict[str, str]
    codes: Codes


@dataclass(frozen=True)
class GradePart:
    """record: `summary.grades`."""

    result: GradeResult
    record: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)


def earlier_grades(
    previous: str | Path | None, customers: Customers, currency: str, settings: Settings
) -> tuple[Earlier | None, list[Finding]]:
    """The grades of a published run; None, and a finding, where they cannot be set beside today's.

    Raises:
        DataError: RESULT-002 when there is no run in `previous`.
    """
    if previous is None:
        return None, []
    summary = read_run(previous).summary
    today = {
        "currency": currency,
        "value_basis": customers.basis,
        "horizon_months": settings.horizon_months,
    }
    other = [name for name in ALIKE if summary.get(name) != today[name]]
    if summary["as_of"] > date_of(customers.day).isoformat():
        other.append("as_of")
    table = read_customers(Path(previous), ("customer_id", "customer_grade")) if not other else None
    if table is None or table["customer_grade"].null_count == table.num_rows:
        return None, [Finding("grades_anew", "info", {"previous": str(summary["as_of"]), "settings": other})]
    place = pc.index_in(customers.table["customer_id"], value_set=table["customer_id"].combine_chunks())
    found = pc.fill_null(table["customer_grade"].combine_chunks().take(place.combine_chunks()), "")
    codes = np.array(found.to_pylist(), dtype="U1")
    return Earlier({"run_id": str(summary["run_id"]), "as_of": str(summary["as_of"])}, codes), []


def grade_part(future: NDArray[np.float64], earlier: Earlier | None, findings: list[Finding]) -> GradePart:
    """Grades of n customers from their future value, not rounded, so that equal ones stay equal."""
    plain = grades(future)
    if earlier is None:
        return GradePart(plain, {"thresholds": plain.thresholds, "previous": None}, findings)
    held = grades(future, earlier.codes)
    moves = [
        {"before": before, "after": after, "customers": int(count)}
        for before in GRADES
        for after in GRADES
        if (count := ((earlier.codes == before) & (held.codes == after)).sum())
    ]
    record = {
        "thresholds": held.thresholds,
        "previous": earlier.run,
        "kept": int((held.codes != plain.codes).sum()),
        "moves": moves,
        "new": int((earlier.codes == "").sum()),
    }
    return GradePart(held, record, findings)

"""Every row is accounted for: used, or set aside with a reason and its cells."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.rules import Cleaned
from lifeworth.data.report import FileReport
from lifeworth.data.sources.raw import ROW, RawTable
from lifeworth.engines.protocol import Engine


def count_reasons(engine: Engine, raws: Sequence[RawTable]) -> list[dict[str, int]]:
    """Per file, how many rows were set aside for which reason.

    Raises:
        DataError: DATA-200 where nothing is left, DATA-202 where all rows are later than the last day to
            use, DATA-012 where there are no rows.
    """
    found = engine.query(
        "SELECT file, COALESCE(reason, '') AS reason, COUNT(*) AS n FROM import_rows GROUP BY 1, 2"
    ).to_pylist()
    counts: list[dict[str, int]] = [{} for _ in raws]
    for number, raw in enumerate(raws):
        for row in raw.rejected:
            counts[number][row.reason] = counts[number].get(row.reason, 0) + 1
    for row in found:
        if row["reason"]:
            of_file = counts[row["file"]]
            of_file[row["reason"]] = of_file.get(row["reason"], 0) + row["n"]
    if all(row["reason"] for row in found):
        total: dict[str, int] = {}
        for of_file in counts:
            for reason, count in of_file.items():
                total[reason] = total.get(reason, 0) + count
        why = ", ".join(f"{reason} {total[reason]}" for reason in sorted(total))
        names = [raw.name for raw in raws]
        if not total:
            raise DataError("DATA-012", file=", ".join(names))
        if set(total) == {"after_until"}:
            first = engine.query("SELECT MIN(happened) AS first FROM import_rows")["first"][0].as_py()
            raise DataError("DATA-202", rows=total["after_until"], first=first.date().isoformat())
        raise DataError("DATA-200", files=names, rows=sum(total.values()), reasons=why)
    return [dict(sorted(of_file.items())) for of_file in counts]


def report_file(
    engine: Engine, number: int, raw: RawTable, cleaned: Cleaned, rejected: dict[str, int]
) -> FileReport:
    used: dict[str, Any] = engine.query(
        "SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE customer_id IS NULL) AS nobody, SUM(gross) AS gross, "
        "SUM(discount) AS discounts, SUM(refund) AS refunds, MIN(day) AS first_day, MAX(day) AS last_day "
        "FROM import_lines WHERE file = :file",
        file=number,
    ).to_pylist()[0]
    return FileReport(
        name=raw.name,
        role=raw.role,
        rows_read=used["n"] + sum(rejected.values()),
        rows_used=used["n"],
        rows_rejected=rejected,
        lines_without_customer=used["nobody"],
        gross=used["gross"] or Decimal(0),
        discounts=used["discounts"] or Decimal(0),
        refunds=used["refunds"] or Decimal(0),
        first_day=used["first_day"],
        last_day=used["last_day"],
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        preset=raw.preset,
        mapping={name: {"column": c, "why": raw.why.get(name, "")} for name, c in raw.mapping.items()},
        date_order=cleaned.date_order,
    )


def counted_findings(reports: Sequence[FileReport]) -> list[Finding]:
    findings = []
    lost: dict[str, int] = {}
    for report in reports:
        for reason in ("bad_date", "no_date", "no_amount"):
            lost[reason] = lost.get(reason, 0) + report.rows_rejected.get(reason, 0)
    for reason, count in lost.items():
        if count:
            findings.append(Finding(f"orders_{reason}", "warn", {"count": count}))
    return findings


def rejected_rows(engine: Engine, raws: Sequence[RawTable]) -> pa.Table:
    """Every row that was not used, with its cells as they stood in the file."""
    parts = []
    for number, raw in enumerate(raws):
        found = engine.query(
            "SELECT row, reason FROM import_rows WHERE file = :file AND reason IS NOT NULL ORDER BY row",
            file=number,
        )
        cells = raw.table.filter(pc.is_in(raw.table[ROW], value_set=found["row"].combine_chunks()))
        cells = cells.sort_by(ROW).drop_columns([ROW])
        cells = cells.rename_columns([_apart(column) for column in cells.column_names])
        names = pa.array([raw.name] * found.num_rows, pa.string())
        parts.append(pa.table({"file": names, "row": found["row"], "reason": found["reason"]}))
        for column in cells.column_names:
            parts[-1] = parts[-1].append_column(column, cells[column].cast(pa.string()))
        lost = [(raw.name, row.row, row.reason, row.text) for row in raw.rejected]
        if lost:
            columns = list(zip(*lost, strict=True))
            parts.append(
                pa.table(
                    {
                        "file": pa.array(columns[0], pa.string()),
                        "row": pa.array(columns[1], pa.int64()),
                        "reason": pa.array(columns[2], pa.string()),
                        "text": pa.array(columns[3], pa.string()),
                    }
                )
            )
    return pa.concat_tables(parts, promote_options="default")


def _apart(column: str) -> str:
    """A column of the file that is called like one of ours."""
    return f"{column} (file)" if column in ("file", "row", "reason", "text") else column

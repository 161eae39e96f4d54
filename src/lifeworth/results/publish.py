"""Publish a run: every file is written to a folder beside the target, which then takes its place."""

import json
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from lifeworth.base.errors import DataError, UsageError
from lifeworth.results.contract import (
    CUSTOMER_SCHEMA,
    CUSTOMERS_CSV,
    CUSTOMERS_PARQUET,
    IMPORT_REPORT,
    REJECTED_ROWS,
    REPORT_HTML,
    SUMMARY,
    TABLES,
    Run,
)

OUR_FILES = {CUSTOMERS_PARQUET, CUSTOMERS_CSV, SUMMARY, IMPORT_REPORT, REJECTED_ROWS, REPORT_HTML, TABLES}
BOM = b"\xef\xbb\xbf"  # Excel needs it to read UTF-8
ROWS_AT_ONCE = 4_000  # of a table, so that the rows of one customer are found without reading all
FORMULA_START = r"^[=+\-@\t\r]"


def publish(
    folder: Path,
    *,
    customers: pa.Table,
    summary: Mapping[str, Any],
    import_report: Mapping[str, Any],
    rejected: pa.Table | None = None,
    tables: Mapping[str, pa.Table] | None = None,
    report: Callable[[Run], str] | None = None,
) -> Run:
    """Write a run to `folder`, whole or not at all, in place of the run that stood there.

    Raises:
        DataError: RESULT-001 when `folder` holds something else than a run.
        UsageError: RESULT-003 when nothing can be written there.
    """
    folder = Path(folder).absolute()
    with whole_or_not_at_all(folder, OUR_FILES) as fresh:
        customers = customers.select(CUSTOMER_SCHEMA.names).cast(CUSTOMER_SCHEMA)
        run = Run(folder, customers, dict(summary), dict(import_report), dict(tables or {}))
        _write(fresh, run, rejected, report)
    return run


@contextmanager
def whole_or_not_at_all(folder: Path, ours: Collection[str]) -> Iterator[Path]:
    """A fresh folder to write to; it takes the place of `folder` when nothing went wrong.

    Files of `folder` whose names are not `ours` are kept.

    Raises:
        DataError: RESULT-001 when `folder` holds something else than results.
        UsageError: RESULT-003 when nothing can be written there.
    """
    folder = folder.absolute()
    refuse_foreign(folder)
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
    except OSError as reason:
        raise UsageError("RESULT-003", folder=str(folder), reason=reason.strerror) from reason
    try:
        yield fresh
        _swap(fresh, folder, ours)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # left over only where something went wrong


def _write(fresh: Path, run: Run, rejected: pa.Table | None, report: Callable[[Run], str] | None) -> None:
    customers = run.customers
    pq.write_table(customers, fresh / CUSTOMERS_PARQUET, compression="zstd")
    write_csv(customers, fresh / CUSTOMERS_CSV)
    write_json(fresh / SUMMARY, run.summary)
    write_json(fresh / IMPORT_REPORT, run.import_report)
    filled = {name: table for name, table in run.tables.items() if table.num_rows}
    if filled:
        (fresh / TABLES).mkdir()
    for name, table in filled.items():
        write_rows(table, fresh / TABLES / f"{name}.parquet")
    if rejected is not None and rejected.num_rows:
        write_csv(rejected, fresh / REJECTED_ROWS)
    if report:
        (fresh / REPORT_HTML).write_text(report(run), encoding="utf-8")


def write_rows(table: pa.Table, path: Path) -> None:
    """Many small groups of rows, that say only between which customers they lie: quick to look up in."""
    told = [name for name in ("customer_id",) if name in table.column_names]
    pq.write_table(table, path, compression="zstd", row_group_size=ROWS_AT_ONCE, write_statistics=told)


def refuse_foreign(folder: Path) -> None:
    """Raise RESULT-001 where a run may not be published: a file, or a folder of other things."""
    if not folder.exists() or (folder / SUMMARY).exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise DataError("RESULT-001", folder=str(folder))


def write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8 with BOM; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    write_csv_parts([table], path)


def write_csv_parts(parts: Iterable[pa.Table], path: Path, *, bom: bool = True) -> None:
    """The same for a table that comes in parts of one schema, at least one."""
    rest = iter(parts)
    first = safe_table(next(rest))
    with path.open("wb") as stream:
        stream.write(BOM if bom else b"")
        with pa_csv.CSVWriter(stream, first.schema) as writer:
            writer.write_table(first)
            for part in rest:
                writer.write_table(safe_table(part))


def safe_table(table: pa.Table) -> pa.Table:
    """The table with no text that a spreadsheet takes for a formula."""
    columns = [_safe(column) if pa.types.is_string(column.type) else column for column in table.columns]
    return pa.table(columns, names=table.column_names)


def _safe(column: pa.ChunkedArray) -> pa.ChunkedArray:
    risky = pc.match_substring_regex(column, FORMULA_START)
    return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(
        json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n", encoding="utf-8"
    )


def _plain(thing: Any) -> Any:
    """NumPy scalars, decimals and dates as JSON knows them."""
    if hasattr(thing, "item"):
        return thing.item()
    if hasattr(thing, "isoformat"):
        return thing.isoformat()
    return float(thing)


def _swap(fresh: Path, folder: Path, ours: Collection[str]) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
        for path in old.iterdir():
            if path.name not in ours:
                path.rename(fresh / path.name)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)

"""Read a published run back."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.base.errors import DataError
from lifeworth.results.contract import CUSTOMERS_PARQUET, IMPORT_REPORT, SUMMARY, TABLES, Run


def read_run(folder: str | Path) -> Run:
    """The run in `folder`.

    Raises:
        DataError: RESULT-002 when there is none.
    """
    folder = Path(folder)
    if not (folder / SUMMARY).exists():
        raise DataError("RESULT-002", folder=str(folder))
    summary, import_report = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in (SUMMARY, IMPORT_REPORT)
    )
    return Run(folder, pq.ParquetFile(folder / CUSTOMERS_PARQUET).read(), summary, import_report)


def read_customers(folder: Path, columns: Sequence[str]) -> pa.Table | None:
    """Some columns of a run's customers, or None where a run of an older version lacks one of them."""
    with pq.ParquetFile(folder / CUSTOMERS_PARQUET) as file:
        if not set(columns) <= set(file.schema_arrow.names):
            return None
        return file.read(columns=list(columns))


def read_table(folder: Path, name: str, columns: Sequence[str]) -> pa.Table | None:
    """Some columns of a further table of a run, or None where the run has no such table."""
    path = folder / TABLES / f"{name}.parquet"
    if not path.exists():
        return None
    with pq.ParquetFile(path) as file:
        return file.read(columns=list(columns))

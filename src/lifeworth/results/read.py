"""Read a published run back."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from lifeworth.base.errors import DataError
from lifeworth.results.contract import CUSTOMERS_PARQUET, IMPORT_REPORT, SUMMARY, Run


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

"""The published accounts of a valuation of subscriptions: their columns, and the folder they stand in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.results.contract import REJECTED_ROWS, SUMMARY
from lifeworth.results.publish import whole_or_not_at_all, write_csv, write_json

OUR_FILES = {"accounts.parquet", "accounts.csv", "survival.csv", REJECTED_ROWS, SUMMARY}
MONEY = pa.decimal128(18, 2)
ACCOUNT_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()), ("plan", pa.string()), ("months", pa.int64()),
        ("churned", pa.bool_()), ("monthly_charge", MONEY), ("probability_stays", pa.float64()),
        ("months_left", pa.float64()), ("residual_value", MONEY), ("residual_value_low", MONEY),
        ("residual_value_high", MONEY), ("horizon_value", MONEY), ("naive_value", MONEY),
        ("reasons", pa.string()),
    ]
)  # fmt: skip
SURVIVAL_SCHEMA = pa.schema(
    [
        ("period", pa.int64()), ("at_risk", pa.float64()), ("left", pa.float64()),
        ("observed", pa.float64()), ("observed_low", pa.float64()), ("observed_high", pa.float64()),
        ("model", pa.float64()),
    ]
)  # fmt: skip


def publish_contracts(
    folder: Path, accounts: pa.Table, survival: pa.Table, summary: Mapping[str, Any], rejected: pa.Table
) -> None:
    """Write the folder whole or not at all.

    Raises:
        DataError: RESULT-001 when `folder` holds something else.
        UsageError: RESULT-003 when nothing can be written there.
    """
    with whole_or_not_at_all(folder, OUR_FILES) as fresh:
        pq.write_table(accounts, fresh / "accounts.parquet", compression="zstd")
        write_csv(accounts, fresh / "accounts.csv")
        write_csv(survival, fresh / "survival.csv")
        if rejected.num_rows:
            write_csv(rejected, fresh / REJECTED_ROWS)
        write_json(fresh / SUMMARY, summary)

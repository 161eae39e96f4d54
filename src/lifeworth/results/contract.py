"""What a run publishes: one folder, written whole or not at all.

    customers.parquet, customers.csv   one row per customer (`CUSTOMER_COLUMNS`)
    summary.json                       headline figures, model, backtest, segments, findings
    import_report.json                 what was read, used and rejected, file by file
    rejected_rows.csv                  rows not used, each with its reason (only if any)
    report.html                        for people
    tables/NAME.parquet                further tables of the run (`Run.table`), only those it has

All money is in major units of `summary["currency"]`, on the basis `summary["basis"]`
("revenue" or "profit"), as of `summary["as_of"]`; forecasts cover `summary["horizon_months"]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.data.cleaning import contacts


@dataclass(frozen=True)
class Column:
    """One column of `customers`. `definition` is the catalogue key `definition.<name>`."""

    name: str
    type: pa.DataType
    unit: str


MONEY = pa.decimal128(18, 2)
CUSTOMER_COLUMNS = (
    Column("customer_id", pa.string(), ""),
    Column("first_purchase", pa.date32(), "date"),
    Column("last_purchase", pa.date32(), "date"),
    Column("orders", pa.int64(), "orders"),
    Column("channel", pa.string(), "channel of the first purchase"),
    Column("gross_sales", MONEY, "money"),
    Column("discounts", MONEY, "money"),
    Column("refunds", MONEY, "money"),
    Column("net_sales", MONEY, "money"),
    Column("subscription_sales", MONEY, "money"),
    Column("goods_cost", MONEY, "money"),
    Column("fulfilment_cost", MONEY, "money"),
    Column("fees_cost", MONEY, "money"),
    Column("service_cost", MONEY, "money"),
    Column("retention_cost", MONEY, "money"),
    Column("acquisition_cost", MONEY, "money"),
    Column("other_cost", MONEY, "money"),
    Column("frequency", pa.int32(), "repeat purchase days"),
    Column("recency", pa.int32(), "days"),
    Column("T", pa.int32(), "days"),
    Column("monetary_value", pa.float64(), "money per repeat purchase day"),
    Column("probability_alive", pa.float64(), "probability"),
    Column("remaining_months", pa.float64(), "months within the horizon"),
    Column("remaining_months_low", pa.float64(), "months, 5 % quantile"),
    Column("remaining_months_high", pa.float64(), "months, 95 % quantile"),
    Column("expected_purchases", pa.float64(), "purchase days over the horizon"),
    Column("expected_spend", pa.float64(), "money per purchase day"),
    Column("margin_rate", pa.float64(), "share of net sales"),
    Column("margin_rate_low", pa.float64(), "share, 5 % quantile"),
    Column("margin_rate_high", pa.float64(), "share, 95 % quantile"),
    Column("historical_value", MONEY, "money"),
    Column("current_value", MONEY, "money, discounted"),
    Column("current_value_low", MONEY, "money, 5 % quantile"),
    Column("current_value_high", MONEY, "money, 95 % quantile"),
    Column("current_value_undiscounted", MONEY, "money, not discounted"),
    Column("cost_to_serve", MONEY, "money over the horizon, discounted"),
    Column("subscription_value", MONEY, "money, discounted"),
    Column("subscription_value_undiscounted", MONEY, "money, not discounted"),
    Column("potential_value", MONEY, "money, discounted"),
    Column("potential_value_low", MONEY, "money, 5 % quantile"),
    Column("potential_value_high", MONEY, "money, 95 % quantile"),
    Column("cross_sell_value", MONEY, "money, discounted"),
    Column("up_sell_value", MONEY, "money, discounted"),
    Column("add_on_value", MONEY, "money, discounted"),
    Column("referral_value", MONEY, "money, discounted"),
    Column("base_value", MONEY, "money, discounted"),
    Column("growth_value", MONEY, "money, discounted"),
    Column("wallet", MONEY, "money over the horizon, while active"),
    Column("wallet_low", MONEY, "money, 5 % quantile"),
    Column("wallet_high", MONEY, "money, 95 % quantile"),
    Column("share_of_wallet", pa.float64(), "share"),
    Column("wallet_source", pa.string(), "estimate, survey_spend, survey_share or survey_rank"),
    Column("future_value", MONEY, "money"),
    Column("lifetime_value", MONEY, "money"),
    Column("rfm", pa.string(), "three digits, recency frequency monetary, 5 is best"),
    Column("rfm_class", pa.string(), "one of eight keys"),
    Column("pattern", pa.string(), "gold, comet, stream or burden"),
    Column("pattern_probability", pa.float64(), "probability"),
    Column("trend", pa.string(), "growing, steady or declining"),
    Column("tier", pa.string(), "high, potential or low"),
    Column("customer_grade", pa.string(), "A, B, C or D"),
    Column("decision", pa.string(), "keep, grow, fix or release"),
    Column("value_score", pa.float64(), "0 to 100, see segments.score"),
    Column("value_score_low", pa.float64(), "0 to 100, 5 % quantile"),
    Column("value_score_high", pa.float64(), "0 to 100, 95 % quantile"),
    Column("reasons", pa.string(), "sentences in the language of the run"),
    Column("reason_keys", pa.string(), "keys of the reasons, for other languages"),
)
CUSTOMER_SCHEMA = pa.schema([(column.name, column.type) for column in CUSTOMER_COLUMNS])
ESTIMATE_COLUMNS = (
    "probability_alive",
    "remaining_months",
    "remaining_months_low",
    "remaining_months_high",
    "expected_purchases",
    "expected_spend",
    "margin_rate",
    "margin_rate_low",
    "margin_rate_high",
    "current_value",
    "current_value_low",
    "current_value_high",
    "current_value_undiscounted",
    "cost_to_serve",
    "subscription_value",
    "subscription_value_undiscounted",
    "potential_value",
    "potential_value_low",
    "potential_value_high",
    "cross_sell_value",
    "up_sell_value",
    "add_on_value",
    "referral_value",
    "base_value",
    "growth_value",
    "wallet",
    "wallet_low",
    "wallet_high",
    "share_of_wallet",
    "wallet_source",
    "future_value",
    "lifetime_value",
    "pattern",
    "pattern_probability",
    "trend",
    "tier",
    "customer_grade",
    "decision",
    "value_score",
    "value_score_low",
    "value_score_high",
)  # fmt: skip  null in a run that declines individual predictions

CONTACTS = "contacts"  # a further table of runs that keep them: how customers are called and reached
CONTACT_FIELDS = contacts.CONTACT_FIELDS
LISTED_SCHEMA = pa.schema(  # of a customer in a list, a file or alone
    [CUSTOMER_SCHEMA.field(0), *((name, pa.string()) for name in CONTACT_FIELDS), *list(CUSTOMER_SCHEMA)[1:]]
)

RFM_CLASSES = ("111", "101", "011", "001", "110", "100", "010", "000")  # recency, frequency, monetary high
PATTERNS = ("gold", "comet", "stream", "burden")
TIERS = ("high", "potential", "low")
GRADES = ("A", "B", "C", "D")
DECISIONS = ("keep", "grow", "fix", "release")
TRENDS = ("growing", "steady", "declining")

CUSTOMERS_PARQUET, CUSTOMERS_CSV = "customers.parquet", "customers.csv"
SUMMARY, IMPORT_REPORT = "summary.json", "import_report.json"
REJECTED_ROWS, REPORT_HTML = "rejected_rows.csv", "report.html"
TABLES = "tables"


def report_name(language: str) -> str:
    """The file of a report in another language than that of the run."""
    return f"report.{language}.html"


@dataclass(frozen=True)
class Run:
    """A published run, read back. `tables`: those at hand already; `table` reads the others."""

    folder: Path
    customers: pa.Table
    summary: dict[str, Any]
    import_report: dict[str, Any]
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    def table(self, name: str) -> pa.Table | None:
        """One further table of the run, or None where it has none of that name."""
        if name in self.tables:
            return self.tables[name]
        path = self.folder / TABLES / f"{name}.parquet"
        return pq.ParquetFile(path).read() if path.exists() else None

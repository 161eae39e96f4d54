"""One currency per set of orders: money of several is never added up without rates.

Rates give the value of one unit in the base currency. A rate with a date holds from that day
until the next; an order takes the rate of its own day.
"""

import csv
import datetime
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa

from lifeworth.base.clock import day_number
from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.engines.protocol import Engine

FIRST_DAY = -100_000
_RATE = pa.schema([("currency", pa.string()), ("day", pa.int32()), ("rate", pa.decimal128(28, 10))])

_FOUND = """
SELECT COALESCE(currency, '') AS currency, COUNT(*) AS n FROM import_rows WHERE reason IS NULL
GROUP BY 1 ORDER BY n DESC, currency"""

# Stripe and others state the amount in the currency of the account beside the amount as charged
_CONVERTED = """
SELECT * REPLACE (
  CAST(COALESCE(converted_amount, amount) AS DECIMAL(18, 4)) AS amount,
  CASE WHEN converted_amount IS NULL THEN refund
       WHEN converted_refunded_amount IS NOT NULL THEN abs(converted_refunded_amount)
       WHEN amount <> 0 THEN CAST(CAST(refund AS DOUBLE) * CAST(converted_amount AS DOUBLE)
                                  / CAST(amount AS DOUBLE) AS DECIMAL(18, 4)) END AS refund,
  COALESCE(converted_currency, currency) AS currency)
FROM import_rows"""

_AT_RATES = """
WITH spans AS (
  SELECT currency, rate, day AS from_day, LEAD(day) OVER (PARTITION BY currency ORDER BY day) AS to_day,
         ROW_NUMBER() OVER (PARTITION BY currency ORDER BY day) AS position FROM import_rates)
SELECT r.* REPLACE (
  CAST(CAST(r.amount AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS amount,
  CAST(CAST(r.discount AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS discount,
  CAST(CAST(r.refund AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS refund,
  CAST(CAST(r.whole AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS whole,
  CAST(CAST(r.cost AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS cost,
  CAST(CAST(r.unit_price AS DECIMAL(20, 4)) * COALESCE(s.rate, 1) AS DECIMAL(18, 4)) AS unit_price,
  :base AS currency)
FROM import_rows r
LEFT JOIN spans s ON COALESCE(r.currency, :base) = s.currency
  AND (r.day >= s.from_day OR s.position = 1) AND (s.to_day IS NULL OR r.day < s.to_day)"""


def settle_currency(
    engine: Engine, *, asked: str | None, rates: Any | None, signs: Mapping[str, int]
) -> tuple[str, list[Finding]]:
    """Bring `import_rows` to one currency; give back its code ("" where nothing names one).

    Raises:
        DataError: DATA-220 several currencies and no rates, DATA-221 a currency without a rate.
    """
    found = {row["currency"]: row["n"] for row in engine.query(_FOUND).to_pylist()}
    named = [code for code in found if code]
    if not named:
        if len(signs) > 1:
            counts = ", ".join(f"{code} {signs[code]}" for code in sorted(signs))
            raise DataError("DATA-220", currencies=sorted(signs), counts=counts, asked=asked or "")
        best = max(sorted(signs), key=lambda code: signs[code], default="")
        return (asked or best), []
    if len(named) == 1 and asked in (None, named[0]):
        return named[0], []
    if rates is None:
        converted = engine.query(
            "SELECT DISTINCT COALESCE(converted_currency, '') AS c FROM import_rows WHERE reason IS NULL"
        )["c"].to_pylist()
        if len(converted) == 1 and converted[0] and asked in (None, converted[0]):
            engine.create("import_rows", _CONVERTED)
            return converted[0], [Finding("orders_converted_column", "info", {"currency": converted[0]})]
        counts = ", ".join(f"{code} {found[code]}" for code in named)
        raise DataError("DATA-220", currencies=named, counts=counts, asked=asked or "")
    base = asked or named[0]
    table = read_rates(rates)
    missing = sorted(set(named) - {base} - set(table["currency"].to_pylist()))
    if missing:
        raise DataError("DATA-221", currencies=missing, base=base)
    engine.register("import_rates", _with_base(table, base))
    engine.create("import_rows", _AT_RATES, base=base)
    facts = {"currencies": [code for code in named if code != base], "base": base}
    return base, [Finding("orders_converted", "info", facts)]


def _with_base(table: pa.Table, base: str) -> pa.Table:
    others = [row for row in table.to_pylist() if row["currency"] != base]
    return pa.Table.from_pylist([*others, {"currency": base, "day": FIRST_DAY, "rate": Decimal(1)}], _RATE)


def read_rates(rates: Any) -> pa.Table:
    """Rates from a mapping, a CSV file (currency, rate, and optionally date), or a table.

    Raises:
        UsageError: DATA-222 a row without a currency and a positive rate.
        DataError: DATA-001 there is no such file.
    """
    if isinstance(rates, Mapping):
        rows = [{"currency": code, "rate": rate} for code, rate in rates.items()]
    elif isinstance(rates, str | Path):
        if not Path(rates).is_file():
            raise DataError("DATA-001", file=str(rates))
        with Path(rates).open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    else:
        rows = _records(rates)
    return pa.Table.from_pylist([_rate(row) for row in rows], _RATE)


def _records(table: Any) -> list[dict[str, Any]]:
    import narwhals as nw

    frame = nw.from_native(table)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return frame.to_arrow().to_pylist()


def _rate(row: Mapping[str, Any]) -> dict[str, Any]:
    plain = {str(name).strip().lower(): cell for name, cell in row.items()}
    date = plain.get("date") or plain.get("day")
    try:
        rate = Decimal(str(plain["rate"]).strip())
        if not rate.is_finite() or rate <= 0:
            raise UsageError("DATA-222", row=str(dict(row)))
        return {
            "currency": str(plain["currency"]).strip().upper(),
            "day": FIRST_DAY if date in (None, "") else _day(date),
            "rate": rate,
        }
    except (KeyError, InvalidOperation, ValueError):
        raise UsageError("DATA-222", row=str(dict(row))) from None


def _day(date: Any) -> int:
    if isinstance(date, int):
        return date
    return day_number(date if isinstance(date, datetime.date) else str(date).strip()[:10])

"""A column of money or quantities as exact decimals.

Most columns are plain numbers and are cast as they are. Others carry currency signs, thousands
separators, full-width digits, brackets or a trailing minus for negatives. Whether "1.234" is a
thousand or one and a bit is decided from the whole column: "1.234,56" or "12,5" anywhere in it
make the comma the decimal sign.
"""

from dataclasses import dataclass, field

import pyarrow as pa

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.words import literal, narrow, quoted, word
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine

DECIMAL = "DECIMAL(18, 4)"

# signs and words for currencies, as they stand beside amounts; the longer ones first
SIGNS = {
    "NT$": "TWD", "HK$": "HKD", "US$": "USD", "CA$": "CAD", "AU$": "AUD", "NZ$": "NZD", "S$": "SGD",
    "C$": "CAD", "A$": "AUD", "R$": "BRL", "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY", "新台币": "TWD",
    "新台幣": "TWD", "台币": "TWD", "台幣": "TWD", "港币": "HKD", "港幣": "HKD", "美元": "USD", "欧元": "EUR",
    "歐元": "EUR", "日元": "JPY", "英镑": "GBP", "英鎊": "GBP", "円": "JPY", "元": "CNY", "圆": "CNY",
    "圓": "TWD", "¥": "CNY", "￥": "CNY", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "฿": "THB",
    "₽": "RUB", "₫": "VND", "₱": "PHP", "$": "USD", "＄": "USD",
}  # fmt: skip
_CODES = (
    "AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD",
    "HUF", "IDR", "ILS", "INR", "JPY", "KRW", "MOP", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR",
    "PLN", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
)  # fmt: skip
_WORDS = "|".join((*(sign.replace("$", "\\$") for sign in SIGNS), *_CODES)) + "|KR|ZŁ|RS|件|个|個|双|雙"
_NUMBER = (
    f"^(?:{_WORDS})?([-+(]*)(?:{_WORDS})?([-+]?)([0-9][0-9.,]*|[.,][0-9]+)(?:{_WORDS})?([-)]?)(?:{_WORDS})?$"
)

# numbers whose decimal sign can only be the comma, or only the point
_ONE_COMMA = "[0-9.]*,[0-9]{1,2}|[0-9.]+\\.[0-9]{3},[0-9]+"
_ONE_POINT = "[0-9,]*\\.[0-9]{1,2}|[0-9,]+,[0-9]{3}\\.[0-9]+"
_COMMA = _ONE_COMMA + "|[0-9.]*,[0-9]{4,}|[0-9]{1,3}(\\.[0-9]{3}){2,}"
_POINT = _ONE_POINT + "|[0-9,]*\\.[0-9]{4,}|[0-9]{1,3}(,[0-9]{3}){2,}"


@dataclass(frozen=True)
class NumberColumn:
    """How to read one column: `expression` gives DECIMAL(18,4), or NULL."""

    expression: str
    decimal: str = "."
    currencies: dict[str, int] = field(default_factory=dict)  # ISO code -> cells that carry its sign
    findings: list[Finding] = field(default_factory=list)


def read_numbers(
    engine: Engine, source: str, column: str, *, file: str, type: pa.DataType | None = None
) -> NumberColumn:
    """Look at `column` of `source` (a table or bracketed subquery)."""
    if type is not None and not (pa.types.is_string(type) or pa.types.is_large_string(type)):
        return NumberColumn(f"TRY_CAST({quoted(column)} AS {DECIMAL})")
    cell = word(column)
    plain = f"TRY_CAST({cell} AS {DECIMAL})"
    strange = engine.query(f"SELECT COUNT(*) AS n FROM {source} WHERE {cell} IS NOT NULL AND {plain} IS NULL")
    if strange["n"][0].as_py() == 0:
        return NumberColumn(plain)
    return _dressed(engine, source, cell, file, column)


def _dressed(engine: Engine, source: str, cell: str, file: str, column: str) -> NumberColumn:
    """A column with signs, separators or brackets."""
    body = f"regexp_extract({_packed('cell')}, {literal(_NUMBER)}, 3)"
    votes = engine.query(
        f"SELECT COUNT(*) FILTER (WHERE {_matches('body', _COMMA)}) AS comma, "
        f"COUNT(*) FILTER (WHERE {_matches('body', _POINT)}) AS point "
        f"FROM (SELECT {body} AS body FROM (SELECT {cell} AS cell FROM {source}) AS cells) AS bodies"
    ).to_pylist()[0]
    comma = votes["comma"] > votes["point"]
    findings = []
    if votes["comma"] and votes["point"]:
        facts = {"file": file, "column": column, "comma": votes["comma"], "point": votes["point"]}
        findings.append(Finding("orders_decimal_mixed", "warn", facts))
    elif comma:
        findings.append(Finding("orders_decimal_comma", "info", {"file": file, "column": column}))
    currencies = _currencies(engine, source, cell)
    return NumberColumn(_number(_packed(cell), comma), "," if comma else ".", currencies, findings)


def _matches(body: str, pattern: str) -> str:
    return f"regexp_full_match({body}, '{pattern}')"


def _packed(cell: str) -> str:
    """Full width to ASCII, capitals, no blanks and no apostrophes between thousands."""
    return f"regexp_replace(upper({narrow(cell)}), '[\\s\\x{{00a0}}\\x{{202f}}''’_]', '', 'g')"


def _number(packed: str, comma: bool) -> str:
    parts = f"regexp_extract({packed}, {literal(_NUMBER)}, ['open', 'sign', 'body', 'close'])"
    minus = (
        f"({parts}).open LIKE '%-%' OR ({parts}).open LIKE '%(%' "
        f"OR ({parts}).sign = '-' OR ({parts}).close = '-'"
    )
    digits = _digits(f"({parts}).body", comma)
    dressed = f"TRY_CAST(CASE WHEN {minus} THEN '-' ELSE '' END || {digits} AS {DECIMAL})"
    # what the pattern does not know may still be a number that every engine reads (1.2E+05)
    return f"CASE WHEN ({parts}).body = '' THEN TRY_CAST({packed} AS {DECIMAL}) ELSE {dressed} END"


def _digits(body: str, comma: bool) -> str:
    """`body` with a decimal point and no thousands; a row that can only be the other style is read so."""
    as_point = f"replace({body}, ',', '')"
    as_comma = f"replace(replace({body}, '.', ''), ',', '.')"
    if comma:
        return f"CASE WHEN {_matches(body, _ONE_POINT)} THEN {as_point} ELSE {as_comma} END"
    return f"CASE WHEN {_matches(body, _ONE_COMMA)} THEN {as_comma} ELSE {as_point} END"


def _currencies(engine: Engine, source: str, cell: str) -> dict[str, int]:
    letters = f"regexp_replace(upper({narrow(cell)}), '[0-9.,()+\\-\\s''%]', '', 'g')"
    found = engine.query(
        f"SELECT {letters} AS sign, COUNT(*) AS n FROM {source} GROUP BY 1 ORDER BY n DESC, sign LIMIT 50"
    ).to_pylist()
    codes: dict[str, int] = {}
    for row in found:
        sign = row["sign"] or ""
        code = SIGNS.get(sign) or (sign if sign in _CODES else None)
        if code:
            codes[code] = codes.get(code, 0) + row["n"]
    return codes


def currency_code(text: str) -> str | None:
    """The ISO 4217 code for a word or sign, or None."""
    text = text.strip().upper()
    if text in SIGNS:
        return SIGNS[text]
    return text if len(text) == 3 and text.isascii() and text.isalpha() else None


def parse_money(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """One column of money outside an import, such as a cost file: DECIMAL(18,4), NULL where unreadable."""
    with DuckDBEngine() as engine:
        rows = pa.array(range(len(cells)), pa.int64())
        engine.register("cells", pa.table({"cell": cells, "position": rows}))
        column = read_numbers(engine, "cells", "cell", file="", type=cells.type)
        found = engine.query(f"SELECT {column.expression} AS money FROM cells ORDER BY position")
    return found["money"]

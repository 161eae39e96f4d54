"""Stage one: every row of a file with canonical, typed columns, or with the reason why not.

The table `import_rows_<n>` has the same columns whatever the file had, so that all later stages
are plain SQL over known names. No row is left out: a row that cannot be used has a `reason`.
"""

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.cleaning import amounts
from lifeworth.data.cleaning.date_forms import Order
from lifeworth.data.cleaning.dates import DateColumn, read_dates
from lifeworth.data.cleaning.identity import key_column
from lifeworth.data.cleaning.money import DECIMAL, currency_code, read_numbers
from lifeworth.data.cleaning.rules import Cleaned, File
from lifeworth.data.cleaning.states import status_columns
from lifeworth.data.cleaning.words import key, listed, literal, quoted, word
from lifeworth.engines.protocol import Engine

NUMBERS = (
    "quantity", "unit_price", "amount", "line_amount", "order_total", "gross_amount", "discount", "shipping",
    "tax", "refunded_amount", "refunded_quantity", "unit_cost", "line_cost", "profit", "converted_amount",
    "converted_refunded_amount",
)  # fmt: skip
WORDS = (
    "customer_name", "given_name", "family_name", "recipient_name", "product_name", "category", "channel",
    "country", "region", "scope",
)  # fmt: skip
KEYS = ("order_id", "line_id", "parent_order_id", "product_id", "sku")
# order fields that an export of lines leaves blank from the second line of an order on
_CONTINUED = (
    "customer_id", "customer_email", "customer_phone", "customer_name", "given_name", "family_name",
    "recipient_name", "placed_at", "paid_at", "order_status", "financial_status", "refund_status", "is_test",
    "mode", "captured", "currency", "channel", "country", "region", "scope",
)  # fmt: skip


def type_rows(engine: Engine, file: File) -> Cleaned:
    """Create `import_rows_<number>`; give back what was found out on the way."""
    cleaned = Cleaned()
    source = _source(file)
    present = set(file.columns)
    cells = {**_numbers(engine, source, file, cleaned), **_words(file)}
    for name in ("customer_id", "customer_email", "customer_phone", *KEYS):
        cells[name] = key_column(engine, source, file, name, cleaned)
    moment, date_cell = _moment(engine, source, file, cleaned)
    cells["happened"], cells["date_given"] = moment.expression, date_cell
    cells |= status_columns(engine, source, file, cleaned)
    cells["currency"] = _currency(engine, source, file, "currency")
    cells["converted_currency"] = _currency(engine, source, file, "converted_currency")
    cells["dropped"] = _dropped(file)
    everything = [quoted(name) for name in sorted(_raw_columns(engine, file)) if name != "__row__"]
    cells["hash_a"] = f"hash({', '.join(everything)})" if everything else "CAST(0 AS UBIGINT)"
    cells["hash_b"] = f"hash('b', {', '.join(reversed(everything))})" if everything else "CAST(0 AS UBIGINT)"
    inner = ", ".join(f"{expression} AS {name}" for name, expression in cells.items())
    typed = f"(SELECT __row__ AS sequence, {inner} FROM {source}) AS typed"
    engine.create(f"import_rows_{file.number}", _select(file, typed, present, moment.has_time))
    return cleaned


def _select(file: File, typed: str, present: set[str], has_time: bool) -> str:
    amount = amounts.amount(present, file.rules) or f"CAST(NULL AS {DECIMAL})"
    order_scope = _order_scope(file, present)
    late = (
        f"WHEN {_day('happened')} > {file.until_day} THEN 'after_until' "
        if file.until_day is not None
        else ""
    )
    # the amount of a whole order may stand on another row of it: judged when orders are folded
    no_amount = "" if order_scope or file.returns else f"WHEN {amount} IS NULL THEN 'no_amount' "
    return f"""
SELECT {file.number} AS file, sequence AS row,
       CAST({file.number} AS BIGINT) * 1099511627776 + sequence AS seq, hash_a, hash_b,
       {_boolean(file.keep_duplicates)} AS keep_duplicates, {_boolean(file.returns)} AS returned,
       customer_id, customer_email, customer_phone, customer_name, given_name, family_name, recipient_name,
       order_id, line_id, parent_order_id, product_id, sku, product_name, category,
       happened, {_boolean(has_time)} AS has_time, {_day("happened")} AS day,
       status, test, currency, quantity, unit_price, refunded_quantity,
       CAST({amount} AS {DECIMAL}) AS amount, CAST({amounts.discount(present)} AS {DECIMAL}) AS discount,
       CAST({amounts.refund(present)} AS {DECIMAL}) AS refund,
       CAST({amounts.whole(present)} AS {DECIMAL}) AS whole,
       CAST({amounts.cost(present, f"({amount})")} AS {DECIMAL}) AS cost,
       CAST({amounts.weight(present)} AS {DECIMAL}) AS weight,
       converted_amount, converted_refunded_amount, converted_currency,
       {_boolean(order_scope)} AS order_scope, {_boolean(_zero_counts(file))} AS zero_counts,
       channel, country, region, scope,
       CASE WHEN dropped IS NOT NULL THEN dropped
            WHEN happened IS NULL AND date_given AND NOT {_boolean(file.returns)} THEN 'bad_date'
            WHEN happened IS NULL AND NOT {_boolean(file.returns)} THEN 'no_date'
            {late}{no_amount}END AS reason
FROM {typed}"""


def _boolean(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _day(moment: str) -> str:
    return f"CAST(CAST({moment} AS DATE) - DATE '1970-01-01' AS INTEGER)"


def _zero_counts(file: File) -> bool:
    return file.rules is not None and file.rules.zero_amounts == "count"


def _order_scope(file: File, present: set[str]) -> bool:
    """Does `amount` stand for the whole order? Where the layout is unknown, `scope` looks at the rows."""
    if "order_id" not in present or file.returns:
        return False
    if file.rules is not None:
        return file.rules.amount_is == "order"
    return {"amount", "line_amount"} <= present


def _raw_columns(engine: Engine, file: File) -> list[str]:
    return engine.query(f"SELECT * FROM {file.source} LIMIT 0").column_names


def _source(file: File) -> str:
    """The cells, with order fields carried down where the layout leaves them blank."""
    continued = file.rules is not None and file.rules.grain == "order_continuation"
    if not continued or "order_id" not in file.columns:
        return file.source
    order = quoted(file.columns["order_id"])
    filled = sorted({file.columns[name] for name in _CONTINUED if name in file.columns})
    window = f'OVER (PARTITION BY {order} ORDER BY "__row__" ROWS UNBOUNDED PRECEDING)'
    carried = ", ".join(
        f"LAST_VALUE(NULLIF({quoted(name)}, '') IGNORE NULLS) {window} AS {quoted(name)}" for name in filled
    )
    return f"(SELECT * REPLACE ({carried}) FROM {file.source}) AS cells"


def _numbers(engine: Engine, source: str, file: File, cleaned: Cleaned) -> dict[str, str]:
    cells = {}
    for name in NUMBERS:
        column = file.columns.get(name)
        if column is None:
            cells[name] = f"CAST(NULL AS {DECIMAL})"
            continue
        read = read_numbers(engine, source, column, file=file.name, type=file.types.get(column))
        cells[name] = read.expression
        cleaned.findings += read.findings
        if name in ("amount", "line_amount", "order_total", "unit_price"):
            for code, count in read.currencies.items():
                cleaned.signs[code] = cleaned.signs.get(code, 0) + count
    if "discount" in file.columns and _is_rate(engine, source, cells["discount"]):
        cells["discount"] = f"CAST(NULL AS {DECIMAL})"
        facts = {"file": file.name, "column": file.columns["discount"]}
        cleaned.findings.append(Finding("orders_discount_rate", "info", facts))
    return cells


def _is_rate(engine: Engine, source: str, discount: str) -> bool:
    """A column of discounts that never leaves 0..1 holds shares of the price, not money."""
    found = engine.query(
        f"SELECT MIN(x) AS low, MAX(x) AS high, COUNT(*) FILTER (WHERE x > 0 AND x < 1) AS shares "
        f"FROM (SELECT {discount} AS x FROM {source}) AS discounts"
    ).to_pylist()[0]
    return found["high"] is not None and found["low"] >= 0 and found["high"] <= 1 and found["shares"] > 0


def _words(file: File) -> dict[str, str]:
    return {
        name: word(file.columns[name]) if name in file.columns else "CAST(NULL AS VARCHAR)" for name in WORDS
    }


def _moment(engine: Engine, source: str, file: File, cleaned: Cleaned) -> tuple[DateColumn, str]:
    """When the row happened, and whether its cell said anything."""
    names = ("refund_at", "placed_at", "paid_at") if file.returns else ("placed_at", "paid_at")
    columns = [file.columns[name] for name in names if name in file.columns]
    moments = _dates(engine, source, file, columns)
    given = [f"{quoted(column)} IS NOT NULL" for column in columns]
    for moment in moments:
        cleaned.findings += moment.findings
        cleaned.date_order = cleaned.date_order or moment.order
    expressions = [moment.expression for moment in moments]
    if file.rules is not None and file.rules.order_id_dates and "order_id" in file.columns:
        expressions.append(_date_of_order_id(file.rules.order_id_dates, file.columns["order_id"]))
    if not expressions:
        return DateColumn("CAST(NULL AS TIMESTAMP)"), "FALSE"
    together = f"COALESCE({', '.join(expressions)})"
    has_time = any(moment.has_time for moment in moments)
    return DateColumn(together, has_time), "(" + " OR ".join(given or ["FALSE"]) + ")"


def _dates(engine: Engine, source: str, file: File, columns: list[str]) -> list[DateColumn]:
    """The date columns; one that fits both orders takes the order of another that does not."""
    found: dict[str, DateColumn] = {}
    doubtful: dict[str, DataError] = {}

    def read(column: str, elsewhere: Order | None) -> DateColumn:
        return read_dates(
            engine, source, column, file=file.name, zones=file.zones, type=file.types.get(column),
            asked=file.dates, elsewhere=elsewhere,
        )  # fmt: skip

    for column in columns:
        try:
            found[column] = read(column, file.dates_elsewhere)
        except DataError as error:
            doubtful[column] = error
    for column, doubt in doubtful.items():
        known = {one.order for one in found.values() if one.order is not None}
        if doubt.code != "DATA-210" or len(known) != 1:
            raise doubt
        found[column] = read(column, known.pop())
    return [found[column] for column in columns]


def _date_of_order_id(format: str, column: str) -> str:
    digits = len(format.replace("%Y", "0000").replace("%y", "00").replace("%m", "00").replace("%d", "00"))
    return f"CAST(try_strptime(left({key(word(column))}, {digits}), {literal(format)}) AS TIMESTAMP)"


def _currency(engine: Engine, source: str, file: File, name: str) -> str:
    column = file.columns.get(name)
    fixed = file.rules.currency if file.rules is not None and name == "currency" else None
    default = literal(fixed) if fixed else "CAST(NULL AS VARCHAR)"
    if column is None:
        return default
    text = f"upper({word(column)})"
    found = engine.query(f"SELECT DISTINCT {text} AS t FROM {source} LIMIT 500")["t"].to_pylist()
    codes: dict[str, list[str]] = {}
    for cell in sorted(cell for cell in found if cell):
        codes.setdefault(currency_code(cell) or cell, []).append(cell)
    if not codes:
        return default
    cases = " ".join(f"WHEN {text} IN {listed(cells)} THEN {literal(code)}" for code, cells in codes.items())
    return f"CASE {cases} ELSE {default} END"


def _dropped(file: File) -> str:
    """The reason of rows that the layout says to leave out."""
    keeps = [keep for keep in (file.rules.keep if file.rules else ()) if keep.field in file.columns]
    cases = " ".join(
        f"WHEN lower({word(file.columns[keep.field])}) NOT IN {listed(keep.values)} "
        f"THEN {literal(keep.reason)}"
        for keep in keeps
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"

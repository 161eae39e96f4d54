"""The state of each row from its status columns: one of six words, and whether it is a test.

Where there is no status column but both the moment of the order and of its payment, an order
without a payment is unpaid. Without any such column every row is paid.
"""

from lifeworth.base.finding import Finding
from lifeworth.data.cleaning.rules import Cleaned, File
from lifeworth.data.cleaning.statuses import means_yes, table_of
from lifeworth.data.cleaning.words import listed, literal, quoted, word
from lifeworth.engines.protocol import Engine

MANY_STATUSES = 2000  # a column with more different values holds no states


def status_columns(engine: Engine, source: str, file: File, cleaned: Cleaned) -> dict[str, str]:
    order = _classified(engine, source, file, "order_status", cleaned)
    money = _classified(engine, source, file, "financial_status", cleaned)
    after = _classified(engine, source, file, "refund_status", cleaned)
    return {"status": _together(engine, source, file, order, money, after), "test": _test(file)}


def _classified(engine: Engine, source: str, file: File, name: str, cleaned: Cleaned) -> str | None:
    column = file.columns.get(name)
    if column is None:
        return None
    text = word(column)
    found = engine.query(
        f"SELECT {text} AS t, COUNT(*) AS n FROM {source} GROUP BY 1 ORDER BY n DESC, t LIMIT {MANY_STATUSES}"
    ).to_pylist()
    counts = {row["t"]: row["n"] for row in found if row["t"]}
    groups: dict[str, list[str]] = {}
    for cell, status in table_of(counts).items():
        if name == "refund_status" and status == "unknown" and means_yes(cell):
            status = "refunded"
        groups.setdefault(status, []).append(cell)
    unknown = groups.pop("unknown", [])
    if unknown and name != "refund_status":
        facts = {"file": file.name, "column": column, "values": unknown[:10]}
        facts["count"] = sum(counts[cell] for cell in unknown)
        cleaned.findings.append(Finding("orders_status_unknown", "warn", facts))
    cases = " ".join(f"WHEN {text} IN {listed(cells)} THEN {literal(s)}" for s, cells in groups.items())
    return f"CASE {cases} WHEN {text} IS NOT NULL THEN 'unknown' END" if cases else "CAST(NULL AS VARCHAR)"


def _together(
    engine: Engine, source: str, file: File, order: str | None, money: str | None, after: str | None
) -> str:
    """A refund outweighs all, then a cancellation; of the rest the state of the money is believed."""
    states = [state for state in (order, money) if state is not None]
    cases = []
    for status in ("refunded", "partially_refunded"):
        for state in [*([after] if after else []), *states]:
            cases.append(f"WHEN {state} = '{status}' THEN '{status}'")
    cases += [f"WHEN {state} = 'void' THEN 'void'" for state in states]
    if "captured" in file.columns:
        no = f"lower({word(file.columns['captured'])}) IN ('false', 'no', '0', 'f', '否')"
        cases.append(f"WHEN {no} THEN 'void'")
    cases += [f"WHEN {state} IS NOT NULL THEN {state}" for state in reversed(states)]
    if not states and _payment_tells(engine, source, file):
        cases.append(f"WHEN {quoted(file.columns['paid_at'])} IS NULL THEN 'unpaid'")
    return f"CASE {' '.join(cases)} ELSE 'paid' END" if cases else "'paid'"


def _payment_tells(engine: Engine, source: str, file: File) -> bool:
    if not {"placed_at", "paid_at"} <= set(file.columns):
        return False
    paid = quoted(file.columns["paid_at"])
    return bool(engine.query(f"SELECT COUNT({paid}) > 0 AS some FROM {source}")["some"][0].as_py())


def _test(file: File) -> str:
    signs = []
    if "is_test" in file.columns:
        flag = f"lower({word(file.columns['is_test'])})"
        signs.append(f"COALESCE({flag} IN ('true', 'yes', 'y', '1', 't', '是', 'test'), FALSE)")
    if "mode" in file.columns:
        signs.append(f"COALESCE(lower({word(file.columns['mode'])}) = 'test', FALSE)")
    return "(" + " OR ".join(signs) + ")" if signs else "FALSE"

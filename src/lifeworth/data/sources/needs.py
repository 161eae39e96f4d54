"""What a valuation needs of a file, and errors that say what would help where it is missing."""

from collections.abc import Iterable
from difflib import get_close_matches

from lifeworth.base.errors import DataError
from lifeworth.data.sources.aliases import MEANING
from lifeworth.data.sources.cells import masked_share
from lifeworth.data.sources.choice import fits, map_option
from lifeworth.data.sources.fields import CUSTOMER_KEYS
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.raw import RawTable
from lifeworth.data.sources.sniffers import Column

NEEDED = ("customer_id", "placed_at", "amount")
_MASKED = 0.5
_NO_BUYER = {"tmall": "DATA-112", "amazon": "DATA-114"}  # platforms with another export that names buyers


def customer_keys(table: RawTable) -> list[str]:
    """The mapped customer fields that can tell customers apart, best first.

    A column that is empty, masked (138****0000) or ciphertext (##…) in most cells cannot.
    """
    usable = []
    for name in CUSTOMER_KEYS:
        column = table.mapping.get(name)
        if column is None:
            continue
        cells = table.table.column(column)
        if len(cells) and (cells.null_count == len(cells) or masked_share(cells) > _MASKED):
            continue
        usable.append(name)
    return usable


def has(table: RawTable, field: str) -> bool:
    """Whether a table can supply a needed field, directly or through its substitutes."""
    mapping = table.mapping
    if field == "customer_id":
        return bool(customer_keys(table))
    if field == "amount":
        return "amount" in mapping or ("unit_price" in mapping and "quantity" in mapping)
    if field == "placed_at":
        dated_by_id = (
            table.rules is not None and table.rules.order_id_dates is not None and "order_id" in mapping
        )
        return "placed_at" in mapping or "paid_at" in mapping or dated_by_id
    return field in mapping


def require(tables: Iterable[RawTable], fields: Iterable[str] = NEEDED) -> None:
    """Raise for the first order table that lacks a field.

    Raises DATA-101 (no such column), DATA-106, DATA-112 or DATA-114 (the platform's export never
    names buyers), DATA-108 (no money), DATA-110 (no date), DATA-111 (buyers masked or encrypted).
    Every one has the columns seen and the closest ones. Tables of returns alone have no money of sales.
    """
    wanted, tables = tuple(fields), list(tables)
    if tables and all(table.role == "returns" for table in tables):
        raise _missing(tables[0], "amount")
    for table in tables:
        if table.role != "orders":
            continue
        for field in wanted:
            if not has(table, field):
                raise _missing(table, field)


def _missing(table: RawTable, field: str) -> DataError:
    seen = table.columns
    closest = [
        name
        for name in closest_columns(field, seen, set(table.mapping.values()))
        if fits(field, Column(name, table.table.column(name)))
    ]
    option = map_option(field, closest[0]) if closest else f"--map {field}=…"
    facts: dict[str, object] = {
        "file": table.name,
        "field": field,
        "seen": seen,
        "closest": closest or seen,
        "option": option,
    }
    if field == "amount":
        facts["missing"] = [name for name in ("unit_price", "quantity") if name not in table.mapping]
        return DataError("DATA-108", **facts)
    if field == "placed_at":
        return DataError("DATA-110", **facts)
    if field == "customer_id":
        if any(key in table.mapping for key in CUSTOMER_KEYS):
            facts["masked"] = [table.mapping[key] for key in CUSTOMER_KEYS if key in table.mapping]
            return DataError("DATA-111", **facts)
        if table.rules is not None and not table.rules.has_buyer:
            facts |= {"preset": table.preset, "option": "--map customer_id=…"}
            return DataError(_NO_BUYER.get(table.preset or "", "DATA-106"), **facts)
    return DataError("DATA-101", **facts)


def closest_columns(field: str, seen: list[str], taken: set[str]) -> list[str]:
    """Up to three columns whose headers resemble a word for the field, those in use left out."""
    words = [word for word, meaning in MEANING.items() if meaning.field == field] + [plain(field)]
    by_word = {plain(name): name for name in seen if name not in taken}
    scored = {
        name: max((len(word) for word in get_close_matches(key, words, 1, 0.66)), default=0)
        for key, name in by_word.items()
        if key
    }
    return [name for name in sorted(scored, key=lambda name: -scored[name]) if scored[name]][:3]

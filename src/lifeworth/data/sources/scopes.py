"""The column that customer equity is told by: of the order files, or of a customer file.

A column that names persons is refused wherever it comes from, because its cells stand in reports: the key of
customers, e-mail addresses, phone numbers, and words that hardly two customers share.
"""

import dataclasses
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.errors import DataError
from lifeworth.data.sources.fields import CUSTOMER_KEYS
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.raw import RawTable
from lifeworth.data.sources.sniffers import Column

CONTACTS = 0.05  # share of cells that are addresses or numbers
FEW, OF_CUSTOMERS = 30, 0.5  # words beyond which, and share of customers from which on, they name persons
_PHONE = (
    r"^\+\d[\d ().-]{6,}\d$"  # international
    r"|^\(?0\d{1,3}\)?[ -]?\d{3,4}[ -]?\d{3,4}$"  # of an area, 台灣 09…
    r"|^\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}$"  # North America
)


def with_scope(raws: list[RawTable], asked: str) -> list[RawTable]:
    """The raw tables, `scope` mapped to the column of that header or canonical name.

    Raises:
        DataError: DATA-302 where no file has it, DATA-303 where it names customers.
    """
    found = [
        raw.mapping.get(asked) or next((name for name in raw.columns if plain(name) == plain(asked)), None)
        for raw in raws
    ]
    if not any(found):
        seen = list(dict.fromkeys(column for raw in raws for column in raw.columns))
        raise DataError("DATA-302", file=raws[0].name, column=asked, seen=seen)
    for raw, column in zip(raws, found, strict=True):
        keys = {raw.mapping.get(key) for key in CUSTOMER_KEYS}
        key = raw.mapping.get("customer_id")
        if column and (column in keys or names_persons(raw.table[column], raw.table[key] if key else None)):
            raise DataError("DATA-303", file=raw.name, column=column)
    return [
        dataclasses.replace(raw, mapping={**raw.mapping, "scope": column}, why={**raw.why, "scope": "asked"})
        if column
        else raw
        for raw, column in zip(raws, found, strict=True)
    ]


def scoped_by(orders: Orders, column: str, cells: Mapping[str, str], file: str) -> Orders:
    """The orders with the scope `column` that a customer file tells, `cells` by customer.

    Raises:
        DataError: DATA-303 where it names customers.
    """
    demand_no_persons(column, cells, file)
    words, ids = pa.array(cells.values(), pa.string()), pa.array(cells.keys(), pa.string())
    place = pc.index_in(orders.table["customer_id"], value_set=ids)
    at = orders.table.column_names.index("scope")
    made = orders.with_table(orders.table.set_column(at, "scope", pc.take(words, place)))
    made.scope = column
    return made


def demand_no_persons(column: str, cells: Mapping[str, str], file: str) -> None:
    """Raises: DataError DATA-303 where a column of a customer file, `cells` by customer, names customers."""
    words, ids = pa.array(cells.values(), pa.string()), pa.array(cells.keys(), pa.string())
    if names_persons(pa.chunked_array([words]), pa.chunked_array([ids])):
        raise DataError("DATA-303", file=file, column=column)


def names_persons(cells: pa.ChunkedArray, customers: pa.ChunkedArray | None) -> bool:
    """Whether the cells of a column are contacts, or words that hardly two customers share."""
    column = Column("", cells)
    if column.emails >= CONTACTS or column.phones >= CONTACTS or column.share(_PHONE) >= CONTACTS:
        return True
    if customers is None or column.distinct <= FEW:
        return False
    return column.distinct >= OF_CUSTOMERS * Column("", customers).distinct

"""A preset: everything lifeworth knows about one layout of one platform's export, as data.

Reading uses the headers (`signature`, `required`, `columns`, `description_row`); the rest are
value rules that cleaning interprets. One platform may have several layouts (orders, lines, a
public excerpt): each is a Preset with the same `name`. The files stand in `presets/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Grain = Literal["line", "order", "order_continuation"]
Formula = tuple[tuple[Literal["+", "-"], str], ...]


@dataclass(frozen=True)
class Keep:
    """Rows count only where the cell of `field` (lower case, trimmed) is one of `values`.

    `reason` is the rejection code of the other rows.
    """

    field: str
    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Preset:
    """One layout of one platform's export."""

    name: str  # platform = module in presets/
    layout: str  # "orders", "lines", ...
    signature: tuple[str, ...]  # the full header line as exported (tail columns included)
    required: tuple[str, ...]  # a file with all of these is this layout, however many columns were dropped
    columns: Mapping[str, tuple[str, ...]]  # canonical name -> headers that carry it, best first
    # for layouts without a header line: a pattern for the cells of each column; the names are `signature`
    cell_shapes: tuple[str, ...] = ()
    zone: str | None = None  # IANA zone of naive timestamps; None = the workspace's
    currency: str | None = None  # ISO 4217 where no currency column is mapped; None = the workspace's
    # "line": a row is a line item. "order": a row is an order. "order_continuation": the first row
    # of an order carries the order fields and its first line; further lines leave them blank and
    # are forward-filled by `order_id`.
    grain: Grain = "order"
    # Scope of the mapped `amount`: of the "line", or of the whole "order" (then, on several rows of
    # one order, it is counted once).
    amount_is: Literal["line", "order"] = "order"
    # Goods money as a sum of signed fields, such as (("+", "order_total"), ("-", "shipping")); parts
    # without a column count zero, and where the first part has no column the formula does not apply.
    # Empty: `amount` as mapped.
    amount_formula: Formula = ()
    refund_is: Literal["line", "order"] = "order"  # scope of `refunded_amount`
    keep: tuple[Keep, ...] = ()
    duplicates: Literal["once", "keep"] = "once"  # "keep": identical rows are separate purchases
    zero_amounts: Literal["report", "count"] = "report"  # "count": an order of amount zero is a purchase
    description_row: bool = False  # the row below the header describes the columns
    # A separator inside one cell that packs several sub-orders or items (抖店 ";"), and the name
    # pattern of columns that pack one item each (WooCommerce "order_item_").
    packed_separator: str | None = None
    packed_columns: str | None = None
    encrypted: tuple[str, ...] = ()  # fields whose cells may be ciphertext or masked; no keys then
    guest_ids: tuple[str, ...] = ()  # customer_id values that mean "no account" (WooCommerce "0")
    date_format: str | None = None  # strptime format where the layout fixes it
    has_buyer: bool = True  # False: this export never names the buyer
    order_id_dates: str | None = None  # strptime prefix of order_id that dates an order lacking placed_at
    notes: tuple[str, ...] = field(default=())  # finding codes to state whenever the preset is used

"""The canonical names: what a column of an order file can mean to lifeworth.

Column mapping ends in these names and nowhere else. `kind` says what the cells should look
like (mapping checks it by values; cleaning parses by it); `meaning` is the definition that all
floors share. Money fields are in major units of the row's currency.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "email", "phone", "text", "date", "money", "number", "status", "flag", "currency"]


@dataclass(frozen=True)
class Field:
    """One canonical name, the kind of its cells, and its meaning in one line."""

    name: str
    kind: Kind
    meaning: str


_TABLE = (
    # who
    Field("customer_id", "id", "the platform's or shop's key of the buyer"),
    Field("customer_email", "email", "e-mail address of the buyer"),
    Field("customer_phone", "phone", "phone of the buyer, possibly masked"),
    Field("customer_name", "text", "name or nickname of the buyer; not a key by itself"),
    Field("given_name", "text", "first name of the buyer, in a column of its own"),
    Field("family_name", "text", "last name of the buyer, in a column of its own"),
    Field("recipient_name", "text", "who receives the goods; a buyer without another name is called so"),
    # which purchase
    Field("order_id", "id", "key of the order; rows that share it are one order"),
    Field("line_id", "id", "key of the row within its order (sub-order, line item)"),
    Field("parent_order_id", "id", "order that this one was split from, or that this row returns"),
    # when
    Field("placed_at", "date", "the buyer placed the order"),
    Field("paid_at", "date", "the buyer paid"),
    Field("refund_at", "date", "money went back"),
    # in which state
    Field("order_status", "status", "state of the order in the platform's words"),
    Field("financial_status", "status", "state of the payment, where it is a column of its own"),
    Field("refund_status", "status", "state of after-sales (售后状态, 退款状态)"),
    Field("is_test", "flag", "true for test orders"),
    Field("mode", "status", "live or test"),
    Field("captured", "flag", "true when the payment was collected"),
    # how much
    Field("currency", "currency", "ISO 4217 code, or a word or sign for it"),
    Field("quantity", "number", "units in the row; negative for returns"),
    Field("unit_price", "money", "price of one unit"),
    Field("amount", "money", "what the customer paid for goods, net of discounts, before refunds"),
    Field("line_amount", "money", "money of the line where `amount` is of the whole order"),
    Field("order_total", "money", "what the customer paid in all, tax and shipping included"),
    Field("gross_amount", "money", "goods before discounts"),
    Field("discount", "money", "discount in money, positive or negative as the platform writes it"),
    Field("shipping", "money", "postage that the customer paid"),
    Field("tax", "money", "tax inside or on top of the payment"),
    Field("fee", "money", "payment or platform fee that the shop bears"),
    Field("refunded_amount", "money", "money that went back to the customer"),
    Field("refunded_quantity", "number", "units that came back"),
    Field("unit_cost", "money", "cost of goods of one unit"),
    Field("line_cost", "money", "cost of goods of the whole row"),
    Field("profit", "money", "profit of the row as the source computed it"),
    Field("converted_amount", "money", "`amount` in the currency of the shop's account"),
    Field("converted_refunded_amount", "money", "`refunded_amount` in the currency of the shop's account"),
    Field("converted_currency", "currency", "currency of the shop's account"),
    # what
    Field("product_id", "id", "key of the product"),
    Field("sku", "id", "merchant's stock-keeping code"),
    Field("product_name", "text", "title of the product"),
    Field("category", "text", "category of the product"),
    # where
    Field("channel", "text", "sales channel"),
    Field("country", "text", "country of the buyer or of delivery"),
    Field("region", "text", "state, province or city"),
    Field("scope", "text", "what equity is told by: industry, department, store, segment; see `scope`"),
)
FIELDS: dict[str, Field] = {field.name: field for field in _TABLE}
CUSTOMER_KEYS = ("customer_id", "customer_email", "customer_phone")
DATES = ("placed_at", "paid_at")

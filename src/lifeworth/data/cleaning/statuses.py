"""States of an order in the words of many platforms, as six of ours.

paid, unpaid, void, refunded, partially_refunded, unknown. A value is looked up whole; failing
that, its parts around a comma (已发货，退款成功) or a dash (Shipped - Delivered to Buyer) are, and
the strongest part wins: a refund outweighs a shipment. Unknown values are reported and counted as
paid, so that a word we do not know never hides sales.
"""

import re
from collections.abc import Iterable

from lifeworth.data.cleaning.characters import FOLD

Status = str
# strongest first: what a text with several parts amounts to
_STRENGTH = ("refunded", "partially_refunded", "void", "unpaid", "paid")

_WORDS: dict[Status, tuple[str, ...]] = {
    "paid": (
        "paid", "completed", "complete", "processing", "shipped", "delivered", "fulfilled", "closed won",
        "unshipped", "partially shipped", "partially fulfilled", "unfulfilled", "success", "successful",
        "succeeded", "captured", "settled", "active", "approved", "confirmed", "dispatched", "in transit",
        "awaiting shipment", "awaiting collection", "to ship", "ready to ship", "partially_paid",
        "partially paid", "authorized", "received", "invoiced", "done", "ok", "yes", "sale", "shipping",
        "shipped to buyer", "delivered to buyer", "picked up", "out for delivery", "payment received",
        "买家已付款", "等待卖家发货", "卖家已发货", "等待买家确认收货",
        "交易成功", "已发货", "已收货", "已完成",
        "已付款", "已支付", "已签收", "已发货待签收", "待发货", "待收货", "待评价", "已评价", "部分发货",
        "备货中", "配送中", "待自提", "已自提", "已成团", "拼团成功", "待配送", "完成", "成功", "付款成功",
        "支付成功", "订单完成", "无售后或售后取消", "无售后", "售后取消", "售后关闭", "退款关闭", "退款失败",
        "没有申请退款", "未退款", "无退款", "未申请退款", "已成交", "已结单", "已确认收货", "卖家部分发货",
        "充值成功", "物流派件中", "运输中", "待取件", "售后处理中", "退款中", "待商家处理", "待退货",
        "退款申请中", "退款处理中", "拒绝退款", "已拒绝", "平台处理中", "待商家收货", "待买家处理",
        "已确认", "已结案", "处理中", "待出货", "出货中", "已出货", "部分出货", "运送中", "配达中", "已送达",
        "已取货", "待取货",
    ),
    "unpaid": (
        "pending", "unpaid", "pending payment", "awaiting payment", "on-hold", "on hold", "onhold", "draft",
        "checkout-draft", "quote", "open", "to pay", "payment pending", "requires_payment_method",
        "requires_action", "incomplete", "invoice_open", "due", "overdue", "uncollectible",
        "等待买家付款", "待付款", "未付款", "待支付", "未支付", "等待付款", "付款中", "待成团", "拼团中",
    ),
    "void": (
        "cancelled", "canceled", "cancelation", "cancellation", "voided", "void", "failed", "failure",
        "expired", "declined", "rejected", "blocked",
        "abandoned", "trash", "deleted", "closed", "closed lost",
        "invalid", "error", "cancel", "annulled", "no", "cancelled by seller", "cancelled by buyer",
        "交易关闭", "已关闭", "已取消", "取消", "关闭",
        "交易取消", "订单关闭", "不成立", "订单不成立", "订单取消", "作废", "已作废", "无效",
        "未成团", "拼团失败", "支付失败", "付款失败", "交易失败", "失败", "付款以后用户退款成功",
    ),
    "refunded": (
        "refunded", "refund", "fully refunded", "full refund", "returned", "return", "returned to seller",
        "return completed", "refund completed", "refund successful", "charged back", "chargeback", "disputed",
        "reversed", "return/refund", "退款成功", "退款完成",
        "已退款", "退货退款成功", "已退货", "全额退款", "退货成功",
        "退款", "退货", "售后成功", "售后完成", "已全额退款", "同意退款", "已退款成功", "未发货退款成功",
        "已发货退款成功", "退货退款", "仅退款", "退回", "已退回", "已发货仅退款成功", "未发货仅退款成功",
    ),
    "partially_refunded": (
        "partially refunded", "partially_refunded", "partial refund", "partial_refund", "partly refunded",
        "partially returned", "部分退款", "部分退款成功", "部分退货", "部分退款完成", "已部分退款",
    ),
}  # fmt: skip
_FORMS: dict[str, Status] = {word: status for status, words in _WORDS.items() for word in words}
_PREFIXES = ("wc-", "order ", "payment ")
_SPLIT = re.compile(r"\s*[,，;；、/|]\s*|\s+-\s+|\s*[(（)）]\s*")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# where no part is known, a telling piece of the text decides
_PIECES: tuple[tuple[str, Status], ...] = (
    ("部分退款", "partially_refunded"), ("partial", "partially_refunded"), ("退款成功", "refunded"),
    ("退货成功", "refunded"), ("refunded", "refunded"), ("returned", "refunded"), ("取消", "void"),
    ("关闭", "void"), ("cancel", "void"), ("待付款", "unpaid"), ("未付款", "unpaid"), ("已发货", "paid"),
    ("成功", "paid"), ("完成", "paid"), ("已付款", "paid"), ("shipped", "paid"), ("delivered", "paid"),
    ("complete", "paid"), ("paid", "paid"),
)  # fmt: skip


def classify(text: str) -> Status:
    """One of our six words."""
    plain = _plain(text)
    if plain in _FORMS:
        return _FORMS[plain]
    parts = [part for part in _SPLIT.split(plain) if part]
    known = {_FORMS[part] for part in parts if part in _FORMS}
    for status in _STRENGTH:
        if status in known:
            return status
    for piece, status in _PIECES:
        if piece in plain:
            return status
    return "unknown"


def table_of(texts: Iterable[str]) -> dict[str, Status]:
    """Every distinct text with its status."""
    return {text: classify(text) for text in texts}


def _plain(text: str) -> str:
    plain = text.strip().lower().translate(FOLD)
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    plain = plain if _CHINESE.search(plain) else plain.replace("_", " ")
    return " ".join(plain.split())


def means_yes(text: str) -> bool:
    """A flag cell: true, yes, 是, 1."""
    return text.strip().lower() in {
        "true",
        "yes",
        "y",
        "1",
        "是",
        "t",
        "on",
        "已退",
        "退回",
        "returned",
        "test",
        "真",
    }

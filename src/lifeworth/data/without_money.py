"""Logs of purchases in which money plays no part: every row is a purchase, whatever it cost."""

from typing import Any

from lifeworth.base.errors import UsageError

ONE = "amount"


def priced_alike(orders: Any, customer: str | None, moment: str | None) -> Any:
    """The dataframe with an amount of 1 in every row; of the other columns those named, or all.

    Raises UsageError DATA-236 for what is no dataframe.
    """
    import narwhals as nw

    try:
        frame: Any = nw.from_native(orders)
    except TypeError:
        raise no_money(type(orders).__name__) from None
    named = [name for name in (customer, moment) if name is not None]
    kept = frame.select(named) if len(named) == 2 else frame
    return nw.to_native(kept.with_columns(nw.lit(1.0).alias(ONE)))


def no_money(given: str) -> UsageError:
    return UsageError("DATA-236", given=given)

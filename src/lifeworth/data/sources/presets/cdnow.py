"""CDNOW: the published purchase logs (whole, and the 1/10 sample with one more id), aligned by spaces.

Identical rows are separate purchases: the authors logged each purchase, without a time of day.
"""

from lifeworth.data.sources.preset import Preset

_COLUMNS = {
    "customer_id": ("customer_id",),
    "placed_at": ("date",),
    "quantity": ("number_of_cds",),
    "amount": ("dollar_value",),
}
_NUMBERS = (r"[12]\d{3}[01]\d[0-3]\d", r"\d{1,3}", r"\d+\.\d\d")

LAYOUTS = (
    Preset(
        name="cdnow",
        layout="whole",
        signature=("customer_id", "date", "number_of_cds", "dollar_value"),
        required=("customer_id", "date", "number_of_cds", "dollar_value"),
        columns=_COLUMNS,
        cell_shapes=(r"\d{5}", *_NUMBERS),
        currency="USD",
        grain="order",
        amount_is="line",  # without order ids, each row is a purchase of its own
        duplicates="keep",
        zero_amounts="count",  # the published frequencies count the purchases of zero dollars
        date_format="%Y%m%d",
    ),
    Preset(
        name="cdnow",
        layout="sample",
        signature=("customer_id", "sample_id", "date", "number_of_cds", "dollar_value"),
        required=("customer_id", "sample_id", "date", "number_of_cds", "dollar_value"),
        columns=_COLUMNS,
        cell_shapes=(r"\d{5}", r"\d{4}", *_NUMBERS),
        currency="USD",
        grain="order",
        amount_is="line",  # without order ids, each row is a purchase of its own
        duplicates="keep",
        zero_amounts="count",  # the published frequencies count the purchases of zero dollars
        date_format="%Y%m%d",
    ),
)

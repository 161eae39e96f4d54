"""The published table `first_products`: customers by the product, and by the category, they bought first.

Money in major units per customer, on the run's value basis; only items with 30 first buyers or more.
`value` is lifetime value, or historical value in a run that expects nothing of single customers
(`measure`), with the 90 % interval of its mean over the customers and of what is still to come. Differences
are against the other customers of the same cohorts, drawn together, see `value.gateways`: an association, no
cause. `service_cost` is null where the run deducts none. `repeat_share`: bought on a second day.
"""

import pyarrow as pa

COMPARED = ("value", "repeat_share", "refund_share")
FIRST_PRODUCT_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),  # product or category
        ("item", pa.string()),
        ("customers", pa.int64()),
        ("historical_value", pa.float64()),
        ("measure", pa.string()),  # lifetime_value or historical_value
        *(
            (f"{name}{end}", pa.float64())
            for name in COMPARED
            for end in ("", "_difference", "_difference_low", "_difference_high")
        ),
        ("value_low", pa.float64()),
        ("value_high", pa.float64()),
        ("service_cost", pa.float64()),
    ]
)

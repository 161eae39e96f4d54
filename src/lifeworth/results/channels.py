"""The published table `channels`: what customers cost and are worth, by channel and month of first order.

Money in major units; worth, CAC and historical are per customer won. `cohort` "" is the whole channel:
only there are intervals, payback and quadrant. `worth` is historical plus current value
before the cost of winning; potential value is left out.
"""

import pyarrow as pa

CHANNEL_SCHEMA = pa.schema(
    [
        ("channel", pa.string()),
        ("cohort", pa.string()),
        ("spend", pa.float64()),
        ("customers", pa.int64()),
        ("told_customers", pa.float64()),
        ("cac", pa.float64()),
        ("historical", pa.float64()),
        ("worth", pa.float64()),
        ("worth_low", pa.float64()),
        ("worth_high", pa.float64()),
        ("ratio", pa.float64()),
        ("ratio_low", pa.float64()),
        ("ratio_high", pa.float64()),
        ("payback", pa.int64()),
        ("payback_low", pa.int64()),
        ("payback_high", pa.int64()),
        ("quadrant", pa.string()),
    ]
)

"""The published table `next_90_days`: what each customer is expected to bring in 90 days, by product line.

One row per customer with `line` null: the whole, with its 90 % interval; and one per line that is to bring
something, which add up to it to the cent. Money in major units, on the run's value basis and discounted as
current value is. `base.levels.OTHERS`: lines without a name of their own; `UNKNOWN`: what names no line;
`SUBSCRIPTIONS`: what subscriptions pay. The run's totals are `summary.next_90_days`.
"""

import pyarrow as pa

SUBSCRIPTIONS = "↻"
NEAR_TERM_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("line", pa.string()),
        ("value", pa.decimal128(18, 2)),
        ("value_low", pa.decimal128(18, 2)),
        ("value_high", pa.decimal128(18, 2)),
    ]
)

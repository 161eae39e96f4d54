"""The tables of a run about subscriptions: each of them, the bridge of monthly revenue, moves of plans."""

import pyarrow as pa

MONEY = pa.decimal128(18, 2)
# one row per subscription, sorted by customer; estimates are null where the run predicts nobody
SUBSCRIPTION_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()), ("subscription_id", pa.string()), ("plan", pa.string()),
        ("add_ons", pa.string()), ("state", pa.string()), ("since", pa.date32()), ("months", pa.int64()),
        ("monthly_charge", MONEY), ("paid", MONEY), ("probability_stays", pa.float64()),
        ("expected_payments", pa.float64()), ("value", MONEY), ("value_low", MONEY), ("value_high", MONEY),
        ("reasons", pa.string()),
    ]
)  # fmt: skip
# one row per month from the second on: start + new + reactivation + expansion - contraction - churn = end
MRR_SCHEMA = pa.schema(
    [
        ("month", pa.string()), ("start", MONEY), ("new", MONEY), ("reactivation", MONEY),
        ("expansion", MONEY), ("contraction", MONEY), ("churn", MONEY), ("end", MONEY),
        ("customers_start", pa.int64()), ("customers_new", pa.int64()), ("customers_back", pa.int64()),
        ("customers_lost", pa.int64()), ("customers_end", pa.int64()), ("gross_retention", pa.float64()),
        ("net_retention", pa.float64()), ("revenue_churn", pa.float64()), ("customer_churn", pa.float64()),
    ]
)  # fmt: skip
# one row per pair of states: how many renewals went from one to the other, their share and its interval
MOVE_SCHEMA = pa.schema(
    [
        ("before", pa.string()), ("after", pa.string()), ("count", pa.int64()), ("share", pa.float64()),
        ("share_low", pa.float64()), ("share_high", pa.float64()),
    ]
)  # fmt: skip

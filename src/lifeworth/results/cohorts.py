"""The published table `cohorts`: customers by the period of their first purchase, one row per period since.

Money in major units per customer of the cohort, on the run's value basis, before the cost of winning;
`value` of the row's period, `cumulative_value` up to its end. `months` from the beginning of the cohort's
first period to the end of the row (30.4375 days each). Rows with `predicted` stand at the end of the horizon:
value so far and current value, with the 90 % interval of the run's simulation.
"""

import pyarrow as pa

COHORT_SCHEMA = pa.schema(
    [
        ("cohort", pa.string()),  # 2024-03, 2024-Q1 or 2024
        ("start", pa.date32()),
        ("period", pa.string()),  # month, quarter or year
        ("age", pa.int32()),  # periods since the first; null where predicted
        ("months", pa.float64()),
        ("customers", pa.int64()),
        ("complete", pa.bool_()),  # the whole period has been seen
        ("predicted", pa.bool_()),
        ("active", pa.int64()),  # customers with a counted order in the period
        ("retention", pa.float64()),
        ("net_sales", pa.float64()),
        ("value", pa.float64()),
        ("cumulative_value", pa.float64()),
        ("cumulative_low", pa.float64()),
        ("cumulative_high", pa.float64()),
        ("acquisition_cost", pa.float64()),
        (
            "payback_months",
            pa.float64(),
        ),  # where predicted and not reached yet: since the first period's start
        ("payback_low", pa.float64()),
        ("payback_high", pa.float64()),  # null: perhaps not within the horizon
    ]
)

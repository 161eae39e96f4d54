"""The value model of a published run, put together again from its rows and its fitted parameters.

What a run published is enough to forecast the same customers on other terms: the parameters of the
purchase model, each customer's history, and the spend and margin expected of them.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pyarrow as pa

from lifeworth.base.errors import UsageError
from lifeworth.base.history import PurchaseHistory
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.value.model import (
    FORMULA,
    OF_KINDS,
    Array,
    Base,
    FormulaModel,
    PurchaseValueModel,
    ValueModel,
)

COLUMNS = (
    "frequency",
    "recency",
    "T",
    "monetary_value",
    "net_sales",
    "expected_purchases",
    "expected_spend",
    "current_value_undiscounted",
)
SUBSCRIPTIONS = "subscription_value_undiscounted"  # missing in runs of before there were any


class PublishedSpend:
    """Spend per purchase day as it was published, customer by customer."""

    def __init__(self, expected: Array) -> None:
        self.expected = expected

    def expected_customer_spend(self, _: Any) -> Array:
        return self.expected


def published_base(customers: pa.Table, *, revenue: bool) -> Base:
    """The customers of a table with `COLUMNS`.

    Args:
        revenue: values are revenue: every margin is one, whatever the rounding of cents says.
    """
    n = customers.num_rows
    columns = {name: _floats(customers, name) for name in COLUMNS}
    frequency, recency, age = (columns[name].astype(np.int32) for name in ("frequency", "recency", "T"))
    history = PurchaseHistory(range(n), frequency, recency, age, columns["monetary_value"])
    margins = np.ones(n)
    if not revenue:
        sales = columns["expected_purchases"] * columns["expected_spend"]
        bought = columns["current_value_undiscounted"]
        if SUBSCRIPTIONS in customers.column_names:
            bought = bought - _floats(customers, SUBSCRIPTIONS)
        np.divide(bought, sales, out=margins, where=sales > 0)
    return Base(history, columns["net_sales"], margins)


def published_model(name: str, parameters: Mapping[str, float], customers: pa.Table) -> ValueModel:
    """The model of a run by its name and parameters (per day), with the spend that it published."""
    if name == FORMULA:
        return FormulaModel()
    if name in OF_KINDS:  # what was known of each customer is not part of a run
        raise UsageError("VALUE-070")
    model = PurchaseValueModel(name)
    model.purchases = PURCHASE_MODELS[name]()
    model.purchases.params_ = dict(parameters)
    model.spend_model = cast(Any, PublishedSpend(_floats(customers, "expected_spend")))
    return model


def _floats(table: pa.Table, name: str) -> Array:
    return np.nan_to_num(np.asarray(table[name].cast(pa.float64())))

"""What a new customer is worth from its first purchase on, over the horizon of the run."""

import numpy as np

from lifeworth.value.current import Forecast
from lifeworth.value.model import Base, PurchaseValueModel, ValueModel


def recruit_value(model: ValueModel, base: Base, forecast: Forecast, days: float) -> float:
    """Discounted value of one average new customer: its first purchase and those that follow within `days`.

    By the purchase model where there is one; by the plain formula as the mean of today's customers.
    Without the cost of acquiring it.
    """
    if not len(base.history):
        return 0.0
    if not isinstance(model, PurchaseValueModel):
        return float(forecast.value.mean())
    later = float(model.expected_of_new(np.array([days]), base.history)[0])
    weight = forecast.expected_purchases.sum()
    discount = float((forecast.discount * forecast.expected_purchases).sum() / weight) if weight > 0 else 1.0
    worth = float((forecast.expected_spend * base.margin_rates).mean())
    return worth * (1.0 + later * discount)

"""The curve of one customer is drawn from few days, and its jumps stay where they are."""

import numpy as np

from lifeworth.reports.documents.anatomy import CURVE_DAYS, _telling_days


def curve(days, bought):
    purchase = np.isin(np.arange(days), bought)
    return {"day": list(range(days)), "purchase": purchase.tolist(), "frequency": list(range(days))}


def test_years_of_days_become_few_without_losing_a_purchase():
    bought = [0, 7, 8, 400, 1_090]
    fewer = _telling_days(curve(1_095, bought))
    assert len(fewer["day"]) <= 2 * CURVE_DAYS + 2 * len(bought)
    assert [day for day, purchase in zip(fewer["day"], fewer["purchase"], strict=True) if purchase] == bought
    assert {0, 6, 399, 1_089, 1_094} <= set(fewer["day"])
    assert fewer["day"] == sorted(set(fewer["day"])) == fewer["frequency"]


def test_a_young_customer_keeps_every_day():
    assert _telling_days(curve(40, [0, 3]))["day"] == list(range(40))
    assert _telling_days(curve(1, [0]))["day"] == [0]

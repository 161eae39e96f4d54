"""The curve of one customer may be drawn from few days, and its jumps stay where they are."""

import numpy as np
import pytest

from lifeworth.models import BGNBD
from lifeworth.monitoring.curves import alive_history

MODEL = BGNBD.with_parameters(r=0.243, alpha=31.0, a=0.793, b=2.426)


def curve(bought, days, points=None):
    found = alive_history(MODEL, 20_000 + np.array(bought), 20_000 + days - 1, 1.0, points=points)
    return {name: list(values) for name, values in found.items()}


def test_years_of_days_become_few_without_losing_a_purchase():
    bought = [0, 7, 8, 400, 1_090]
    every, fewer = curve(bought, 1_095), curve(bought, 1_095, 60)
    assert len(every["day"]) == 1_095
    assert len(fewer["day"]) <= 2 * 60 + 2 * len(bought)
    places = [every["day"].index(day) for day in fewer["day"]]
    assert {0, 6, 7, 8, 399, 400, 1_089, 1_090, 1_094} <= set(places)
    for name in ("purchase", "frequency", "probability_alive"):
        assert fewer[name] == pytest.approx([every[name][place] for place in places], rel=1e-13)


def test_a_young_customer_keeps_every_day():
    assert curve([0, 3], 40, 60)["day"] == curve([0, 3], 40)["day"]
    assert len(curve([0], 1, 60)["day"]) == 1

import math

import pytest

from lifeworth.base.errors import UsageError
from lifeworth.value.discounting import average_discount, horizon_days, rate_per_day


def test_a_year_at_ten_percent_costs_one_eleventh():
    assert math.exp(-rate_per_day(0.10) * horizon_days(12)) == pytest.approx(1 / 1.1, rel=1e-12)


def test_no_rate_discounts_nothing():
    assert average_discount(0.0, 365) == 1


def test_an_even_stream_is_worth_its_average_discount():
    days = 365.25
    steps = 100_000
    exact = sum(1.1 ** (-(i + 0.5) / steps) for i in range(steps)) / steps
    assert average_discount(0.10, days) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize("rate", [-0.1, 10, math.nan])
def test_a_rate_that_is_no_yearly_rate_is_refused(rate):
    with pytest.raises(UsageError, match="VALUE-001"):
        rate_per_day(rate)


@pytest.mark.parametrize("months", [0, -3, 601, math.nan])
def test_a_horizon_that_is_none_is_refused(months):
    with pytest.raises(UsageError, match="VALUE-002"):
        horizon_days(months)

"""The NBD on CDNOW, and in many digits. Its laws are those of `tests/models/test_laws.py`."""

from functools import partial

import mpmath as mp
import numpy as np
import pytest

from lifeworth.kernels.counts import exceeding
from lifeworth.models import BGNBD, NBD
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.fitting.comparison import likelihood_ratio
from lifeworth.models.inputs import histories
from lifeworth.models.purchase import nbd
from models.cdnow_customers import cdnow
from models.many_digits import derivatives
from shared_data import needs_shared


@needs_shared
@pytest.mark.parametrize("unit_days", [1.0, 7.0])
def test_cdnow_gives_the_known_estimates_in_days_and_weeks(unit_days):
    data, later = cdnow(unit_days=unit_days)
    model = NBD().fit(data)
    weeks = 7.0 / unit_days
    assert model.params_["r"] == pytest.approx(0.384766, abs=6e-7)
    assert model.params_["alpha"] / weeks == pytest.approx(12.072021, abs=3e-6)
    assert model.log_likelihood_ + data["frequency"].sum() * np.log(weeks) == pytest.approx(
        -9763.657615, abs=6e-7
    )
    forecast = model.expected_purchases(data, 39 * weeks)
    assert forecast.sum() == pytest.approx(2929.8, abs=0.06)
    assert np.abs(forecast - later).mean() == pytest.approx(1.0410, abs=6e-5)
    assert np.sqrt(np.mean((forecast - later) ** 2)) == pytest.approx(1.8595, abs=6e-5)


@needs_shared
def test_leaving_is_proved_on_cdnow_and_the_yardstick_over_forecasts():
    data, later = cdnow()
    never_leave, may_leave = NBD().fit(data), BGNBD().fit(data)
    assert likelihood_ratio(may_leave, never_leave).p_value < 1e-60
    assert (never_leave.expected_probability_alive(data) == 1).all()
    assert never_leave.expected_purchases(data, 273).sum() > 1.5 * later.sum()


def test_it_is_a_yardstick_and_does_not_compete_for_the_value_of_customers():
    assert "NBD" not in PURCHASE_MODELS


def exact(x, T, r, alpha):
    r, alpha = mp.mpf(r), mp.mpf(alpha)
    return mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) - (r + x) * mp.log(alpha + T)


def test_likelihood_gradient_and_hessian_have_eleven_digits():
    rng = np.random.default_rng(1)
    with mp.workdps(50):
        for _ in range(40):
            r, alpha = (float(np.exp(rng.uniform(*np.log(box)))) for box in ((1e-3, 100), (1e-2, 1e5)))
            T = int(np.exp(rng.uniform(0, np.log(5000))))
            x = int(rng.integers(1, 300))
            value, gradient, hessian = NBD().objective(
                histories({"frequency": [x], "recency": [T], "T": [T]}).cells
            )(np.array([r, alpha]))
            plain = nbd.log_likelihood(np.array([x]), np.array([T]), np.array([T]), r, alpha)[0]
            size = max(abs(value), 1.0)
            assert abs(value - float(exact(x, T, r, alpha))) < 1e-11 * size
            assert plain == pytest.approx(value, rel=1e-12)
            at, scale = (mp.mpf(r), mp.mpf(alpha)), (r, alpha)
            slopes, bends = derivatives(partial(exact, x, T), at)
            assert np.abs((gradient - slopes) * scale).max() < 1e-11 * size
            assert np.abs((hessian - bends) * np.outer(scale, scale)).max() < 1e-11 * size


def test_one_customer_with_thousands_of_purchases_does_not_break_it():
    rng = np.random.default_rng(2)
    x = np.append(rng.poisson(rng.gamma(0.4, 5.0, 2000)), 5000)
    model = NBD().fit({"frequency": x, "recency": np.where(x > 0, 38, 0), "T": np.full(2001, 39)})
    assert model.converged_
    assert np.isfinite(model.expected_purchases({"frequency": [5000], "recency": [38], "T": [39]}, 39)).all()
    assert len(exceeding(x)) == 5000

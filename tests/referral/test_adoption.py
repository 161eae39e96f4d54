import numpy as np
import pandas as pd
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import forecast_adoption
from shared_data import needs_shared, shared

# new adopters per year as printed by Mahajan, Mason & Srinivasan (1986), An Evaluation of Estimation
# Procedures for New Product Diffusion Models: durables in thousands, hospitals with the instrument
DURABLES_AND_HOSPITALS = {
    "room air conditioners": [96, 195, 238, 380, 1045, 1230, 1267, 1828, 1586, 1673, 1800, 1580, 1500],
    "colour televisions": [747, 1480, 2646, 5118, 5777, 5982, 5962, 4631],
    "clothes dryers": [106, 319, 492, 635, 737, 890, 1397, 1523, 1294, 1240, 1425, 1260, 1236],
    "ultrasound": [5, 3, 2, 5, 7, 12, 6, 16, 16, 28, 28, 21, 13, 6],
    "mammography": [2, 2, 2, 3, 4, 9, 7, 16, 23, 24, 15, 6, 5, 1],
}


def bass_world(seed, p=0.02, q=0.4, market=2000, periods=20, r=0.0):
    rng = np.random.default_rng(seed)
    seen, talking, new = 0, 0.0, []
    for _ in range(periods):
        came = rng.binomial(market - seen, -np.expm1(-(p + q * talking / market)))
        seen, talking = seen + came, talking * np.exp(-r) + came
        new.append(came)
    return np.array(new)


def covered(adopted, cut, **settings):
    forecast = forecast_adoption(adopted[:cut], len(adopted) - cut, draws=1500, **settings)
    truth = np.cumsum(adopted)[cut:]
    return (forecast.low <= truth) & (truth <= forecast.high)


@pytest.mark.parametrize("market", [2000, None])
@pytest.mark.parametrize(("kind", "r"), [("bass", 0.0), ("sir", 0.2)])
def test_the_interval_covers_the_later_periods_of_simulated_worlds(market, kind, r):
    inside = [
        covered(bass_world(seed, r=r), cut, market=market, kind=kind).mean()
        for seed in range(4)
        for cut in (6, 9, 13)
    ]
    assert np.mean(inside) > 0.85


def test_the_truth_is_found_once_the_growth_was_seen():
    forecast = forecast_adoption(bass_world(1), 5)
    assert forecast.parameters["p"] == pytest.approx(0.02, rel=0.5)
    assert forecast.parameters["q"] == pytest.approx(0.4, rel=0.35)
    assert forecast.market["low"] < 2000 < forecast.market["high"]


def test_later_is_never_fewer_and_never_more_than_the_market():
    forecast = forecast_adoption(bass_world(2)[:8], 30, market=2000)
    assert (np.diff(forecast.draws, axis=1) >= 0).all()
    assert forecast.draws.max() <= 2000
    assert (forecast.low <= forecast.cumulative).all()
    assert (forecast.cumulative <= forecast.high).all()


def test_the_same_seed_gives_the_same_forecast():
    one, other = (forecast_adoption(bass_world(3)[:8], 5, random_state=7) for _ in range(2))
    assert (one.draws == other.draws).all()


@needs_shared
@pytest.mark.parametrize("market", [125, None])
def test_doctors_of_later_months_fall_into_the_interval(market):
    months = pd.read_csv(shared("diffusion/medInnovations.csv"))["toa"].astype(int)
    adopted = np.bincount(months)[1:18]  # month 18 stands for those who never did
    inside = [covered(adopted, cut, market=market) for cut in (6, 8, 10, 12, 14)]
    assert np.concatenate(inside).mean() > 0.85


@needs_shared
def test_farmers_of_later_years_fall_into_the_interval():
    years = np.bincount(pd.read_csv(shared("diffusion/brfarmers.csv"))["toa"].astype(int))
    adopted = years[1:20]  # year 20 stands for those who never did
    inside = [covered(adopted, cut, market=692) for cut in (7, 9, 11, 13, 15)]
    assert np.concatenate(inside).mean() > 0.85
    inside = [covered(adopted, cut) for cut in (11, 13, 15)]
    assert np.concatenate(inside).mean() > 0.85


@needs_shared
def test_before_the_growth_begins_an_unknown_market_is_understated():
    years = np.bincount(pd.read_csv(shared("diffusion/brfarmers.csv"))["toa"].astype(int))
    forecast = forecast_adoption(years[1:10], 10, draws=1500)
    assert forecast.high[-1] < years[1:20].sum()


@pytest.mark.parametrize("kind", ["bass", "sir"])
def test_later_years_of_durables_and_hospitals_fall_into_the_interval(kind):
    inside = [
        covered(np.array(adopted), cut, kind=kind)
        for adopted in DURABLES_AND_HOSPITALS.values()
        for cut in range(5, len(adopted) - 1)
    ]
    assert np.concatenate(inside).mean() > 0.85


def test_strange_counts_are_refused():
    with pytest.raises(ModelError, match="MODEL-314"):
        forecast_adoption([1, 2, 3], 2)
    with pytest.raises(ModelError, match="MODEL-314"):
        forecast_adoption([0, 0, 1, 0], 2)
    with pytest.raises(ModelError, match="MODEL-305"):
        forecast_adoption([1, 2, 3.5, 4], 2)
    with pytest.raises(UsageError, match="MODEL-315"):
        forecast_adoption([1, 2, 3, 4], 2, market=5)
    with pytest.raises(UsageError, match="MODEL-315"):
        forecast_adoption([1, 2, 3, 4], 0)

import numpy as np
import pytest

from lifeworth import models
from lifeworth.base.errors import UsageError
from lifeworth.base.history import PurchaseHistory
from lifeworth.value.model import Base, FormulaModel, PurchaseValueModel
from lifeworth.value.scenarios import Changes, record, scenarios, with_churn

DAYS, RATE = 365.25, 0.10


@pytest.fixture(scope="module")
def base():
    """Customers who buy at their own pace and leave after a purchase with their own chance."""
    rng = np.random.default_rng(5)
    n = 1500
    age = rng.integers(100, 400, n)
    pace, chance = rng.gamma(0.8, 1 / 30, n), rng.beta(0.8, 2.4, n)
    frequency, last = np.zeros(n, np.int32), np.zeros(n)
    moment, here = np.zeros(n), np.ones(n, bool)
    while here.any():
        moment = moment + rng.exponential(1 / pace)
        here &= moment < age
        frequency[here] += 1
        last[here] = np.ceil(moment[here])
        here &= rng.random(n) > chance
    spend = rng.gamma(6, 8, n)
    history = PurchaseHistory(
        np.arange(n), frequency, last.astype(np.int32), age.astype(np.int32), spend * (frequency > 0)
    )
    return Base(history, spend * (frequency + 1), rng.uniform(0.2, 0.5, n))


@pytest.fixture(scope="module", params=["BGNBD", "MBGNBD", "ParetoNBD"])
def model(request, base):
    return PurchaseValueModel(request.param).fit(base)


def moved(model, base, **changes):
    sizes = {"churn": 0.0, "price": 0.0, "margin": 0.0, "discount_rate": 0.0} | changes
    found = scenarios(model, base, Changes(**sizes), days=DAYS, annual_rate=RATE, has_margin=True)
    return {round(one.change, 6): one.total for one in found}


def test_churn_as_it_was_changes_nothing(model, base):
    value = model.forecast(base, days=DAYS, annual_rate=RATE).value
    np.testing.assert_allclose(with_churn(model, base, 1.0, days=DAYS, annual_rate=RATE), value, rtol=1e-9)


def test_more_leaving_is_worth_less_to_everybody_and_less_leaving_more(model, base):
    value = model.forecast(base, days=DAYS, annual_rate=RATE).value
    more, less = (with_churn(model, base, times, days=DAYS, annual_rate=RATE) for times in (1.3, 0.7))
    assert (more < value).all()
    assert (less > value).all()


def test_without_discount_the_clock_law_holds(model, base):
    stretched = model.forecast(base, days=2 * DAYS, annual_rate=0.0).value / 2
    np.testing.assert_allclose(with_churn(model, base, 2.0, days=DAYS, annual_rate=0.0), stretched, rtol=1e-9)


def fresh():
    nothing = np.zeros(1, np.int32)
    return PurchaseHistory([0], nothing, nothing, nothing, np.zeros(1))


def test_for_the_pareto_nbd_churn_times_k_is_its_beta_divided_by_k():
    known = {"r": 0.55, "alpha": 10.6, "s": 0.61, "beta": 11.7}
    usual = models.ParetoNBD.with_parameters(**known)
    hurried = models.ParetoNBD.with_parameters(**known | {"beta": 11.7 / 1.5})
    direct = hurried.expected_purchases(fresh(), future_t=52.0)
    assert usual.expected_purchases(fresh(), future_t=1.5 * 52.0) / 1.5 == pytest.approx(direct, rel=1e-6)


def test_churn_times_k_is_what_a_simulated_world_of_the_model_shows():
    r, alpha, a, b = 1.2, 20.0, 0.9, 6.0
    rng, n, times, horizon = np.random.default_rng(11), 200_000, 1.5, 200.0
    pace, chance = rng.gamma(r, 1 / alpha, n), times * rng.beta(a, b, n)
    moment, here, bought = np.zeros(n), np.ones(n, bool), np.zeros(n)
    while here.any():
        moment = moment + rng.exponential(1 / pace)
        here &= moment < horizon
        bought += here
        here &= rng.random(n) > chance
    model = models.BGNBD.with_parameters(r=r, alpha=alpha, a=a, b=b)
    told = model.expected_purchases(fresh(), future_t=times * horizon) / times
    assert bought.mean() == pytest.approx(float(told[0]), rel=0.01)
    assert float(model.expected_purchases(fresh(), future_t=horizon)[0]) > 1.1 * bought.mean()


def test_price_and_margin_move_profit_by_their_share_of_discounted_sales(model, base):
    forecast = model.forecast(base, days=DAYS, annual_rate=RATE)
    sales = float((forecast.value / base.margin_rates).sum())
    total = float(forecast.value.sum())
    for lever in ("price", "margin"):
        found = moved(model, base, **{lever: 0.05})
        assert found[0.05] - total == pytest.approx(0.05 * sales, rel=1e-9)
        assert found[-0.05] - total == pytest.approx(-0.05 * sales, rel=1e-9)


def test_a_discount_rate_never_falls_below_nothing(model, base):
    found = moved(model, base, discount_rate=0.2)
    assert set(found) == {-0.1, 0.2}
    assert found[-0.1] == pytest.approx(float(model.forecast(base, days=DAYS, annual_rate=0.0).value.sum()))
    assert found[0.2] < found[-0.1]


def test_the_formula_has_no_churn_and_revenue_no_margin(base):
    formula = FormulaModel().fit(base)
    found = scenarios(formula, base, Changes(), days=DAYS, annual_rate=RATE, has_margin=False)
    assert {one.lever for one in found} == {"price", "discount_rate"}


def test_losing_the_break_even_share_undoes_a_rise_in_price(model, base):
    total = float(model.forecast(base, days=DAYS, annual_rate=RATE).value.sum())
    found = scenarios(model, base, Changes(), days=DAYS, annual_rate=RATE, has_margin=True)
    told = record(found, {"value": total, "low": 0.8 * total, "high": 1.3 * total})
    rise = next(row for row in told["rows"] if row["lever"] == "price" and row["change"] > 0)
    assert rise["value"] * (1 - rise["break_even_loss"]) == pytest.approx(total)
    assert rise["low"] < rise["value"] < rise["high"]


@pytest.mark.parametrize("change", [-0.1, 1.0, float("nan")])
def test_a_change_out_of_range_is_told(change):
    with pytest.raises(UsageError) as told:
        Changes(price=change)
    assert told.value.code == "VALUE-321"

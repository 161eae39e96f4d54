import numpy as np
import pytest

from lifeworth import models
from lifeworth.base.errors import UsageError
from lifeworth.base.history import PurchaseHistory
from lifeworth.value.intervals import level_factors, simulate
from lifeworth.value.model import Base, FormulaModel, PurchaseValueModel
from lifeworth.value.scenarios import Changes, asked_again, churn_differences, record, scenarios, with_churn

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
    np.testing.assert_allclose(with_churn(model, base, 1.0, days=DAYS, annual_rate=RATE)[0], value, rtol=1e-9)


def test_more_leaving_is_worth_less_to_everybody_and_less_leaving_more(model, base):
    value = model.forecast(base, days=DAYS, annual_rate=RATE).value
    more, less = (with_churn(model, base, times, days=DAYS, annual_rate=RATE)[0] for times in (1.3, 0.7))
    assert (more < value).all()
    assert (less > value).all()


def test_without_discount_the_clock_law_holds(model, base):
    stretched = model.forecast(base, days=2 * DAYS, annual_rate=0.0).value / 2
    np.testing.assert_allclose(
        with_churn(model, base, 2.0, days=DAYS, annual_rate=0.0)[0], stretched, rtol=1e-9
    )


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


DRAWS, SEED, LEVEL = 300, 3, 0.1


def usual(forecast):
    return {"value": forecast.value, "discount": forecast.discount}


@pytest.fixture(scope="module")
def told(model, base):
    """(scenarios, base case in each future, what each scenario changes of it)"""
    forecast = model.forecast(base, days=DAYS, annual_rate=RATE)
    found = scenarios(model, base, Changes(), days=DAYS, annual_rate=RATE, has_margin=True)
    drawn = simulate(
        base.history,
        forecast,
        base.margin_rates,
        model.futures(base, days=DAYS, draws=DRAWS, seed=SEED),
        draws=DRAWS,
        level_sd=LEVEL,
        seed=SEED,
        terms=[one.worth for one in found],
    )
    differences = drawn.terms - drawn.total_value
    churn = [place for place, one in enumerate(found) if one.lever == "churn"]
    differences[churn] = churn_differences(
        model, base, [found[place] for place in churn], drawn.levels, days=DAYS, seed=SEED, **usual(forecast)
    )
    return found, float(forecast.value.sum()), drawn.total_value, differences


def rows_of(told):
    return {(row["lever"], row["change"]): row for row in record(*told)["rows"]}


def test_price_and_margin_change_every_future_by_the_same_discounted_sales(told):
    found, _, _, differences = told
    by = {(one.lever, one.change): each for one, each in zip(found, differences, strict=True)}
    np.testing.assert_allclose(by["price", 0.05], by["margin", 0.05], rtol=1e-9)
    np.testing.assert_allclose(by["price", 0.05], -by["price", -0.05], rtol=1e-9)
    rows = rows_of(told)
    for side, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        up, down = rows["price", 0.05][f"difference{side}"], rows["price", -0.05][f"difference{other}"]
        assert up == pytest.approx(-down, rel=1e-9)


def test_on_one_margin_the_difference_scales_the_value_future_by_future(model, base):
    flat = Base(base.history, base.net_sales, np.full(len(base.history), 0.4))
    forecast = model.forecast(flat, days=DAYS, annual_rate=RATE)
    found = scenarios(model, flat, Changes(0, 0.1, 0, 0), days=DAYS, annual_rate=RATE, has_margin=True)
    futures = model.futures(flat, days=DAYS, draws=100, seed=SEED)
    drawn = simulate(
        flat.history, forecast, flat.margin_rates, futures, draws=100, level_sd=LEVEL, seed=SEED,
        terms=[one.worth for one in found],
    )  # fmt: skip
    for one, total in zip(found, drawn.terms, strict=True):
        np.testing.assert_allclose(total, drawn.total_value * (0.4 + one.change) / 0.4, rtol=1e-9)


def test_whoever_leaves_sooner_never_buys_more_and_the_mean_is_that_of_the_formula(model, base):
    times = (1.0, 1.3, 0.7)
    parameters = {name: np.full(200, value) for name, value in model.purchases.params_.items()}
    bought = model.purchases.draw_churned(base.history, DAYS, parameters, times, random_state=4)
    usual, more, less = bought
    assert (more <= usual).all()
    assert (usual <= less).all()
    assert (more < usual).any()
    assert (usual < less).any()
    for factor, drawn in zip(times, bought, strict=True):
        said = model.purchases.expected_purchases(base.history, future_t=factor * DAYS).sum() / factor
        totals = drawn.sum(axis=0)
        assert totals.mean() == pytest.approx(said, abs=4 * totals.std() / np.sqrt(200))


def test_differences_have_intervals_of_their_own_around_them(told):
    rows = rows_of(told)
    for row in rows.values():
        assert row["difference_low"] < row["difference"] < row["difference_high"]
        assert row["low"] < row["value"] < row["high"]
    rate = rows["discount_rate", 0.05]
    assert rate["difference_high"] < 0  # certain in its sign, though its size is not
    relative = {
        lever: (row["difference_high"] - row["difference_low"]) / abs(row["difference"])
        for (lever, change), row in rows.items()
        if change > 0
    }
    assert relative["churn"] > 1.05 * relative["price"]  # churn is known less well than sales


def test_other_sizes_scale_the_interval_of_their_side(told, model, base):
    published = record(*told)
    sizes = Changes(churn=0.0, price=0.1, margin=0.0, discount_rate=0.0)
    found = scenarios(model, base, sizes, days=DAYS, annual_rate=RATE, has_margin=True)
    again = asked_again(found, published["base"], published["rows"])
    known = rows_of(told)
    for row in again["rows"]:
        side = known["price", row["change"] / 2]
        for end in ("_low", "_high"):
            assert row[f"difference{end}"] == pytest.approx(2 * side[f"difference{end}"])
    old = [{k: v for k, v in row.items() if "difference_" not in k} for row in published["rows"]]
    assert all(row["difference_low"] is None for row in asked_again(found, published["base"], old)["rows"])


@pytest.mark.parametrize("size", [0.03, 0.3])
def test_another_change_of_churn_is_no_surer_than_its_own_futures_say(told, model, base, size):
    forecast = model.forecast(base, days=DAYS, annual_rate=RATE)
    found = scenarios(model, base, Changes(size, 0, 0, 0), days=DAYS, annual_rate=RATE, has_margin=True)
    factors = level_factors(LEVEL, DRAWS, SEED)
    drawn = churn_differences(model, base, found, factors, days=DAYS, seed=SEED, **usual(forecast))
    published = record(*told)
    for row, each in zip(
        asked_again(found, published["base"], published["rows"])["rows"], drawn, strict=True
    ):
        direct = np.ptp(np.quantile(each, (0.05, 0.95)))
        assert 0.85 < (row["difference_high"] - row["difference_low"]) / direct < 2.2


def test_losing_the_break_even_share_undoes_a_rise_in_price(told):
    _, total, _, _ = told
    rise = rows_of(told)["price", 0.05]
    assert rise["value"] * (1 - rise["break_even_loss"]) == pytest.approx(total)


def two_lives(seed, times, n=900, today=300.0, end=665.25):
    """An MBG/NBD shop: histories up to `today`, and what each customer then buys with coins as they are and
    with leaving `times` as likely, the moments of purchase and the tosses in common; one spends the same."""
    rng = np.random.default_rng(seed)
    first, pace, chance = rng.uniform(0, today, n), rng.gamma(0.9, 1 / 40, n), rng.beta(1.2, 5.0, n)
    frequency, last, usual, moved = np.zeros(n, np.int32), np.zeros(n), np.zeros(n), np.zeros(n)
    moment, toss = first.copy(), rng.random(n)
    here, there = toss > chance, toss > chance
    while here.any() or there.any():
        moment = moment + rng.exponential(1 / pace)
        past, within, toss = moment <= today, moment <= end, rng.random(n)
        bought = here & past
        frequency += bought
        last = np.where(bought, moment - first, last)
        usual += here & ~past & within
        moved += there & ~past & within
        here &= within & (toss > chance)
        there &= within & (toss > np.where(past, chance, times * chance))
    spend = rng.gamma(8, 5, n)
    age, recency = np.ceil(today - first), np.ceil(last)
    columns = (frequency, recency.astype(np.int32), age.astype(np.int32), spend * (frequency > 0))
    base = Base(PurchaseHistory(range(n), *columns), spend * (frequency + 1), np.full(n, 0.4))
    return base, 0.4 * float((moved - usual) @ spend)


@pytest.mark.slow
def test_the_difference_that_lives_really_make_lies_in_nine_of_ten_intervals():
    inside = []
    for seed in range(60):
        change = 0.2 if seed % 2 else -0.2
        base, truth = two_lives(seed, 1 + change)
        model = PurchaseValueModel("MBGNBD").fit(base)
        forecast = model.forecast(base, days=DAYS, annual_rate=0.0)
        found = scenarios(model, base, Changes(0.2, 0, 0, 0), days=DAYS, annual_rate=0.0, has_margin=True)
        side = [one for one in found if one.change == change]
        drawn = churn_differences(model, base, side, np.ones(200), days=DAYS, seed=seed, **usual(forecast))[0]
        low, high = np.quantile(drawn, (0.05, 0.95))
        inside.append(low <= truth <= high)
    assert 0.80 <= np.mean(inside) <= 0.99  # 90 %, and two standard errors of 60 worlds either way


@pytest.mark.parametrize("change", [-0.1, 1.0, float("nan")])
def test_a_change_out_of_range_is_told(change):
    with pytest.raises(UsageError) as told:
        Changes(price=change)
    assert told.value.code == "VALUE-321"

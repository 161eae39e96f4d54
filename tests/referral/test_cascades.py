from functools import cache

import numpy as np
import pandas as pd
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import CascadeModel


@cache
def cascades(seed, heavy, count=800, with_reach=False):
    """Branching cascades of uneven contagion; delays heavy-tailed or exponential."""
    rng = np.random.default_rng(seed)
    names, times, audiences = [], [], []
    for number in range(count):
        p = rng.gamma(5.0, 0.09) if with_reach else rng.gamma(2.0, 0.3)
        generation, born = np.zeros(1), [np.zeros(1)]
        reach = rng.lognormal(3, 2.0, 1) if with_reach else np.ones(1)
        audience = [reach]
        while len(generation) and sum(map(len, born)) < 3000:
            pull = np.sqrt(reach / np.exp(3)) / 1.65 if with_reach else reach
            many = rng.poisson(np.minimum(p * pull, 0.97 if not with_reach else 9.0))
            delay = rng.pareto(1.3, many.sum()) if heavy else rng.exponential(5.0, many.sum())
            generation = np.repeat(generation, many) + delay
            reach = rng.lognormal(3, 2.0, len(generation)) if with_reach else np.ones(len(generation))
            born.append(generation)
            audience.append(reach)
        time = np.concatenate(born)
        names.append(np.full(len(time), number))
        times.append(time)
        audiences.append(np.concatenate(audience))
    return np.concatenate(names), np.concatenate(times), np.concatenate(audiences)


def rank_correlation(a, b):
    return pd.Series(a).corr(pd.Series(b), method="spearman")


def held_out(name, time, reach, cut, until):
    """Train on the first half, complete; the second half is seen until `cut`."""
    first = name < name.max() / 2
    time = np.minimum(time, until)
    reach_of = (lambda rows: None) if reach is None else (lambda rows: reach[rows])
    model = CascadeModel().fit(name[first], time[first], until, reach_of(first))
    early = ~first & (time <= cut)
    forecast = model.forecast(name[early], time[early], cut, reach_of(early))
    return model, forecast, np.bincount(name)[forecast.ids]


@pytest.mark.parametrize(("heavy", "cut"), [(True, 5.0), (False, 8.0)])
def test_early_cascades_foretell_their_final_size(heavy, cut):
    name, time, _ = cascades(1, heavy)
    model, forecast, final = held_out(name, time, None, cut, 1e5)
    assert rank_correlation(forecast.final_size, final) > 0.75
    growing = forecast.seen > 1
    assert rank_correlation(forecast.final_size[growing], final[growing]) > 0.7
    assert ((final >= forecast.low) & (final <= forecast.high)).mean() > 0.88
    assert (forecast.final_size >= forecast.seen).all()
    assert 0.4 < model.reproduction_number_ < 0.75


def test_cut_off_cascades_are_enough_to_learn_from():
    name, time, _ = cascades(2, False)
    seen = time <= 8
    model = CascadeModel().fit(name[seen], time[seen], 8.0)
    forecast = model.forecast(name[seen], time[seen], 8.0)
    final = np.bincount(name)[forecast.ids]
    assert rank_correlation(forecast.final_size, final) > 0.75


def test_the_law_of_delays_is_found_whatever_its_shape():
    name, time, _ = cascades(3, False)
    model = CascadeModel().fit(name, time, 1e4)
    mean_delay = model.weights_ @ model.scales_ / model.weights_.sum()
    assert mean_delay == pytest.approx(5.0, rel=0.25)


def test_reach_tells_cascades_apart_that_have_only_begun():
    name, time, reach = cascades(4, False, 600, True)
    told, forecast, final = held_out(name, time, reach, 0.3, 1e5)
    assert told.exponent_ in (0.25, 0.5, 0.75)
    young = forecast.seen == 1  # without reach they would all be alike
    assert young.sum() > 200
    assert rank_correlation(forecast.final_size[young], final[young]) > 0.2
    with pytest.raises(UsageError, match="MODEL-315"):
        told.forecast(name, np.zeros(len(name)), 1.0)


def test_the_order_of_rows_changes_nothing():
    name, time, _ = cascades(1, False)
    order = np.random.default_rng(0).permutation(len(name))
    model = CascadeModel().fit(name, time, 1e4)
    other = CascadeModel().fit(name[order], time[order], 1e4)
    assert other.weights_ == pytest.approx(model.weights_, rel=1e-3, abs=1e-6)


def test_strange_cascades_are_refused():
    with pytest.raises(ModelError, match="MODEL-314"):
        CascadeModel().fit(["a", "a"], [0, 1], 5.0)
    with pytest.raises(ModelError, match="MODEL-309"):
        CascadeModel().fit(["a"] * 20, range(20), 5.0)
    with pytest.raises(ModelError, match="MODEL-305"):
        CascadeModel().fit(["a"] * 20, [*range(19), np.nan], 50.0)
    with pytest.raises(ModelError, match="MODEL-316"):
        CascadeModel().forecast(["a"], [0], 1.0)
    with pytest.raises(UsageError, match="MODEL-315"):
        CascadeModel().fit(["a"] * 20, range(20), 50.0, reach=[-1.0] * 20)

"""Groups of one beginning against the others of their cohorts: by hand, by simulation, drawn together."""

import numpy as np
import pytest

from lifeworth.value.gateways import LEANING, LEAST, contrasts, pooled


def of_one_cohort(y, code, groups=1):
    n = len(y)
    return contrasts(np.asarray(y, float), np.ones(n), code, groups, np.zeros(n, np.int64))


def test_one_group_is_its_mean_less_that_of_the_others():
    rng = np.random.default_rng(1)
    y = rng.gamma(2.0, 10.0, 300)
    code = np.where(np.arange(300) < 100, 0, -1)
    found = of_one_cohort(y, code)
    assert found.value[0] == pytest.approx(y[:100].mean())
    assert found.error[0] == pytest.approx(y[:100].std(ddof=1) / 10)
    assert found.difference[0] == pytest.approx(y[:100].mean() - y[100:].mean())
    leaning = (y[:100].var() * 100 + LEANING * y[100:].var(ddof=1)) / (99 + LEANING)
    half = 1.6448536 * np.sqrt(leaning / 100 + y[100:].var(ddof=1) / 200)
    assert found.high[0] - found.difference[0] == pytest.approx(half)


def test_a_group_is_compared_with_who_began_when_it_began():
    """Old customers have brought more, whatever they began with: no difference between the two products."""
    rng = np.random.default_rng(2)
    cohort = np.repeat([0, 1], 2_000)
    y = np.where(cohort == 0, 100.0, 20.0) * rng.gamma(3.0, 1 / 3, 4_000)
    code = np.where(rng.random(4_000) < np.where(cohort == 0, 0.8, 0.2), 0, 1)
    found = contrasts(y, np.ones(4_000), code, 2, cohort)
    assert found.value[0] - found.value[1] > 30
    assert (np.abs(found.difference) < 6).all()
    assert (found.low < 0).all()
    assert (found.high > 0).all()


def test_a_share_is_a_ratio_of_sums():
    rng = np.random.default_rng(3)
    sold = rng.gamma(2.0, 30.0, 900)
    back = sold * (rng.random(900) < np.where(np.arange(900) < 300, 0.2, 0.05))
    code = np.where(np.arange(900) < 300, 0, -1)
    found = contrasts(back, sold, code, 1, np.zeros(900, np.int64))
    assert found.value[0] == pytest.approx(back[:300].sum() / sold[:300].sum())
    assert found.difference[0] == pytest.approx(found.value[0] - back[300:].sum() / sold[300:].sum())
    assert found.low[0] > 0.05


def test_fewer_than_thirty_are_not_told():
    y = np.arange(200.0)
    code = np.where(np.arange(200) < LEAST - 1, 0, np.where(np.arange(200) < 2 * LEAST, 1, -1))
    found = of_one_cohort(y, code, 2)
    assert np.isnan(found.value[0])
    assert np.isnan(found.difference[0])
    assert np.isfinite(found.difference[1])


def test_who_began_alone_has_nobody_to_be_compared_with():
    y = np.arange(100.0)
    code = np.where(np.arange(100) < 50, 0, -1)
    found = contrasts(y, np.ones(100), code, 1, (code == 0).astype(np.int64))
    assert found.value[0] == pytest.approx(24.5)
    assert np.isnan(found.difference[0])


def test_no_refund_in_a_small_group_does_not_prove_that_there_never_are_any():
    rng = np.random.default_rng(4)
    back = np.concatenate([np.zeros(LEAST), (rng.random(3_000) < 0.05) * 50.0])
    code = np.where(np.arange(len(back)) < LEAST, 0, -1)
    found = contrasts(back, np.full(len(back), 50.0), code, 1, np.zeros(len(back), np.int64))
    assert found.value[0] == 0
    assert found.high[0] > 0 > found.low[0]


@pytest.mark.parametrize("spread", [0.0, 0.5, 3.0])
def test_pooled_differences_hold_the_truth_and_lie_closer_to_it(spread):
    rng = np.random.default_rng(5)
    inside, raw, drawn = [], [], []
    for _ in range(300):
        truth = rng.normal(0, spread, 12)
        error = rng.uniform(0.3, 2.0, 12)
        seen = truth + rng.normal(0, error)
        mean, sd = pooled(seen, error)
        inside.append(np.abs(truth - mean) <= 1.645 * sd)
        raw.append((seen - truth) ** 2)
        drawn.append((mean - truth) ** 2)
    assert np.mean(inside) > 0.88
    assert np.mean(inside) < (1.001 if spread < 1 else 0.93)
    assert np.mean(drawn) < np.mean(raw)


def test_intervals_of_skewed_customers_hold_the_truth():
    """Twelve products among 1,500 customers whose value is skewed; true differences of a fifth of it."""
    rng = np.random.default_rng(6)
    inside = []
    for _ in range(60):
        effect = rng.normal(0, 10.0, 12)
        code = rng.choice(12, 1_500, p=np.arange(1, 13) / 78)
        cohort = rng.integers(0, 6, 1_500)
        y = 50 + effect[code] + 30 * (rng.lognormal(0, 1, 1_500) - np.exp(0.5)) + 5 * cohort
        share = np.bincount(code, minlength=12) / 1_500
        truth = effect - (share @ effect - share * effect) / (1 - share)
        found = contrasts(y, np.ones(1_500), code, 12, cohort)
        told = np.isfinite(found.difference)
        inside.append(((found.low <= truth) & (truth <= found.high))[told])
    assert 0.86 < np.concatenate(inside).mean() < 0.96

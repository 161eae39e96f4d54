"""Numbers of the papers and of the reference runs, reproduced."""

import numpy as np
import pandas as pd
import pytest

from lifeworth.models.retention.beta_discrete_weibull import BetaDiscreteWeibull
from lifeworth.models.retention.cohorts import fit_cohorts
from lifeworth.models.retention.observed import observed_survival
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric
from retention.worlds import HIGH_END, REGULAR, survivors
from shared_data import needs_shared, shared

# years used: parameters, ln L, survival after 12 years in %, mean absolute % error of years 8-12
SHIFTED = [
    (REGULAR, 4, (0.7637, 1.2958), -1401.56, 15.95, 6.75),
    (REGULAR, 7, (0.7041, 1.1820), -1680.27, 17.00, 1.49),
    (HIGH_END, 4, (1.2810, 7.7904), -1225.13, 30.70, 17.43),
    (HIGH_END, 7, (0.6681, 3.8061), -1611.16, 37.80, 2.83),
]
WEIBULL = [
    (REGULAR, 4, (0.5230, 0.8943, 1.1964), -1401.38, 17.14, 1.40),
    (REGULAR, 7, (0.4556, 0.7793, 1.2835), -1679.60, 17.73, 1.38),
    (HIGH_END, 4, (0.2593, 1.7226, 1.5844), -1222.75, 38.89, 1.86),
    (HIGH_END, 7, (0.2143, 1.4266, 1.7236), -1605.31, 40.39, 1.27),
]


@pytest.mark.parametrize(
    ("kind", "case"),
    [(ShiftedBetaGeometric, case) for case in SHIFTED] + [(BetaDiscreteWeibull, case) for case in WEIBULL],
)
def test_four_and_seven_years_of_both_cohorts_give_the_known_estimates(kind, case):
    series, years, estimates, log_likelihood, after_12, mape = case
    model = kind().fit(survivors(series, years))
    assert model.converged_
    assert model.boundary_ == []
    assert list(model.params_.values()) == pytest.approx(estimates, abs=6e-5)
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=0.006)
    assert 100 * model.survival(12) == pytest.approx(after_12, abs=0.006)
    error = np.abs(model.survival(np.arange(8, 13)) / (np.array(series[8:]) / 100) - 1).mean()
    assert 100 * error == pytest.approx(mape, abs=0.006)


def test_the_published_seven_year_estimates_are_these_to_three_decimals():
    regular = ShiftedBetaGeometric().fit(survivors(REGULAR, 7)).params_
    high_end = ShiftedBetaGeometric().fit(survivors(HIGH_END, 7)).params_
    assert [round(value, 3) for value in regular.values()] == [0.704, 1.182]
    assert [round(value, 3) for value in high_end.values()] == [0.668, 3.806]


def test_a_changing_urge_to_leave_is_proved_for_high_end_and_not_for_regular():
    tests = []
    for series in (HIGH_END, REGULAR):
        data = survivors(series, 7)
        tests.append(BetaDiscreteWeibull().fit(data).test_against(ShiftedBetaGeometric().fit(data)))
    assert tests[0].p_value < 0.001
    assert tests[1].p_value > 0.2
    assert tests[0].statistic == pytest.approx(2 * (1611.16 - 1605.31), abs=0.02)
    assert tests[0].degrees == 1


def test_residual_lifetimes_are_those_of_the_paper():
    high_end = ShiftedBetaGeometric.with_parameters(alpha=0.668, beta=3.806)
    regular = ShiftedBetaGeometric.with_parameters(alpha=0.704, beta=1.182)
    assert high_end.expected_lifetime(0.10) == pytest.approx(5.9226, abs=5e-5)
    assert regular.expected_lifetime(0.10) == pytest.approx(3.6951, abs=6e-5)
    active = np.arange(1, 9)  # periods; renewals are one fewer
    assert high_end.discounted_expected_residual_lifetime(active - 1, 0.10) == pytest.approx(
        [5.4149, 5.9018, 6.2943, 6.6203, 6.8971, 7.1360, 7.3451, 7.5299], abs=6e-5
    )
    assert regular.discounted_expected_residual_lifetime(active - 1, 0.10) == pytest.approx(
        [2.9647, 4.1035, 4.8701, 5.4424, 5.8944, 6.2647, 6.5760, 6.8426], abs=6e-5
    )


def test_one_constant_retention_rate_understates_what_is_left():
    for (alpha, beta), wanted in {
        (3.80, 15.20): [3.310, 3.451, 3.587, 3.717, 3.842],
        (0.067, 0.267): [7.671, 9.455, 9.851, 10.056, 10.189],
    }.items():
        model = ShiftedBetaGeometric.with_parameters(alpha=alpha, beta=beta)
        found = model.discounted_expected_residual_lifetime(np.arange(5), 0.10)
        assert found == pytest.approx(wanted, abs=6e-4)
        assert (found > 2.933).all()
    fixed = ShiftedBetaGeometric.with_parameters(alpha=0.2e7, beta=0.8e7)
    assert fixed.discounted_expected_residual_lifetime([0, 5], 0.10) == pytest.approx(
        [0.8 / (1 - 0.8 / 1.1)] * 2, rel=1e-5
    )


@needs_shared
def test_subscriber_rows_of_both_cohorts_give_the_published_estimates():
    rows = pd.read_csv(shared("pymc_marketing/sbg_cohorts.csv"))
    fits = fit_cohorts(ShiftedBetaGeometric, rows)
    assert list(fits.models) == ["highend", "regular"]
    assert list(fits.models["highend"].params_.values()) == pytest.approx([0.668, 3.806], abs=5e-4)
    assert list(fits.models["regular"].params_.values()) == pytest.approx([0.704, 1.182], abs=5e-4)
    assert fits.test.degrees == 2
    assert fits.test.p_value < 1e-40
    assert fits.pooled.n_customers_ == 2000
    assert list(fits.summary().columns) == ["cohort", "parameter", "estimate", "standard_error"]


@needs_shared
def test_subscriber_rows_and_the_published_table_are_one_likelihood():
    rows = pd.read_csv(shared("pymc_marketing/sbg_cohorts.csv"))
    for cohort, series in (("regular", REGULAR), ("highend", HIGH_END)):
        from_rows = BetaDiscreteWeibull().fit(rows[rows.cohort == cohort])
        from_table = BetaDiscreteWeibull().fit(survivors(series, 7))
        assert from_rows.log_likelihood_ == pytest.approx(from_table.log_likelihood_, rel=1e-12)
        assert from_rows.params_ == pytest.approx(from_table.params_, rel=1e-6)


@needs_shared
def test_accounts_of_mixed_contracts_are_seen_to_be_beyond_both_models():
    """Leaving of these accounts has spikes. The better model is the Weibull, yet it misses the observed
    survival by up to five points, and the observed table says so."""
    rows = pd.read_csv(shared("pysurvival_churn/churn.csv")).rename(columns={"months_active": "T"})
    shifted, weibull = ShiftedBetaGeometric().fit(rows), BetaDiscreteWeibull().fit(rows)
    assert weibull.test_against(shifted).p_value < 1e-30
    seen = observed_survival(rows)
    months = np.arange(10)
    gap = np.abs(weibull.survival(months) - seen["survival"].to_numpy()[:10])
    assert 0.02 < gap.max() < 0.06
    assert (gap < np.abs(shifted.survival(months) - seen["survival"].to_numpy()[:10]).max()).all()
    assert (gap > 3 * seen["standard_error"].to_numpy()[:10]).any()

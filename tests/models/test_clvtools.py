"""Figure by figure what CLVTools computes for single customers: see `clvtools_rows` for the source."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.models import BGNBD, DynamicParetoNBD, GammaGamma, GGomNBD, ParetoNBD
from models import clvtools_rows as rows

NAMES, CHANGING_NAMES = ["gender", "channel"], ["season", "gender", "channel"]


def close(found, wanted, rel=1e-12):
    np.testing.assert_allclose(found, wanted, rtol=rel)


def answers(model, customers, rate=None):
    """ln L, P(alive), expected purchases and, with a rate, DERT of each customer, (n, 3) or (n, 4)."""
    data = rows.table(customers)
    found = [
        [model.log_likelihood(data.iloc[[i]]) for i in range(len(data))],
        model.expected_probability_alive(data),
        model.expected_purchases(data, rows.H),
    ]
    if rate is not None:
        found.append(model.discounted_expected_purchases(data, rate))
    return np.array(found).T


@pytest.mark.parametrize(("model", "reference"), [(BGNBD, rows.BG), (GGomNBD, rows.GGOM)])
def test_bg_nbd_and_ggom_nbd(model, reference):
    p, wanted = reference
    close(answers(model.with_parameters(**p), wanted), list(wanted.values()))


def test_pareto_nbd():
    p, wanted = rows.PARETO
    close(answers(ParetoNBD.with_parameters(**p), wanted, rows.RATE), list(wanted.values()))


def test_static_covariates_keep_their_signs_and_scale():
    p, wanted = rows.STATIC
    model = ParetoNBD.with_parameters({"covariates": NAMES}, **p)
    close(answers(model, wanted, rows.RATE), list(wanted.values()))


def test_static_covariates_of_customers_who_age():
    p, wanted = rows.GGOM_STATIC
    model = GGomNBD.with_parameters({"covariates": NAMES}, **p)
    data = rows.table(wanted)
    close([model.log_likelihood(data.iloc[[i]]) for i in range(len(data))], list(wanted.values()), 3e-12)


def periods():
    return lw.covariate_periods(
        rows.log(), rows.weekly(), observation_period_end=rows.END, time_unit="W",
        period_start_col="Cov.Date", customer_id_col="Id", datetime_col="Date", monetary_value_col=False,
    )  # fmt: skip


def test_a_log_and_weekly_covariates_come_in_as_they_are():
    """Named as in CLVTools: the customer's column of the log is that of the covariates too."""
    found = periods()
    assert list(found.columns) == [
        "customer_id",
        "start",
        "stop",
        "purchases",
        "last_purchase",
        *CHANGING_NAMES,
    ]
    assert found.groupby("customer_id").purchases.sum().to_dict() == {
        each: len(days) for each, (days, *_) in rows.PEOPLE.items()
    }


def test_covariates_that_change():
    """Customer 262 bought on the last day watched, which begins a period."""
    model, found = (
        DynamicParetoNBD.with_parameters({"covariates": CHANGING_NAMES}, **rows.CHANGING),
        periods(),
    )
    table = model.predict(found, rows.AHEAD, rows.WEEKLY).assign(value=model.log_likelihoods(found))
    table = table.set_index("customer_id").loc[list(rows.CHANGED)]
    wanted = pd.DataFrame(list(rows.CHANGED.values()), index=list(rows.CHANGED), dtype=float)
    close(table["value"], wanted[0])
    close(table["probability_alive"], wanted[1])
    told = wanted[2].notna()
    close(table["expected_purchases"][told], wanted[2][told])
    close(table["discounted_expected_purchases"][told], wanted[3][told])
    other = DynamicParetoNBD.with_parameters({"covariates": CHANGING_NAMES}, **rows.OFFSET)
    values = pd.Series(other.log_likelihoods(found), index=found["customer_id"].unique())
    close(values[list(rows.OFFSET_LOG_LIKELIHOODS)], list(rows.OFFSET_LOG_LIKELIHOODS.values()))


def test_newcomers_are_theirs_less_the_first_purchase():
    p, wanted = rows.NEWCOMER
    close(1 + ParetoNBD.with_parameters(**p).expected_purchases_new_customer(52), wanted)
    for family, (p, kinds) in ((ParetoNBD, rows.NEWCOMERS), (GGomNBD, rows.GGOM_NEWCOMERS)):
        model = family.with_parameters({"covariates": NAMES}, **p)
        leads = pd.DataFrame(list(kinds), columns=NAMES)
        close(1 + model.expected_purchases_new_customer(52, covariates=leads), list(kinds.values()))


def test_a_newcomer_under_covariates_that_change():
    """First purchase on a Tuesday, high season throughout: the first period is cut."""
    p, wanted = rows.CHANGING_NEWCOMER
    model = DynamicParetoNBD.with_parameters({"covariates": CHANGING_NAMES}, **p)
    edges = np.append(0.0, np.arange(1, 16) - 2 / 7)
    ahead = pd.DataFrame({"customer_id": 1, "start": edges[:-1], "stop": edges[1:]})
    ahead = ahead.assign(season=1, gender=0, channel=1)
    for horizon, value in wanted.items():
        close(1 + model.expected_purchases_new_customer(horizon, ahead), [value])


def test_counts_of_a_newcomer_and_mean_spends():
    p, wanted = rows.COUNTS
    nobody = {"frequency": [0], "recency": [0.0], "T": [0.0]}
    found = GGomNBD.with_parameters(**p).purchase_probabilities(nobody, rows.T, range(7))[0]
    close(found, wanted, rel=1e-9)
    p, spends = rows.SPEND
    seen = pd.DataFrame(list(spends), columns=["frequency", "monetary_value"])
    close(GammaGamma.with_parameters(**p).expected_customer_spend(seen), list(spends.values()))

"""PSIS-LOO against leaving out customers one by one, and what it says of models."""

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.base.errors import LifeworthError
from lifeworth.kernels.cells import Cells
from lifeworth.models import (
    BGBB,
    BGNBD,
    MBGNBD,
    NBD,
    BetaDiscreteWeibull,
    DependentGammaGamma,
    GammaGamma,
    LogNormalSpend,
    ParetoNBD,
    ShiftedBetaGeometric,
    compare,
    leave_one_out,
)
from lifeworth.models.fitting.priors import LogNormal
from lifeworth.models.purchase import bg_bb_likelihood
from lifeworth.models.spend import gamma_gamma_likelihood
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters
from models.worlds import simulated

PRIORS = {GammaGamma: {"v": LogNormal(30.0, 1.5)}}  # the default looks at the mean spend of those who stay


def exact(kind, data, density):
    """The sum over customers of ln p(customer | all the others), each by a posterior of its own."""
    rows = np.stack([data[name] for name in data if name != "log_gaps"])
    _, first, times = np.unique(rows, axis=1, return_index=True, return_counts=True)
    total = 0.0
    for i, count in zip(first.tolist(), times.tolist(), strict=True):
        weight = np.ones(rows.shape[1])
        weight[i] = 0.0
        post = (
            kind().fit(data, sample_weight=weight).posterior(20_000, random_state=i, priors=PRIORS.get(kind))
        )
        total += count * np.log(post.weight @ np.exp(density(data, i, post.values)))
    return total


def cell(data, i):
    return Cells(*(data[name][i : i + 1] for name in ("frequency", "recency", "T")), np.ones(1))


def purchases(kind):
    return lambda data, i, p: kind().log_likelihoods(cell(data, i), p)


def money(data, i, p):
    mean = data["monetary_value"][i : i + 1]
    one = Repeaters(data["frequency"][i : i + 1], data["frequency"][i : i + 1] * mean, np.ones(1))
    return gamma_gamma_likelihood.log_likelihoods(one, p) - np.log(mean)


def occasions(data, i, p):
    return bg_bb_likelihood.log_likelihoods(cell(data, i), p)


def subscriptions(data, i, p):
    n, model = float(data["renewals"][i]), ShiftedBetaGeometric()
    stay, longer = (model.log_stay(0.0, age, p) for age in (n, n + 1.0))
    return np.log(np.exp(stay) - np.exp(longer)) if data["churned"][i] else stay


def few_spenders():
    model = GammaGamma.with_parameters(p=6.0, q=4.7, v=15.0)
    table = model.simulate(np.random.default_rng(1).geometric(0.3, 40), 1)
    return {name: table[name].to_numpy() for name in table.columns}


def few_donors():
    made = BGBB.with_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8).simulate(40, 6, 3)
    return {name: made[name].to_numpy() for name in made.columns}


def few_subscribers():
    made = ShiftedBetaGeometric.with_parameters(alpha=0.67, beta=3.8).simulate(80, 7, 2)
    return {name: made[name].to_numpy() for name in made.columns}


@pytest.mark.parametrize(
    ("kind", "data", "density"),
    [
        (BGNBD, simulated("BGNBD", 40, 3), purchases(BGNBD)),
        (ParetoNBD, simulated("ParetoNBD", 25, 3), purchases(ParetoNBD)),
        (GammaGamma, few_spenders(), money),
        (BGBB, few_donors(), occasions),
        (ShiftedBetaGeometric, few_subscribers(), subscriptions),
    ],
    ids=["BGNBD", "ParetoNBD", "GammaGamma", "BGBB", "ShiftedBetaGeometric"],
)
def test_psis_agrees_with_leaving_customers_out_one_by_one(kind, data, density):
    model = kind().fit(data)
    post = model.posterior(4000, random_state=1, priors=PRIORS.get(kind))
    found = leave_one_out(model, post)
    wanted = exact(kind, data, density)
    assert found.elpd == pytest.approx(wanted, abs=0.15)  # the noise of the draws
    assert found.elpd < model.log_likelihood_
    assert 0.5 < found.effective_parameters < 2 * len(model.params_)
    assert found.weight.sum() == model.n_customers_


def test_the_rows_of_subscribers_are_those_given():
    made = ShiftedBetaGeometric.with_parameters(alpha=0.67, beta=3.8).simulate(300, [3] * 100 + [7] * 200, 2)
    model = ShiftedBetaGeometric().fit(made)
    found = leave_one_out(model, model.posterior(500, random_state=1))
    seen = made.groupby(["renewals", "churned"]).size()
    rows = map(tuple, found.customers.astype(int).tolist())
    told = dict(zip(rows, found.weight.tolist(), strict=True))
    assert told == {key: float(count) for key, count in seen.items()}


def test_the_true_story_wins_and_weeks_or_days_change_only_the_level():
    data = simulated("BGNBD", 4000, 5)
    weeks = {**data, "recency": data["recency"] / 7, "T": data["T"] / 7}
    told = {}
    for kind in (BGNBD, NBD):
        model = kind().fit(data)
        told[kind.__name__] = leave_one_out(model, model.posterior(random_state=1))
    table = compare(told)
    assert table["model"].tolist() == ["BGNBD", "NBD"]
    assert table["difference"].iloc[0] == 0
    assert table["difference"].iloc[1] < -3 * table["standard_error"].iloc[1] < 0
    model = BGNBD().fit(weeks)
    other = leave_one_out(model, model.posterior(random_state=1))
    assert other.elpd == pytest.approx(told["BGNBD"].elpd + data["frequency"].sum() * np.log(7), abs=0.1)


def test_the_gain_of_a_parameter_that_does_nothing_is_about_minus_one_half_to_one():
    gains = []
    for seed in range(12):
        data = GammaGamma.with_parameters(p=6.0, q=4.7, v=15.0).simulate(
            np.random.default_rng(seed).geometric(0.3, 500), seed
        )
        plain, larger = (kind().fit(data) for kind in (GammaGamma, DependentGammaGamma))
        one, other = (leave_one_out(m, m.posterior(1000, random_state=1)) for m in (plain, larger))
        gains.append(other.elpd - one.elpd)
    assert -1.5 < np.mean(gains) < 0.2


def test_cdnow_prefers_its_models_as_the_likelihood_does():
    from lifeworth.data.samples import CDNOW

    rfm = lw.rfm_summary(CDNOW, observation_period_end="1997-09-30", time_unit="W")
    told = {}
    for kind in (BGNBD, MBGNBD, NBD):
        model = kind().fit(rfm)
        told[kind.__name__] = leave_one_out(model, model.posterior(random_state=1))
        parameters = len(model.params_)
        assert told[kind.__name__].elpd == pytest.approx(model.log_likelihood_ - parameters, abs=1.5)  # AIC
    table = compare(told).set_index("model")
    assert table.index[-1] == "NBD"
    assert table.loc["NBD", "difference"] < -4 * table.loc["NBD", "standard_error"]


def test_a_customer_unlike_all_others_is_named():
    data = simulated("BGNBD", 60, 3)
    odd = {"frequency": 900, "recency": 299, "T": 300}
    odd = {name: np.append(data[name], value) for name, value in odd.items()}
    model = BGNBD().fit(odd)
    found = leave_one_out(model, model.posterior(random_state=1))
    assert found.k_hat.max() > 0.7
    assert found.customers[found.k_hat.argmax(), 0] == 900
    assert [finding.code for finding in found.findings] == ["model.loo_untrusted"]


def test_what_cannot_be_compared_is_refused_with_a_code(tmp_path):
    def refused(call):
        with pytest.raises(LifeworthError) as caught:
            call()
        return caught.value.code

    model = BGNBD().fit(simulated("BGNBD", 400))
    post = model.posterior(500, random_state=1)
    model.save(tmp_path / "m.json")
    assert refused(lambda: leave_one_out(lw.load(tmp_path / "m.json"), post)) == "MODEL-107"
    spend = LogNormalSpend.with_parameters(median=20.0, sigma=0.5, tau=0.5)
    logs = LogNormalSpend().fit(spend.simulate(np.full(200, 3), 1))
    assert refused(lambda: leave_one_out(logs, logs.posterior(500, random_state=1))) == "MODEL-622"
    late = {"renewals": [3, 4, 5, 2], "churned": [1, 0, 1, 0], "entry": [0, 2, 1, 1]}
    entered = BetaDiscreteWeibull().fit(late, sample_weight=[30, 20, 10, 10])
    sbg = ShiftedBetaGeometric().fit(late, sample_weight=[30, 20, 10, 10])
    assert entered.n_customers_ == 70
    assert refused(lambda: leave_one_out(sbg, sbg.posterior(500, random_state=1))) == "MODEL-622"
    other = BGNBD().fit(simulated("BGNBD", 300))
    another = leave_one_out(other, other.posterior(500, random_state=1))
    both = {"one": leave_one_out(model, post), "other": another}
    assert refused(lambda: compare(both)) == "MODEL-623"

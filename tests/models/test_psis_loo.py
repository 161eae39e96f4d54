"""PSIS-LOO against leaving out customers one by one, and what it says of models."""

from functools import partial

import numpy as np
import pytest

import lifeworth as lw
from lifeworth.base.errors import LifeworthError
from lifeworth.kernels.cells import Cells
from lifeworth.models import (
    BGBB,
    BGCNBD,
    BGNBD,
    MBGNBD,
    NBD,
    BetaDiscreteWeibull,
    DependentGammaGamma,
    GammaGamma,
    LogNormalSpend,
    ParetoNBD,
    ShiftedBetaGeometric,
    ZeroInflatedSpend,
    catalog,
    compare,
    leave_one_out,
)
from lifeworth.models.densities import TOLD, customers_of
from lifeworth.models.fitting.priors import LogNormal
from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.models.purchase import bg_bb_likelihood
from lifeworth.models.spend import gamma_gamma_likelihood, log_normal, zero_inflated
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters
from models import coverage_worlds
from models.worlds import simulated

PRIORS = {  # the defaults look at the mean spend of those who stay
    GammaGamma: {"v": LogNormal(30.0, 1.5)},
    DependentGammaGamma: {"v": LogNormal(30.0, 1.5)},
    LogNormalSpend: {"median": LogNormal(30.0, 1.5)},
    ZeroInflatedSpend: {"v": LogNormal(30.0, 1.5)},
}


def refits(make, data, priors):
    """Each row of different content: its number, and a posterior without one such customer."""
    rows = np.stack([data[name] for name in data])
    _, first, times = np.unique(rows, axis=1, return_index=True, return_counts=True)
    for i, count in zip(first.tolist(), times.tolist(), strict=True):
        weight = np.ones(rows.shape[1])
        weight[i] = 0.0
        model = make().fit(data, sample_weight=weight)
        yield i, count, model.posterior(6_000, random_state=i, priors=priors)


def exact(make, data, density):
    """The sum over customers of ln p(customer | all the others), each by a posterior of its own."""
    found = refits(make, data, PRIORS.get(type(make())))
    total = 0.0
    for i, times, post in found:
        dense = np.exp(density(data, i, post.values))
        total += times * np.log(post.weight @ np.where(np.isnan(dense), 0.0, dense))
    return total


def cell(data, i):
    return Cells(*(data[name][i : i + 1] for name in ("frequency", "recency", "T")), np.ones(1))


def purchases(kind):
    return lambda data, i, p: kind().log_likelihoods(cell(data, i), p)


def by_draw(formula, *names):
    """A formula of one customer under single draws, one after the other."""

    def density(data, i, p):
        row = [data[name][i : i + 1] for name in names]
        return np.array(
            [formula(*row, **dict(zip(p, one, strict=True)))[0] for one in zip(*p.values(), strict=True)]
        )

    return density


def with_channel(data, i, p):
    """BG/NBD whose rate of buying a column moves: alpha e^(-coefficient x column)."""
    moved = p["alpha"] * np.exp(-p["purchase.channel"] * data["channel"][i])
    return purchases(BGNBD)(data, i, {"r": p["r"], "alpha": moved, "a": p["a"], "b": p["b"]})


def spend_by_channel(data, i, p):
    one = {"p": p["p"], "q": p["q"], "v": p["v"] * np.exp(p["spend.channel"] * data["channel"][i])}
    return money(data, i, one)


def regular(data, i, p):
    """BG/CNBD-3, with the gaps that are the same under all parameters."""
    return BGCNBD(k=3).log_likelihoods(cell(data, i), p) + 2.0 * data["log_gaps"][i]


def money(data, i, p):
    mean = data["monetary_value"][i : i + 1]
    one = Repeaters(data["frequency"][i : i + 1], data["frequency"][i : i + 1] * mean, np.ones(1))
    return gamma_gamma_likelihood.log_likelihoods(one, p) - np.log(mean)


def occasions(data, i, p):
    return bg_bb_likelihood.log_likelihoods(cell(data, i), p)


def subscriptions(kind):
    """Given that the subscriber was still there when the records began."""

    def density(data, i, p):
        n, model = float(data["renewals"][i]), kind()
        came = float(data["entry"][i]) if "entry" in data else 0.0
        with np.errstate(all="ignore"):  # c far out, where nobody is likely to stay or leave
            stay, longer = (model.log_stay(came, age, p) for age in (n, n + 1.0))
        return np.log(np.exp(stay) - np.exp(longer)) if data["churned"][i] else stay

    return density


def few_spenders():
    model = GammaGamma.with_parameters(p=6.0, q=4.7, v=15.0)
    table = model.simulate(np.random.default_rng(1).geometric(0.3, 40), 1)
    return {name: table[name].to_numpy() for name in table.columns}


def few_donors():
    return plain(BGBB.with_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8).simulate(40, 6, 3))


def few_subscribers():
    return plain(ShiftedBetaGeometric.with_parameters(alpha=0.67, beta=3.8).simulate(80, 7, 2))


def cohorts_that_came_late():
    """Half of the subscribers were with the company for one or two renewals when the records began."""
    made = plain(BetaDiscreteWeibull.with_parameters(alpha=0.6, beta=3.0, c=1.2).simulate(160, 7, 2))
    entry = np.minimum(np.arange(160) % 4, 2) * (np.arange(160) % 2)
    seen = made["renewals"] >= entry
    return {name: made[name][seen] for name in ("renewals", "churned")} | {"entry": entry[seen]}


def few_by_channel():
    data = simulated("BGNBD", 40, 4)
    return data | {"channel": np.arange(40) % 2}


def spenders_by_channel():
    data = few_spenders()
    return data | {"channel": np.arange(len(data["frequency"])) % 2}


def spenders_by_days(model):
    return plain(model.simulate(np.random.default_rng(1).geometric(0.3, 30), 1))


def plain(made):
    return {name: made[name].to_numpy() for name in made.columns}


LOG_NORMAL = LogNormalSpend.with_parameters(median=25.0, sigma=0.6, tau=0.5)
TWO_PARTS = ZeroInflatedSpend.with_parameters(a=0.5, b=2.0, p=6.0, q=4.7, v=15.0)
WORLDS = {
    "BGNBD": (BGNBD, simulated("BGNBD", 40, 3), purchases(BGNBD)),
    "ParetoNBD": (ParetoNBD, simulated("ParetoNBD", 25, 3), purchases(ParetoNBD)),
    "BGCNBD": (partial(BGCNBD, k=3), simulated("BGCNBD", 40, 3), regular),
    "covariates": (partial(BGNBD, {"purchase": ["channel"]}), few_by_channel(), with_channel),
    "GammaGamma": (GammaGamma, few_spenders(), money),
    "spend by channel": (partial(GammaGamma, ["channel"]), spenders_by_channel(), spend_by_channel),
    "LogNormalSpend": (
        LogNormalSpend, spenders_by_days(LOG_NORMAL),
        lambda data, i, p: log_normal.log_likelihood(
            data["frequency"][i], data["log_spend"][i], data["log_spend_squares"][i], **p
        ),
    ),
    "ZeroInflatedSpend": (
        ZeroInflatedSpend, spenders_by_days(TWO_PARTS),
        by_draw(zero_inflated.log_likelihood, "frequency", "zero_days", "positive_spend"),
    ),
    "BGBB": (BGBB, few_donors(), occasions),
    "ShiftedBetaGeometric": (ShiftedBetaGeometric, few_subscribers(), subscriptions(ShiftedBetaGeometric)),
    "late entry": (BetaDiscreteWeibull, cohorts_that_came_late(), subscriptions(BetaDiscreteWeibull)),
}  # fmt: skip


SLOW = ("covariates", "spend by channel", "ZeroInflatedSpend")
EACH = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in WORLDS]


@pytest.mark.parametrize("name", EACH)
def test_psis_agrees_with_leaving_customers_out_one_by_one(name):
    make, data, density = WORLDS[name]
    model = make().fit(data)
    found = leave_one_out(model, model.posterior(4000, random_state=1, priors=PRIORS.get(type(model))))
    wanted = exact(make, data, density)
    assert found.elpd == pytest.approx(wanted, abs=0.15)  # the noise of the draws
    assert found.elpd < model.log_likelihood_
    assert 0.5 < found.effective_parameters < 2 * len(model.params_)
    assert found.weight.sum() == model.n_customers_


def test_who_entered_after_the_last_date_counted_is_no_trouble():
    data = {"renewals": [3, 4, 5, 2, 9], "churned": [1, 0, 1, 0, 0], "entry": [0, 2, 1, 1, 9]}
    model = ShiftedBetaGeometric().fit(data, sample_weight=[30, 20, 10, 10, 5])
    found = leave_one_out(model, model.posterior(500, random_state=1))
    assert np.isfinite(found.elpd)
    last = found.customers[:, 1] == 9
    assert found.pointwise[last] == pytest.approx(0.0)  # nothing was seen of them


def test_densities_at_the_estimate_add_up_to_the_log_likelihood():
    """Of every model that has them, on worlds of its own."""
    own = {*catalog.HAZARD_MODELS, *catalog.DYNAMIC_MODELS, *catalog.SAMPLED_MODELS}  # see their own tests
    for name in set(TOLD) - own:
        make = coverage_worlds.known_of(name)
        data = coverage_worlds.customers_like(name, make, 300, np.random.default_rng(4))
        model = type(make)(**coverage_worlds.settings_of(name)).fit(data)
        weight, _, told = customers_of(model, {key: np.array([each]) for key, each in model.params_.items()})
        total = sum(count * float(each[0]) for count, each in zip(weight, told, strict=True))
        assert total == pytest.approx(model.log_likelihood_, rel=1e-9), name


def test_every_model_of_the_catalogue_has_densities_and_others_are_refused():
    assert set(coverage_worlds.names()) - {coverage_worlds.POOLED} <= set(TOLD)
    with pytest.raises(LifeworthError) as caught:
        customers_of(PartiallyPooled(BGNBD(), "region"), {})
    assert caught.value.code == "MODEL-622"


def test_regular_buyers_are_told_from_random_ones():
    data = simulated("BGCNBD", 800, 5)
    told = {}
    for model in (BGNBD(), BGCNBD(k=3)):
        fitted = model.fit(data)
        told[type(model).__name__] = leave_one_out(fitted, fitted.posterior(1000, random_state=1))
        assert told[type(model).__name__].elpd == pytest.approx(fitted.log_likelihood_ - 4, abs=1.5)  # AIC
    table = compare(told)
    assert table["model"].tolist() == ["BGCNBD", "BGNBD"]
    assert table["difference"].iloc[1] < -3 * table["standard_error"].iloc[1] < 0


def test_a_column_that_tells_much_wins_against_none():
    known = BGNBD.with_parameters(
        {"covariates": {"purchase": ["channel"]}},
        r=0.6,
        alpha=30.0,
        a=0.8,
        b=2.5,
        **{"purchase.channel": 1.5},
    )
    columns = {"channel": np.arange(500) % 2}
    data = known.simulate(500, np.random.default_rng(1).integers(100, 400, 500), 2, covariates=columns)
    told = {}
    for name, model in (("without", BGNBD(time_unit="D")), ("with", BGNBD(["channel"], time_unit="D"))):
        fitted = model.fit(data)
        told[name] = leave_one_out(fitted, fitted.posterior(1000, random_state=1))
    assert compare(told)["model"].tolist() == ["with", "without"]


def test_the_rows_of_subscribers_are_those_given():
    made = ShiftedBetaGeometric.with_parameters(alpha=0.67, beta=3.8).simulate(300, [3] * 100 + [7] * 200, 2)
    model = ShiftedBetaGeometric().fit(made)
    found = leave_one_out(model, model.posterior(500, random_state=1))
    seen = made.groupby(["renewals", "churned"]).size()
    rows = map(tuple, found.customers[:, [0, 2]].astype(int).tolist())
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
    other = BGNBD().fit(simulated("BGNBD", 300))
    another = leave_one_out(other, other.posterior(500, random_state=1))
    both = {"one": leave_one_out(model, post), "other": another}
    assert refused(lambda: compare(both)) == "MODEL-623"

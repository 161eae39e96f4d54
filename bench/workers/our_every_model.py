"""Any model of the catalogue: fit small real data, make customers of its own, fit those and forecast."""

import numpy as np
from measuring import answer, cpu_of, read_job

import lifeworth
from lifeworth.data.samples import CDNOW
from lifeworth.models import catalog

UNTIL, WEEKS, OCCASIONS, YEARS = "1997-09-30", 39, 6, 10
HIGH_END = (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1)  # % surviving; Fader & Hardie (2007)
STAGES = 2  # of the regular models: CDNOW's buyers have no rhythm
# donors by gifts, the last of them, of six occasions; Fader, Hardie & Shang (2010)
DONORS = {
    (6, 6): 1203, (5, 6): 728, (4, 6): 512, (3, 6): 357, (2, 6): 234, (1, 6): 129, (5, 5): 335, (4, 5): 284,
    (3, 5): 225, (2, 5): 173, (1, 5): 119, (4, 4): 240, (3, 4): 181, (2, 4): 155, (1, 4): 78, (3, 3): 322,
    (2, 3): 255, (1, 3): 129, (2, 2): 613, (1, 2): 277, (1, 1): 1091, (0, 0): 3464,
}  # fmt: skip


def buyers(kind, settings, customers, rng):
    """CDNOW itself where a model has to be sampled."""
    if kind in catalog.SAMPLED_MODELS.values():
        made = cdnow()
        return made, lambda model: model.expected_purchases(made, future_t=WEEKS)
    known = kind.with_parameters(settings, **kind(**settings).fit(cdnow()).params_)
    made = known.simulate(customers, rng.integers(28, 729, customers) / 7, rng)
    return made, lambda model: model.expected_purchases(made, future_t=WEEKS)


def donors(kind, settings, customers, rng):
    x, t_x = np.array(list(DONORS)).T
    table = {"frequency": x, "recency": t_x, "T": np.full(len(x), OCCASIONS)}
    fitted = kind().fit(table, sample_weight=list(DONORS.values()))
    known = kind.with_parameters(**fitted.params_)
    made = known.simulate(customers, OCCASIONS, rng)
    return made, lambda model: model.expected_purchases(made, future_t=OCCASIONS)


def subscribers(kind, settings, customers, rng):
    left = {"period": np.arange(len(HIGH_END)), "survivors": np.array(HIGH_END) * 10}
    known = kind.with_parameters(**kind().fit(left).params_)
    made = known.simulate(customers, rng.integers(1, YEARS + 1, customers), rng)
    return made, lambda model: model.discounted_expected_residual_lifetime(made, 0.1)


def leavers(kind, settings, customers, rng):
    """Who leaves sooner is seen in two columns; hazards fall with age."""
    columns = {"one": rng.standard_normal(customers), "other": rng.random(customers) < 0.3}
    hazard = 1 / (1 + np.exp(2.0 - 0.5 * columns["one"] - 0.5 * columns["other"]))
    lives, seen = rng.geometric(hazard) - 1, rng.integers(1, YEARS + 1, customers)
    made = {"renewals": np.minimum(lives, seen), "churned": lives < seen}
    made |= {name: column.astype(float) for name, column in columns.items()}
    return made, lambda model: model.discounted_expected_residual_lifetime(made, 0.1)


def spenders(kind, settings, customers, rng):
    """Where days without spend are told of, one day in ten is made to bring nothing."""
    seen = cdnow()
    if kind is lifeworth.models.ZeroInflatedSpend:
        seen["zero_days"] = rng.binomial(seen["frequency"], 0.1)
    known = kind.with_parameters(**kind().fit(seen).params_)
    made = known.simulate(rng.choice(seen["frequency"].to_numpy(), customers), rng)
    return made, lambda model: model.expected_customer_spend(made)


def cdnow():
    return lifeworth.rfm_summary(
        CDNOW, observation_period_end=UNTIL, time_unit="W", spend_days=True, log_gaps=True
    )


def story(name):
    """How customers of a model are made, its settings, and what is forecast."""
    if name in catalog.HAZARD_MODELS:
        return leavers, {"covariates": ["one", "other"]}, "DERL"
    if name in catalog.RETENTION_MODELS:
        return subscribers, {}, "DERL"
    if name in catalog.OCCASION_MODELS:
        return donors, {}, "purchases"
    if name in catalog.SPEND_MODELS:
        return spenders, {}, "spend"
    return buyers, {"k": STAGES} if name in catalog.REGULAR_MODELS else {}, "purchases"


def main(job):
    name = job["model"]
    kind = {**catalog.EVERY_MODEL, **catalog.HAZARD_MODELS}[name]
    make, settings, forecast = story(name)
    rng = np.random.default_rng([job["seed"], job["customers"]])
    made, ask = make(kind, settings, job["customers"], rng)
    if "threads" in kind().get_params():
        settings["threads"] = 1
    fit_cpu, model = cpu_of(lambda: kind(**settings).fit(made))
    predict_cpu, _ = cpu_of(lambda: ask(model))
    answer(fit_cpu=fit_cpu, predict_cpu=predict_cpu, forecast=forecast)


if __name__ == "__main__":
    main(read_job())

"""How often 90 % predictive intervals hold what happens: made-up worlds, and real holdouts.

A forecast of a customer is `draws`, (n, d): what may happen under d draws of the posterior. What did
happen falls somewhere among them; ties, of which counts have many, are split by chance:

    u = (draws below + V (draws equal + 1)) / (d + 1),   V uniform on (0, 1)

the randomised PIT (Czado, Gneiting & Held 2009, Biometrics 65(4), 1254-1261). It is uniform where the
forecast is right, however few values a count takes; the 90 % interval holds a customer where
0.05 < u < 0.95. The same is asked of the total of all customers, which no interval of single customers
tells. In the made-up worlds the truth comes from the formulas of the known model wherever it has some,
the forecast from draws, so that neither is checked by itself.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import lifeworth as lw
from lifeworth.base.errors import ModelError
from lifeworth.data.samples import CDNOW
from lifeworth.models import catalog
from models import changing_worlds
from models.worlds import STAGES, TRUTH

DRAWS, LEAST, MOST = 199, 0.05, 0.95
PROPOSALS = {"ParetoAbe": 400}  # draws of the posterior, from which DRAWS are taken; others 1000
HORIZON_DAYS, OCCASIONS, RENEWALS = 180.0, 5, 5
UNTIL = "1997-09-30"
SLOW = {  # a posterior takes seconds
    "GGomNBD", "CorrelatedParetoNBD", "ParetoAbe", *catalog.SAMPLED_MODELS, *catalog.DYNAMIC_MODELS,
}  # fmt: skip
POOLED = "PartiallyPooled"  # of a BGNBD, by segment
SEGMENTS = (0.04, 0.08, 0.12, 0.16, 0.24, 0.36)  # shares of the customers
FOLLOWED, AHEAD = 45.0, 26.0  # weeks under changing covariates, and weeks of the forecast
# % of a cohort left after 0, 1, ..., 12 years; Fader & Hardie (2007)
REGULAR = (100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3)
HIGH_END = (100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4)
KNOWN_OTHERS = {
    "ParetoGGG": {"r": 1.2, "alpha": 20.0, "s": 0.8, "beta": 120.0, "t": 3.0, "gamma": 1.5},
    "BGBB": {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8},
    "ZeroInflatedSpend": {"a": 0.4, "b": 3.5, "p": 6.0, "q": 4.0, "v": 16.0},
}


@dataclass(frozen=True)
class Coverage:
    """Shares of u in the 90 % interval: of customers, and of totals (one per world)."""

    customers: float
    totals: float
    worlds: int


def size_of(name: str) -> int:
    """How many worlds are made for the table in the guide: fewer where a posterior takes seconds."""
    return 12 if name in SLOW else 60


def customers_of(name: str) -> int:
    """Customers of each of these worlds. What is by Abe integrates over both rates for every draw."""
    return 250 if name == "ParetoAbe" else 500


def row(name: str) -> str:
    """The model's row of the table in docs/guides/uncertainty.md."""
    made, here = simulated(name, size_of(name), customers_of(name)), real(name)
    cells = [name, f"{made.customers:.1%}", f"{made.totals:.0%} of {made.worlds}"]
    cells += ["–", "–"] if here is None else [f"{here[0]:.1%}", f"{here[1]:.1%}"]
    return f"| {' | '.join(cells).replace('%', ' %')} |"


def pit(draws: Any, happened: Any, rng: np.random.Generator) -> Any:
    """The randomised PIT of the module's head, (n,)."""
    below = (draws < happened[:, None]).sum(axis=1)
    equal = (draws == happened[:, None]).sum(axis=1)
    return (below + rng.random(len(happened)) * (equal + 1)) / (draws.shape[1] + 1)


def held(u: Any) -> Any:
    return (u > LEAST) & (u < MOST)


def judged(draws: Any, happened: Any, rng: np.random.Generator) -> tuple[float, float]:
    """Share of customers in their 90 % intervals, and the PIT of the total."""
    total = pit(draws.sum(axis=0)[None, :], np.array([happened.sum()]), rng)
    return float(held(pit(draws, happened, rng)).mean()), float(total[0])


def names() -> list[str]:
    """Every model of the catalogue, and one that is pooled."""
    return [*catalog.EVERY_MODEL, *catalog.HAZARD_MODELS, *catalog.DYNAMIC_MODELS, POOLED]


def simulated(name: str, worlds: int, customers: int, seed: int = 1) -> Coverage:
    """Made-up worlds of one model: fitted, forecast, and compared with what happened there.

    Worlds that the model refuses (k_hat) are left out and counted.
    """
    family, found = family_of(name), []
    for world in range(worlds):
        rng = np.random.default_rng([seed, world])
        try:
            found.append(judged(*family(name, customers, rng), rng))
        except ModelError as refused:
            if refused.code != "MODEL-105":
                raise
    each, totals = (np.array(column) for column in zip(*found, strict=True))
    return Coverage(float(each.mean()), float(held(totals).mean()), len(found))


def family_of(name: str) -> Any:
    """How worlds of a model are made: (name, customers, rng) -> (draws, what happened)."""
    families = (
        (catalog.SAMPLED_MODELS, sampled_buyers),
        ({**catalog.PURCHASE_MODELS, **catalog.YARDSTICKS, **catalog.REGULAR_MODELS}, buyers),
        (catalog.OCCASION_MODELS, donors),
        (catalog.RETENTION_MODELS, subscribers),
        (catalog.SPEND_MODELS, spenders),
        (catalog.HAZARD_MODELS, leavers),
        (catalog.DYNAMIC_MODELS, followed),
        ((POOLED,), pooled),
    )
    return next(make for models, make in families if name in models)


def by_chances(chances: Any, rng: np.random.Generator) -> Any:
    """One number per row, k with probability chances[:, k]; what is left over is the last."""
    reached = np.cumsum(chances, axis=1)[:, :-1]
    return (reached < rng.random(len(chances))[:, None]).sum(axis=1)


# --- the families ---


def settings_of(name):
    return {"k": STAGES[name]} if name in STAGES else {}


def known_of(name, **settings):
    """The model whose worlds are made: parameters of `worlds.py`, or those of the real data."""
    kind = catalog.EVERY_MODEL[name]
    chosen = {**settings_of(name), **settings}
    params = TRUTH.get(name) or KNOWN_OTHERS.get(name) or kind(**chosen).fit(real_of(name)).params_
    return kind.with_parameters(chosen, **params)


def real_of(name):
    if name in catalog.RETENTION_MODELS:
        return {"period": np.arange(8), "survivors": np.array(HIGH_END[:8]) * 10}
    return cdnow()[0]


def customers_like(name, known, customers, rng):
    """New customers of a known model of any family, as its `fit` takes them."""
    if name in catalog.SPEND_MODELS:
        return known.simulate(1 + rng.poisson(1.0, customers), rng)
    short = name in catalog.RETENTION_MODELS or name in catalog.OCCASION_MODELS
    return known.simulate(customers, rng.integers(4, 12, customers) if short else 300, rng)


def buyers(name, customers, rng):
    known, ages = known_of(name), rng.integers(100, 400, customers)
    data = known.simulate(customers, ages, rng)
    counts = np.arange(150)
    happened = by_chances(known.purchase_probabilities(data, HORIZON_DAYS, counts), rng)
    model = catalog.EVERY_MODEL[name](**settings_of(name), time_unit="D").fit(data)
    drawn = model.posterior(PROPOSALS.get(name, 1000), rng).parameters(DRAWS)
    return model.draw_purchases(data, HORIZON_DAYS, drawn, rng), happened


def sampled_buyers(name, customers, rng):
    """Sampled models draw futures under their own draws of the parameters."""
    known = known_of(name, futures=4, random_state=int(rng.integers(1 << 30)))
    data = known.simulate(customers, rng.integers(100, 400, customers), rng)
    happened = known.draw_purchases(data, HORIZON_DAYS)[:, -1]
    model = type(known)(warm_up=200, draws=250, futures=200, time_unit="D").fit(data)
    return model.draw_purchases(data, HORIZON_DAYS, model.posterior(random_state=rng)), happened


def donors(name, customers, rng):
    known = known_of(name)
    data = known.simulate(customers, rng.integers(4, 12, customers), rng)
    happened = by_chances(known.purchase_probabilities(data, OCCASIONS, np.arange(OCCASIONS + 1)), rng)
    model = catalog.EVERY_MODEL[name]().fit(data)
    drawn = model.posterior(1000, rng).parameters(DRAWS)
    return model.draw_purchases(data, OCCASIONS, drawn, rng), happened


def subscribers(name, customers, rng):
    """Renewals within the next five dates of those still here."""
    known = known_of(name)
    data = known.simulate(customers, rng.integers(1, 9, customers), rng)
    here = data[data["churned"] == 0]
    stay = np.stack([known.expected_probability_alive(here, k) for k in range(RENEWALS + 1)], axis=1)
    happened = by_chances(-np.diff(stay, axis=1, append=0.0), rng)
    return remaining(catalog.EVERY_MODEL[name]().fit(data), here, rng), happened


def leavers(name, customers, rng):
    """Two covariates, and hazards that differ by age."""
    kind = catalog.HAZARD_MODELS[name]
    columns = {"one": rng.standard_normal(customers), "other": (rng.random(customers) < 0.3).astype(float)}
    push = 0.6 * columns["one"] - 0.5 * columns["other"]
    age, seen = np.arange(1, 9 + RENEWALS + 1), rng.integers(1, 9, customers)
    hazard = 1 / (1 + np.exp(1.5 + 0.1 * np.minimum(age, 4) - push[:, None]))
    lives = (np.cumsum(rng.random(hazard.shape) < hazard, axis=1) == 0).sum(axis=1)
    data = {"renewals": np.minimum(lives, seen), "churned": lives < seen, **columns}
    model = kind(covariates=["one", "other"]).fit(data)
    here = {key: column[lives >= seen] for key, column in data.items()}
    happened = np.minimum(lives - seen, RENEWALS)[lives >= seen]
    return remaining(model, here, rng), happened


def followed(name, customers, rng):
    """Seasons, promotions and prices that change from week to week, those ahead known."""
    known = changing_worlds.known(
        **changing_worlds.TRUTH | {"s": 0.8, "beta": 12.0}
    )  # not far from the priors
    weeks = changing_worlds.weeks(customers, rng, FOLLOWED + 52.0 + AHEAD, FOLLOWED + AHEAD)
    whole = known.simulate(cut_before(weeks, AHEAD), rng)
    left = whole["start"] + 1e-9 >= whole.groupby("customer_id")["stop"].transform("max") - AHEAD
    happened = whole["purchases"].where(left, 0.0).groupby(whole["customer_id"]).sum().to_numpy()
    whole.loc[left, ["purchases", "last_purchase"]] = np.nan
    model = catalog.DYNAMIC_MODELS[name](covariates=changing_worlds.COLUMNS, time_unit="W").fit(whole)
    drawn = model.posterior(400, rng).parameters(DRAWS)
    return model.draw_purchases(whole, AHEAD, drawn, rng), happened


def cut_before(weeks, ahead):
    """The table with an edge `ahead` before each customer's end."""
    rows = pd.DataFrame(weeks)
    edge = rows.groupby("customer_id")["stop"].transform("max") - ahead
    across = (rows["start"] < edge) & (edge < rows["stop"])
    after = rows[across].assign(start=edge[across])
    rows.loc[across, "stop"] = edge[across]
    return pd.concat([rows, after]).sort_values(["customer_id", "start"], ignore_index=True)


def pooled(name, customers, rng):
    """Segments small and large, whose parameters differ by some 40 %."""
    parts, happened = [], []
    for number, share in enumerate(SEGMENTS):
        apart = rng.lognormal(0.0, 0.4, len(TRUTH["BGNBD"]))
        params = {
            key: value * factor for (key, value), factor in zip(TRUTH["BGNBD"].items(), apart, strict=True)
        }
        known, size = catalog.PURCHASE_MODELS["BGNBD"].with_parameters(**params), round(share * customers)
        data = known.simulate(size, rng.integers(100, 400, size), rng)
        happened.append(by_chances(known.purchase_probabilities(data, HORIZON_DAYS, np.arange(150)), rng))
        parts.append(data.assign(segment=f"s{number}"))
    data = pd.concat(parts, ignore_index=True)
    return drawn_pooled(data, HORIZON_DAYS, rng), np.concatenate(happened)


def drawn_pooled(data, horizon, rng):
    kind = catalog.PURCHASE_MODELS["BGNBD"]
    model = lw.models.PartiallyPooled(kind(time_unit="D"), by="segment").fit(data)
    drawn = model.posterior(1000, rng).parameters(DRAWS)
    return model.draw_purchases(data, horizon, drawn, rng)


def spenders(name, customers, rng):
    """Total spend over the purchase days to come, whose number is given."""
    known = known_of(name)
    x = rng.choice(cdnow()[0]["frequency"].to_numpy(), customers)
    data = known.simulate(x, rng)
    days = 1 + rng.poisson(0.3 * x + 0.5)
    truth = {key: np.array([value]) for key, value in known.params_.items()}
    happened = known.draw_spend(data, days[:, None], truth, rng)[:, 0]
    model = catalog.EVERY_MODEL[name]().fit(data)
    return drawn_spend(model, data, days, rng), happened


def drawn_spend(model, data, days, rng):
    drawn = model.posterior(1000, rng).parameters(DRAWS)
    return model.draw_spend(data, np.repeat(days[:, None], DRAWS, axis=1), drawn, rng)


# --- real holdouts ---


@cache
def cdnow():
    """CDNOW to the end of September 1997, and what the same customers did in the 39 weeks after."""
    rfm = lw.rfm_summary(CDNOW, observation_period_end=UNTIL, log_gaps=True, spend_days=True)
    later = lw.rfm_train_test_split(CDNOW, train_period_end=UNTIL)
    return rfm, later


def has_holdout(name: str) -> bool:
    """No data of occasions, or of changing covariates, with a holdout are at hand, and CDNOW has no
    purchase day without spend."""
    return name not in (*catalog.OCCASION_MODELS, *catalog.DYNAMIC_MODELS, "ZeroInflatedSpend")


def real(name: str, seed: int = 2) -> tuple[float, float] | None:
    """Share of customers in their 90 % intervals and the PIT of the total on a holdout; None without one.

    CDNOW's second 39 weeks for purchases (what is pooled: by the month of the first), and for spend given
    the purchase days there were; years 8 to 12 of the subscribers of Fader & Hardie (2007), both cohorts,
    for contracts.
    """
    if not has_holdout(name):
        return None
    rng = np.random.default_rng(seed)
    if name == POOLED:
        rfm, later = cdnow()
        rfm = rfm.assign(segment=(rfm["T"] // 30.5).astype(int).astype(str))
        return judged(
            drawn_pooled(rfm, float(later["test_T"].iloc[0]), rng), later["test_frequency"].to_numpy(), rng
        )
    kind = {**catalog.EVERY_MODEL, **catalog.HAZARD_MODELS}[name]
    if name in catalog.RETENTION_MODELS or name in catalog.HAZARD_MODELS:
        return cohorts(kind, rng)
    rfm, later = cdnow()
    if name in catalog.SPEND_MODELS:
        model, days = kind().fit(rfm), later["test_frequency"].to_numpy().astype(np.int64)
        bought = np.flatnonzero(days > 0)
        spent = (later["test_monetary_value"] * days).to_numpy()[bought]
        return judged(drawn_spend(model, rfm.iloc[bought], days[bought], rng), spent, rng)
    horizon, happened = float(later["test_T"].iloc[0]), later["test_frequency"].to_numpy()
    if name in catalog.SAMPLED_MODELS:
        model = kind(warm_up=200, draws=250, futures=200, time_unit="D").fit(rfm)
        return judged(model.draw_purchases(rfm, horizon, model.posterior()), happened, rng)
    model = kind(time_unit="D").fit(rfm)
    drawn = model.posterior(PROPOSALS.get(name, 2000), rng).parameters(DRAWS)
    return judged(model.draw_purchases(rfm, horizon, drawn, rng), happened, rng)


def cohorts(kind, rng):
    """Regular and High-End subscribers one after the other, fitted to seven years each."""
    draws, happened = [], []
    for series in (REGULAR, HIGH_END):
        left = np.round(np.array(series) * 10).astype(int)
        lives = np.repeat(np.arange(13), -np.diff(left, append=0))
        seen = {"renewals": np.minimum(lives, 7), "churned": lives < 7}
        model = kind().fit(seen)
        here = {key: column[lives >= 7] for key, column in seen.items()}
        happened.append(np.minimum(lives[lives >= 7] - 7, RENEWALS))
        draws.append(remaining(model, here, rng))
    return judged(np.concatenate(draws), np.concatenate(happened), rng)


def remaining(model, here, rng):
    drawn = model.posterior(1000, rng).parameters(DRAWS)
    return np.minimum(model.draw_remaining(here, drawn, rng), RENEWALS)

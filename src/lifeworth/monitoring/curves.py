"""The numbers behind the plots people expect of a purchase, spend or retention model.

Each function gives columns of one length. With `posterior` an expectation is the mean over draws of
the parameters, and `expected_low`, `expected_high` hold 90 % of them: the uncertainty of the
estimate, not the luck of single customers.
"""

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.errors import UsageError
from lifeworth.base.levels import NORMAL_95
from lifeworth.models import settings
from lifeworth.models.catalog import HAZARD_MODELS, OCCASION_MODELS
from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.models.retention.inputs import renewal_counts
from lifeworth.models.retention.observed import product_limit
from lifeworth.models.tables import raw, table
from lifeworth.monitoring.calibration import count_by_period, expected_by_period, period_starts

Floats = NDArray[np.float64]
Columns = dict[str, Any]
DRAWS, LOW, HIGH = 100, 0.05, 0.95
NEW = {"frequency": [0], "recency": [0], "T": [0], "log_gaps": [0.0]}
BINS = 20


def tracking(
    model: Any,
    first_days: NDArray[np.integer],
    days: NDArray[np.integer],
    counts: Floats,
    until_day: int,
    cutoff_day: int,
    step_days: int,
    unit_days: float,
    cumulative: bool,
    posterior: Any = None,
    covariates: Columns | None = None,
) -> Columns:
    """Repeat purchases by period, what happened and what the model expects.

    Expected is the sum over customers of E[X(t - first day)], the same as in the backtest. A period
    is held out when it begins after `cutoff_day`.
    Args:
        first_days: (n,) day of each customer's first purchase.
        days, counts: days with repeat purchases of these customers, and how many.
        unit_days: days in the model's unit of time.
        covariates: (n,) each, for a model that has some.
    """
    starts = period_starts(int(first_days.min()), until_day, step_days)
    if len(starts) == 0:
        raise UsageError("MODEL-601", step=step_days, days=int(until_day - first_days.min() + 1))
    add = np.cumsum if cumulative else np.asarray

    def expected(one: Any) -> Floats:
        if covariates is None:

            def bought(ages: Floats) -> Floats:
                return one.expected_purchases_new_customer(ages / unit_days)

            return add(expected_by_period(bought, first_days, starts, step_days))
        total = np.zeros(len(starts))
        for first in np.unique(first_days):
            rows = np.flatnonzero(first_days == first)
            known = {name: np.asarray(each)[rows] for name, each in covariates.items()}

            def together(ages: Floats, known: Columns = known) -> Floats:
                return one.expected_purchases_new_customer(ages / unit_days, covariates=known).sum(axis=0)

            total += expected_by_period(together, np.array([first]), starts, step_days)
        return add(total)

    ends = [date_of(int(start) + step_days - 1).isoformat() for start in starts]
    return {
        "start": [date_of(int(start)).isoformat() for start in starts],
        "end": ends,
        "actual": add(count_by_period(days, counts, starts, step_days)),
        **_expected(model, posterior, expected),
        "held_out": starts > cutoff_day,
    }


def frequencies(model: Any, data: Any, most: int = 7, posterior: Any = None) -> Columns:
    """Customers by number of repeat purchases, `most` and more together, seen and expected.

    Expected is the sum over customers of P(X(T) = x), each watched for the own T.
    """
    x, T = table(data, ("frequency", "T")).columns
    cap = _at_least_one(most)
    ages, place = np.unique(T, return_inverse=True)
    traits = None if getattr(model, "design", None) is None else traits_of(data, model.design)

    def of_age(one: Any, at: int) -> Floats:
        rows = np.flatnonzero(place == at)
        new = NEW if traits is None else _newcomers(rows, traits)
        shares = one.purchase_probabilities(new, float(ages[at]), np.arange(cap))
        return shares[0] * len(rows) if traits is None else shares.sum(axis=0)

    def expected(one: Any) -> Floats:
        below = np.sum([of_age(one, at) for at in range(len(ages))], axis=0)
        return np.append(below, len(T) - below.sum())

    seen = np.bincount(np.minimum(x, cap).astype(np.int64), minlength=cap + 1)
    return {
        "frequency": np.arange(cap + 1),
        "and_more": np.arange(cap + 1) == cap,
        "actual": seen,
        **_expected(model, posterior, expected),
    }


def conditional_expectation(
    model: Any, data: Any, by: str = "frequency", groups: int = 7, posterior: Any = None, rng: Any = None
) -> Columns:
    """Mean purchases in the holdout by what was seen before it: `frequency` or `recency`.

    `data` as `rfm_train_test_split` gives it. With `posterior` the band is where 90 % of the group
    means would fall: it holds the luck of the customers too.
    Args:
        groups: frequencies 0..groups, the last with all above; or that many equal steps of recency.
    """
    x, t_x, later, length = table(data, ("frequency", "recency", "test_frequency", "test_T")).columns
    place, low, high = _groups(x, t_x, by, _at_least_one(groups))
    horizon = float(length[0])
    if not np.all(length == horizon):
        raise UsageError("MODEL-602", lengths=sorted(set(length.tolist()))[:3])
    said = model.expected_purchases(data, horizon, posterior=posterior)
    present = np.bincount(place, minlength=len(low))
    kept = np.flatnonzero(present)

    def means(values: Floats) -> Floats:
        return np.bincount(place, values, len(low))[kept] / present[kept]

    columns: Columns = {
        "from": low[kept], "to": high[kept], "customers": present[kept],
        "actual": means(later.astype(np.float64)), "expected": means(said),
    }  # fmt: skip
    if posterior is not None:
        drawn = model.draw_purchases(data, horizon, posterior.parameters(DRAWS), rng)
        spread = np.array([means(each.astype(np.float64)) for each in drawn.T])
        columns["expected_low"], columns["expected_high"] = np.quantile(spread, (LOW, HIGH), axis=0)
    return columns


def matrix(
    model: Any,
    T: float,
    most_frequency: int,
    future_t: float | None,
    steps: int,
    posterior: Any = None,
    covariates: Mapping[str, Any] | None = None,
) -> Columns:
    """P(alive) of customers of age T by frequency and recency, whose purchases came at even times; with
    `future_t` expected purchases."""
    age, count, most = settings.horizon(T, "T"), _at_least_one(steps), _at_least_one(most_frequency)
    whole = age == np.rint(age)
    grid = np.linspace(0.0, age, (min(count, int(age)) if whole else count) + 1)
    grid = np.rint(grid) if whole else grid
    x, t_x = (each.ravel() for each in np.meshgrid(np.arange(most + 1), grid, indexing="ij"))
    possible = (x > 0) == (t_x > 0)
    if type(model).__name__ in OCCASION_MODELS:  # one purchase per occasion at most
        possible &= x <= t_x
    made = {"frequency": x[possible], "recency": t_x[possible], "T": np.full(possible.sum(), age)}
    even = made["frequency"] * np.log(np.maximum(made["recency"], 1e-300) / np.maximum(made["frequency"], 1))
    even = np.where(made["frequency"] > 0, even, 0.0)  # for models that ask how regular the purchases came
    asked = {**made, "log_gaps": even, **_everywhere(model, covariates, len(made["T"]))}
    if future_t is None:
        return {**made, "probability_alive": model.expected_probability_alive(asked, posterior=posterior)}
    return {**made, "expected_purchases": model.expected_purchases(asked, future_t, posterior=posterior)}


def alive_history(
    model: Any,
    days: NDArray[np.integer],
    until_day: int,
    unit_days: float,
    posterior: Any = None,
    covariates: Mapping[str, Any] | None = None,
    points: int | None = None,
) -> Columns:
    """One customer's P(alive) on each day from the first purchase, knowing only what came before.

    `days` are the purchase days up to `until_day`, sorted, one at least; each day knows its own purchase.
    With `points` only about so many days, evenly spread, and the two around each purchase, where it jumps.
    """
    seen = np.arange(days[0], until_day + 1)
    if points is not None:
        spread = [seen[:: max(1, len(seen) // points)], seen[-1:]]
        seen = np.unique(np.concatenate([*spread, days, np.maximum(days - 1, days[0])]))
    number = np.searchsorted(days, seen, side="right")
    gaps = np.concatenate([[0.0, 0.0], np.cumsum(np.log(np.diff(days) / unit_days))])
    data = {
        "frequency": number - 1,
        "recency": (days[number - 1] - days[0]) / unit_days,
        "T": (seen - days[0]) / unit_days,
        "log_gaps": gaps[number],
        **_everywhere(model, covariates, len(seen)),
    }
    return {
        "day": [date_of(int(day)).isoformat() for day in seen],
        "purchase": np.isin(seen, days),
        "frequency": number - 1,
        "probability_alive": model.expected_probability_alive(data, posterior=posterior),
    }


def spend_distribution(model: Any, data: Any, bins: int = BINS) -> Columns:
    """Repeat buyers by mean spend, seen and expected; the last bin holds all above its lower edge."""
    if not hasattr(model, "share_below"):
        raise UsageError("MODEL-603", model=type(model).__name__)
    means = model.mean_spends(data)
    wanted = _at_least_one(bins)
    top = float(np.quantile(means, 0.99))
    edges = np.linspace(0.0, top if top > 0 else 1.0, wanted + 1)
    below = np.append(model.share_below(data, edges[1:-1]), 1.0)
    place = np.minimum(np.searchsorted(edges, means, side="right") - 1, wanted - 1)
    return {
        "from": edges[:-1],
        "to": np.append(edges[1:-1], np.inf),
        "actual": np.bincount(place, minlength=wanted),
        "expected": len(means) * np.diff(below, prepend=0.0),
    }


def survival(models: Mapping[str, Any], data: Any, periods: int | None, posterior: Any = None) -> Columns:
    """Share of subscribers still here by renewal date: Kaplan-Meier with its 90 % band, and models.

    A model's column has its name; with `posterior`, of the one model given, `<name>_low` and `_high`.
    """
    seen = product_limit(renewal_counts(data))
    last = len(seen["period"]) - 1
    count = last if periods is None else int(settings.counts(periods)[0])
    age = np.arange(count + 1)
    known = np.full((2, count + 1), np.nan)
    shared = min(last, count) + 1
    known[0, :shared], known[1, :shared] = seen["survival"][:shared], seen["standard_error"][:shared]
    columns: Columns = {
        "period": age,
        "observed": known[0],
        "observed_low": np.clip(known[0] - NORMAL_95 * known[1], 0.0, 1.0),
        "observed_high": np.clip(known[0] + NORMAL_95 * known[1], 0.0, 1.0),
    }
    if posterior is not None and len(models) != 1:
        raise UsageError("MODEL-604", models=list(models))
    for name, model in models.items():
        found = _expected(model, posterior, lambda one: _survival(one, data, age))
        columns |= {key.replace("expected", name): value for key, value in found.items()}
    return columns


def _survival(model: Any, data: Any, age: NDArray[np.int64]) -> Floats:
    """Of new subscribers; of those like the ones in `data` where covariates tell them apart."""
    if type(model).__name__ in HAZARD_MODELS:
        return np.asarray(model.survival(data, age).mean(axis=0))
    return np.asarray(model.survival(age))


def _expected(model: Any, posterior: Any, answer: Callable[[Any], Floats]) -> Columns:
    """The answer under the estimate, or its mean and 90 % band over draws of the posterior."""
    if posterior is None:
        return {"expected": answer(model)}
    drawn = posterior.parameters(DRAWS)
    several = np.array([
        answer(_under(model, dict(zip(drawn, each, strict=True))))
        for each in zip(*(values.tolist() for values in drawn.values()), strict=True)
    ])  # fmt: skip
    low, high = np.quantile(several, (LOW, HIGH), axis=0)
    return {"expected": several.mean(axis=0), "expected_low": low, "expected_high": high}


def traits_of(data: Any, design: Any) -> Columns:
    """The columns of the covariates, as they stand in the table."""
    names = tuple(column.name for column in design.columns)
    return dict(zip(names, raw(data, names).columns, strict=True))


def _under(model: Any, params: dict[str, float]) -> Any:
    """The model with other parameters."""
    if isinstance(model, PartiallyPooled):
        return model.under(params)
    other = copy(model)
    other.params_ = params
    return other


def _newcomers(rows: NDArray[np.intp], traits: Mapping[str, Any]) -> Columns:
    """These customers as they were at their first purchase."""
    zero = np.zeros(len(rows))
    known = {name: np.asarray(each)[rows] for name, each in traits.items()}
    return {"frequency": zero, "recency": zero, "T": zero, "log_gaps": zero, **known}


def _everywhere(model: Any, covariates: Mapping[str, Any] | None, rows: int) -> Columns:
    """The covariates of one customer on each of `rows` rows. Raises UsageError MODEL-132."""
    design = getattr(model, "design", None)
    if (design is None) != (covariates is None):
        wanted = [] if design is None else [column.name for column in design.columns]
        raise UsageError("MODEL-132", model=type(model).__name__, columns=wanted or ["-"])
    return {name: np.array([value] * rows) for name, value in (covariates or {}).items()}


def _groups(
    x: NDArray[Any], t_x: NDArray[Any], by: str, groups: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Which group each customer is in, and from where to where each group goes."""
    if by == "frequency":
        edges = np.arange(groups + 1, dtype=np.float64)
        return np.minimum(x, groups).astype(np.int64), edges, np.append(edges[:-1], np.inf)
    if by != "recency":
        raise UsageError("MODEL-605", seen=by)
    edges = np.linspace(0.0, float(t_x.max()) or 1.0, groups + 1)
    again = np.clip(np.searchsorted(edges, t_x, side="left"), 1, groups)
    place = np.where(x > 0, again, 0).astype(np.int64)  # those without a repeat purchase by themselves
    return place, np.concatenate([[0.0], edges[:-1]]), np.concatenate([[0.0], edges[1:]])


def _at_least_one(number: Any) -> int:
    found = int(settings.counts(number)[0])
    if found < 1:
        raise UsageError("MODEL-023", seen=str(number))
    return found

"""The Pareto/GGG forwards in time: possible futures of known customers, and new ones made up."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.purchase.pareto_ggg_sampler import NAMES, SMALLEST, State, Watched

Floats = NDArray[np.float64]
FORGOTTEN = 45.0  # e^-45: discounted away


def events(
    next_at: Floats, end: Floats, k: Floats, rate: Floats, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.intp], Floats]]:
    """Purchases one after the other until `end`: (rows that make one, its time). All arrays (m,)."""
    rows = np.flatnonzero(next_at <= end)
    at = next_at[rows]
    while len(rows):
        yield rows, at
        at = at + np.maximum(rng.standard_gamma(k[rows]) / (k[rows] * rate[rows]), SMALLEST)
        going = at <= end[rows]
        rows, at = rows[going], at[going]


def counts(seen: Watched, now: State, horizon: float, rng: np.random.Generator) -> Floats:
    """N(horizon) of each customer in each chain, (chains, n)."""
    next_at, end, k, rate = _ahead(seen, now, horizon)
    out = np.zeros(len(next_at))
    for rows, _ in events(next_at, end, k, rate, rng):
        out[rows] += 1.0
    return out.reshape(now.shape)


def discounted(
    seen: Watched, now: State, per_tick: float, horizon: float | None, rng: np.random.Generator
) -> Floats:
    """Discounted purchases of each customer in each chain, (chains, n)."""
    limit = FORGOTTEN / per_tick if horizon is None else horizon
    next_at, end, k, rate = _ahead(seen, now, limit)
    out = np.zeros(len(next_at))
    for rows, at in events(next_at, end, k, rate, rng):
        out[rows] += np.exp(-per_tick * at)
    return out.reshape(now.shape)


def newcomers(
    T: Floats, p: Mapping[str, Floats], rng: np.random.Generator, limits: NDArray[Any]
) -> NDArray[Any]:
    """Mean number of purchases of made-up customers until each limit, (len(limits),)."""
    k, rate, life = _population(p, len(T), rng)
    total = np.zeros(len(limits))
    first = np.maximum(rng.standard_gamma(k) / (k * rate), SMALLEST)
    for _, at in events(first, np.minimum(life, T), k, rate, rng):
        total += (at[:, None] <= limits).sum(axis=0)
    return total / len(T)


def draw_histories(T: Floats, p: Mapping[str, Floats], rng: np.random.Generator) -> dict[str, Any]:
    """New customers watched for T: frequency, recency, T, log_gaps, each (n,)."""
    k, rate, life = _population(p, len(T), rng)
    frequency, recency, logs = np.zeros(len(T), np.int64), np.zeros(len(T)), np.zeros(len(T))
    first = np.maximum(rng.standard_gamma(k) / (k * rate), SMALLEST)
    for rows, at in events(first, np.minimum(life, T), k, rate, rng):
        frequency[rows] += 1
        logs[rows] += np.log(at - recency[rows])
        recency[rows] = at
    return {"frequency": frequency, "recency": recency, "T": T, "log_gaps": logs}


def _population(
    p: Mapping[str, Floats], size: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    r, alpha, s, beta, t, gamma = (p[name] for name in NAMES)
    k = np.maximum(rng.standard_gamma(t, size) / gamma, 1e-6)
    rate = np.maximum(rng.standard_gamma(r, size) / alpha, 1e-290)
    life = rng.standard_exponential(size) * beta / np.maximum(rng.standard_gamma(s, size), 1e-290)
    return k, rate, life


def _ahead(seen: Watched, now: State, horizon: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Time from T to the next purchase, and to the end of the horizon or of the active life; (m,) each."""
    end = np.minimum(now.tau - seen.T, horizon)
    next_at = np.where(now.tau > seen.T, now.gap + seen.t_x - seen.T, np.inf)
    return next_at.ravel(), end.ravel(), now.k.ravel(), now.rate.ravel()

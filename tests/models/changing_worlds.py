"""Customers followed through weeks of changing covariates, and the likelihood of one in many digits."""

import itertools

import mpmath as mp
import numpy as np

from lifeworth.models import DynamicParetoNBD

COLUMNS = ["season", "promotion", "price"]
TRUTH = {
    "r": 1.2, "alpha": 12.0, "s": 1.1, "beta": 30.0,
    "purchase.season": 0.4, "purchase.promotion": 0.6, "purchase.price": -0.2,
    "dropout.season": -0.3, "dropout.promotion": -0.4, "dropout.price": 0.3,
}  # fmt: skip


def known(columns=None, **truth):
    return DynamicParetoNBD.with_parameters({"covariates": columns or COLUMNS}, **(truth or TRUTH))


def weeks(size, seed, oldest=104, youngest=52):
    """Periods of customers who came at any time of the year and of the week; purchases unknown."""
    rng = np.random.default_rng(seed)
    rows = {name: [] for name in ("customer_id", "start", "stop", *COLUMNS)}
    for customer in range(size):
        age, first = rng.uniform(youngest, oldest), rng.uniform(0.0, 1.0)
        edges = np.concatenate([[0.0], np.arange(first, age, 1.0), [age]])
        count, since = len(edges) - 1, rng.uniform(0, 52)
        season = np.sin((since + edges[:-1]) * 2 * np.pi / 52)
        found = {
            "customer_id": [f"c{customer:05d}"] * count, "start": edges[:-1], "stop": edges[1:],
            "season": np.round(season, 2), "promotion": (rng.random(count) < 0.3).astype(float),
            "price": np.round(np.repeat(rng.normal(size=count // 13 + 1), 13)[:count], 2),
        }  # fmt: skip
        for name, values in found.items():
            rows[name].extend(values)
    return rows


def simulated(size, seed, model=None):
    return (model or known()).simulate(weeks(size, seed), seed)


def random_case(rng, pieces=4, age=30.0):
    """One customer with two covariates: rows, and purchase times."""
    edges = np.concatenate([[0.0], np.sort(rng.uniform(0.5, age - 0.5, pieces - 1)), [age]])
    times = np.sort(rng.uniform(0.1, age, int(rng.integers(0, 7))))
    row = np.searchsorted(edges, times, side="right") - 1
    made = np.bincount(row, minlength=pieces)
    last = [times[row == k].max() if made[k] else np.nan for k in range(pieces)]
    columns = {
        "customer_id": ["one"] * pieces, "start": edges[:-1], "stop": edges[1:],
        "purchases": made.astype(float), "last_purchase": last,
        "u": rng.normal(size=pieces), "v": rng.normal(size=pieces),
    }  # fmt: skip
    return columns, times


def exact(rows, times, p):
    """ln L and P(alive) by numeric integration, straight from the story."""
    edges = [mp.mpf(each) for each in [*rows["start"], rows["stop"][-1]]]
    A, C = (
        [
            mp.exp(p[f"{way}.u"] * mp.mpf(u) + p[f"{way}.v"] * mp.mpf(v))
            for u, v in zip(rows["u"], rows["v"], strict=True)
        ]
        for way in ("purchase", "dropout")
    )
    r, alpha, s, beta = (mp.mpf(p[name]) for name in ("r", "alpha", "s", "beta"))
    q = r + len(times)

    def grown(rate, until):
        return mp.fsum(
            each * (min(until, high) - low)
            for each, low, high in zip(rate, edges[:-1], edges[1:], strict=True)
            if until > low
        )

    def at(time):
        return max(k for k in range(len(A)) if edges[k] <= time)

    last = mp.mpf(times[-1]) if len(times) else mp.mpf(0)
    cuts = [last, *(each for each in edges if each > last)]
    left = mp.mpf(0)
    for low, high in itertools.pairwise(cuts):
        k = at(low)
        left += mp.quad(
            lambda u, k=k: s * C[k] * (alpha + grown(A, u)) ** -q * (beta + grown(C, u)) ** -(s + 1),
            [low, high],
        )
    stayed = (alpha + grown(A, edges[-1])) ** -q * (beta + grown(C, edges[-1])) ** -s
    counted = mp.fsum(mp.log(A[at(mp.mpf(each))]) for each in times)
    constant = mp.loggamma(q) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
    return float(counted + constant + mp.log(left + stayed)), float(stayed / (left + stayed))

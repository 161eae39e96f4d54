"""Gibbs sampling of the Pareto/GGG, for all customers and chains at once.

A customer's unseen quantities are k (regularity), lambda (rate), tau (when she leaves) and, as a help, g,
the gap that follows the last purchase, had she stayed. Given g nothing needs an incomplete gamma function:

    g   | k, lambda, tau   gamma, cut off below at min(tau, T) - t_x
    tau | g                Lomax(s, beta) between t_x and t_x + g, without an upper end where g >= T - t_x
    k   | g                one-dimensional, by slices, lambda integrated out
    lambda | k, g          gamma

and the parameters of the base, by slices too: (r, alpha) given k and g with lambda integrated out,
(s, beta) given tau with mu integrated out, (t, gamma) given k.
Source: Platzer & Reutterer (2016); the help g is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.special import log_gamma_of_many
from lifeworth.models.fitting.gibbs import gamma_above, slice_step
from lifeworth.models.fitting.priors import Prior

Floats = NDArray[np.float64]
NAMES = ("r", "alpha", "s", "beta", "t", "gamma")
SMALLEST = 1e-9


@dataclass(frozen=True)
class Watched:
    """n customers: x purchases, the last at t_x, watched until T; the sum of ln(gaps). Floats, (n,)."""

    x: Floats
    t_x: Floats
    T: Floats
    log_gaps: Floats

    def __len__(self) -> int:
        return len(self.x)


@dataclass
class State:
    """Where the chains are: each (chains, n)."""

    k: Floats
    rate: Floats
    tau: Floats
    gap: Floats

    @property
    def shape(self) -> tuple[int, ...]:
        return self.k.shape


def begin(seen: Watched, chains: int, p: Mapping[str, Floats], rng: np.random.Generator) -> State:
    """A possible state: half of the silent ones gone, gaps of an exponential clock."""
    size = (chains, len(seen))
    r, alpha, s, beta, t, gamma = (p[name] for name in NAMES)
    k = np.clip(np.broadcast_to(t / gamma, size), 0.3, 5.0).copy()
    rate = (r + seen.x) / (alpha + seen.T) * np.ones(size)
    silent = np.maximum(seen.T - seen.t_x, SMALLEST)
    gone = rng.random(size) < 0.5
    tau = np.where(gone, seen.t_x + silent * rng.random(size), seen.T + rng.exponential(beta / s, size))
    gap = np.maximum(np.minimum(tau, seen.T) - seen.t_x, 0.0) + rng.standard_exponential(size) / rate
    return State(k, rate, tau, gap)


def sweep(seen: Watched, now: State, p: Mapping[str, Floats], rng: np.random.Generator) -> None:
    """One round over the customers, the parameters of the base given: each (chains, 1) or a number."""
    r, alpha, s, beta, t, gamma = (np.broadcast_to(p[name], now.shape).ravel() for name in NAMES)
    x, t_x, T, logs = (
        np.broadcast_to(each, now.shape).ravel() for each in (seen.x, seen.t_x, seen.T, seen.log_gaps)
    )
    k, rate, tau = now.k.ravel(), now.rate.ravel(), now.tau.ravel()
    quiet = np.maximum(np.minimum(tau, T) - t_x, 0.0)
    pace = k * rate
    gap = np.maximum(gamma_above(k, pace * quiet, rng) / pace, quiet + SMALLEST)
    tau = _leave(t_x, np.where(gap >= T - t_x, np.inf, t_x + gap), s, beta, rng)
    gaps, length, log_length = x + 1.0, t_x + gap, logs + np.log(gap)

    def of_log_k(log_k: Floats, rows: NDArray[np.intp]) -> Floats:
        k, n = np.exp(log_k), gaps[rows]
        shape = r[rows] + k * n
        return np.asarray(
            k * n * log_k
            - n * log_gamma_of_many(k)
            + k * log_length[rows]
            + log_gamma_of_many(shape)
            - shape * np.log(alpha[rows] + k * length[rows])
            + t[rows] * log_k
            - gamma[rows] * k
        )

    log_k = np.log(k)
    k = np.exp(np.clip(slice_step(of_log_k, log_k, 2.5 / np.sqrt(t + 0.5 * x), rng), -12.0, 12.0))
    rate = np.maximum(rng.standard_gamma(r + k * gaps), 1e-290) / (alpha + k * length)
    now.k, now.rate, now.tau, now.gap = (each.reshape(now.shape) for each in (k, rate, tau, gap))


def sweep_base(
    seen: Watched, now: State, p: dict[str, Floats], priors: Mapping[str, Prior], rng: np.random.Generator
) -> None:
    """One round over the parameters of the base, each (chains, 1), given the customers."""
    customers = now.shape[1]
    gaps, length = seen.x + 1.0, seen.t_x + now.gap
    used, stretched = now.k * gaps, now.k * length
    logs_k, sums_k = np.log(now.k).sum(axis=1), now.k.sum(axis=1)

    def rates(r: Floats, alpha: Floats, rows: NDArray[np.intp]) -> Floats:
        shape = r[:, None] + used[rows]
        each = log_gamma_of_many(shape) - shape * np.log(alpha[:, None] + stretched[rows])
        return np.asarray(each.sum(axis=1) + customers * (r * np.log(alpha) - log_gamma_of_many(r)))

    def lives(s: Floats, beta: Floats, rows: NDArray[np.intp]) -> Floats:
        over = np.log1p(now.tau[rows] / beta[:, None]).sum(axis=1)
        return np.asarray(customers * np.log(s / beta) - (s + 1.0) * over)

    def shapes(t: Floats, gamma: Floats, rows: NDArray[np.intp]) -> Floats:
        whole = customers * (t * np.log(gamma) - log_gamma_of_many(t))
        return np.asarray(whole + t * logs_k[rows] - gamma * sums_k[rows])

    for names, density in ((("r", "alpha"), rates), (("s", "beta"), lives), (("t", "gamma"), shapes)):
        _move_pair(names, density, p, priors, rng)


def _move_pair(
    names: tuple[str, str], density: Any, p: dict[str, Floats], priors: Mapping[str, Prior],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Slices along ln shape with the mean held, then along ln scale: the two hardly depend on each other."""
    first, second = (np.log(p[name].ravel()) for name in names)

    def at(log_shape: Floats, log_scale: Floats, rows: NDArray[np.intp]) -> Floats:
        believed = priors[names[0]].terms(log_shape)[0] + priors[names[1]].terms(log_scale)[0]
        return np.asarray(density(np.exp(log_shape), np.exp(log_scale), rows) + believed)

    def along_shape(held: Floats) -> Any:
        return lambda v, rows: at(v, held[rows] + v, rows)

    def along_scale(kept: Floats) -> Any:
        return lambda v, rows: at(kept[rows], v, rows)

    width = np.full(len(first), 0.3)
    for _ in range(2):
        held = second - first
        first = slice_step(along_shape(held), first, width, rng)
        second = slice_step(along_scale(first), held + first, width, rng)
    p[names[0]], p[names[1]] = np.exp(first)[:, None], np.exp(second)[:, None]


def _leave(low: Floats, high: Floats, s: Floats, beta: Floats, rng: np.random.Generator) -> Floats:
    """Draws from Lomax(s, beta) between low and high (infinite where there is no end)."""
    with np.errstate(divide="ignore"):
        end = np.where(np.isinf(high), 0.0, np.exp(-s * np.log1p((high - low) / (beta + low))))
    left = end + (1.0 - end) * (1.0 - rng.random(len(low)))  # survival beyond `low`
    return np.asarray(low + (beta + low) * np.expm1(-np.log(np.maximum(left, 1e-290)) / s))

"""Word of mouth from acquisition times alone: a self-exciting (Hawkes) process.

Story: customers arrive by themselves at rate mu (constant, or constant between given times), and
every arrival brings n others on average, after exponential delays of mean theta. n is the share of
customers who came through others. Who brought whom is not seen; what the times say of it is a
probability, p_ij = (n/theta) e^{-(t_j - t_i)/theta} / lambda(t_j).
Fails when: campaigns or seasons come in bursts that the baseline does not know; bursts then count
as word of mouth. Exact O(N) sums by blocks, exact gradient and Hessian, Newton.
Source: methods.md 5.2 (f).
"""

from collections.abc import Sequence
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.kernels.newton import Optimum, maximise

Floats = NDArray[np.float64]
BLOCK_SPAN = 60.0  # delays of theta within one block of the exact sums
FEWEST = 20


def excitement(times: Floats, theta: float) -> tuple[Floats, Floats, Floats]:
    """Sums over earlier events of d^m e^{-d/theta}, d the time since, for m = 0, 1, 2; (n,) each."""
    result = np.empty((3, len(times)))
    carry, last, first = np.zeros(3), 0.0, 0
    while first < len(times):
        start = times[first]
        end = int(np.searchsorted(times, start + BLOCK_SPAN * theta, side="right"))
        t = times[first:end] - start
        gap = start - last
        carry = np.exp(-gap / theta) * np.array(
            [carry[0], carry[1] + gap * carry[0], carry[2] + 2 * gap * carry[1] + gap * gap * carry[0]]
        )
        grown = np.exp(t / theta)
        sums = [np.cumsum(grown * t**m) for m in range(3)]
        before = [np.concatenate([[0.0], each[:-1]]) for each in sums]
        fade = 1.0 / grown
        S0, S1, S2 = before
        result[0, first:end] = fade * (carry[0] + S0)
        result[1, first:end] = fade * (carry[1] + t * carry[0] + t * S0 - S1)
        result[2, first:end] = fade * (
            carry[2] + 2 * t * carry[1] + t * t * carry[0] + t * t * S0 - 2 * t * S1 + S2
        )
        here = t[-1]
        carry = fade[-1] * np.array(
            [
                carry[0] + sums[0][-1],
                carry[1] + here * carry[0] + here * sums[0][-1] - sums[1][-1],
                carry[2] + 2 * here * carry[1] + here * here * (carry[0] + sums[0][-1])
                - 2 * here * sums[1][-1] + sums[2][-1],
            ]
        )  # fmt: skip
        last, first = float(times[end - 1]), end
    return result[0], np.maximum(result[1], 0.0), np.maximum(result[2], 0.0)


@final
class HawkesReferral:
    """Fitted attributes: params_ (mu or mu_0, mu_1, ..., n, theta), standard_errors_, covariance_,
    log_likelihood_, converged_, findings_; times_ (n,) in order and order_ (n,) their rows.
    """

    def __init__(self, baseline_edges: Sequence[float] = ()) -> None:
        """`baseline_edges`: times at which the rate of arrivals by themselves may change."""
        self.baseline_edges = tuple(baseline_edges)

    def fit(self, times: Any, until: float, since: float | None = None) -> Self:
        """Maximum likelihood.

        Args:
            times: (n,) acquisition times in any order; equal times (days) are spread over their unit.
            until: end of the time watched; since: its begin, the first time if not given.
        Raises ModelError MODEL-305, MODEL-309, MODEL-314; UsageError MODEL-315.
        """
        given = np.asarray(times, np.float64)
        if given.ndim != 1 or len(given) < FEWEST:
            raise ModelError("MODEL-314", what="times", seen=int(given.size), wanted=FEWEST)
        if not np.isfinite(given).all():
            wrong = np.flatnonzero(~np.isfinite(given))
            raise ModelError("MODEL-305", column="times", count=len(wrong), rows=wrong[:5].tolist())
        self.order_ = np.argsort(given, kind="stable")
        self.times_, unit = spread_ties(given[self.order_])
        self.since_ = float(self.times_[0] if since is None else since)
        self.until_ = float(until) + (unit if until == given.max() else 0.0)
        if self.times_[-1] > self.until_ or self.times_[0] < self.since_:
            late = np.flatnonzero((given > until) | (given < self.since_))
            raise ModelError("MODEL-309", count=len(late), rows=late[:5].tolist(), as_of=float(until))
        edges = np.array([self.since_, *self.baseline_edges, self.until_])
        if (np.diff(edges) <= 0).any():
            raise UsageError("MODEL-315", name="baseline_edges", seen=str(self.baseline_edges))
        self._segment = np.searchsorted(edges[1:-1], self.times_, side="right")
        self._lengths = np.diff(edges)
        self._publish(self._best())
        return self

    @property
    def endogenous_share(self) -> float:
        """Expected share of the customers seen who came through others."""
        return float(1.0 - self.exogenous_probability().mean())

    def exogenous_probability(self) -> Floats:
        """P(came by itself), (n,), in the order of the rows."""
        base, heard = self._parts()
        return self._by_row(base / (base + heard))

    def expected_referrals(self) -> Floats:
        """Expected number of customers seen whom each one brought, (n,), in the order of the rows."""
        base, heard = self._parts()
        n, theta = self.params_["n"], self.params_["theta"]
        weight = n / theta / (base + heard)
        forward, _ = weighted_later(self.times_, theta, weight)
        return self._by_row(forward)

    def expected_future_referrals(self, horizon: float | None = None) -> Floats:
        """Direct referrals still to come, (n,): n e^{-age/theta}, within `horizon` or ever."""
        n, theta = self.params_["n"], self.params_["theta"]
        left = n * np.exp(-(self.until_ - self.times_) / theta)
        return self._by_row(left if horizon is None else left * -np.expm1(-horizon / theta))

    def parent_probabilities(self, row: int, largest: int = 20) -> tuple[NDArray[np.int64], Floats]:
        """The rows likeliest to have brought the customer of `row`, and their probabilities."""
        place = int(np.flatnonzero(self.order_ == row)[0])
        n, theta = self.params_["n"], self.params_["theta"]
        base, heard = self._parts()
        earlier = n / theta * np.exp(-(self.times_[place] - self.times_[:place]) / theta)
        chance = earlier / (base[place] + heard[place])
        best = np.argsort(-chance, kind="stable")[:largest]
        return self.order_[best], chance[best]

    def _best(self) -> Optimum:
        """The highest of three climbs: quick, middling and slow word of mouth."""
        span = self.until_ - self.since_
        found = []
        for part in (300.0, 30.0, 5.0):
            share = np.bincount(self._segment, minlength=len(self._lengths)) + 0.5
            start = np.log(np.concatenate([0.5 * share / self._lengths, [0.5, span / part]]))
            found.append(maximise(self._objective, start, float(len(self.times_))))
        return max(found, key=lambda each: each.value)

    def _objective(self, point: Floats) -> tuple[float, Floats, Floats]:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._derivatives(np.exp(point[:-2]), float(np.exp(point[-2])), float(np.exp(point[-1])))

    def _derivatives(self, mu: Floats, n: float, theta: float) -> tuple[float, Floats, Floats]:
        A, B, C = excitement(self.times_, theta)
        h, h1 = A / theta, B / theta**2 - A / theta
        h2 = A / theta - 3.0 * B / theta**2 + C / theta**3
        x = (self.until_ - self.times_) / theta
        stay = np.exp(-x)
        E, E1, E2 = float((1 - stay).sum()), float((-x * stay).sum()), float((x * (1 - x) * stay).sum())
        base = mu[self._segment]
        rate = base + n * h
        value = float(np.log(rate).sum()) - float(mu @ self._lengths) - n * E
        k = len(mu)
        # one column per parameter: slope of the rate over the rate
        slopes = np.column_stack([base / rate, n * h / rate, n * h1 / rate])
        per_segment = np.bincount(self._segment, slopes[:, 0], k)
        gradient = np.concatenate(
            [per_segment - mu * self._lengths, [slopes[:, 1].sum() - n * E, slopes[:, 2].sum() - n * E1]]
        )
        hessian = np.zeros((k + 2, k + 2))
        squares = np.bincount(self._segment, slopes[:, 0] ** 2, k)
        hessian[:k, :k] = np.diag(gradient[:k] - squares)
        for column in (1, 2):
            cross = -np.bincount(self._segment, slopes[:, 0] * slopes[:, column], k)
            hessian[:k, k + column - 1] = hessian[k + column - 1, :k] = cross
        hessian[k, k] = gradient[k] - float((slopes[:, 1] ** 2).sum())
        hessian[k, k + 1] = hessian[k + 1, k] = gradient[k + 1] - float((slopes[:, 1] * slopes[:, 2]).sum())
        hessian[k + 1, k + 1] = float((n * h2 / rate - slopes[:, 2] ** 2).sum()) - n * E2
        return value, gradient, hessian

    def _publish(self, best: Optimum) -> None:
        values = np.exp(best.theta)
        self.covariance_ = np.linalg.pinv(-best.hessian) * np.outer(values, values)
        count = len(values) - 2
        names = ["mu"] if count == 1 else [f"mu_{place}" for place in range(count)]
        self.params_ = dict(zip([*names, "n", "theta"], values.tolist(), strict=True))
        errors = np.sqrt(np.maximum(np.diag(self.covariance_), 0.0))
        self.standard_errors_ = dict(zip(self.params_, errors.tolist(), strict=True))
        self.log_likelihood_, self.converged_ = best.value, best.converged
        self.findings_ = []
        if self.params_["theta"] > (self.until_ - self.since_) / 3.0:
            facts = {"theta": self.params_["theta"], "longest": self.until_ - self.since_}
            self.findings_.append(Finding("referral_short_window", "warn", facts))
        if self.standard_errors_["n"] > 0.5 * self.params_["n"]:
            self.findings_.append(Finding("referral_bursts_unclear", "warn", {"n": self.params_["n"]}))

    def _parts(self) -> tuple[Floats, Floats]:
        """Rates at each event: by itself, through others; in the order of time."""
        if not hasattr(self, "params_"):
            raise ModelError("MODEL-316", model=type(self).__name__)
        n, theta = self.params_["n"], self.params_["theta"]
        mu = np.array([value for name, value in self.params_.items() if name.startswith("mu")])
        return mu[self._segment], n / theta * excitement(self.times_, theta)[0]

    def _by_row(self, in_time: Floats) -> Floats:
        result = np.empty(len(in_time))
        result[self.order_] = in_time
        return result


def weighted_later(times: Floats, theta: float, weight: Floats) -> tuple[Floats, Floats]:
    """Sums over later (first) and earlier (second) events of weight_j e^{-|d|/theta}, (n,) each."""
    return _earlier(-times[::-1], theta, weight[::-1])[::-1], _earlier(times, theta, weight)


def spread_ties(times: Floats) -> tuple[Floats, float]:
    """Sorted times with equal ones spread evenly over the smallest step between different ones."""
    steps = np.diff(times)
    if not (steps == 0).any():
        return times, 0.0
    unit = float(steps[steps > 0].min()) if (steps > 0).any() else 1.0
    _, first, counts = np.unique(times, return_index=True, return_counts=True)
    rank = np.arange(len(times)) - np.repeat(first, counts)
    return times + unit * (rank + 0.5) / np.repeat(counts, counts), unit


def _earlier(times: Floats, theta: float, weight: Floats) -> Floats:
    result, carry, last, first = np.empty(len(times)), 0.0, 0.0, 0
    while first < len(times):
        start = times[first]
        end = int(np.searchsorted(times, start + BLOCK_SPAN * theta, side="right"))
        carry *= float(np.exp(-(start - last) / theta)) if first else 0.0
        grown = np.exp((times[first:end] - start) / theta)
        sums = np.cumsum(grown * weight[first:end])
        result[first:end] = (carry + np.concatenate([[0.0], sums[:-1]])) / grown
        carry = float((carry + sums[-1]) / grown[-1])
        last, first = float(times[end - 1]), end
    return result

"""How large will this cascade become, from its first hours: campaigns, shared links, chains of posts.

Story: every cascade has its own contagiousness p ~ Gamma(k, k) around what is usual; each event
calls forth others with a delay whose law is common to all cascades. That law is a mixture of
exponentials over a wide range of time scales, so it may be quick, slow or heavy-tailed. All is
fitted by EM, since given who p is, the mixture's weights are counts over exposures. An event may
carry a reach (followers, audience); its pull is reach^exponent.
Forecast: events seen + direct ones still to come * 1/(1 - R), averaged over what is open about p.
Fails when: contagion dies by the clock or by news from outside. Sources: methods.md 5.2 (f);
Zhao et al. (2015), KDD 1513-1522, for the idea; Rizoiu et al. (2017).
"""

from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral.gamma_law import gamma_quantile
from lifeworth.models.referral.inputs import numbers
from lifeworth.models.referral.tree import listed

Floats = NDArray[np.float64]
SCALES, PASSES, MOST_CONTAGIOUS = 10, 300, 0.95
EXPONENTS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEVELS = np.arange(0.025, 1.0, 0.05)


@dataclass(frozen=True)
class CascadeForecast:
    """Per cascade (c,), in the order of `ids`: events seen, expected final size with 90 % interval, R."""

    ids: list[Any]
    seen: NDArray[np.int64]
    final_size: Floats
    low: Floats
    high: Floats
    reproduction_number: Floats


@dataclass(frozen=True)
class Cascades:
    """Events sorted by cascade and time. start: (c,) each one's first event; age: (n,) since the
    cascade's first event; until: (c,) watched to this age; pull: (n,)."""

    ids: list[Any]
    start: NDArray[np.int64]
    size: NDArray[np.int64]
    age: Floats
    until: Floats
    pull: Floats


@final
class CascadeModel:
    """Fitted attributes: scales_ (j,) mean delays, weights_ (j,) expected events by each, dispersion_ k,
    exponent_ of reach, log_likelihood_, reproduction_number_ (of an average cascade)."""

    def fit(self, cascade: Any, time: Any, until: Any, reach: Any = None) -> Self:
        """Learn from cascades, whole or cut off.

        Args:
            cascade, time: (n,) the cascade each event belongs to and when it happened; the first
                event of a cascade starts it.
            until: time from the start for which cascades were watched; a number, or a dict by cascade.
            reach: (n,) audience of each event, >= 0.
        Raises ModelError MODEL-305, 309, 311, 314.
        """
        known = _cascades(cascade, time, until, reach, None)
        followers = int(known.size.sum() - len(known.size))
        if followers < 10:
            raise ModelError("MODEL-314", what="followers", seen=followers, wanted=10)
        later = known.age[known.age > 0]
        self.scales_ = np.geomspace(max(np.quantile(later, 0.01), 1e-9), known.until.max(), SCALES)
        best: tuple[float, float, Floats, float, float] | None = None
        for exponent in (0.0,) if reach is None else EXPONENTS:
            tried = _cascades(cascade, time, until, reach, exponent)
            value, weights, k = _expectation_maximisation(tried, self.scales_)
            if best is None or value > best[0]:
                best = (value, exponent, weights, k, float(tried.pull.mean()))
        assert best is not None
        self.log_likelihood_, self.exponent_, self.weights_, self.dispersion_, usual_pull = best
        self.reproduction_number_ = usual_pull * float(self.weights_.sum())
        return self

    def forecast(self, cascade: Any, time: Any, until: Any, reach: Any = None) -> CascadeForecast:
        """Final sizes (first events included) of cascades seen until an age."""
        if not hasattr(self, "weights_"):
            raise ModelError("MODEL-316", model=type(self).__name__)
        if reach is None and self.exponent_ > 0:
            raise UsageError("MODEL-315", name="reach", seen="None")
        given = _cascades(cascade, time, until, reach, self.exponent_)
        gone, left = _exposures(given, self.scales_)
        shape: Floats = self.dispersion_ + given.size - np.float64(1.0)
        rate = self.dispersion_ + gone @ self.weights_
        direct = left @ self.weights_
        means, variances = [], []
        for level in LEVELS:
            p = gamma_quantile(float(level), shape) / rate
            R = np.minimum(p * self.reproduction_number_, MOST_CONTAGIOUS)
            means.append(p * direct / (1.0 - R))
            variances.append(p * direct / (1.0 - R) ** 3)
        mean = np.mean(means, axis=0)
        variance = np.mean(variances, axis=0) + np.var(means, axis=0)
        matched = np.maximum(mean * mean / np.maximum(variance, 1e-12), 1e-3)
        low, high = (mean / matched * gamma_quantile(level, matched) for level in (0.05, 0.95))
        R = shape / rate * self.reproduction_number_
        return CascadeForecast(
            given.ids,
            given.size,
            given.size + mean,
            given.size + np.floor(low),
            given.size + np.ceil(high),
            R,
        )


def _expectation_maximisation(known: Cascades, scales: Floats) -> tuple[float, Floats, float]:
    """ln L, weights and dispersion at the end of EM."""
    pulls = _pulls(known, scales)
    gone, _ = _exposures(known, scales)
    follows: Floats = known.size - np.float64(1.0)
    weights = np.full(len(scales), follows.sum() / max(gone.sum(), 1e-9))
    k, value = 1.0, -np.inf
    for _ in range(PASSES):
        rates = pulls @ weights
        exposure = gone @ weights
        now = float(np.log(np.maximum(rates, 1e-300)).sum()) + _log_marginal(follows, exposure, k)
        p = (k + follows) / (k + exposure)
        credit = weights * (pulls / np.maximum(rates, 1e-300)[:, None]).sum(axis=0)
        weights = credit / np.maximum(p @ gone, 1e-300)
        weights[weights < 1e-12] = 0.0
        k = _dispersion(follows, gone @ weights, k)
        if now - value < 1e-8 * abs(now):
            break
        value = now
    return now, weights, k


def _log_marginal(n: Floats, exposure: Floats, k: float) -> float:
    """Sum of ln of the negative binomial part: Gamma(k + n)/Gamma(k) k^k (k + exposure)^-(k + n)."""
    counts = n.astype(np.int64)
    rising = np.concatenate([[0.0], np.cumsum(np.log(k + np.arange(counts.max(initial=0))))])[counts]
    return float((rising + k * np.log(k) - (k + n) * np.log(k + exposure)).sum())


def _dispersion(n: Floats, exposure: Floats, k: float) -> float:
    """The best k within a factor 2 of the last, by golden section in ln k, with the prior ln k ~ N(0, 2)."""
    low, high = np.log(k) - 0.7, np.log(k) + 0.7
    golden = 0.5 * (np.sqrt(5.0) - 1.0)

    def worth(log_k: float) -> float:
        return _log_marginal(n, exposure, float(np.exp(log_k))) - log_k**2 / 8.0

    for _ in range(18):
        a, b = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, b) if worth(a) > worth(b) else (a, high)
    return float(np.exp(np.clip(0.5 * (low + high), -5.0, 8.0)))


def _pulls(known: Cascades, scales: Floats) -> Floats:
    """For each event but the first: sum over earlier ones of pull e^{-d/scale}/scale, (followers, j)."""
    place = np.arange(len(known.age)) - np.repeat(known.start, known.size)
    result = np.empty((len(known.age), len(scales)))
    waiting = np.zeros((len(known.size), len(scales)))
    order = np.argsort(-known.size, kind="stable")  # longest first, so that the rows alive are a prefix
    start, size, last = known.start[order], known.size[order], np.zeros(len(order))
    for step in range(int(size.max())):
        alive = int(np.searchsorted(-size, -step, side="left"))
        rows = start[:alive] + step
        age = known.age[rows]
        waiting = waiting[:alive] * np.exp(-(age - last[:alive])[:, None] / scales)
        result[rows] = waiting
        waiting = waiting + known.pull[rows][:, None] / scales
        last = age
    return result[place > 0]


def _exposures(known: Cascades, scales: Floats) -> tuple[Floats, Floats]:
    """Pull already spent and still to come at the last age watched, by scale, (c, j) each."""
    watched = np.repeat(known.until, known.size) - known.age
    left = known.pull[:, None] * np.exp(-watched[:, None] / scales)
    return (
        np.add.reduceat(known.pull[:, None] - left, known.start, axis=0),
        np.add.reduceat(left, known.start, axis=0),
    )


def _cascades(cascade: Any, time: Any, until: Any, reach: Any, exponent: float | None) -> Cascades:
    names, when = listed(cascade), numbers(time, "time")
    if len(names) != len(when):
        raise ModelError("MODEL-311", column="time", rows=len(when), wanted=len(names))
    if not len(names):
        raise ModelError("MODEL-314", what="events", seen=0, wanted=1)
    if not np.isfinite(when).all():
        wrong = np.flatnonzero(~np.isfinite(when))
        raise ModelError("MODEL-305", column="time", count=len(wrong), rows=wrong[:5].tolist())
    at: dict[Any, int] = {}
    code = np.array([at.setdefault(name, len(at)) for name in names], np.int64)
    order = np.lexsort((when, code))
    size = np.bincount(code)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    age = when[order] - np.repeat(when[order][start], size)
    watched = np.array([until[name] for name in at] if isinstance(until, dict) else np.full(len(at), until))
    if (age > np.repeat(watched, size)).any():
        late = order[age > np.repeat(watched, size)]
        raise ModelError("MODEL-309", count=len(late), rows=late[:5].tolist(), as_of=float(watched.max()))
    pull = np.ones(len(age))
    if reach is not None and exponent:
        audience = numbers(reach, "reach")[order]
        if not (audience >= 0).all():
            raise UsageError("MODEL-315", name="reach", seen=str(audience.min()))
        pull = (1.0 + audience) ** exponent
    return Cascades(list(at), start, size, age, watched.astype(np.float64), pull)

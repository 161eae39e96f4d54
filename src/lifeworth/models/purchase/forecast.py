"""From a model's formulas to forecasts for many customers.

Everything but P(alive) depends on (x, T) alone: it is computed once per different pair and looked
up per customer. Times are in the ticks of `h`, parameters too.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import each_block
from lifeworth.kernels.quadrature import log_time_rule
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase.formulas import Formulas

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
FORGOTTEN = 45.0  # e^-45: discounted away


def alive(model: Formulas, h: Histories, p: Values) -> Floats:
    """P(alive), (n,)."""
    out = model.log_alive(h, p)
    each_block(len(h), lambda block: _exp_in_place(out[block]), model.threads)
    return out


def expected(model: Formulas, h: Histories, horizon: float, p: Values) -> Floats:
    """E[N(horizon)], (n,)."""
    return _times(model, h, model.expected_if_alive(h.by_age.x, h.by_age.t, horizon, p), p)


def discounted(model: Formulas, h: Histories, rate: float, horizon: float | None, p: Values) -> Floats:
    """Discounted purchases of the whole future, or within the horizon, (n,).

    Within a horizon by parts: e^(-rate H) E[N(H)] + rate * integral of e^(-rate t) E[N(t)].
    """
    x, T = h.by_age.x, h.by_age.t.astype(np.float64)
    if horizon is None:
        return _times(model, h, model.discounted_if_alive(x, T, rate, p), p)
    horizon = min(horizon, FORGOTTEN / rate) if rate > 0 else horizon
    nodes = 16 if rate * horizon < 1.5 else 24 if rate * horizon < 10.0 else 48
    scale = T + min(float(p[each.name]) for each in model.parameters if each.grows_with == "time")
    times, weights = log_time_rule(scale, horizon, nodes)
    until = model.expected_if_alive(np.tile(x, nodes), np.tile(T, nodes), times.ravel(), p).reshape(
        times.shape
    )
    whole = model.expected_if_alive(x, T, horizon, p)
    inner = (weights * np.exp(-rate * times) * until).sum(axis=0)
    return _times(model, h, np.exp(-rate * horizon) * whole + rate * inner, p)


def probabilities(model: Formulas, h: Histories, horizon: float, n: NDArray[np.int64], p: Values) -> Floats:
    """P(N = n_j), (rows, k)."""
    here, place = alive(model, h, p), h.by_age.of_row
    wanted = set(n.tolist()) | {each + 1 for each in n.tolist()}
    reached: dict[int, Floats] = {0: np.ones(len(here))}
    tails = model.tails_if_alive(h.by_age.x, h.by_age.t, horizon, p)
    for k in range(1, max(wanted) + 1):
        tail = next(tails)
        if k in wanted:
            reached[k] = here * tail[place]
    return np.stack([reached[k] - reached[k + 1] for k in n.tolist()], axis=1)


def quantiles(
    model: Formulas, h: Histories, horizon: float, q: Floats, several: list[Any]
) -> NDArray[np.int64]:
    """Number of k >= 1 with mean P(N >= k) > 1 - q, (rows, len(q)). Blocks bound memory."""
    out = np.zeros((len(h), len(q)), np.int64)
    step = len(h) if len(several) == 1 else 512
    for first in range(0, len(h), step):
        part = h if step == len(h) else h.rows(slice(first, first + step))
        _count_levels(model, part, horizon, q, several, out[first : first + step])
    return out


def _count_levels(
    model: Formulas, h: Histories, horizon: float, q: Floats, several: list[Any],
    out: NDArray[np.int64],
) -> None:  # fmt: skip
    left = np.arange(len(h))
    rising = _mean_tails(model, h, horizon, several)
    rising.send(None)
    share = 1.0 - q
    while len(left):
        chance = rising.send(left)
        out[left] += chance[:, None] > share * (1.0 + 1e-13)
        left = left[chance > share.min() * (1.0 + 1e-13)]


def _mean_tails(model: Formulas, h: Histories, horizon: float, several: list[Any]) -> Any:
    """A generator: send rows, get P(N >= k) of those rows, k = 1, 2, ..., averaged over draws."""
    here = [alive(model, h, p) for p in several]
    tails = [model.tails_if_alive(h.by_age.x, h.by_age.t, horizon, p) for p in several]
    rows = yield
    while True:
        place = h.by_age.of_row[rows]
        chance = np.zeros(len(rows))
        for probability, tail in zip(here, tails, strict=True):
            chance += probability[rows] * next(tail)[place]
        rows = yield chance / len(several)


def draw(
    model: Formulas, h: Histories, horizon: float, p: Values, rng: np.random.Generator
) -> NDArray[np.int32]:
    """One draw of N(horizon) per row and per draw of the parameters, (rows, draws).

    Most customers buy nothing: the first purchase is decided for all (alive, and a first one due
    within the horizon), the rest is drawn only for those who have it.
    """
    count = len(np.atleast_1d(next(iter(p.values()))))
    out = np.zeros((count, len(h)), np.int32)
    T, x = h.T.astype(np.float64), h.frequency
    for index in range(count):
        one = {name: float(each[index]) for name, each in p.items()}
        q, A = one["r"] + x, one["alpha"] + T
        due = -np.expm1(-q * np.log1p(horizon / A))
        rows = np.flatnonzero(rng.random(len(h)) < alive(model, h, one) * due)
        if not len(rows):
            continue
        waited = np.log1p(-rng.random(len(rows)) * due[rows]) / -q[rows]
        first = np.minimum(A[rows] * np.expm1(waited), horizon)
        out[index, rows] = model.draw_after_first(x[rows], T[rows], first, horizon, one, rng)
    return out.T


def _times(model: Formulas, h: Histories, if_alive: Floats, p: Values) -> Floats:
    """P(alive) per row times what its pair is worth."""
    out, code, table = model.log_alive(h, p), h.by_age.code, h.by_age.by_code(if_alive)

    def multiply(block: slice) -> None:
        _exp_in_place(out[block])
        out[block] *= table.take(code[block], mode="clip")

    each_block(len(h), multiply, model.threads)
    return out


def _exp_in_place(values: Floats) -> None:
    np.exp(values, out=values)

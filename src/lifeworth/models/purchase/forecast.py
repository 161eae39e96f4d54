"""From a model's formulas to forecasts for many customers.

Everything but P(alive) depends on (x, T) alone, for each way to be alive (one in most models): it is
computed once per different pair and looked up per customer. Times are in the ticks of `h`, parameters too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import each_block
from lifeworth.kernels.cells import Pairs
from lifeworth.kernels.quadrature import log_time_rule
from lifeworth.models.covariates import of_kind
from lifeworth.models.inputs import AT_ONCE, Histories
from lifeworth.models.purchase.formulas import Formulas, Standing

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
FORGOTTEN = 45.0  # e^-45: discounted away
NODES = 24  # of the integral of P(alive) over time


def alive(model: Formulas, h: Histories, p: Values) -> Floats:
    """P(alive), (n,)."""
    out = model.log_alive(h, p)
    each_block(len(h), lambda block: _exp_in_place(out[block]), model.threads)
    return out


def placed(model: Formulas, h: Histories, p: Values) -> Values:
    """The parameters of each kind of customer in h, from those of the model and its coefficients."""
    return p if h.traits is None else h.traits.placed(p, model.links)


def tiled(p: Values, times: int) -> Values:
    """Parameters of rows, `times` over."""
    return {name: np.tile(each, times) if isinstance(each, np.ndarray) else each for name, each in p.items()}


def surviving(model: Formulas, h: Histories, after: Floats, p: Values) -> Floats:
    """P(alive at T + t) for k times t after T, (n, k)."""
    out = np.zeros((len(h), len(after)))
    for way in model.standings(h, p):
        pairs = way.pairs
        at, own = np.repeat(after, len(pairs.x)), tiled(of_kind(p, pairs.kind), len(after))
        x, T = np.tile(pairs.x, len(after)), np.tile(pairs.t, len(after))
        stays = model.survival_if_alive(x, T, at, own).reshape(len(after), -1)
        out += way.chance[:, None] * stays.T[pairs.of_row]
    return out


def active_time(model: Formulas, h: Histories, horizon: float, p: Values) -> Floats:
    """The integral of P(alive at T + t) over t in (0, horizon), (n,)."""
    times = [(each.name, each.grows_with) for each in model.parameters if each.grows_with in ("time", "rate")]

    def if_alive(x: Numbers, T: Numbers, p: Values) -> Floats:
        T = T.astype(np.float64)
        spans = [p[name] if kind == "time" else 1.0 / p[name] for name, kind in times]
        shortest = np.min([np.broadcast_to(each, T.shape) for each in spans], axis=0)
        at, weights = log_time_rule((T + shortest) / (1.0 + x), horizon, NODES)
        stays = model.survival_if_alive(np.tile(x, NODES), np.tile(T, NODES), at.ravel(), tiled(p, NODES))
        return np.asarray((weights * stays.reshape(at.shape)).sum(axis=0))

    return _mean(model, h, p, if_alive)


def expected(model: Formulas, h: Histories, horizon: float, p: Values) -> Floats:
    """E[N(horizon)], (n,)."""
    return _mean(model, h, p, lambda x, T, p: model.expected_if_alive(x, T, horizon, p))


def discounted(model: Formulas, h: Histories, rate: float, horizon: float | None, p: Values) -> Floats:
    """Discounted purchases of the whole future, or within the horizon, (n,).

    Within a horizon by parts: e^(-rate H) E[N(H)] + rate * integral of e^(-rate t) E[N(t)].
    """
    if horizon is None:
        return _mean(model, h, p, lambda x, T, p: model.discounted_if_alive(x, T, rate, p))
    end = min(horizon, FORGOTTEN / rate) if rate > 0 else horizon
    nodes = model.rhythm * (16 if rate * end < 1.5 else 24 if rate * end < 10.0 else 48)
    times = [(each.name, each.grows_with) for each in model.parameters if each.grows_with in ("time", "rate")]

    def if_alive(x: Numbers, T: Numbers, p: Values) -> Floats:
        T = T.astype(np.float64)
        spans = [p[name] if kind == "time" else 1.0 / p[name] for name, kind in times]
        shortest = np.min([np.broadcast_to(each, T.shape) for each in spans], axis=0)
        at, weights = log_time_rule(T + shortest, end, nodes)
        until = model.expected_if_alive(np.tile(x, nodes), np.tile(T, nodes), at.ravel(), tiled(p, nodes))
        whole = model.expected_if_alive(x, T, end, p)
        inner = (weights * np.exp(-rate * at) * until.reshape(at.shape)).sum(axis=0)
        return np.asarray(np.exp(-rate * end) * whole + rate * inner)

    return _mean(model, h, p, if_alive)


def probabilities(model: Formulas, h: Histories, horizon: float, n: NDArray[np.int64], p: Values) -> Floats:
    """P(N = n_j), (rows, k)."""
    wanted = set(n.tolist()) | {each + 1 for each in n.tolist()}
    reached: dict[int, Floats] = {0: np.ones(len(h))}
    ways = _rising(model, h, horizon, p)
    for k in range(1, max(wanted) + 1):
        tails = [next(tail) for _, _, tail in ways]
        if k in wanted:
            reached[k] = _added(
                [here * tail[place] for (here, place, _), tail in zip(ways, tails, strict=True)]
            )
    return np.stack([reached[k] - reached[k + 1] for k in n.tolist()], axis=1)


def quantiles(
    model: Formulas, h: Histories, horizon: float, q: Floats, several: list[Any]
) -> NDArray[np.int64]:
    """Number of k >= 1 with mean P(N >= k) > 1 - q, (rows, len(q)). Blocks bound memory."""
    out = np.zeros((len(h), len(q)), np.int64)
    step = 512 if len(several) > 1 else len(h) if h.traits is None else AT_ONCE
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
    ways = [way for p in several for way in _rising(model, h, horizon, placed(model, h, p))]
    rows = yield
    while True:
        chance = np.zeros(len(rows))
        for here, place, tail in ways:
            chance += here[rows] * next(tail)[place[rows]]
        rows = yield chance / len(several)


def draw(
    model: Formulas, h: Histories, horizon: float, p: Values, rng: np.random.Generator
) -> NDArray[np.int32]:
    """One draw of N(horizon) per row and per draw of the parameters, (rows, draws)."""
    count = len(np.atleast_1d(next(iter(p.values()))))
    out = np.zeros((count, len(h)), np.int32)
    for index in range(count):
        one = {name: float(each[index]) for name, each in p.items()}
        out[index] = model.draw_future(h, horizon, placed(model, h, one), rng)
    return out.T


def _rising(model: Formulas, h: Histories, horizon: float, p: Values) -> list[Any]:
    """For each way to be alive its chance per row, the pair of each row, and P(N >= 1, 2, ...) of pairs."""
    return [
        (each.chance, each.pairs.of_row, _tails(model, each.pairs, horizon, p))
        for each in model.standings(h, p)
    ]


def _tails(model: Formulas, pairs: Pairs, horizon: float, p: Values) -> Iterator[Floats]:
    return model.tails_if_alive(pairs.x, pairs.t, horizon, of_kind(p, pairs.kind))


def _mean(
    model: Formulas, h: Histories, p: Values, if_alive: Callable[[Numbers, Numbers, Values], Floats]
) -> Floats:
    """Per row the sum over the ways to be alive: the chance times what its pair is worth."""
    ways = model.standings(h, p)
    return _added([
        _times(model, each, if_alive(each.pairs.x, each.pairs.t, of_kind(p, each.pairs.kind)))
        for each in ways
    ])  # fmt: skip


def _added(parts: list[Floats]) -> Floats:
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def _times(model: Formulas, way: Standing, worth: Floats) -> Floats:
    out, code, table = way.chance, way.pairs.code, way.pairs.by_code(worth)

    def multiply(block: slice) -> None:
        out[block] *= table.take(code[block], mode="clip")

    each_block(len(out), multiply, model.threads)
    return out


def _exp_in_place(values: Floats) -> None:
    np.exp(values, out=values)

"""The likelihood of a model whose parameters covariates move, added up with its derivatives.

A model gives `terms`: ln L of rows with parameters of their own, and its derivatives in these. With

    ln p_ij = ln p_j + sum over processes b of sign_bj c_b'z_i,

the chain rule leads to the parameters p and the coefficients c: a slope of c_b is the sum of
z_i sign_bj p_ij dlnL/dp_ij, a block of the Hessian is Z' diag(w) Z. What all customers share, the
product over counts of r + j, is left to one table.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.blocks import BLOCK, block_sums
from lifeworth.kernels.cells import Cells
from lifeworth.kernels.counts import exceeding
from lifeworth.kernels.newton import Objective, Optimum
from lifeworth.models.covariates import FARTHEST, Design, Links

Floats = NDArray[np.float64]
Numbers = NDArray[Any]


class Part(NamedTuple):
    """A function of k parameters at m rows: (m,), its gradient (k, m), and the upper triangle of its
    Hessian, row by row."""

    value: Floats
    first: Floats
    second: Floats


Terms = Callable[[Numbers, Numbers, Numbers, NDArray[np.int32], Mapping[str, Any]], Part]
Values = Callable[[Numbers, Numbers, Numbers, Mapping[str, Any]], Floats]
AT_ONCE = 4 * BLOCK  # draws x cells


@dataclass(frozen=True)
class Moves:
    """Which features (by index) move which parameters: for each process a sign per parameter, (B, k)."""

    names: Sequence[str]
    signs: Floats
    at: list[list[int]]

    @property
    def size(self) -> int:
        """How many parameters and coefficients there are."""
        return len(self.names) + sum(len(each) for each in self.at)

    @property
    def spans(self) -> list[slice]:
        """Where the coefficients of each process stand behind the parameters."""
        edges = np.cumsum([len(self.names), *(len(each) for each in self.at)]).tolist()
        return [slice(*pair) for pair in itertools.pairwise(edges)]


def moves(names: Sequence[str], design: Design, links: Links) -> Moves:
    """The processes that have coefficients."""
    used = [(process, at) for process, at in design.blocks.items() if at]
    signs = np.array([[links[process].get(name, 0.0) for name in names] for process, _ in used])
    return Moves(names, signs, [at for _, at in used])


def objective(
    cells: Cells, z: Floats, moved: Moves, terms: Terms, threads: int | None, counts: bool = True
) -> Objective:
    """Total log-likelihood with gradient and Hessian in (parameters, coefficients).

    `counts`: the first parameter is r, and the product of r + j over counts belongs to it.
    """
    count, spans = len(moved.names), moved.spans
    size = spans[-1].stop
    upper, whole = np.triu_indices(count), np.triu_indices(size)
    bought = exceeding(cells.x, cells.weight) if counts else np.zeros(0)
    j = np.arange(len(bought))
    kind: Any = cells.kind

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        p = theta[:count]
        for at, span in zip(moved.at, spans, strict=True):
            if np.abs(z[:, at] @ theta[span]).max() > FARTHEST:  # no step leads there
                return -np.inf, np.zeros(size), -np.eye(size)

        def sums(block: slice) -> Floats:
            features = [z[kind[block]][:, at] for at in moved.at]
            pushes = [each @ theta[span] for each, span in zip(features, spans, strict=True)]
            grown = p[:, None] * np.exp(moved.signs.T @ np.array(pushes))
            at_rows = dict(zip(moved.names, grown, strict=True))
            part = terms(cells.x[block], cells.t_x[block], cells.T[block], kind[block], at_rows)
            w = cells.weight[block]
            slopes = w * grown * part.first
            bends = np.zeros((count, count, len(w)))
            bends[upper] = w * grown[upper[0]] * grown[upper[1]] * part.second
            bends[np.arange(count), np.arange(count)] += slopes
            bends[upper[::-1]] = bends[upper]
            return _contracted(float(part.value @ w), slopes, bends, moved.signs, features, spans, whole)

        total = block_sums(len(cells), 1 + size + len(whole[0]), sums, threads)
        gradient, hessian = total[1 : 1 + size], np.zeros((size, size))
        hessian[whole] = total[1 + size :]
        hessian += np.triu(hessian, 1).T
        hessian[np.arange(count), np.arange(count)] -= gradient[:count]
        shrink = np.concatenate([1.0 / p, np.ones(size - count)])  # from logarithms back to parameters
        gradient, hessian = gradient * shrink, hessian * np.outer(shrink, shrink)
        steps = bought / (p[0] + j)
        gradient[0] += steps.sum()
        hessian[0, 0] -= (steps / (p[0] + j)).sum()
        return float(total[0]) + float(bought @ np.log(p[0] + j)), gradient, hessian

    return evaluate


def _contracted(
    value: float, slopes: Floats, bends: Floats, signs: Floats,
    features: list[Floats], spans: list[slice], whole: Any,
) -> Floats:  # fmt: skip
    """Value, gradient and upper triangle of the Hessian in (logarithms, coefficients), in one row."""
    count, size = len(slopes), spans[-1].stop
    gradient, hessian = np.empty(size), np.empty((size, size))
    gradient[:count] = slopes.sum(axis=1)
    hessian[:count, :count] = bends.sum(axis=2)
    for b, (z, span) in enumerate(zip(features, spans, strict=True)):
        gradient[span] = (signs[b] @ slopes) @ z
        across = np.tensordot(signs[b], bends, axes=1)
        hessian[:count, span] = across @ z
        for other in range(b, len(spans)):
            hessian[span, spans[other]] = (z * (signs[other] @ across)[:, None]).T @ features[other]
    return np.concatenate([[value], gradient, hessian[whole]])


def log_likelihoods(
    cells: Cells, z: Floats, moved: Moves, values: Values, draws: Mapping[str, Floats],
    counts: bool = True,
) -> Floats:  # fmt: skip
    """Total log-likelihood under each of S draws of (parameters, coefficients), each (S,). Shape (S,)."""
    theta = np.stack(list(draws.values()), axis=1)
    spans, kind = moved.spans, np.asarray(cells.kind)
    bought = exceeding(cells.x, cells.weight) if counts else np.zeros(0)
    total = np.log(theta[:, :1] + np.arange(len(bought))) @ bought
    width = min(len(cells), BLOCK)
    height = max(1, AT_ONCE // max(width, 1))
    for row in range(0, len(cells), BLOCK):
        block = slice(row, row + BLOCK)
        rows, w = z[kind[block]], cells.weight[block]
        columns = (cells.x[block], cells.t_x[block], cells.T[block])
        for draw in range(0, len(theta), height):
            some = theta[draw : draw + height]
            shape = (len(some), len(w))
            own = zip(moved.at, spans, strict=True)
            pushes = np.stack([(some[:, span] @ rows[:, at].T).ravel() for at, span in own])
            np.clip(pushes, -FARTHEST, FARTHEST, out=pushes)
            at_rows = {
                name: np.repeat(some[:, i], len(w)) * np.exp(moved.signs[:, i] @ pushes)
                for i, name in enumerate(moved.names)
            }
            x, t_x, T = (np.tile(each, len(some)) for each in columns)
            total[draw : draw + height] += values(x, t_x, T, at_rows).reshape(shape) @ w
    return total


def penalised(objective: Objective, count: int, penalty: float) -> Objective:
    """Less half the penalty times the sum of squared coefficients, which stand behind `count` others."""
    if not penalty:
        return objective

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = objective(theta)
        gradient, hessian, c = gradient.copy(), hessian.copy(), theta[count:]
        gradient[count:] -= penalty * c
        hessian[np.arange(count, len(theta)), np.arange(count, len(theta))] -= penalty
        return value - 0.5 * penalty * float(c @ c), gradient, hessian

    return evaluate


def unpenalised(optimum: Optimum, count: int, l2: float, l1: float) -> Optimum:
    """The same place, with the value of the log-likelihood alone."""
    c = optimum.theta[count:]
    lost = 0.5 * l2 * float(c @ c) + l1 * float(np.abs(c).sum())
    return replace(optimum, value=optimum.value + lost)


def to_columns(moved: Moves, design: Design) -> Floats:
    """The matrix from (ln parameters at the means, coefficients of scaled features) to
    (ln parameters where all features are 0, coefficients per unit)."""
    count, spans = len(moved.names), moved.spans
    matrix = np.eye(spans[-1].stop)
    for sign, at, span in zip(moved.signs, moved.at, spans, strict=True):
        per_unit = 1.0 / design.scales[at]
        matrix[span, span] = np.diag(per_unit)
        matrix[:count, span] = -np.outer(sign, design.means[at] * per_unit)
    return matrix

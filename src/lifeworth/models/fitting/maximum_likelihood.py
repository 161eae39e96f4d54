"""Maximum likelihood by Newton in log-parameters, and what its end tells of the estimate.

Large data warm up on a sample: every customer counts once, spread evenly over the sorted
histories, so that the few passes over all customers start next to the optimum.
Boundaries are reported: a parameter that ran away, or that the data leave open by a factor of
a hundred or more, is named. Source: methods.md 2.8.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells
from lifeworth.kernels.newton import ROUNDING, Objective, Optimum, in_logs, maximise
from lifeworth.models.fitting.lasso import maximise_sparse

Floats = NDArray[np.float64]
WARM_UP_FROM, SHRINK, ROWS_PER_COEFFICIENT = 40_000, 20, 5_000
FAR, FAR_COEFFICIENT, OPEN = np.log(1e4), np.log(1e3), np.log(100.0)


@dataclass(frozen=True)
class Estimate:
    """Values (k,), covariance (k, k) of the values and of their logs, and which ones are at a boundary."""

    values: Floats
    covariance: Floats
    log_covariance: Floats
    at_boundary: NDArray[np.bool_]

    def scaled(self, grow: Floats) -> "Estimate":
        """The same where a parameter is counted in units `grow` (k,) times as small."""
        covariance = self.covariance * np.outer(grow, grow)
        return Estimate(self.values * grow, covariance, self.log_covariance, self.at_boundary)


def climb(
    objective_of: Callable[[Cells], Objective], cells: Cells, start: Floats, logs: int | None = None,
    l1: float = 0.0, accuracy: float = ROUNDING, origin: Floats | None = None,
) -> Optimum:  # fmt: skip
    """The maximum over all cells, warmed up on a sample where there are many.

    `start` in logs, or the first `logs` of it; the coefficients behind them want larger samples. `l1`
    is the absolute-value penalty on these, `accuracy` that of the objective; for it and `origin` (None:
    `start`) see `maximise`.
    """
    origin, coefficients = start if origin is None else origin, 0 if logs is None else len(start) - logs
    if len(cells) > max(WARM_UP_FROM, ROWS_PER_COEFFICIENT * coefficients):
        some = sample(cells, len(cells) // SHRINK)
        start = climb(objective_of, some, start, logs, l1 / SHRINK, accuracy, origin).theta
    objective, customers = in_logs(objective_of(cells), logs), float(cells.weight.sum())
    if l1 and logs is not None:
        return maximise_sparse(objective, start, logs, l1, customers, origin)
    return maximise(objective, start, customers, origin=origin, accuracy=accuracy)


def sample(cells: Cells, rows: int) -> Cells:
    """`rows` customers at even steps through the sorted cells: the same for any order of customers."""
    reached = np.cumsum(cells.weight)
    at = np.searchsorted(reached, (np.arange(rows) + 0.5) * (reached[-1] / rows))
    chosen, times = np.unique(at, return_counts=True)
    kind = None if cells.kind is None else cells.kind[chosen]
    return Cells(cells.x[chosen], cells.t_x[chosen], cells.T[chosen], times.astype(np.float64), kind)


def estimate(optimum: Optimum, typical: Floats, logs: int | None = None) -> Estimate:
    """Read the optimum. `typical` (k,) is the size, in logs, a parameter would have in ordinary data.
    The first `logs` parameters are in logs; None: all.

    The covariance is the inverse of minus the Hessian; directions without curvature are left out
    of it and their parameters marked. What a penalty holds at 0 has no variance.
    """
    values = optimum.theta.copy()
    values[:logs] = np.exp(values[:logs])
    slope = np.where(np.arange(len(values)) < (len(values) if logs is None else logs), values, 1.0)
    free = np.flatnonzero(~optimum.fixed) if optimum.fixed is not None else np.arange(len(values))
    curvature, axes = np.linalg.eigh(-optimum.hessian[np.ix_(free, free)])
    known = curvature > 1e-10 * max(float(curvature.max()), 1e-300)
    scaled, log_covariance = axes[:, known] / np.sqrt(curvature[known]), np.zeros((len(values),) * 2)
    log_covariance[np.ix_(free, free)] = scaled @ scaled.T
    spread = np.sqrt(np.diag(log_covariance))
    lost = np.zeros(len(values), bool)
    lost[free] = (np.abs(axes[:, ~known]) > 0.1).any(axis=1)
    far = np.where(np.arange(len(values)) < len(values[:logs]), FAR, FAR_COEFFICIENT)
    at_boundary = lost | (spread > OPEN) | (np.abs(optimum.theta - typical) > far)
    return Estimate(values, log_covariance * np.outer(slope, slope), log_covariance, at_boundary)

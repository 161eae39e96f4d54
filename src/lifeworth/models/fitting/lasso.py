"""The maximum of a likelihood less an absolute-value penalty: proximal Newton steps.

Each step maximises the quadratic model at the present place less the penalty, coordinate by
coordinate, and is halved until the penalised likelihood gains. Coefficients that earn less than the
penalty end at exactly 0. Source: Lee, Sun & Saunders (2014), SIAM J. Optimization 24(3), 1420-1443.
"""

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.newton import FLOOR, PRECISION, Objective, Optimum, on_ridge

Floats = NDArray[np.float64]
SWEEPS, STILL, ENOUGH, LONGEST = 1_000, 1e-12, 1e-4, 2.0


def maximise_sparse(
    objective: Objective,
    start: Floats,
    count: int,
    l1: float,
    scale: float,
    origin: Floats,
    passes: int = 200,
) -> Optimum:
    """Climb objective(theta) - l1 * sum |theta_k|, k >= count, until the next step promises less than
    1e-12 * scale, or on a ridge as `maximise` does. The value is the penalised one; coefficients at 0 are
    marked as fixed."""
    won, theta = np.inf, np.asarray(start, np.float64).copy()
    value, gradient, hessian = objective(theta)
    for used in range(1, passes + 1):
        step = _step(theta, gradient, hessian, count, l1)
        gain = _promise(theta, step, gradient, count, l1)
        if gain < PRECISION * scale or (used > 1 and on_ridge(min(gain, won), theta, origin)):
            return _found(theta, (value, gradient, hessian), count, l1, used, True)
        share = min(1.0, LONGEST / float(np.abs(step).max()))
        while True:
            there = theta + share * step
            new = objective(there)
            won = new[0] - value - l1 * float(np.abs(there[count:]).sum() - np.abs(theta[count:]).sum())
            if won >= ENOUGH * share * gain - 1e-13 * abs(value):
                break
            share /= 4.0
            if share < 1e-10:
                return _found(theta, (value, gradient, hessian), count, l1, used, gain < 1e-6 * scale)
        theta, (value, gradient, hessian) = there, new
    return _found(theta, (value, gradient, hessian), count, l1, passes, False)


def _found(
    theta: Floats, here: tuple[float, Floats, Floats], count: int, l1: float, used: int, converged: bool
) -> Optimum:
    fixed = (theta == 0.0) & (np.arange(len(theta)) >= count)
    value = here[0] - l1 * float(np.abs(theta[count:]).sum())
    return Optimum(theta, value, here[1], here[2], used, converged, fixed)


def _step(theta: Floats, gradient: Floats, hessian: Floats, count: int, l1: float) -> Floats:
    """Coordinate ascent on the quadratic model with curvature made positive, less the penalty."""
    curvature, axes = np.linalg.eigh(-hessian)
    curvature = np.maximum(np.abs(curvature), FLOOR * np.abs(curvature).max())
    bend = (axes * curvature) @ axes.T
    step, slope, size = np.zeros_like(theta), gradient.copy(), np.diag(bend)
    for _ in range(SWEEPS):
        moved = 0.0
        for k in range(len(theta)):
            target = theta[k] + step[k] + slope[k] / size[k]
            if k >= count:
                target = np.sign(target) * max(abs(target) - l1 / size[k], 0.0)
            change = target - theta[k] - step[k]
            if change:
                step[k] = target - theta[k]
                slope -= bend[:, k] * change
                moved = max(moved, abs(change))
        if moved < STILL:
            break
    return step


def _promise(theta: Floats, step: Floats, gradient: Floats, count: int, l1: float) -> float:
    """What the step gains to first order."""
    ends = theta[count:] + step[count:]
    return float(gradient @ step) - l1 * float(np.abs(ends).sum() - np.abs(theta[count:]).sum())

"""Newton steps with the exact Hessian, held in by a trust radius. Source: methods.md 2.8.

Parameters come in a scale where 1 is a large change (logs, logits). Directions of wrong or no
curvature are stepped along by their eigenvalue's size, floored at 1e-6 of the largest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats, Floats]]
FLOOR, PRECISION, FARTHEST, ROUNDING = 1e-6, 1e-12, 25.0, 1e-13
RIDGE, RIDGE_GAIN = np.log(1e3), 0.2  # a thousand times off the start, a fifth of a log unit won


@dataclass(frozen=True)
class Optimum:
    """Where the search stopped: position (k,), value, gradient (k,), Hessian (k, k).

    `fixed` marks what a penalty holds at 0, (k,); None: nothing.
    """

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    passes: int
    converged: bool
    fixed: NDArray[np.bool_] | None = None


def maximise(
    objective: Objective, start: Floats, scale: float, passes: int = 200, origin: Floats | None = None,
    accuracy: float = ROUNDING,
) -> Optimum:  # fmt: skip
    """Climb until the expected gain of the next step is below 1e-12 * scale.

    `objective(theta)` gives value, gradient and Hessian; `scale` is the number of customers.
    Stops, converged, where a parameter has left the range of a factor e^25: a boundary. Stops too, but for
    the first pass, on a ridge that runs to a boundary: far from `origin` with next to nothing won by the
    last step, where each further pass costs more and changes no forecast. `origin` is `start`, but for a
    search that goes on where another one ended, perhaps on the ridge already. `accuracy` is that of the
    value, relative: a loss below it is none.
    """
    theta = np.asarray(start, np.float64)
    origin = theta if origin is None else origin
    here = objective(theta)
    radius, won = 2.0, np.inf
    for used in range(1, passes + 1):
        step, gain = _step(here[1], here[2], radius)
        if gain < PRECISION * scale:  # the last step is taken on the quadratic's word
            return Optimum(theta + step, here[0] + 0.5 * gain, here[1], here[2], used, True)
        ridge = used > 1 and on_ridge(min(gain, won), theta, origin)
        if ridge or np.abs(theta).max() > FARTHEST:
            return Optimum(theta, *here, used, True)
        there = objective(theta + step)
        if np.isfinite(there[0]) and there[0] >= here[0] - accuracy * abs(here[0]):
            won = there[0] - here[0]
            theta, here = theta + step, there
            radius = min(4.0, 2.0 * radius)
        else:
            radius = min(radius, float(np.linalg.norm(step))) / 4.0
            if radius < 1e-12:
                return Optimum(theta, *here, used, gain < 1e-6 * scale)
    return Optimum(theta, *here, passes, False)


def on_ridge(gain: float, theta: Floats, origin: Floats) -> bool:
    """Far from where the search began, with next to nothing won."""
    return gain < RIDGE_GAIN and bool(np.abs(theta - origin).max() > RIDGE)


def in_logs(objective: Objective, count: int | None = None) -> Objective:
    """The same objective as a function of the logarithms of its positive parameters.

    These are the first `count`; None: all.
    """

    def of_logs(theta: Floats) -> tuple[float, Floats, Floats]:
        p, grow = theta.copy(), np.ones_like(theta)
        p[:count] = grow[:count] = np.exp(theta[:count])
        value, gradient, hessian = objective(p)
        slope = grow * gradient
        bend = np.zeros_like(slope)
        bend[:count] = slope[:count]
        return value, slope, hessian * np.outer(grow, grow) + np.diag(bend)

    return of_logs


def _step(gradient: Floats, hessian: Floats, radius: float) -> tuple[Floats, float]:
    """Newton's step in the eigenvectors of -H, no longer than `radius`, and its gain by the gradient."""
    if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        return np.zeros_like(gradient), 0.0
    curvature, axes = np.linalg.eigh(-hessian)
    curvature = np.maximum(np.abs(curvature), FLOOR * np.abs(curvature).max())
    step = axes @ ((axes.T @ gradient) / np.maximum(curvature, 1e-300))
    gain = float(gradient @ step)
    length = float(np.linalg.norm(step))
    return (step if length <= radius else step * (radius / length)), gain

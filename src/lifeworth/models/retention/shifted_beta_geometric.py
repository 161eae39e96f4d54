"""Shifted beta-geometric: how long a subscriber stays.

Story: at each renewal date a subscriber tosses a private coin. theta, the chance of leaving, never
changes for one subscriber and is Beta(alpha, beta) across subscribers. Retention of a cohort rises
with age only because those with a high theta leave first.
Fails when: the urge to leave itself changes with age (see beta_discrete_weibull); when annual and
monthly contracts, or trials, are mixed.
Source: Fader & Hardie (2007), J. Interactive Marketing 21(1), 76-90; residual lifetimes: Fader &
Hardie (2010), Marketing Science 29(1), 85-93.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.gamma_steps import log_gamma_mixed
from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.parameters import positive
from lifeworth.models.retention.formulas import Values
from lifeworth.models.retention.model import RetentionModel
from lifeworth.models.retention.priors import SHIFTED, beta_coordinates

Floats = NDArray[np.float64]


def step(renewal: Any, alpha: Any, beta: Any) -> Floats:
    """-ln r_t, r_t = (beta + t - 1)/(alpha + beta + t - 1)."""
    return np.log1p(alpha / (beta + (renewal - 1.0)))


def step_slopes(renewal: Any, alpha: Any, beta: Any) -> tuple[Floats, Floats]:
    """Derivatives in (alpha, beta): (2, m) and (2, 2, m)."""
    stay = 1.0 / (beta + (renewal - 1.0))
    both = 1.0 / (alpha + beta + (renewal - 1.0))
    first = np.stack([both, -alpha * stay * both])
    mixed = -both * both
    second = np.stack([[mixed, mixed], [mixed, alpha * stay * both * (stay + both)]])
    return first, second


@final
class ShiftedBetaGeometric(RetentionModel):
    """Subscribers whose chance of leaving never changes. Parameters alpha, beta: theta ~ Beta.

    Fit and forecasts: `lifeworth.models.retention.model.RetentionModel`.
    """

    parameters = positive("alpha", "beta")

    def steps(self, renewal: Any, p: Values) -> Floats:
        return step(renewal, p["alpha"], p["beta"])

    def step_slopes(self, renewal: Any, p: Values) -> tuple[Floats, Floats]:
        return step_slopes(renewal, p["alpha"], p["beta"])

    def log_stay(self, since: Any, until: Any, p: Values) -> Floats:
        return -log_gamma_mixed(p["beta"] + since, until - since, p["alpha"])

    def tail_power(self, p: Values) -> float:
        return float(p["alpha"])

    def draw_renewals(self, made: Any, p: Values, rng: np.random.Generator) -> Floats:
        leave = rng.beta(p["alpha"], p["beta"] + np.asarray(made, np.float64))
        with np.errstate(divide="ignore", over="ignore"):
            waited = rng.standard_exponential(leave.shape) / -np.log1p(-leave)
        return np.maximum(np.ceil(waited) - 1.0, 0.0)

    def start(self, leaving: float) -> list[float]:
        return [1.0, (1.0 - leaving) / leaving]

    def coordinates(self, priors: Values | None) -> Coordinates:
        return beta_coordinates(SHIFTED, priors)

"""Beta-discrete-Weibull: how long a subscriber stays when the urge to leave changes with age.

Story: a subscriber with trait theta is still here after t renewals with probability
(1 - theta)^(t^c); theta is Beta(alpha, beta) across subscribers. c > 1: the urge to leave grows
with age, c < 1: it fades, c = 1: the shifted beta-geometric. The retention of a cohort mixes this
with the early leaving of the restless.
Fails when: leaving has spikes (end of a trial, a yearly price change); with one or two ages the
three parameters cannot be told apart.
Source: Fader, Hardie, Liu, Davin & Steenburgh (2018), J. Interactive Marketing 43, 1-16.
"""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.gamma_steps import digamma_mixed, digamma_step, log_gamma_mixed, trigamma_step
from lifeworth.kernels.special import trigamma
from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.parameters import positive
from lifeworth.models.retention.formulas import Values
from lifeworth.models.retention.model import RetentionModel
from lifeworth.models.retention.priors import WEIBULL, beta_coordinates

Floats = NDArray[np.float64]


def aged(renewal: Any, c: Any) -> tuple[Floats, Floats]:
    """(t-1)^c and t^c - (t-1)^c, t = 1, 2, ...; the difference keeps its digits where c is small."""
    t = np.asarray(renewal, np.float64)
    grown, before = t**c, (t - 1.0) ** c
    with np.errstate(divide="ignore"):
        return before, -grown * np.expm1(c * np.log1p(-1.0 / t))


def step(renewal: Any, alpha: Any, beta: Any, c: Any) -> Floats:
    """-ln r_t, r_t = B(alpha, beta + t^c)/B(alpha, beta + (t-1)^c)."""
    before, more = aged(renewal, c)
    return log_gamma_mixed(beta + before, more, alpha)


def step_slopes(renewal: Floats, alpha: float, beta: float, c: float) -> tuple[Floats, Floats]:
    """Derivatives in (alpha, beta, c): (3, m) and (3, 3, m).

    By the chain rule through x = beta + (t-1)^c and h = t^c - (t-1)^c of the mixed difference.
    """
    before, h = aged(renewal, c)
    x, x1, x2, h1, h2 = beta + before, *_aged_slopes(renewal, before, h)
    m_x, m_h, m_a = digamma_mixed(x, h, alpha), digamma_step(x + h, alpha), digamma_step(x + alpha, h)
    m_hh, m_aa = trigamma_step(x + h, alpha), trigamma_step(x + alpha, h)
    m_xx = m_aa - trigamma_step(x, h)
    m_ha = trigamma(x + h + alpha)
    first = np.stack([m_a, m_x, m_x * x1 + m_h * h1])
    a_c = m_aa * x1 + m_ha * h1
    b_c = m_xx * x1 + m_hh * h1
    c_c = m_xx * x1 * x1 + 2.0 * m_hh * x1 * h1 + m_hh * h1 * h1 + m_x * x2 + m_h * h2
    return first, np.stack([[m_aa, m_aa, a_c], [m_aa, m_xx, b_c], [a_c, b_c, c_c]])


def _aged_slopes(renewal: Floats, before: Floats, h: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """First and second derivatives in c of (t-1)^c and of t^c - (t-1)^c."""
    now, then = np.log(renewal), np.log(np.maximum(renewal - 1.0, 1.0))
    between = np.where(renewal > 1.0, -np.log1p(-1.0 / np.maximum(renewal, 1.5)), 0.0)
    x1, x2 = before * then, before * then * then
    return x1, x2, h * now + before * between, h * now * now + before * between * (now + then)


@final
class BetaDiscreteWeibull(RetentionModel):
    """Subscribers whose urge to leave changes with age. Parameters alpha, beta and c (1: it does not).

    Fit and forecasts: `lifeworth.models.retention.model.RetentionModel`. `test_against(sbg)` tells
    whether c differs from 1.
    """

    parameters = positive("alpha", "beta", "c")

    def steps(self, renewal: Any, p: Values) -> Floats:
        return step(renewal, p["alpha"], p["beta"], p["c"])

    def step_slopes(self, renewal: Any, p: Values) -> tuple[Floats, Floats]:
        return step_slopes(renewal, p["alpha"], p["beta"], p["c"])

    def log_stay(self, since: Any, until: Any, p: Values) -> Floats:
        start, end = np.power(since, p["c"]), np.power(until, p["c"])
        return -log_gamma_mixed(p["beta"] + start, np.maximum(end - start, 0.0), p["alpha"])

    def tail_power(self, p: Values) -> float:
        return float(p["alpha"] * p["c"])

    def draw_renewals(self, made: Any, p: Values, rng: np.random.Generator) -> Floats:
        made = np.asarray(made, np.float64)
        grown = made ** p["c"]
        leave = rng.beta(p["alpha"], p["beta"] + grown)
        with np.errstate(divide="ignore", over="ignore"):
            waited = rng.standard_exponential(leave.shape) / -np.log1p(-leave)
            until = (grown + waited) ** (1.0 / p["c"])
        return np.maximum(np.ceil(until) - 1.0 - made, 0.0)

    def start(self, leaving: float) -> list[float]:
        return [1.0, (1.0 - leaving) / leaving, 1.0]

    def coordinates(self, priors: Values | None) -> Coordinates:
        return beta_coordinates(WEIBULL, priors)

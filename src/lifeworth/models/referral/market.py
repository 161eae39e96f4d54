"""The market as a whole: open, talking, silent, gone, and open again.

    S' = -beta S I / N - p S + omega R       open to be won
    I' =  beta S I / N + p S - (gamma + chi) I   customers who talk
    C' =  gamma I - chi C                    customers who are silent
    R' =  chi (I + C) - omega R              gone; omega wins them back

beta is word of mouth, p advertising (Bass), 1/gamma how long a customer talks, chi churn.
R0 = beta/(gamma + chi). `displeasure` lowers beta by that factor for every gone customer's share:
negative word of mouth. Integrated by the classical Runge-Kutta method.
Early growth alone tells only beta - gamma - chi: take gamma from referral delays, chi from retention.
Source: methods.md 5.2 (e).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MarketRates:
    """Rates per unit of time; market N > 0."""

    market: float
    word_of_mouth: float
    advertising: float = 0.0
    silence: float = 0.0
    leaving: float = 0.0
    winning_back: float = 0.0
    displeasure: float = 0.0

    @property
    def reproduction_number(self) -> float:
        ends = self.silence + self.leaving
        return self.word_of_mouth / ends if ends > 0 else math.inf


@dataclass(frozen=True)
class MarketPath:
    """At each time (m,): open S, talking I, silent C, gone R, and all ever won (win-backs count again)."""

    time: Floats
    open: Floats
    talking: Floats
    silent: Floats
    gone: Floats
    won: Floats

    @property
    def customers(self) -> Floats:
        return self.talking + self.silent


def market_path(
    rates: MarketRates, times: Floats, *, talking: float, silent: float = 0.0, gone: float = 0.0
) -> MarketPath:
    """Growth and saturation from a start at times[0]. Raises UsageError MODEL-315."""
    times = np.asarray(times, np.float64)
    values = (rates.word_of_mouth, rates.advertising, rates.silence, rates.leaving, rates.winning_back)
    if not (rates.market > 0 and min(values) >= 0 and 0 <= rates.displeasure <= 1):
        raise UsageError("MODEL-315", name="rates", seen=str(rates))
    if talking + silent + gone > rates.market or min(talking, silent, gone) < 0:
        raise UsageError("MODEL-315", name="talking", seen=str((talking, silent, gone)))
    if times.ndim != 1 or (np.diff(times) < 0).any():
        raise UsageError("MODEL-315", name="times", seen=str(times)[:60])
    state = np.array([rates.market - talking - silent - gone, talking, silent, gone, talking + silent])
    rows = [state]
    fastest = sum(values) + 1e-12
    for span in np.diff(times):
        steps = max(4, math.ceil(20.0 * span * fastest))
        for _ in range(steps):
            state = _step(rates, state, span / steps)
        rows.append(state)
    return MarketPath(times, *np.array(rows).T)


def _step(rates: MarketRates, state: Floats, h: float) -> Floats:
    k1 = _slope(rates, state)
    k2 = _slope(rates, state + 0.5 * h * k1)
    k3 = _slope(rates, state + 0.5 * h * k2)
    k4 = _slope(rates, state + h * k3)
    return state + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def _slope(rates: MarketRates, state: Floats) -> Floats:
    still_open, talking, silent, gone, _ = state.tolist()
    heard = rates.word_of_mouth * (1.0 - rates.displeasure * gone / rates.market)
    won = heard * still_open * talking / rates.market + rates.advertising * still_open
    hushed, back = rates.silence * talking, rates.winning_back * gone
    left_talking, left_silent = rates.leaving * talking, rates.leaving * silent
    return np.array(
        [
            back - won,
            won - hushed - left_talking,
            hushed - left_silent,
            left_talking + left_silent - back,
            won,
        ]
    )

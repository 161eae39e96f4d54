"""Figures of the whole company: R over time, endogenous share, concentration, viral growth.

R over time counts referred arrivals of a stretch against the infection pressure of all arrivals
before: Lambda_t = sum_s w_s I_(t-s). Arrivals that marketing brought press on others but are not
counted as referred. Source: Cori et al. (2013), Am. J. Epidemiology 178(9), 1505-1512; check V5.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral.gamma_law import gamma_quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReproductionPath:
    """R_t by step (s,): mean, sd, low and high (90 %); end is the last step of each window."""

    end: NDArray[np.int64]
    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


def reproduction_posterior(
    referred: Any, pressure: Any, shape: float = 1.0, scale: float = 5.0
) -> tuple[Floats, Floats]:
    """Mean and sd of R given referred arrivals and pressure of a stretch; prior Gamma(shape, scale)."""
    a = shape + np.asarray(referred, np.float64)
    rate = 1.0 / scale + np.asarray(pressure, np.float64)
    return a / rate, np.sqrt(a) / rate


def reproduction_path(
    all_arrivals: Any,
    referred: Any,
    delay_mean: float,
    *,
    window: int = 4,
    shape: float = 1.0,
    scale: float = 5.0,
) -> ReproductionPath:
    """R over time from counts per step (week, month).

    Args:
        all_arrivals: (s,) new customers per step; referred: (s,) those of them with a referrer.
        delay_mean: mean delay of referrals, in steps, exponential.
        window: steps that share one R.
    Raises ModelError MODEL-311, MODEL-305; UsageError MODEL-315.
    """
    every, local = (np.asarray(column, np.float64) for column in (all_arrivals, referred))
    if every.shape != local.shape or every.ndim != 1:
        raise ModelError("MODEL-311", column="referred", rows=local.size, wanted=every.size)
    if (local > every).any() or (local < 0).any():
        wrong = np.flatnonzero((local > every) | (local < 0))
        raise ModelError("MODEL-305", column="referred", count=len(wrong), rows=wrong[:5].tolist())
    if not (delay_mean > 0 and 1 <= window <= len(every)):
        raise UsageError("MODEL-315", name="window", seen=f"{window}, {delay_mean}")
    pressure = infection_pressure(every, delay_mean)
    counted, pressed = (np.convolve(each, np.ones(window), "valid") for each in (local, pressure))
    mean, sd = reproduction_posterior(counted, pressed, shape, scale)
    posterior = shape + counted
    low, high = (mean / posterior * gamma_quantile(level, posterior) for level in (0.05, 0.95))
    return ReproductionPath(np.arange(window - 1, len(every)), mean, sd, low, high)


def infection_pressure(arrivals: Floats, delay_mean: float) -> Floats:
    """Lambda_t (s,): arrivals weighted by the chance that their referral lands in step t.

    Arrivals are spread evenly over their step; what lands in the same step counts too.
    """
    decay = np.exp(-1.0 / delay_mean)
    same = 1.0 - delay_mean * (1.0 - decay)  # referral and referrer within one step
    later = delay_mean * (1.0 - decay) ** 2
    waiting, pressure = 0.0, np.empty(len(arrivals))
    for step, arrived in enumerate(arrivals.tolist()):
        pressure[step] = later * waiting + same * arrived
        waiting = decay * waiting + arrived
    return pressure


@dataclass(frozen=True)
class Concentration:
    """Share of all referrals that come from the most active share of customers, and who never referred."""

    top: Floats
    share: Floats
    customers: NDArray[np.int64]
    without: float


def concentration(referrals: Any, top: Sequence[float] = (0.01, 0.05, 0.10)) -> Concentration:
    """Shares of referrals (n,) of the top 1, 5, 10 % of customers, rounded up to one customer."""
    counts = np.sort(np.asarray(referrals, np.float64))[::-1]
    sizes = np.maximum(1, np.ceil(np.asarray(top) * len(counts) - 1e-9)).astype(np.int64)
    reached = np.cumsum(counts)
    total = reached[-1] if len(counts) else 0.0
    share = reached[sizes - 1] / total if total > 0 else np.zeros(len(sizes))
    return Concentration(np.asarray(top, np.float64), share, sizes, float((counts == 0).mean()))


def endogenous_share(referred: int, customers: int, level: float = 0.9) -> dict[str, float]:
    """Share of customers who came by referral, with a Jeffreys interval in logits."""
    if not 0 <= referred <= customers or customers == 0:
        raise UsageError("MODEL-315", name="referred", seen=f"{referred}/{customers}")
    a, b = referred + 0.5, customers - referred + 0.5
    reach = float(np.sqrt(2.0 * gamma_quantile(level, np.array([0.5]))[0])) * np.sqrt(1.0 / a + 1.0 / b)
    logit = np.log(a / b)
    low, high = (float(1.0 / (1.0 + np.exp(-(logit + side * reach)))) for side in (-1.0, 1.0))
    value = referred / customers
    return {"value": value, "low": min(low, value), "high": max(high, value)}


def viral_coefficient(invitations: float, conversion: float) -> float:
    """K: new customers that one customer's invitations bring per cycle."""
    return float(invitations * conversion)


def viral_growth(start: float, coefficient: float, times: Any, cycle_time: float) -> Floats:
    """Customers at these times, N(t) = N0 (K^(t/c + 1) - 1)/(K - 1): a formula without saturation."""
    cycles = np.asarray(times, np.float64) / cycle_time + 1.0
    if abs(coefficient - 1.0) < 1e-9:
        return start * cycles
    return start * (np.power(coefficient, cycles) - 1.0) / (coefficient - 1.0)

"""Cross-sell: who takes up which item next, learned from what customers took up after a cutoff.

Story: how often an item is taken up hangs on how active a customer is (strata) and on what it owns.
For every pair of items the lift compares those who own one (and those who do not) and took up the
other with what their strata let expect, shrunk towards 1 by a few imagined take-ups. A customer's
evidence is the sum of the log lifts, weighted by one slope that is learned on the other half of the
customers, since evidences overlap; then every item is scaled to what happened.
Those who did not take an item up for long are ever less likely to: with rates that differ as a gamma law
the hazard falls as 1/(1 + fading x windows), and two windows of the same customers tell the fading.
Fails when: items come and go with seasons, or an item is new. Knott, Hayes & Neslin (2002): ownership
is the best predictor, the method matters little. Source: methods.md 9.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
IMAGINED = 5.0  # take-ups by which lifts and scales are shrunk
CREDIBILITY = 20.0  # customers by which a stratum's rate is shrunk to that of all
BLOCK_ROWS = 32_768
HIGHEST = 0.95
STEEPEST = 1.5


@dataclass(frozen=True)
class Adoption:
    """base: (strata, items) chance within the window; log_lift: (2, items, items), of those
    who do not own the first item and of those who do; slope; scale: (items,)."""

    base: Array
    log_lift: Array
    slope: float
    scale: Array
    window_days: float
    fading: float = 0.0

    def chances(self, owned: Array, strata: Array, stretch: Any = 1.0) -> Array:
        """P(takes up the item in the next `stretch` windows), (rows, items), 0 for what is owned already."""
        rate = np.minimum(self._rates(owned, strata), HIGHEST)
        hazard = -np.log1p(-rate) * faded(self.fading, np.asarray(stretch, np.float64))
        return np.where(owned, 0.0, -np.expm1(-hazard))

    def _rates(self, owned: Array, strata: Array) -> Array:
        """As in the window that was learned from."""
        return self.base[strata] * self.scale * np.exp(self.slope * _evidence(owned, self.log_lift))


def learn(
    owned: Array, adopted: Array, strata: Array, *, window_days: float, kinds: int, fading: float = 0.0
) -> Adoption:
    """Learn from n customers as of a cutoff.

    Args:
        owned: (n, items) bool, at the cutoff; adopted: (n, items) bool, first bought in the window after it.
        strata: (n,) codes below `kinds`.
    """
    base = _base(owned, adopted, strata, kinds)
    half = np.arange(len(owned)) % 2 == 0
    slope = _slope(
        owned[~half],
        adopted[~half],
        base[strata[~half]],
        _log_lift(owned[half], adopted[half], base, strata[half]),
    )
    log_lift = _log_lift(owned, adopted, base, strata)
    unscaled = Adoption(base, log_lift, slope, np.ones(owned.shape[1]), window_days)
    said = np.zeros(owned.shape[1])
    for rows in _blocks(len(owned)):
        said += np.where(owned[rows], 0.0, unscaled._rates(owned[rows], strata[rows])).sum(axis=0)
    happened = (adopted & ~owned).sum(axis=0)
    scale = (happened + IMAGINED) / (said + IMAGINED)
    return Adoption(base, log_lift, slope, scale, window_days, fading)


def fading_of(owned: Array, first: Array, second: Array) -> float:
    """1 - hazard of a window over that of the window before, same customers, item by item; 0..1.

    Args:
        owned: (n, items) before both windows; first, second: taken up in the first and in the second.
    """
    before, after = (~owned).sum(axis=0), (~owned & ~first).sum(axis=0)
    expected = float((first.sum(axis=0) / np.maximum(before, 1) * after).sum())
    if expected < IMAGINED:
        return 0.0
    return float(np.clip(1.0 - second.sum() / expected, 0.0, 1.0))


def faded(fading: float, stretch: Array) -> Array:
    """The next `stretch` windows in windows as intense as the last one: the integral of 1/(1 + fading t)."""
    if fading < 1e-6:
        return stretch
    return np.log((1.0 + fading * (0.5 + stretch)) / (1.0 + 0.5 * fading)) / fading


def calibration(said: Array, happened: Array, bins: int = 5) -> list[dict[str, float]]:
    """Chances in order, cut into bins of equal expected take-ups: how many were said and how many came."""
    order = np.argsort(said, kind="stable")
    reached = np.cumsum(said[order])
    if not len(order) or reached[-1] <= 0:
        return []
    edges = np.searchsorted(reached, reached[-1] * np.arange(1, bins) / bins)
    rows = []
    for part in np.split(order, edges):
        if len(part):
            rows.append(
                {
                    "pairs": len(part),
                    "chance": float(said[part].mean()),
                    "said": float(said[part].sum()),
                    "came": float(happened[part].sum()),
                }
            )
    return rows


def _base(owned: Array, adopted: Array, strata: Array, kinds: int) -> Array:
    risk, taken = _by_stratum(~owned, strata, kinds), _by_stratum(adopted & ~owned, strata, kinds)
    overall = (taken.sum(axis=0) + 0.5) / (risk.sum(axis=0) + 1.0)
    return (taken + CREDIBILITY * overall) / (risk + CREDIBILITY)


def _by_stratum(flags: Array, strata: Array, kinds: int) -> Array:
    return np.stack([flags[strata == kind].sum(axis=0) for kind in range(kinds)]).astype(np.float64)


def _log_lift(owned: Array, adopted: Array, base: Array, strata: Array) -> Array:
    """(not owned or owned, item, taken item): observed over expected, in logs."""
    items = owned.shape[1]
    seen, expected = np.zeros((2, items, items)), np.zeros((2, items, items))
    for rows in _blocks(len(owned)):
        open_ = ~owned[rows]
        took = (adopted[rows] & open_).astype(np.float32)
        said = np.where(open_, base[strata[rows]], 0.0).astype(np.float32)
        for side, has in enumerate((open_.astype(np.float32), owned[rows].astype(np.float32))):
            seen[side] += has.T @ took
            expected[side] += has.T @ said
    # an item says nothing of itself: whoever may take it up does not own it
    seen[:, np.arange(items), np.arange(items)] = expected[:, np.arange(items), np.arange(items)] = 0.0
    return np.log((seen + IMAGINED) / (expected + IMAGINED))


def _slope(owned: Array, adopted: Array, base: Array, log_lift: Array) -> float:
    """Weight of the evidence: Poisson likelihood in one parameter, by Newton's method."""
    evidence, open_ = _evidence(owned, log_lift), ~owned
    x, weight = evidence[open_], base[open_]
    pull = float(evidence[open_ & adopted].sum())
    slope = 0.0
    for _ in range(30):
        rate = weight * np.exp(np.clip(slope * x, -8.0, 8.0))
        gradient, curvature = pull - float(rate @ x), float(rate @ (x * x)) + 1e-9
        step = float(np.clip(gradient / curvature, -0.5, 0.5))
        slope = float(np.clip(slope + step, 0.0, STEEPEST))
        if abs(step) < 1e-6:
            break
    return slope


def _evidence(owned: Array, log_lift: Array) -> Array:
    without, with_ = log_lift.astype(np.float32)
    return np.asarray(owned.astype(np.float32) @ (with_ - without)) + without.sum(axis=0)


def _blocks(rows: int) -> list[slice]:
    return [slice(start, min(start + BLOCK_ROWS, rows)) for start in range(0, rows, BLOCK_ROWS)]

"""The next 90 days by product line: each customer's value, split by a mix shrunk to that of all.

Story: each customer spreads purchase days over lines with chances of its own, Dirichlet across customers.
With N days so far, of which money puts N s_j on line j, the share expected of the days to come is

    (k m_j + N s_j) / (k + N)

where m is the mix of all money and k the strength of the Dirichlet law, in purchase days: the spread of days
within customers over the spread between customers, since for this law that ratio is k. Days are shared by
several lines, for which the same estimator is the best linear one (credibility).
Fails when: the mix of all customers moves with the season. How much it moved in the last 90 days against
before spreads the draws of the lines.
Source: Brier (1980), Biometrika 67(3), 591-596; Bühlmann & Straub (1970), Mitt. VSVM 70, 111-133.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DAYS = 90
WEAKEST, STRONGEST = 0.01, 1e6
FEWEST_DAYS = 20  # purchase days of a line's recent money, below which chance moves it


@dataclass(frozen=True)
class Mix:
    """Expected shares of n customers, (n, k); base: of all money, (k,); strength: k, in purchase days.

    unevenness: spread of a day's shares as a part of what it were, were each day of one line, 0..1.
    """

    shares: Array
    base: Array
    strength: float
    unevenness: float
    days: Array  # purchase days so far, (n,)


def expected_mix(spend: Array, days: Array, squares: Array) -> Mix:
    """
    Args:
        spend, days: (n, k) money, and purchase days shared out by money.
        squares: (n,) sum of the squared shares of a customer's days.
    """
    count, money = days.sum(axis=1), spend.sum(axis=1)
    base = spend.sum(axis=0) / spend.sum()
    within, between = _spreads(days, count, squares)
    strength = float(np.clip(within / between if between > 0 else STRONGEST, WEAKEST, STRONGEST))
    own = np.divide(spend, money[:, None], out=np.tile(base, (len(spend), 1)), where=money[:, None] > 0)
    shares = (strength * base + count[:, None] * own) / (strength + count)[:, None]
    whole = 1.0 - float((base**2).sum())
    unevenness = min((within + max(between, 0.0)) / whole, 1.0) if whole > 0 else 1.0
    return Mix(shares, base, strength, unevenness, count)


def _spreads(days: Array, count: Array, squares: Array) -> tuple[float, float]:
    """Variance of a day's shares within and between customers, summed over the lines."""
    some = count > 0
    n, total = int(some.sum()), float(count.sum())
    mean = days[some] / count[some, None]
    free = total - n
    if n < 2 or free <= 0:
        return 1.0, 0.0
    within = float((squares[some] - count[some] * (mean**2).sum(axis=1)).sum()) / free
    away = float((count[some] * ((mean - days.sum(axis=0) / total) ** 2).sum(axis=1)).sum())
    size = total - float((count**2).sum()) / total
    return max(within, 0.0), (away - (n - 1) * within) / size if size > 0 else 0.0


def luck(mix: Mix, rows: slice, purchases: NDArray[np.integer]) -> Array:
    """Variance of what a customer's purchases to come will be shared out by, per s (1 - s), (rows, draws)."""
    known = 1.0 / (mix.strength + mix.days[rows, None] + 1.0)
    return np.asarray(mix.unevenness * (known + (1.0 - known) / np.maximum(purchases, 1)))


def moved(before: Array, recent: Array, recent_days: float) -> float:
    """Spread (of the log) by which the shares of lines moved from before to recently, weighted by money; what
    chance alone does to `recent_days` purchase days is left out."""
    if before.sum() <= 0 or recent.sum() <= 0:
        return 0.0
    then, now = before / before.sum(), recent / recent.sum()
    some = (then > 0) & (now * recent_days >= FEWEST_DAYS)
    if not some.any():
        return 0.0
    square = np.log(now[some] / then[some]) ** 2 - (1 - now[some]) / (now[some] * recent_days)
    return float(np.sqrt(max(float((now[some] * square).sum() / now[some].sum()), 0.0)))


def split(cents: NDArray[np.int64], shares: Array) -> NDArray[np.int64]:
    """Cents of n customers over k lines, (n, k), by largest remainder; each row adds up exactly."""
    exact = cents[:, None] * shares
    whole = np.floor(exact)
    missing = np.rint(cents - whole.sum(axis=1)).astype(np.int64)
    rank = np.argsort(np.argsort(whole - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(whole + (rank < missing[:, None]), np.int64)


def line_draws(
    means: Array, variances: Array, spread: float, totals: Array, rng: np.random.Generator
) -> Array:
    """Value of each line in each simulated future, (k, draws), which add up to `totals`, (draws,).

    Args:
        means, variances: (k, draws) of a line's value, given what its customers spend.
        spread: of the log by which the mix of all may move.
    """
    noise = rng.standard_normal(means.shape) * np.sqrt(np.maximum(variances, 0.0))
    found = (means + noise) * np.exp(spread * rng.standard_normal(means.shape) - spread**2 / 2)
    drawn, expected = found.sum(axis=0), means.sum(axis=0)
    scale = np.divide(totals, drawn, out=np.zeros_like(totals), where=np.abs(drawn) > 1e-9 * np.abs(expected))
    return np.asarray(found * scale)

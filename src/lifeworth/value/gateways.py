"""How customers who began with one thing differ from all others who began at the same time.

Whoever began long ago has had longer to buy: each group is set against the others of its own cohorts, mixed
as the group is. With R_s the ratio sum(y) / sum(x) of the others in cohort s, the difference of a group is

    d = sum over its members of (y - R_s x) / sum over its members of x

and its variance adds the spread of the members to the error of each R_s. A small group may lack the few who
bring or return much: its spread leans on that of the others. Differences of many small groups scatter by
chance alone; they are drawn together with the spread tau of true differences, which is not estimated and then
believed, but averaged over: flat in tau.
An association: whoever buys a thing first may be another kind of customer. No cause is shown.
Source: Cochran (1977), Sampling Techniques, ch. 6 (ratios); Gelman (2006), Bayesian Analysis 1(3), 515-534.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
LEAST = 30  # customers of a group that is told
LEANING = 100  # customers by which the spread of a group leans on that of the others
STEPS = 400  # of the spread of true differences
WIDEST = 4.0  # of that spread, in root mean squares of the differences and their errors


@dataclass(frozen=True)
class Contrast:
    """Of k groups, (k,) each: the ratio, its standard error over customers, and the difference, drawn
    together, with its 90 % interval; NaN for fewer than `LEAST` customers, and of differences where nobody
    began beside them."""

    value: Array
    error: Array
    difference: Array
    low: Array
    high: Array


def contrasts(y: Array, x: Array, code: Codes, groups: int, cohort: Codes) -> Contrast:
    """sum(y) / sum(x) of each group against the others of the same cohorts.

    Args:
        y, x: (n,), x >= 0; ones for means per customer.
        code: (n,) group of each customer, below `groups`; -1 for those who are compared with only.
        cohort: (n,) when each began.
    """
    cohorts = int(cohort.max(initial=-1)) + 1
    cell = (code + 1) * cohorts + cohort

    def sums(amounts: Array) -> Array:
        found = np.bincount(cell, amounts, (groups + 1) * cohorts).astype(np.float64)
        return found.reshape(groups + 1, cohorts)

    told = [sums(each) for each in (np.ones(len(y)), y, x, y * y, x * x, y * x)]
    count, sy, sx, syy, sxx, sxy = told
    columns = np.full((5, groups), np.nan)
    for group in range(groups):
        n = count[group + 1].sum()
        if n < LEAST or sx[group + 1].sum() <= 0:
            continue
        own = sx[group + 1].sum()
        ratio = sy[group + 1].sum() / own
        around = syy[group + 1].sum() - 2 * ratio * sxy[group + 1].sum() + ratio**2 * sxx[group + 1].sum()
        columns[:2, group] = ratio, np.sqrt(max(around, 0.0) * n / (n - 1)) / own
        mine = [each[group + 1] for each in told]
        others = [each.sum(axis=0) - part for each, part in zip(told, mine, strict=True)]
        columns[2:4, group] = _difference(*others, *mine)
    known = np.isfinite(columns[2])
    middle, error = pooled(columns[2][known], columns[3][known])
    columns[2:] = np.nan
    columns[2:, known] = middle, middle - NORMAL_95 * error, middle + NORMAL_95 * error
    return Contrast(*columns)


def _difference(
    n: Array, y: Array, x: Array, yy: Array, xx: Array, xy: Array,
    m: Array, gy: Array, gx: Array, gyy: Array, gxx: Array, gxy: Array,
) -> tuple[float, float]:  # fmt: skip
    """(difference, its error) of a group from sums per cohort, of the others and of its own; NaN where less
    than half of the group has others beside it."""
    beside = (n > 1) & (x > 0)
    own = float(gx[beside].sum())
    if own <= 0.5 * gx.sum():
        return np.nan, np.nan
    n, y, x, yy, xx, xy, m, gy, gx, gyy, gxx, gxy = (
        each[beside] for each in (n, y, x, yy, xx, xy, m, gy, gx, gyy, gxx, gxy)
    )
    rest = y / x
    away = gy - rest * gx
    difference, size = float(away.sum()) / own, float(m.sum())
    square = gyy - 2 * rest * gxy + rest**2 * gxx
    cross = gxy - rest * gxx
    spread = max(float((square - 2 * difference * cross + difference**2 * gxx).sum()), 0.0)
    usual = np.maximum(yy - 2 * rest * xy + rest**2 * xx, 0.0) / (n - 1)
    each = (spread + LEANING * float(m @ usual) / size) / (size - 1 + LEANING)
    variance = size * each / own**2 + float(((gx / own) ** 2 * usual * n / x**2).sum())
    return difference, float(np.sqrt(variance))


def pooled(difference: Array, error: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of the true differences around 0, given what was seen of k groups.

    Normal laws; averaged over the spread of true differences, flat from 0 to `WIDEST` times what was seen.
    """
    if len(difference) < 2:
        return difference, error
    scale = float(np.sqrt((difference**2 + error**2).mean()))
    if scale <= 0:
        return difference, error
    tau = (np.arange(STEPS) + 0.5) / STEPS * WIDEST * scale
    floor = np.maximum(error, 1e-9 * scale)[:, None] ** 2
    total = floor + tau**2
    log = -0.5 * (np.log(total) + difference[:, None] ** 2 / total).sum(axis=0)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    kept = tau**2 / total
    middle = kept * difference[:, None]
    mean = middle @ weight
    variance = (kept * floor + middle**2) @ weight - mean**2
    return mean, np.sqrt(np.maximum(variance, 0.0))

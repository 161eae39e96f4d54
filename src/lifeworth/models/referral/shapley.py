"""Two views of the value customers bring through others: net (a ledger) and gross (a decision).

Story: a customer's value is there only if the customer is, and the customer only if the
referrers it really needed were. Each referral was needed with probability 1 - p, where p is
"would have joined anyway". Net: the value is shared equally by the customer and its chain of
needed referrers (Shapley's split of that game), so nothing is counted twice and the sum over
customers is the sum of values. Gross: what disappears if this customer had never been one; each
ancestor counts the descendant in full, so gross values never add up to anything.

Closed form: with chain length g, a share is E[1/(g+1)] = E of the integral of x^g over (0, 1).
For a fixed x the chain's generating function F runs down the tree and the descendants' discounted
sum V runs up,

    F_j = p_j + (1 - p_j) x F_parent(j),      V_i = m_i + sum over children c of (1 - p_c) x V_c,

and net_i is the integral of F_i V_i: two sweeps per node of a Gauss-Legendre rule, exact for
polynomials of the tree's depth. No list of ancestors is ever built.
Source: methods.md 5.2 (d).
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.kernels.graph import Levels
from lifeworth.kernels.quadrature import legendre
from lifeworth.models.referral.tree import ReferralTree, referral_tree

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
CELLS = 8_000_000  # customers x nodes held at once
FORGOTTEN = 46.0  # -ln of the chance beyond which longer chains no longer matter


def net_value(parents: Any, values: Any, would_have_joined: Any, ids: Any = None) -> Floats:
    """The ledger view: each value split equally over its customer and the referrers it needed.

    Args:
        parents: (n,) referrers' positions (or ids, with `ids`), None where there is none.
        values: (n,) own value of each customer, any sign.
        would_have_joined: probability that a customer would have come without its referrer;
            a number, or (n,).
        ids: (n,) customers' ids, where `parents` holds ids.
    Returns:
        (n,) in the order of the rows. The sum equals the sum of `values`.
    Raises:
        ModelError MODEL-301 to 305, 311, 312; UsageError MODEL-306.
    """
    tree, own, anyway = checked(parents, values, would_have_joined, ids)
    if (anyway[tree.parents >= 0] == 0.0).all():
        net = _equal_shares(tree, own)
    else:
        net = split(tree, anyway, lambda nodes: np.broadcast_to(own[:, None], (len(own), len(nodes))))
    if len(net):  # what rounding left over, below the last digit of the largest
        net[np.argmax(np.abs(net))] += math.fsum(own) - math.fsum(net)
    return net


def gross_value(
    parents: Any,
    values: Any,
    would_have_joined: Any,
    ids: Any = None,
    *,
    acquired: Any = None,
    discount_rate: float = 0.0,
) -> Floats:
    """The decision view: what would not be there had this customer never joined, own value excluded.

    Sum over observed descendants of their value times the probability that every referral on the
    path was needed, discounted from the descendant's day to the customer's own where `acquired`
    (n,) and a continuous `discount_rate` per unit of its time are given. Not to be summed.
    Returns (n,). Raises as `net_value`, and MODEL-308 where a customer came before its referrer.
    """
    tree, own, anyway = checked(parents, values, would_have_joined, ids)
    carried = (1.0 - anyway) * _discounts(tree, acquired, discount_rate)
    order = tree.levels.order
    below, weight, own = np.zeros(len(tree)), carried[order], own[order]
    for places, begins, parents_at in tree.levels.above():
        below[parents_at] += np.add.reduceat(weight[places] * (own[places] + below[places]), begins)
    result = np.empty(len(tree))
    result[order] = below
    return result


def checked(
    parents: Any, values: Any, would_have_joined: Any, ids: Any
) -> tuple[ReferralTree, Floats, Floats]:
    """The tree, values and probabilities as (n,). Raises as `net_value`."""
    tree = referral_tree(parents, ids)
    own = column(values, "values", len(tree))
    return tree, own, probabilities(would_have_joined, len(tree))


def column(values: Any, name: str, rows: int) -> Floats:
    """A finite number per customer, (rows,). Raises ModelError MODEL-305, MODEL-311."""
    found = np.asarray(values, np.float64)
    if found.shape != (rows,):
        raise ModelError("MODEL-311", column=name, rows=found.size, wanted=rows)
    wrong = np.flatnonzero(~np.isfinite(found))
    if len(wrong):
        raise ModelError("MODEL-305", column=name, count=len(wrong), rows=wrong[:5].tolist())
    return found


def probabilities(value: Any, rows: int) -> Floats:
    """One probability per customer, (rows,). Raises UsageError MODEL-306, ModelError MODEL-311."""
    found = np.asarray(value, np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise UsageError("MODEL-306", seen=str(value)[:60])
    if found.ndim and found.shape != (rows,):
        raise ModelError("MODEL-311", column="would_have_joined", rows=found.size, wanted=rows)
    return np.broadcast_to(found, (rows,)).astype(np.float64)


def split(tree: ReferralTree, anyway: Floats, own: Callable[[Floats], Floats], reach: int = 0) -> Floats:
    """Integral over x of F_i(x) V_i(x), (n,), where `own(nodes)` gives each customer's m_i(x).

    own: (k,) nodes -> (n, k), constant in x where the value belongs to the customer itself.
    reach: the degree of own(x), for values of descendants not yet there.
    """
    sorted_levels = tree.levels
    order, keep = sorted_levels.order, 1.0 - anyway[tree.levels.order]
    nodes, weights = rule(int(tree.depth.max(initial=0)) + reach, anyway, tree)
    chunk = max(1, CELLS // max(len(tree), 1))
    total = np.zeros(len(tree))
    for first in range(0, len(nodes), chunk):
        x = nodes[first : first + chunk]
        chains = _down(sorted_levels, keep, x)
        chains *= _up(sorted_levels, keep, x, own(x)[order])
        total += chains @ weights[first : first + chunk]
    result = np.empty(len(tree))
    result[order] = total
    return result


def rule(degree: int, anyway: Floats, tree: ReferralTree) -> tuple[Floats, Floats]:
    """Nodes and weights on (0, 1), exact for chains of `degree` referrers.

    A long chain is rare once referrers are only sometimes needed, so the degree that matters is
    bounded; and x^d of a very high degree needs about 3.5 sqrt(d) nodes, not d/2.
    """
    degree = min(degree, _longest_likely(tree.parents, anyway, degree))
    return legendre(min(degree // 2 + 1, 12 + math.ceil(3.6 * math.sqrt(degree))))


def _longest_likely(parents: Rows, anyway: Floats, longest: int) -> int:
    """A power of two: no chain of so many referrers has a chance above e^-46 to have been needed whole."""
    with np.errstate(divide="ignore"):
        unlikely = np.where(parents >= 0, -np.log1p(-anyway), np.inf)
    jump, length = parents, 1
    while length < longest and float(unlikely.min(initial=np.inf)) < FORGOTTEN:
        onward = jump >= 0  # where it ends, the sum is infinite already
        unlikely = unlikely + np.where(onward, unlikely[jump], np.inf)
        jump = np.where(onward, jump[jump], -1)
        length *= 2
    return length


def _equal_shares(tree: ReferralTree, own: Floats) -> Floats:
    """Every referrer was needed: each member of a chain of d + 1 gets one share in d + 1."""
    order = tree.levels.order
    total = (own / (tree.depth + 1.0))[order]
    for places, begins, parents in tree.levels.above():
        total[parents] += np.add.reduceat(total[places], begins)
    result = np.empty(len(tree))
    result[order] = total
    return result


def _down(tree: Levels, keep: Floats, x: Floats) -> Floats:
    """F: (n, k), in the order of the levels."""
    chains = np.ones((len(keep), len(x)))
    for places, parents in tree.below():
        needed = keep[places, None]
        chains[places] = (1.0 - needed) + needed * (x * chains[parents])
    return chains


def _up(tree: Levels, keep: Floats, x: Floats, own: Floats) -> Floats:
    """V: (n, k), in the order of the levels."""
    total = np.array(own, np.float64)
    for places, begins, parents in tree.above():
        total[parents] += np.add.reduceat((keep[places, None] * x) * total[places], begins, axis=0)
    return total


def _discounts(tree: ReferralTree, acquired: Any, discount_rate: float) -> Floats:
    """From each customer's day to its referrer's, (n,): 1 for roots and without days."""
    if acquired is None or discount_rate == 0.0:
        return np.ones(len(tree))
    days = column(acquired, "acquired", len(tree))
    child = np.flatnonzero(tree.parents >= 0)
    delay = days[child] - days[tree.parents[child]]
    if (delay < 0).any():
        early = child[delay < 0]
        raise ModelError("MODEL-308", count=len(early), rows=early[:5].tolist())
    factor = np.ones(len(tree))
    factor[child] = np.exp(-discount_rate * delay)
    return factor

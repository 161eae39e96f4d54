"""The likelihood of the Pareto/NBD by Abe and its derivatives, from double integrals.

    L = A(x, t_x) + B(x, T)       A = I(x, 1, 1, t_x): left after t_x, before T or later
                                  B = I(x + 1, 0, 1, T): still here at T ...

as mu e^{-(lambda+mu) t_x} + lambda e^{-(lambda+mu) T} over lambda + mu is the chance of what was seen;
K = I(x, 0, 0, T) is the part of those still here. Derivatives are taken under the integral: of ln I the
mean of the normal law's score, and the mean of its Hessian plus the covariance of its score.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.kernels.cells import Cells, pairs
from lifeworth.kernels.newton import Objective
from lifeworth.models.covariates import of_kind
from lifeworth.models.fitting.coefficients import Part
from lifeworth.models.inputs import Histories
from lifeworth.models.purchase import two_parts
from lifeworth.models.purchase.abe_rule import Normals, Rule, rule
from lifeworth.models.purchase.two_parts import add_up, different, log_sum

Floats = NDArray[np.float64]
Values = Mapping[str, Any]
NAMES = ("rate", "leave", "rate_spread", "leave_spread", "odds")
UPPER = np.triu_indices(5)
CHUNK = 512


def normals(p: Values) -> Normals:
    """The law of the logarithms from the parameters."""
    rho = (p["odds"] - 1.0) / (p["odds"] + 1.0)
    return Normals(np.log(p["rate"]), np.log(p["leave"]), p["rate_spread"], p["leave_spread"], rho)


def in_chunks(
    ask: Callable[[Rule, Normals, slice], Any], a: Any, b: float, c: float, t: Any, law: Normals
) -> list[Any]:
    """What `ask` says of the rules of some rows at a time, so that nodes stay in the cache."""
    a, t = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(t, np.float64))
    found = []
    for start in range(0, len(t), CHUNK):
        rows = slice(start, start + CHUNK)
        here = Normals(*(each[rows] if np.ndim(each) else each for each in law))
        found.append(ask(rule(a[rows], b, c, t[rows], here), here, rows))
    return found


def log_integrals(a: Any, b: float, c: float, t: Any, law: Normals) -> Floats:
    """ln I, (m,)."""
    return np.concatenate(in_chunks(lambda found, _, __: found.log_integral, a, b, c, t, law))


def objective(cells: Cells, threads: int | None = None) -> Objective:
    """Total log-likelihood with gradient (5,) and Hessian (5, 5)."""
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)

    def evaluate(p: Floats) -> tuple[float, Floats, Floats]:
        named = dict(zip(NAMES, p.tolist(), strict=True))
        A = part(left.x, 1.0, left.t, named)
        B = part(stayed.x + 1, 0.0, stayed.t, named)
        return add_up(cells, left.of_row, stayed.of_row, A, B, threads)

    return evaluate


def log_likelihoods(cells: Cells, p: Values) -> Floats:
    """Total log-likelihood under each of S draws of the parameters, each (S,). Shape (S,)."""
    return np.array([each @ cells.weight for each in log_densities(cells, p)])


def log_densities(cells: Cells, p: Values) -> Iterator[Floats]:
    """ln L of each cell, (m,), under one draw of the parameters after the other."""
    left, stayed = pairs(cells.x, cells.t_x), pairs(cells.x, cells.T)
    at_left, at_stayed = left.of_row.astype(np.intp), stayed.of_row.astype(np.intp)
    for i in range(len(p["rate"])):
        law = normals({name: float(p[name][i]) for name in NAMES})
        A = log_integrals(left.x, 1.0, 1.0, left.t, law)
        B = log_integrals(stayed.x + 1, 0.0, 1.0, stayed.t, law)
        yield log_sum(A[at_left], B[at_stayed])


def log_terms(x: Any, t_x: Any, T: Any, p: Values) -> Floats:
    """ln L of rows, (m,), the parameters numbers or (m,)."""
    law, x = normals(p), np.asarray(x)
    return log_sum(log_integrals(x, 1.0, 1.0, t_x, law), log_integrals(x + 1, 0.0, 1.0, T, law))


def terms(x: Any, t_x: Any, T: Any, kind: NDArray[np.int32], p: Values) -> Part:
    """ln L of rows with medians of their own, and its derivatives; equal (kind, x, t) computed once."""

    def once(a: Any, b: float, t: Any) -> Part:
        first, place = different(kind, x, t)
        found = part(a[first], b, t[first], {name: each[first] for name, each in p.items()})
        return Part(*(each[..., place] for each in found))

    return two_parts.put_together(once(x, 1.0, t_x), once(x + 1, 0.0, T))


def log_alive(h: Histories, p: Values, threads: int | None) -> Floats:
    """ln P(alive), (n,)."""
    left, stayed = h.by_recency, h.by_age
    A = log_integrals(left.x, 1.0, 1.0, left.t, normals(of_kind(p, left.kind)))
    law = normals(of_kind(p, stayed.kind))
    B = log_integrals(stayed.x + 1, 0.0, 1.0, stayed.t, law)
    K = log_integrals(stayed.x, 0.0, 0.0, stayed.t, law)
    return two_parts.log_alive(h, A, K, B - K, threads)


def part(a: Any, b: float, t: Any, p: Values) -> Part:
    """ln I(a, b, 1, t) of m rows, with first (5, m) and second (15, m) derivatives in the parameters."""
    size = {name: np.broadcast_to(np.asarray(p[name], np.float64), np.shape(t)) for name in NAMES}

    def ask(found: Rule, law: Normals, rows: slice) -> Part:
        here = np.stack([size[name][rows] for name in NAMES])
        first, second = _slopes(found, law)
        first, second = first / here, second / (here[:, None] * here[None, :])
        second[np.arange(5), np.arange(5)] -= first / here
        return Part(found.log_integral, first, second[UPPER])

    parts = in_chunks(ask, a, b, 1.0, t, normals(p))
    return Part(*(np.concatenate(each, axis=-1) for each in zip(*parts, strict=True)))


def _slopes(found: Rule, law: Normals) -> tuple[Floats, Floats]:
    """Derivatives of ln I in the logarithms of the parameters: (5, m), (5, 5, m).

    Scores of the normal law are linear in the standardised a, b, aa, ab, bb; so means and covariances of
    these five tell all.
    """
    a, b, w = found.a, found.b, found.weight
    s1, s2, rho = (np.broadcast_to(each, w.shape[1]) for each in law[2:])
    q = 1.0 / (1.0 - rho**2)
    seen = np.stack([a, b, a * a, a * b, b * b])
    weighed = seen * w
    mean = weighed.sum(axis=1)
    spread = np.einsum("inm,jnm->ijm", weighed, seen, optimize=True) - mean[:, None] * mean[None, :]
    A, B, AA, AB, BB = mean
    none, r = np.zeros_like(q), rho
    to = np.stack([
        np.stack([q / s1, -q * r / s1, none, none, none]),
        np.stack([-q * r / s2, q / s2, none, none, none]),
        np.stack([none, none, q, -q * r, none]),
        np.stack([none, none, none, -q * r, q]),
        0.5 * np.stack([none, none, -r * q, 1.0 + 2.0 * r * r * q, -r * q]),
    ])  # fmt: skip
    first = np.einsum("kim,im->km", to, mean)
    first[2:4] -= 1.0
    first[4] += 0.5 * rho
    D = AA - 2.0 * r * AB + BB
    second = np.einsum("kim,ijm,ljm->klm", to, spread, to, optimize=True)
    extra = {
        (0, 0): -q / s1**2, (0, 1): q * r / (s1 * s2), (0, 2): -q * (2.0 * A - r * B) / s1,
        (0, 3): q * r * B / s1, (0, 4): 0.5 * (2.0 * r * q * (A - r * B) - B) / s1,
        (1, 1): -q / s2**2, (1, 2): q * r * A / s2, (1, 3): -q * (2.0 * B - r * A) / s2,
        (1, 4): 0.5 * (2.0 * r * q * (B - r * A) - A) / s2,
        (2, 2): q * (r * AB - 2.0 * AA), (2, 3): q * r * AB,
        (2, 4): 0.5 * (2.0 * r * q * (AA - r * AB) - AB),
        (3, 3): q * (r * AB - 2.0 * BB), (3, 4): 0.5 * (2.0 * r * q * (BB - r * AB) - AB),
        (4, 4): 0.25 * (1.0 / q - (1.0 + 2.0 * r * r * q) * D + 2.0 * r * AB),
    }  # fmt: skip
    for (i, j), value in extra.items():
        second[i, j] += value
        if i != j:
            second[j, i] += value
    return first, second

"""The value identity, exact to the cent for every customer and in total:

    lifetime value = historical value + future value
    future value   = current value + potential value
    potential value = cross-sell + up-sell + add-on + referral + base + growth

Each part is rounded to cents once, its total first; sums are taken of the cents. A part without
evidence is 0, and the run says what it would need.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.parts import POTENTIAL_PARTS
from lifeworth.value.cents import to_cents

Array = NDArray[np.float64]
Cents = NDArray[np.int64]


@dataclass(frozen=True)
class Statement:
    """Parts of value in integer cents, shape (n,). `parts`: every one of POTENTIAL_PARTS."""

    historical: Cents
    current: Cents
    parts: dict[str, Cents]

    @property
    def potential(self) -> Cents:
        return np.asarray(sum(self.parts.values()), np.int64)

    @property
    def future(self) -> Cents:
        return self.current + self.potential

    @property
    def lifetime(self) -> Cents:
        return self.historical + self.future

    def columns(self) -> dict[str, Cents]:
        """Every figure of the identity by the name of its published column."""
        named = {f"{part}_value": cents for part, cents in self.parts.items()}
        return {
            "historical_value": self.historical,
            "current_value": self.current,
            "potential_value": self.potential,
            **named,
            "future_value": self.future,
            "lifetime_value": self.lifetime,
        }

    def totals(self) -> dict[str, float]:
        """Sums in major units."""
        return {name: int(cents.sum()) / 100 for name, cents in self.columns().items()}


def statement(historical: Cents, current: Array, potential: Mapping[str, Array] | None = None) -> Statement:
    """The statement of n customers: historical value in cents, the others exact in major units.

    Args:
        potential: by part; what is not named is 0.
    """
    nothing = np.zeros(len(historical), np.int64)
    told = potential or {}
    parts = {part: to_cents(told[part]) if part in told else nothing for part in POTENTIAL_PARTS}
    return Statement(historical, to_cents(current), parts)


def as_money(cents: Cents) -> pa.Array:
    """Integer cents as decimals with two places, without a detour through floats."""
    words = np.empty((len(cents), 2), np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63  # sign extension to 128 bits
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(words.tobytes())])

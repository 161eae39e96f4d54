"""The value identity, exact to the cent for every customer and in total:

    lifetime value = historical value + future value,   future value = current value

(Potential value joins the future when it is computed; see docs/guides/value_statement.md.)
Each part is rounded to cents once, its total first; sums are taken of the cents.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.value.cents import to_cents

Array = NDArray[np.float64]
Cents = NDArray[np.int64]


@dataclass(frozen=True)
class Statement:
    """Parts of value in integer cents, shape (n,)."""

    historical: Cents
    current: Cents

    @property
    def future(self) -> Cents:
        return self.current

    @property
    def lifetime(self) -> Cents:
        return self.historical + self.future

    def totals(self) -> dict[str, float]:
        """Sums in major units."""
        parts = {"historical_value": self.historical, "current_value": self.current}
        parts |= {"future_value": self.future, "lifetime_value": self.lifetime}
        return {name: int(cents.sum()) / 100 for name, cents in parts.items()}


def statement(historical: Array, current: Array) -> Statement:
    """The statement of n customers from exact parts in major units."""
    return Statement(to_cents(historical), to_cents(current))


def as_money(cents: Cents) -> pa.Array:
    """Integer cents as decimals with two places, without a detour through floats."""
    words = np.empty((len(cents), 2), np.int64)
    words[:, 0] = cents
    words[:, 1] = cents >> 63  # sign extension to 128 bits
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(words.tobytes())])

"""Purchase histories: the bridge between data and models.

One row per customer, in integer days:
frequency (repeat purchase days), recency (age at the last purchase, days), T (age at the
observation end, days), monetary_value (mean spend per repeat purchase day, major currency
units; 0 where frequency is 0).
Several orders on one day are one purchase. Source: Fader & Hardie; `methods.md` 2.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = 30.4375
UNIT_DAYS = {"D": 1.0, "W": 7.0, "M": DAYS_PER_MONTH, "Y": DAYS_PER_YEAR}


@dataclass(frozen=True)
class PurchaseHistory:
    """n customers. Arrays of shape (n,); `customer_id` is any sequence of length n.

    `covariates`: what else is known of them, by column, (n,) each; numbers or words.
    """

    customer_id: Sequence[Any]
    frequency: NDArray[np.int32]
    recency: NDArray[np.int32]
    T: NDArray[np.int32]
    monetary_value: NDArray[np.float64]
    covariates: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frequency)

    def __getitem__(self, rows: slice) -> "PurchaseHistory":
        return PurchaseHistory(
            self.customer_id[rows],
            self.frequency[rows],
            self.recency[rows],
            self.T[rows],
            self.monetary_value[rows],
            {name: column[rows] for name, column in self.covariates.items()},
        )

    def part(self, chosen: NDArray[np.bool_]) -> "PurchaseHistory":
        """The history of some of the customers."""
        ids = [name for name, there in zip(self.customer_id, chosen.tolist(), strict=True) if there]
        frequency, recency, age = (each[chosen] for each in (self.frequency, self.recency, self.T))
        known = {name: column[chosen] for name, column in self.covariates.items()}
        return PurchaseHistory(ids, frequency, recency, age, self.monetary_value[chosen], known)

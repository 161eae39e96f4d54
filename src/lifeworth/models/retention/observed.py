"""What the subscribers themselves show, without a model: survival by the product-limit rule.

At each renewal date the share of those at risk who stayed; their product is the survival (Kaplan &
Meier 1958). Censored and left-truncated subscribers are at risk while they are seen. The standard
error is Greenwood's.
"""

from typing import Any

import numpy as np

from lifeworth.models.retention.inputs import RenewalCounts, renewal_counts
from lifeworth.models.tables import frame


def observed_survival(data: Any, sample_weight: Any = None) -> Any:
    """A table for t = 0, 1, ...: period, at_risk, left, survival, standard_error.

    `data` in a coding of `lifeworth.models.retention.inputs`. After a period in which nobody was at
    risk survival is not known: NaN.
    """
    counts = renewal_counts(data, sample_weight)
    return frame(product_limit(counts), counts.backend)


def product_limit(counts: RenewalCounts) -> dict[str, Any]:
    """The columns of `observed_survival`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        survival = np.cumprod(counts.stayed / counts.at_risk)
        spread = survival * np.sqrt(np.cumsum(counts.left / (counts.at_risk * counts.stayed)))
    return {
        "period": np.arange(len(counts) + 1),
        "at_risk": np.concatenate([[counts.subscribers], counts.at_risk]),
        "left": np.concatenate([[0.0], counts.left]),
        "survival": np.concatenate([[1.0], survival]),
        "standard_error": np.concatenate([[0.0], np.where(survival > 0, spread, np.nan)]),
    }

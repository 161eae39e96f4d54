"""What a run says of referrals, ready to be published."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.value.potential.streams import Stream


@dataclass(frozen=True)
class ReferralPart:
    """record: `summary.referrals`; table: `referrals`; stream: what enters potential value; through: net
    value through others, brought and to come, with its band, (3, n)."""

    record: dict[str, Any] | None
    table: pa.Table | None
    stream: Stream
    findings: list[Finding] = field(default_factory=list)
    rejected: pa.Table | None = None
    through: NDArray[np.float64] | None = None

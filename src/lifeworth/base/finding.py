"""A finding: one thing worth saying about data or a result, with its weight.

The sentence stands in the catalogue under `finding.<code>.says`, with optional
`finding.<code>.costs` (what it does to the numbers) and `finding.<code>.do` (how to mend it).
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    code: str
    severity: Severity = "info"
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

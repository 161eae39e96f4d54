"""What each role may do, as `resource:action`; one table, which the tests walk through.

`pii:view` is not a page but a field level: without it, whatever names a person is masked
(`web.masking`) on the server, wherever it is shown.
"""

from collections.abc import Mapping
from typing import Any

PERMISSIONS = (
    "customers:read", "customers:export", "customers:assign", "pii:view",
    "runs:read", "runs:start", "runs:delete", "reports:read",
    "imports:read", "imports:write",
    "jobs:read", "jobs:write", "schedules:read", "schedules:write",
    "settings:read", "settings:write",
    "users:read", "users:write", "keys:read", "keys:write",
    "webhooks:read", "webhooks:write", "audit:read",
    "privacy:export", "privacy:erase", "privacy:read",
    "calculator:use", "views:write", "workspace:read",
)  # fmt: skip
_READING = {"customers:read", "runs:read", "calculator:use", "views:write", "workspace:read"}
_ANALYST = _READING | {
    "customers:export", "customers:assign", "pii:view",
    "runs:start", "reports:read", "imports:read", "imports:write",
    "jobs:read", "jobs:write", "schedules:read", "schedules:write", "settings:read",
    "keys:read", "keys:write",
}  # fmt: skip
ROLES: dict[str, frozenset[str]] = {
    "owner": frozenset(PERMISSIONS),
    "administrator": frozenset(PERMISSIONS),  # but not over owners, see `may_manage`
    "analyst": frozenset(_ANALYST),
    "marketer": frozenset(_READING | {"customers:export", "imports:read", "jobs:read", "keys:read"}),
    "service": frozenset(_READING | {"pii:view", "privacy:export"}),
    "viewer": frozenset(_READING),
    "auditor": frozenset({"audit:read", "users:read", "privacy:read", "workspace:read"}),
}
STARTING: dict[str, tuple[str, ...]] = {
    # kind of a job -> all that whoever starts it, stops it or begins it again must be permitted
    "check": ("imports:write",), "import": ("imports:write",), "value": ("runs:start",),
    "sample": ("runs:start", "imports:write"), "compare": ("runs:read",),
    "report": ("reports:read", "pii:view"),  # it names customers
    "backup": ("schedules:write",), "deliver": ("webhooks:write",),
    "person": ("privacy:erase",), "erase": ("privacy:erase",), "retention": ("privacy:erase",),
}  # fmt: skip
LIMITABLE = ("marketer", "service", "viewer")  # who may be limited to customers of their team or their own


def to_start(kind: str, payload: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """All that whoever has such work to do with must be permitted; of a kind unknown here, to administer."""
    needed = STARTING.get(kind, ("settings:write",))
    values_after = kind == "import" and bool((payload or {}).get("value"))
    return (*needed, "runs:start") if values_after else needed


def may_manage(role: str, other: str) -> bool:
    """Whether someone with `role` and `users:write` may make or change a user with the role `other`."""
    return role == "owner" or (role == "administrator" and other != "owner")

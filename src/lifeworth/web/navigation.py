"""The places of the application, in five groups. A place is shown to whoever may go there."""

from dataclasses import dataclass

from lifeworth.web.access import Actor


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; its word is `web.place.<key>`."""

    key: str
    path: str
    permission: str
    of_run: bool = True  # shows a run, so that the chosen one goes with the reader


GROUPS: dict[str, tuple[Place, ...]] = {
    "insight": (
        Place("overview", "/", "runs:read"),
        Place("value", "/value", "runs:read"),
        Place("potential", "/potential", "runs:read"),
        Place("subscriptions", "/subscriptions", "runs:read"),
        Place("map", "/map", "runs:read"),
        Place("cohorts", "/cohorts", "runs:read"),
        Place("dimensions", "/dimensions", "runs:read"),
        Place("compare", "/compare", "runs:read"),
        Place("scenarios", "/scenarios", "runs:read"),
        Place("quality", "/quality", "runs:read"),
    ),
    "customers": (
        Place("customers", "/customers", "customers:read"),
        Place("households", "/households", "customers:read"),
        Place("assignments", "/assignments", "customers:assign"),
    ),
    "programmes": (
        Place("satisfaction", "/satisfaction", "runs:read"),
        Place("referrals", "/referrals", "customers:read"),
        Place("calculator", "/calculator", "calculator:use", of_run=False),
    ),
    "operations": (
        Place("import", "/import", "imports:read", of_run=False),
        Place("data", "/data", "runs:read"),
        Place("runs", "/runs", "runs:read", of_run=False),
        Place("settings", "/settings", "settings:read", of_run=False),
        Place("people", "/people", "keys:read", of_run=False),
        Place("audit", "/audit", "audit:read", of_run=False),
    ),
}


def navigation(actor: Actor | None) -> dict[str, list[Place]]:
    """Group -> the places that the actor may open."""
    if actor is None:
        return {}
    found = {
        group: [place for place in places if actor.may(place.permission)] for group, places in GROUPS.items()
    }
    return {group: places for group, places in found.items() if places}

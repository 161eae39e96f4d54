"""The places of the application, in five groups. A place is shown to whoever may go there."""

from dataclasses import dataclass

from lifeworth.web.access import Actor


@dataclass(frozen=True)
class Place:
    """One entry of the navigation; its word is `web.place.<key>`."""

    key: str
    path: str
    permission: str


GROUPS: dict[str, tuple[Place, ...]] = {
    "insight": (
        Place("overview", "/", "runs:read"),
        Place("value", "/value", "runs:read"),
        Place("potential", "/potential", "runs:read"),
        Place("map", "/map", "runs:read"),
        Place("cohorts", "/cohorts", "runs:read"),
        Place("compare", "/compare", "runs:read"),
        Place("scenarios", "/scenarios", "runs:read"),
        Place("quality", "/quality", "runs:read"),
    ),
    "customers": (Place("customers", "/customers", "customers:read"),),
    "programmes": (
        Place("referrals", "/referrals", "customers:read"),
        Place("calculator", "/calculator", "calculator:use"),
    ),
    "operations": (
        Place("import", "/import", "imports:read"),
        Place("data", "/data", "runs:read"),
        Place("runs", "/runs", "runs:read"),
        Place("settings", "/settings", "settings:read"),
        Place("people", "/people", "keys:read"),
        Place("audit", "/audit", "audit:read"),
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

"""Which of the three languages a request is answered in."""

from fastapi import Request

from lifeworth.base.errors import UsageError
from lifeworth.text.catalog import language_tag
from lifeworth.web.access import workspace_of

COOKIE = "lifeworth_language"


def language_of(request: Request) -> str:
    """Asked in the address (`?lang=`), chosen before (cookie), the user's, browser's or workspace's."""
    if hasattr(request.state, "language"):
        return request.state.language
    actor = getattr(request.state, "actor", None)
    asked = [request.query_params.get("lang", ""), request.cookies.get(COOKIE, "")]
    asked += [actor.user["language"]] if actor else []
    asked += _accepted(request.headers.get("accept-language", ""))
    found = next((tag for name in asked if (tag := _known(name))), None)
    request.state.language = found or workspace_of(request).settings()["language"]
    return request.state.language


def _accepted(header: str) -> list[str]:
    """Names of an Accept-Language header, the most wanted first."""
    wanted = []
    for position, part in enumerate(header.split(",")[:20]):
        name, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), position, name))
        except ValueError:
            continue
    return [name for weight, _, name in sorted(wanted) if weight < 0]


def _known(name: str) -> str | None:
    try:
        return language_tag(name) if name else None
    except UsageError:
        return None

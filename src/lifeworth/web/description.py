"""The description of the API (OpenAPI 3.1): what FastAPI reads off the routes, and what it cannot know.

Permissions come from the gates of the routes, errors are problem+json, answers are those of `answers`, and
headers and filters are told where a route's code asks for them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from lifeworth.results.customers import ASKABLE
from lifeworth.web.access import COOKIE
from lifeworth.web.answers import ANSWERS, SCHEMAS
from lifeworth.web.api.customers import question_of
from lifeworth.web.api.idempotent import LONGEST_KEY
from lifeworth.web.api.paging import set_etag, wanted_version
from lifeworth.web.csrf import HEADER as CSRF_HEADER
from lifeworth.web.roles import ROLES

BASE = "/api/v1"
_GONE = ("HTTPValidationError", "ValidationError")
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ERRORS = {
    "400": "The request cannot be read.",
    "401": "Nobody is signed in.",
    "403": "Not permitted, or sent from another site.",
    "404": "There is none.",
    "409": "It is not in a state for this, or the Idempotency-Key is in use.",
    "412": "Someone else changed it in the meantime.",
    "413": "Too large.",
    "422": "Something is missing or not as expected.",
    "428": "If-Match is missing.",
    "429": "Too many requests.",
    "default": "What went wrong otherwise.",
}
_ALWAYS = ("400", "401", "403", "404", "422", "429", "default")
_FILTER = {"anyOf": [{"type": "string"}, {
    "type": "object", "properties": {"min": {"type": "string"}, "max": {"type": "string"}},
    "additionalProperties": False,
}]}  # fmt: skip
_PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header",
        "description": "The same request with the same key happens once, for 24 hours.",
        "schema": {"type": "string", "pattern": rf"^[!-~]{{1,{LONGEST_KEY}}}$"},
    },
    "IfMatch": {
        "name": "If-Match", "in": "header", "required": True,
        "description": "The ETag of what is changed.",
        "schema": {"type": "string", "pattern": r'^"\d{1,9}"$'},
    },
    "Filter": {
        "name": "filter", "in": "query", "style": "deepObject", "explode": True,
        "description": "`filter[tier]=high`, several values by comma; `filter[lifetime_value][min]=100`, "
        "`[max]=`.",
        "schema": {
            "type": "object", "properties": dict.fromkeys(ASKABLE, _FILTER), "additionalProperties": False,
        },
    },
}  # fmt: skip
_HEADERS = {
    "X-Request-Id": "The name of the request, as it was sent or given",
    "RateLimit-Limit": "Requests a minute",
    "RateLimit-Remaining": "Requests left",
    "RateLimit-Reset": "Seconds until all are there again",
    "ETag": "The version, for If-Match",
}
_SECURITY = {
    "key": {
        "type": "http", "scheme": "bearer",
        "description": "An API key: `Authorization: Bearer lw_…`. It may do what its scopes and user may.",
    },
    "session": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": f"A signed-in browser; what changes something also sends the header {CSRF_HEADER}.",
    },
}  # fmt: skip


def describe(app: FastAPI, routes: Iterable[APIRoute]) -> dict[str, Any]:
    """The description of these routes of the API; made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app, routes)
    return app.openapi_schema


def permission_of(route: APIRoute) -> str | None:
    """What the gate of a route asks for."""
    return next((one for one in _gates(route.dependant)), None)


def _gates(dependant: Dependant) -> Iterator[str]:
    for one in dependant.dependencies:
        found = getattr(one.call, "permission", None)
        if found is not None:
            yield found
        yield from _gates(one)


def _made(app: FastAPI, routes: Iterable[APIRoute]) -> dict[str, Any]:
    told = get_openapi(title=app.title, version=app.version, routes=app.routes)
    for route in routes:
        for method in route.methods or ():
            _tell(told["paths"][BASE + route.path][method.lower()], route, method)
    parts = told["components"]
    parts["schemas"] = {n: s for n, s in parts["schemas"].items() if n not in _GONE} | SCHEMAS
    parts["parameters"], parts["securitySchemes"] = _PARAMETERS, _SECURITY
    parts["responses"] = {
        f"Problem{status.title()}": {"description": text, "content": _PROBLEM}
        for status, text in _ERRORS.items()
    }
    parts["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
    }
    return told


def _tell(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    permission = permission_of(route)
    if permission:
        roles = ", ".join(role for role, granted in ROLES.items() if permission in granted)
        needs = f"Needs the permission `{permission}` (roles: {roles})."
        operation["description"] = "\n\n".join(filter(None, [operation.get("description"), needs]))
        operation["x-permission"] = permission
        operation["security"] = [{"key": [permission]}, {"session": [permission]}]
    asked, errors = [], set(_ALWAYS)
    body = operation.get("requestBody", {}).get("content", {})
    if method == "POST":
        errors.add("409")
        if "application/octet-stream" not in body:
            asked.append("IdempotencyKey")
    if body:
        errors.add("413")
    if _asks(route, wanted_version):
        asked.append("IfMatch")
        errors |= {"412", "428"}
    if _asks(route, question_of):
        asked.append("Filter")
    named = [{"$ref": f"#/components/parameters/{name}"} for name in asked]
    if named:
        operation["parameters"] = [*operation.get("parameters", []), *named]
    _answers(operation["responses"], f"{method} {route.path}", errors, route)


def _answers(responses: dict[str, Any], of: str, errors: set[str], route: APIRoute) -> None:
    for status, one in responses.items():
        if not status.startswith("2"):
            continue
        if "application/json" in one.get("content", {}) and status == str(route.status_code or 200):
            one["content"]["application/json"]["schema"] = ANSWERS.get(of, {})
        names = [name for name in _HEADERS if name != "ETag" or _asks(route, set_etag)]
        told = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        one["headers"] = told | one.get("headers", {})
    responses.pop("422", None)
    for status, one in responses.items():
        if not status.startswith("2"):  # told by the route itself, in its words
            one["content"] = _PROBLEM
    for status in sorted(errors - set(responses)):
        responses[status] = {"$ref": f"#/components/responses/Problem{status.title()}"}


def _asks(route: APIRoute, function: Any) -> bool:
    """Whether the code of a route calls a function by its name."""
    return function.__name__ in route.endpoint.__code__.co_names  # type: ignore[attr-defined]

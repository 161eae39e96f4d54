"""No other site can act in a signed-in browser's name.

Every form carries a hidden field `csrf` (HTMX may send it as the header X-CSRF-Token); it is a
signature over the session's cookie, so that nothing has to be stored. Requests with an API key
carry no cookie and need none.
"""

import hashlib
import hmac

from fastapi import Request

from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_secret
from lifeworth.web.access import COOKIE, workspace_of

VISIT = "lifeworth_visit"  # cookie of a browser that has not signed in
FIELD, HEADER = "csrf", "x-csrf-token"
SAFE = ("GET", "HEAD", "OPTIONS")


def csrf_token(request: Request) -> str:
    """The value of the hidden field for this browser; pages set the cookie VISIT by `visit` where needed."""
    basis = (
        request.cookies.get(COOKIE) or getattr(request.state, "visit", "") or request.cookies.get(VISIT, "")
    )
    return hmac.new(workspace_of(request).secret, f"csrf:{basis}".encode(), hashlib.sha256).hexdigest()


def visit(request: Request) -> str:
    """The value of the cookie VISIT, made where there is none."""
    request.state.visit = request.cookies.get(VISIT) or new_secret()
    return request.state.visit


async def check_csrf(request: Request) -> None:
    """A dependency of every page and of the API.

    Raises:
        AppError: APP-006 when a request that changes something does not carry the token.
    """
    if request.method in SAFE or request.headers.get("authorization"):
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise AppError("APP-006")
    if not (request.cookies.get(COOKIE) or request.cookies.get(VISIT)):
        if request.url.path.startswith("/api/"):
            return  # nobody's cookie can be misused; access is refused by `require`
        raise AppError("APP-006")
    sent = request.headers.get(HEADER)
    kind = request.headers.get("content-type", "")
    if sent is None and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        sent = (await request.form()).get(FIELD)  # type: ignore[assignment]
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), csrf_token(request).encode()):
        raise AppError("APP-006")

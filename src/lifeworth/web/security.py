"""What every answer carries and no request may exceed: headers, a request id, a limit of size."""

import re
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lifeworth.store.ids import new_id
from lifeworth.workflows.workspace import Workspace

# no inline script and no script from elsewhere; ECharts writes style attributes into its tooltips
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
ORDINARY_BYTES = 2 * 1024 * 1024
_REQUEST_ID = re.compile(r"[\w.:-]{1,100}")
_FRESH_SECONDS = 5


class Guard:
    """The outermost layer: names the request, limits its body, and dresses the answer."""

    def __init__(self, app: ASGIApp, workspace: Workspace) -> None:
        self._app, self._workspace = app, workspace
        self._limit, self._asked_at = 0, -1e9

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["x-request-id"] = request_id
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
                if not scope["path"].startswith(("/static", "/vendor")):
                    answer.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, self._counted(scope, headers, receive), dressed)

    def _counted(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        limit = self._upload_limit() if may_be_large(headers) else ORDINARY_BYTES
        seen = int(headers["content-length"]) if headers.get("content-length", "").isdigit() else 0
        state: dict[str, Any] = {"seen": 0}

        async def counted() -> Message:
            if seen > limit:
                raise HTTPException(413)
            message = await receive()
            state["seen"] += len(message.get("body", b""))
            if state["seen"] > limit:
                raise HTTPException(413)
            return message

        return counted

    def _upload_limit(self) -> int:
        if time.monotonic() - self._asked_at > _FRESH_SECONDS:
            self._limit = int(self._workspace.settings()["upload_limit_mb"]) * 1024 * 1024
            self._asked_at = time.monotonic()
        return self._limit


def may_be_large(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith(("multipart/form-data", "application/octet-stream"))


class Quiet:
    """Keeps the server from writing out errors that were answered and noted already (`problems`): their text
    may hold personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception:
            if scope["type"] != "http":
                raise

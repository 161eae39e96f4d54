"""POST requests with an `Idempotency-Key` happen once: the same request is answered again from memory.

For 24 hours. The same key with another body is refused (409, APP-008). Only answers that say "done"
are kept, so that a refused request can be corrected and sent again.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.rows import one
from lifeworth.store.tables import idempotent_answers as answers
from lifeworth.web.access import find_actor, workspace_of
from lifeworth.web.security import may_be_large

KEPT = datetime.timedelta(hours=24)
HEADER = "idempotency-key"
LONGEST_KEY = 200
SHOWN_ONCE = ("key", "secret")


class IdempotentRoute(APIRoute):
    """A route whose POST requests may carry an Idempotency-Key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None or may_be_large(request.headers):
                return await handle(request)
            if not 1 <= len(key) <= LONGEST_KEY:
                raise AppError("APP-007", fields=["header.Idempotency-Key"])
            actor = await run_in_threadpool(find_actor, request)
            body = await request.body()
            whose = f"{actor.label if actor else ''}\n{key}"
            name = hashlib.sha256(whose.encode()).hexdigest()
            asked = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode() + body).hexdigest()
            known = await run_in_threadpool(_known, request, name)
            if known is not None:
                if known["request_hash"] != asked:
                    raise AppError("APP-008")
                headers = {**known["headers"], "idempotency-replayed": "true"}
                return Response(known["body"], known["status"], headers)
            answer = await handle(request)
            if 200 <= answer.status_code < 300 and isinstance(answer.body, bytes):
                await run_in_threadpool(_keep, request, name, asked, answer)
            return answer

        return once


def api_router(**options: Any) -> APIRouter:
    """The router of a file of the API."""
    return APIRouter(route_class=IdempotentRoute, **options)


def _known(request: Request, name: str) -> dict[str, Any] | None:
    with workspace_of(request).database.begin() as connection:
        connection.execute(sa.delete(answers).where(answers.c.at < now() - KEPT))
        return one(connection, sa.select(answers).where(answers.c.key == name))


def _keep(request: Request, name: str, asked: str, answer: Response) -> None:
    kept = {
        header: answer.headers[header]
        for header in ("content-type", "location", "etag")
        if header in answer.headers
    }
    row = {"key": name, "request_hash": asked, "status": answer.status_code, "headers": kept, "at": now()}
    try:
        with workspace_of(request).database.begin() as connection:
            connection.execute(sa.insert(answers).values(**row, body=_without_secrets(bytes(answer.body))))
    except IntegrityError:  # the same request at the same moment: the first answer stays
        return


def _without_secrets(body: bytes) -> str:
    """The body without what is shown once: a replayed answer tells that it was done, not the secret."""
    try:
        content = json.loads(body)
    except ValueError:
        return body.decode()
    if isinstance(content, dict) and any(name in content for name in SHOWN_ONCE):
        content |= {name: None for name in SHOWN_ONCE if name in content}
        return json.dumps(content, ensure_ascii=False)
    return body.decode()

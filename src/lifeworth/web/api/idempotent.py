"""POST requests with an `Idempotency-Key` happen once: the same request is answered again from memory.

For 24 hours. The key is reserved before anything is done: the same request at the same moment waits for the
answer of the first, and is told to come back (409, APP-037) where that takes long. The same key with another
body is refused (409, APP-008). Only answers that say "done" are kept, so that a refused request can be
corrected and sent again. A request that died holds its key for half a minute.
"""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.concurrency import run_in_threadpool

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import answers
from lifeworth.store.ids import new_id
from lifeworth.web.access import find_actor, workspace_of
from lifeworth.web.security import may_be_large

HEADER = "idempotency-key"
LONGEST_KEY = 200
SHOWN_ONCE = ("key", "secret")
PATIENCE_SECONDS = 20
BEAT_SECONDS = 10
PAUSES = (0.1, 0.5, 2.0, None)  # before an answer is tried to be kept again
_LONGEST_PAUSE_SECONDS = 0.5
_log = logging.getLogger("lifeworth.web")


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
            if actor is None:  # is refused, and reserves nothing
                return await handle(request)
            body = await request.body()
            name = hashlib.sha256(f"{actor.label}\n{key}".encode()).hexdigest()
            asked = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode() + body).hexdigest()
            token = new_id()
            known = await _answered_before(request, name, asked, token)
            if known is not None:
                headers = {**known["headers"], "idempotency-replayed": "true"}
                return Response(known["body"], known["status"], headers)
            done = None
            try:
                async with _held(request, name, token):
                    done = await handle(request)
            finally:
                await _settled(request, name, token, done)
            return done

        return once


def api_router(**options: Any) -> APIRouter:
    """The router of a file of the API."""
    return APIRouter(route_class=IdempotentRoute, **options)


async def _answered_before(request: Request, name: str, asked: str, token: str) -> dict[str, Any] | None:
    """The answer kept for the key, or None when the key is reserved for this request.

    Raises:
        AppError: APP-008 for another request, APP-037 for one that still goes on.
    """
    patient_until, pause = time.monotonic() + PATIENCE_SECONDS, 0.05
    while True:
        try:
            known = await run_in_threadpool(_reserve, request, name, asked, token)
        except IntegrityError:  # reserved in this very moment
            continue
        if known is None:
            return None
        if known["request_hash"] != asked:
            raise AppError("APP-008")
        if known["status"] != answers.RESERVED:
            return known
        if time.monotonic() >= patient_until:
            raise AppError("APP-037", seconds=BEAT_SECONDS)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def _held(request: Request, name: str, token: str) -> AsyncIterator[None]:
    """Renew a reservation for as long as the request is worked on."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(OperationalError):  # a busy database: the next beat comes in time
                await run_in_threadpool(_renew, request, name, token)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()


async def _settled(request: Request, name: str, token: str, done: Response | None) -> None:
    """`_settle`, again where the database is busy; what was done is answered even if it cannot be kept."""
    for pause in PAUSES:
        try:
            await run_in_threadpool(_settle, request, name, token, done)
        except OperationalError as error:
            if pause is None:
                _log.error("an Idempotency-Key was not kept: %s", type(error).__name__)
            else:
                await asyncio.sleep(pause)
        else:
            return


def _reserve(request: Request, name: str, asked: str, token: str) -> dict[str, Any] | None:
    with workspace_of(request).database.begin() as connection:
        return answers.reserve(connection, name, asked, token, now())


def _renew(request: Request, name: str, token: str) -> None:
    with workspace_of(request).database.begin() as connection:
        answers.renew(connection, name, token, now())


def _settle(request: Request, name: str, token: str, done: Response | None) -> None:
    """Keep an answer that says "done", or give the key free."""
    body = getattr(done, "body", None)
    with workspace_of(request).database.begin() as connection:
        if done is None or not 200 <= done.status_code < 300 or not isinstance(body, bytes):
            answers.release(connection, name, token)
            return
        kept = {
            header: done.headers[header]
            for header in ("content-type", "location", "etag")
            if header in done.headers
        }
        answers.keep(
            connection, name, token,
            status=done.status_code, headers=kept, body=_without_secrets(body), at=now(),
        )  # fmt: skip


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

"""How many requests one user, key or address may make: a bucket that refills all the time."""

import threading
import time
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from lifeworth.base.errors import AppError
from lifeworth.web.access import client_ip, find_actor, workspace_of

WINDOW_SECONDS = 60
_MOST_BUCKETS = 10_000
_FRESH_SECONDS = 5


@dataclass
class _Bucket:
    level: float
    at: float


class Limiter:
    """Buckets in memory: each holds as many requests as a minute allows."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()
        self._allowed, self._asked_at = 0, -1e9

    def take(self, who: str, allowed: int, now: float) -> tuple[bool, int, int]:
        """(allowed or not, requests left, seconds until the bucket is full again)."""
        with self._lock:
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets.setdefault(who, _Bucket(allowed, now))
            bucket.level = min(allowed, bucket.level + (now - bucket.at) * allowed / WINDOW_SECONDS)
            bucket.at = now
            good = bucket.level >= 1
            bucket.level -= 1 if good else 0
            return good, int(bucket.level), round((allowed - bucket.level) * WINDOW_SECONDS / allowed)

    def allowed(self, request: Request) -> int:
        if time.monotonic() - self._asked_at > _FRESH_SECONDS:
            self._allowed = int(workspace_of(request).settings()["requests_per_minute"])
            self._asked_at = time.monotonic()
        return self._allowed


async def limit_requests(request: Request, response: Response) -> None:
    """A dependency of the API.

    Raises:
        AppError: APP-012 with the seconds to wait.
    """
    limiter: Limiter = request.app.state.limiter

    def look() -> tuple[str, int]:
        actor = find_actor(request)
        return (actor.label if actor else f"ip:{client_ip(request)}"), limiter.allowed(request)

    who, allowed = await run_in_threadpool(look)
    good, left, full_in = limiter.take(who, allowed, time.monotonic())
    headers = {
        "ratelimit-limit": str(allowed),
        "ratelimit-remaining": str(left),
        "ratelimit-reset": str(full_in),
    }
    request.state.limit_headers = headers
    response.headers.update(headers)
    if not good:
        raise AppError("APP-012", seconds=max(1, round(WINDOW_SECONDS / allowed)))

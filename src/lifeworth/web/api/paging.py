"""Lists of the API: `{data, next_cursor, has_more}`; a cursor knows which list it belongs to."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import Query, Request, Response

from lifeworth.base.errors import AppError

Limit = Annotated[int, Query(ge=1, le=500, description="Rows at most")]
Cursor = Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")]


def encode_cursor(of: str, place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([of, place]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, of: str, kind: type) -> Any:
    """The place that a cursor names, or None without one.

    Raises:
        AppError: APP-020 for what is no cursor, or one of another list.
    """
    if cursor is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        owner, place = found
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise AppError("APP-020") from None
    if owner != of or type(place) is not kind:
        raise AppError("APP-020")
    if isinstance(place, int) and not 0 <= place < 2**53:
        raise AppError("APP-020")
    if isinstance(place, str) and ("\x00" in place or len(place) > 100):
        raise AppError("APP-020")
    return place


def listed(rows: Sequence[dict[str, Any]], limit: int, of: str, key: str = "id") -> dict[str, Any]:
    """A page of rows of which one more than `limit` was asked for."""
    more = len(rows) > limit
    shown = list(rows[:limit])
    return {
        "data": shown,
        "next_cursor": encode_cursor(of, shown[-1][key]) if more else None,
        "has_more": more,
    }


def etag(version: Any) -> str:
    return f'"{version}"'


def set_etag(response: Response, version: Any) -> None:
    response.headers["etag"] = etag(version)


def wanted_version(request: Request) -> int:
    """The version of If-Match.

    Raises:
        AppError: APP-027 without the header, APP-009 where it can be no version of ours.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise AppError("APP-027")
    text = header.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise AppError("APP-009")
    return int(text)


def only(names: Sequence[str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Rows with these columns only."""
    return lambda row: {name: row[name] for name in names}

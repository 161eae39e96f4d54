"""Households and accounts of a run; the customers of one: `GET /customers?filter[group]=REF`."""

from typing import Annotated, Any

from fastapi import Query, Request

from lifeworth.base.errors import AppError
from lifeworth.results.memberships import groups_page, sorts_of
from lifeworth.web.access import Actor, require, workspace_of
from lifeworth.web.api.customers import RunId, stamp
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, encode_cursor
from lifeworth.web.masking import mask_row
from lifeworth.web.scope import groups_for

router = api_router(tags=["customers"])
Sort = Annotated[str, Query(max_length=40, description="Column; with - in front the largest first")]


@router.get("/households", summary="Households and parent accounts of a run, and what each is worth")
def households(
    request: Request, run: RunId = None, sort: Sort = "-historical_value", limit: Limit = 50,
    cursor: Cursor = None, actor: Actor = require("customers:read"),
) -> dict[str, Any]:  # fmt: skip
    """Each has a `ref`, a pseudonym, since its name may be that of a person."""
    workspace = workspace_of(request)
    entry = workspace.run(run)
    known = sorts_of(entry)
    if known and sort.removeprefix("-") not in known:  # by name, one could guess who is who
        raise AppError("APP-019", seen=sort, wanted=", ".join(known))
    of = f"{entry.id}:households:{sort}"
    offset = decode_cursor(cursor, of, int) or 0
    seen = groups_for(request, actor, entry)
    rows, total = groups_page(entry, workspace.secret, sort, offset, limit, seen)
    end = offset + len(rows)
    return {
        "data": [mask_row(row, actor) for row in rows],
        "next_cursor": encode_cursor(of, end) if end < total else None,
        "has_more": end < total,
        "total": total,
        **stamp(entry),
    }

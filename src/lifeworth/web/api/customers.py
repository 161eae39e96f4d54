"""Customers of a run: list, one, timeline, export.

A customer is addressed by `ref`, a pseudonym; the id may be an e-mail address. Filters:
`filter[tier]=high`, several values by comma, `filter[lifetime_value][min]=100`, `[max]=`; patterns as the run
cut them, or by the lines `repeats=` and `profit=`.
"""

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import FileResponse

from lifeworth.base.errors import AppError
from lifeworth.results.customers import ASKABLE, Customers
from lifeworth.results.cut_lines import moved_lines
from lifeworth.results.question import DEFAULT_SORT, Condition, Question, question_key
from lifeworth.results.runs import RunEntry
from lifeworth.web.access import Actor, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import Cursor, Limit, decode_cursor, encode_cursor
from lifeworth.web.exports import Kind, send_customers
from lifeworth.web.masking import PERSONAL, mask_row
from lifeworth.web.scope import customers_for
from lifeworth.workflows.explain import alive_history

router = api_router(tags=["customers"])
_FILTER = re.compile(r"filter\[(\w{1,60})\](?:\[(min|max)\])?")
RunId = Annotated[str | None, Query(alias="run", max_length=100, description="Run; the newest without it")]
Sort = Annotated[str, Query(max_length=80, description="Column; with - in front the largest first")]
_SEARCHED = "Part of an id, a name, its pinyin, an e-mail address or a phone"
Search = Annotated[str, Query(alias="q", max_length=200, description=_SEARCHED)]
Repeats = Annotated[float | None, Query(description="Cut line of patterns: purchase days over the horizon")]
Profit = Annotated[float | None, Query(description="Cut line of patterns: money per purchase day")]
FieldNames = Annotated[str, Query(alias="fields", max_length=2000, description="Columns, by comma")]


def question_of(request: Request, actor: Actor, search: str = "", sort: str = DEFAULT_SORT) -> Question:
    """The question of an address, for pages and API. Who sees masks may look up whole ids only: else one
    could guess an id letter by letter.

    Raises:
        AppError: APP-019 for a filter that cannot be read.
    """
    conditions = []
    for name, value in request.query_params.multi_items():
        if not name.startswith("filter"):
            continue
        found = _FILTER.fullmatch(name)
        if found is None or len(value) > 1000:
            raise AppError("APP-019", seen=name[:100], wanted="filter[COLUMN], filter[COLUMN][min], [max]")
        column, op = found[1], found[2] or "in"
        if column in PERSONAL:
            actor.demand("pii:view")
        conditions.append(Condition(column, op, tuple(value.split(",")) if op == "in" else (value,)))
    if sort.removeprefix("-") in PERSONAL:
        actor.demand("pii:view")
    return Question(tuple(conditions), search.strip(), not actor.may("pii:view"), sort or DEFAULT_SORT)


def opened(request: Request, actor: Actor, run_id: str | None) -> tuple[RunEntry, Customers]:
    """A run, and those of its customers whom the actor sees."""
    run = workspace_of(request).run(run_id)
    return run, customers_for(request, actor, run)


def stamp(run: RunEntry) -> dict[str, Any]:
    """What every prediction carries: of which run, as of when, what it is, how far it looks."""
    names = ("as_of", "currency", "basis", "value_basis", "horizon_months", "discount_rate")
    return {"run_id": run.id, **{name: run.summary.get(name) for name in names}}


@router.get("/customers", summary="Customers of a run")
def customers(
    request: Request,
    run: RunId = None,
    q: Search = "",
    sort: Sort = DEFAULT_SORT,
    fields: FieldNames = "",
    repeats: Repeats = None,
    profit: Profit = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    actor: Actor = require("customers:read"),
) -> dict[str, Any]:
    entry, known = opened(request, actor, run)
    lines = moved_lines(entry.summary, repeats, profit)
    question = replace(question_of(request, actor, q, sort), lines=lines)
    of = f"{entry.id}:{question_key(question)}"
    offset = decode_cursor(cursor, of, int) or 0
    page = known.page(question, offset=offset, limit=limit, fields=_fields(fields) or ASKABLE)
    after = page.next_offset
    return {
        "data": [mask_row(row, actor) for row in page.rows],
        "next_cursor": encode_cursor(of, after) if after is not None else None,
        "has_more": after is not None,
        "total": page.total,
        **stamp(entry),
    }


@router.get("/customers.{kind}", summary="Customers of a run as a file", response_class=FileResponse)
def export(
    kind: Kind,
    request: Request,
    run: RunId = None,
    q: Search = "",
    sort: Sort = DEFAULT_SORT,
    fields: FieldNames = "",
    repeats: Repeats = None,
    profit: Profit = None,
    bom: Annotated[bool, Query(description="Begin CSV with a byte order mark, which Excel needs")] = True,
    actor: Actor = require("customers:export"),
) -> FileResponse:
    entry = workspace_of(request).run(run)
    lines = moved_lines(entry.summary, repeats, profit)
    question = replace(question_of(request, actor, q, sort), lines=lines)
    return send_customers(request, actor, entry, question, kind, fields=_fields(fields) or ASKABLE, bom=bom)


@router.get("/customers/{ref}", summary="One customer")
def customer(
    ref: str,
    request: Request,
    response: Response,
    run: RunId = None,
    actor: Actor = require("customers:read"),
) -> Any:
    entry, known = opened(request, actor, run)
    row = found_or_refused(known, ref)
    if actor.may("pii:view"):
        response.headers["vary"] = "authorization, cookie"
    return {**mask_row(row, actor), **stamp(entry)}


@router.get("/customers/{ref}/timeline", summary="What happened with a customer, oldest first")
def timeline(
    ref: str, request: Request, run: RunId = None, actor: Actor = require("customers:read")
) -> dict[str, Any]:
    entry, known = opened(request, actor, run)
    found_or_refused(known, ref)
    rows = [mask_row(row, actor) for row in known.timeline(ref)]
    return {"data": rows, "next_cursor": None, "has_more": False, **stamp(entry)}


@router.get("/customers/{ref}/purchases", summary="What a customer bought, product by product")
def purchases(
    ref: str, request: Request, run: RunId = None, actor: Actor = require("customers:read")
) -> dict[str, Any]:
    """Empty where the order files name no products."""
    entry, known = opened(request, actor, run)
    found_or_refused(known, ref)
    rows = [mask_row(row, actor) for row in known.rows_of(ref, "purchases")]
    return {"data": rows, "next_cursor": None, "has_more": False, **stamp(entry)}


@router.get(
    "/customers/{ref}/next-90-days", summary="Value of the next 90 days of a customer, by product line"
)
def next_90_days(
    ref: str, request: Request, run: RunId = None, actor: Actor = require("customers:read")
) -> dict[str, Any]:
    """The row whose `line` is null is the whole, with its interval. Empty where no lines are named."""
    entry, known = opened(request, actor, run)
    found_or_refused(known, ref)
    rows = [mask_row(row, actor) for row in known.rows_of(ref, "next_90_days")]
    return {"data": rows, "next_cursor": None, "has_more": False, **stamp(entry)}


@router.get("/customers/{ref}/alive", summary="P(alive) of a customer on each day up to the as-of date")
def alive(
    ref: str, request: Request, run: RunId = None, actor: Actor = require("customers:read")
) -> dict[str, Any]:
    """Each day knows only what came before; empty where the plain formula forecasts."""
    entry, known = opened(request, actor, run)
    found_or_refused(known, ref)
    columns = alive_history(entry.summary, known.timeline(ref)) or {}
    rows = [dict(zip(columns, each, strict=True)) for each in zip(*columns.values(), strict=True)]
    return {"data": rows, "next_cursor": None, "has_more": False, **stamp(entry)}


def found_or_refused(known: Customers, ref: str) -> dict[str, Any]:
    row = known.one(ref)
    if row is None:
        raise AppError("APP-003", kind="customer", seen=ref[:40])
    return row


def _fields(asked: str) -> list[str]:
    return [name.strip() for name in asked.split(",") if name.strip()]

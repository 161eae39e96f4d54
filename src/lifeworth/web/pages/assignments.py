"""Assignments: give customers to people by list or file, see what would change, apply, undo."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import LifeworthError
from lifeworth.store import accounts
from lifeworth.store import assignments as store
from lifeworth.web import narrowing
from lifeworth.web.access import Actor, require
from lifeworth.web.api import assignments as api
from lifeworth.web.page import Page
from lifeworth.web.pages.customers import FILTERS, asked_question, customers_of_page, value_word
from lifeworth.workflows.assigning import candidates

router = APIRouter()
SHOWN, MOST_LISTED = 50, 50
Login = Annotated[str, Form(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/assignments")
def show(request: Request, actor: Actor = require("customers:assign")) -> Response:
    """Filters of the customers page in the address choose who the list is."""
    return _draw(Page(request, actor))


@router.post("/assignments/selected")
def by_list(request: Request, login: Login, actor: Actor = require("customers:assign")) -> Response:
    page = Page(request, actor)
    question, _, _ = asked_question(page)
    try:
        made = api.selected(request, actor, customers_of_page(page), question, login)
    except LifeworthError as refusal:
        return _draw(page, page.refusal(refusal), 422)
    return RedirectResponse(page.at(f"/assignments/{made['id']}"), 303)


@router.post("/assignments/file")
def by_file(request: Request, file: UploadFile, actor: Actor = require("customers:assign")) -> Response:
    page = Page(request, actor)
    try:
        made = api.from_file(
            request, actor, file.file.read(api.MOST_BYTES + 1), Path(file.filename or "").suffix[:10]
        )
    except LifeworthError as refusal:
        return _draw(page, page.refusal(refusal), 422)
    return RedirectResponse(page.at(f"/assignments/{made['id']}"), 303)


@router.get("/assignments/{batch_id}")
def one(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    page, batch = Page(request, actor), api.batch_of(request, batch_id)
    state = "undone" if batch["undone_at"] else "applied" if batch["applied_at"] else "draft"
    return page.draw(
        "assignment.html.j2",
        title=page.say(f"teams.batch.{state}"),
        batch=batch,
        state=state,
        counts=[(name, page.form.count(number)) for name, number in batch["counts"].items()],
        unmatched=(batch["unmatched"] or [])[:SHOWN],
    )


@router.get("/assignments/{batch_id}/unmatched.csv")
def unmatched(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    return api.unmatched(batch_id, request, actor)


@router.post("/assignments/{batch_id}/apply")
def apply(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    api.applied(request, actor, batch_id)
    return RedirectResponse(Page(request, actor).at(f"/assignments/{batch_id}"), 303)


@router.post("/assignments/{batch_id}/undo")
def undo(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    api.undo(batch_id, request, actor)
    return RedirectResponse(Page(request, actor).at(f"/assignments/{batch_id}"), 303)


@router.post("/assignments/{batch_id}/forget")
def forget(batch_id: str, request: Request, actor: Actor = require("customers:assign")) -> Response:
    api.forget(batch_id, request, actor)
    return RedirectResponse(Page(request, actor).at("/assignments"), 303)


@router.post("/customers/{ref}/assignee")
def assign_one(
    ref: str, request: Request, login: Login, actor: Actor = require("customers:assign")
) -> Response:
    api.assign_one(ref, api.Assignee(login=login), request, None, actor)
    return RedirectResponse(Page(request, actor).at(f"/customers/{ref}"), 303)


def _draw(page: Page, problem: str = "", status: int = 200) -> Response:
    title = page.say("web.place.assignments")
    if page.entry is None:
        return page.draw("nothing.html.j2", title=title)
    question, _, _ = asked_question(page)
    count = customers_of_page(page).count(question)
    with page.workspace.database.read() as connection:
        batches = store.applied_batches(connection, limit=MOST_LISTED)
        people, held = candidates(connection), store.counts_of(connection)
        names = {f"user:{user['id']}": user["name"] for user in accounts.all_users(connection)}
        names |= {f"key:{key['id']}": key["name"] for key in accounts.keys(connection)}
    return page.draw(
        "assignments.html.j2",
        status=status,
        title=title,
        problem=problem,
        count=count,
        chosen=_chosen(page),
        people=people,
        holders=[(user, page.form.count(held[user["id"]])) for user in people if user["id"] in held],
        batches=[{**row, "by": names.get(row["created_by"], row["created_by"])} for row in batches],
    )


def _chosen(page: Page) -> list[str]:
    """What narrows the list, in words."""
    asked = page.request.query_params
    found = [chip.text for chip in narrowing.chips(page)]
    found += [
        f"{page.say(f'label.{name}')}: {value_word(page, name, asked[name])}"
        for name in FILTERS
        if asked.get(name)
    ]
    return [*found, *([asked["q"][:120]] if asked.get("q") else [])]

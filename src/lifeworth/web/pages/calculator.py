"""The calculator: textbook values with the numbers filled in."""

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import LifeworthError
from lifeworth.web.access import Actor, require
from lifeworth.web.page import Page
from lifeworth.workflows.calculator import calculation, template_names

router = APIRouter()


@router.get("/calculator")
def show(request: Request, actor: Actor = require("calculator:use")) -> Response:
    """Everything stands in the address, so that a calculation can be sent to somebody."""
    page, asked = Page(request, actor), request.query_params
    names = template_names()
    chosen = asked.get("template", names[0])
    chosen = chosen if chosen in names else names[0]
    currency = str(page.workspace.settings()["currency"] or "")
    typed = {name: value for name, value in asked.items() if name not in ("template", "lang", "run")}
    problem, found = "", calculation(chosen, {}, page.language, currency)
    try:
        found = calculation(chosen, typed, page.language, currency)
    except LifeworthError as error:
        problem = page.refusal(error)
    return page.draw(
        "calculator.html.j2",
        title=page.say("web.title.calculator"),
        typed=typed,
        names=names,
        chosen=chosen,
        found=found,
        problem=problem,
    )

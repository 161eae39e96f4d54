"""Settings of the workspace: what values are net of, how far they look, in which currency and language."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import LifeworthError
from lifeworth.web.access import Actor, record, require
from lifeworth.web.page import Page
from lifeworth.workflows.options import BASES

router = APIRouter()
ASSUMED = ("offer_effect", "wallet_quantile", "base_share")
TYPED = ("company", "horizon_months", "discount", "margin", "basis", "currency", "language", *ASSUMED)


@router.get("/settings")
def show(request: Request, actor: Actor = require("settings:read")) -> Response:
    return _draw(Page(request, actor), {}, "")


@router.post("/settings")
async def change(request: Request, actor: Actor = require("settings:write")) -> Response:
    page, form = Page(request, actor), await request.form()
    typed = {name: str(form.get(name) or "").strip() for name in TYPED}
    try:
        values = _values(typed)
        page.workspace.change_settings(values)
    except LifeworthError as error:
        return _draw(page, typed, page.told({"code": error.code, "facts": error.facts}), 422)
    except ValueError:
        return _draw(page, typed, page.say("web.settings.number"), 422)
    record(request, actor, "settings.changed", **values)
    return RedirectResponse("/settings?saved=1", 303)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    """The settings as they are kept. Raises ValueError for what is no number."""
    return {
        "company": typed["company"][:60],
        "horizon_months": float(typed["horizon_months"]),
        "discount_rate": float(typed["discount"]) / 100,
        "margin": float(typed["margin"]) / 100 if typed["margin"] else None,
        **{name: float(typed[name]) / 100 if typed[name] else None for name in ASSUMED},
        "basis": typed["basis"] or "auto",
        "currency": typed["currency"].upper(),
        "language": typed["language"],
    }


def _draw(page: Page, typed: dict[str, str], problem: str, status: int = 200) -> Response:
    kept = page.workspace.settings()
    shown = {name: kept[name] for name in ("company", "currency", "language", "basis")}
    shown |= {
        "horizon_months": f"{kept['horizon_months']:g}",
        "discount": f"{100 * kept['discount_rate']:g}",
        **{name: "" if kept[name] is None else f"{100 * kept[name]:g}" for name in ("margin", *ASSUMED)},
    }
    return page.draw(
        "settings.html.j2",
        status=status,
        title=page.say("web.title.settings"),
        typed={**shown, **typed},
        problem=problem,
        bases=BASES,
        assumed=ASSUMED,
        saved=page.request.query_params.get("saved") == "1",
    )

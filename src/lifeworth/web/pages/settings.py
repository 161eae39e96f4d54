"""Settings of the workspace: what values are net of, how far they look, and what is known of customers."""

from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from lifeworth.base.errors import LifeworthError
from lifeworth.store.rows import many
from lifeworth.store.tables import imports
from lifeworth.web.access import Actor, require
from lifeworth.web.api.settings import change_settings
from lifeworth.web.page import Page
from lifeworth.workflows.attributes import MOST_SEGMENTS
from lifeworth.workflows.ingest import ACTIVE
from lifeworth.workflows.options import BASES
from lifeworth.workflows.recognition import ATTRIBUTES
from lifeworth.workflows.workspace import Workspace

router = APIRouter()
ASSUMED = ("offer_effect", "wallet_quantile", "base_share")
DECIDED = ("decision_confidence", "grow_share")
TEXTS = ("zone", "scope", "covariates", "pool_by", "survey_scale", "score_weights")
TYPED = (
    *("company", "horizon_months", "discount", "margin", "basis", "currency", "language", "cost_to_serve"),
    *(*TEXTS, *ASSUMED, *DECIDED),
)


@router.get("/settings")
def show(request: Request, actor: Actor = require("settings:read")) -> Response:
    return _draw(Page(request, actor), {}, "")


@router.post("/settings")
async def change(request: Request, actor: Actor = require("settings:write")) -> Response:
    page, form = Page(request, actor), await request.form()
    typed = {name: str(form.get(name) or "").strip() for name in TYPED}
    try:
        change_settings(request, actor, _values(typed))
    except LifeworthError as error:
        return _draw(page, typed, page.refusal(error), 422)
    except ValueError:
        return _draw(page, typed, page.say("web.settings.number"), 422)
    return RedirectResponse("/settings?saved=1", 303)


def _values(typed: dict[str, str]) -> dict[str, Any]:
    """The settings as they are kept. Raises ValueError for what is no number."""
    return {
        "company": typed["company"][:60],
        "horizon_months": float(typed["horizon_months"]),
        "discount_rate": float(typed["discount"]) / 100,
        "margin": float(typed["margin"]) / 100 if typed["margin"] else None,
        **{name: float(typed[name]) / 100 if typed[name] else None for name in (*ASSUMED, *DECIDED)},
        "cost_to_serve": float(typed["cost_to_serve"] or 0),
        "basis": typed["basis"] or "auto",
        "currency": typed["currency"].upper(),
        "language": typed["language"],
        **{name: typed[name] for name in TEXTS},
    }


def _draw(page: Page, typed: dict[str, str], problem: str, status: int = 200) -> Response:
    kept = page.workspace.settings()
    shown = {name: kept[name] for name in ("company", "currency", "language", "basis", *TEXTS)}
    shown |= {
        "horizon_months": f"{kept['horizon_months']:g}",
        "discount": f"{100 * kept['discount_rate']:g}",
        **{
            name: "" if kept[name] is None else f"{100 * kept[name]:g}"
            for name in ("margin", *ASSUMED, *DECIDED)
        },
        "cost_to_serve": f"{kept['cost_to_serve']:g}" if kept["cost_to_serve"] else "",
    }
    return page.draw(
        "settings.html.j2",
        status=status,
        title=page.say("web.title.settings"),
        typed={**shown, **typed},
        problem=problem,
        bases=BASES,
        assumed=ASSUMED,
        decided=("cost_to_serve", *DECIDED),
        zones=sorted(available_timezones()),
        attributes=_attribute_columns(page.workspace),
        most_segments=MOST_SEGMENTS,
        saved=page.request.query_params.get("saved") == "1",
    )


def _attribute_columns(workspace: Workspace) -> list[str]:
    """Columns of the files of customer attributes that were taken in, but for the customer."""
    query = sa.select(imports.c.report).where(imports.c.status == ACTIVE, imports.c.kind == ATTRIBUTES)
    with workspace.database.read() as connection:
        reports = [row["report"] or {} for row in many(connection, query.order_by(imports.c.id))]
    found: dict[str, None] = {}
    for report in reports:
        mapping = (report.get("import_report") or {}).get("mapping") or {}
        keys = {told["column"] for told in mapping.values()}
        for sheet in report.get("sheets", []):
            found |= dict.fromkeys(name for name in sheet["columns"] if name not in keys)
    return list(found)

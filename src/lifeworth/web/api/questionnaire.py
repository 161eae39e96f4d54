"""Questions to ask customers."""

from typing import Any

from fastapi import Request

from lifeworth.text.catalog import catalog
from lifeworth.text.questionnaire import questionnaire
from lifeworth.web.access import Actor, require
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.language import language_of

router = api_router(tags=["surveys"])


@router.get("/questionnaire", summary="Questions to ask customers, and what each feeds")
def questions(request: Request, actor: Actor = require("workspace:read")) -> dict[str, Any]:
    data = questionnaire(catalog(language_of(request)))
    return {"data": data, "next_cursor": None, "has_more": False}

"""The calculator: textbook formulas with the numbers filled in."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from lifeworth.web.access import Actor, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.language import language_of
from lifeworth.workflows.calculation import calculator_templates, worked_out

router = api_router(tags=["calculator"])


class Inputs(BaseModel):
    inputs: dict[str, float] = Field(default_factory=dict, max_length=50)
    currency: str | None = Field(None, pattern="^[A-Z]{3}$")


@router.get("/calculator", summary="Templates and their questions")
def templates(request: Request, actor: Actor = require("calculator:use")) -> dict[str, Any]:
    data = calculator_templates(language_of(request))
    return {"data": data, "next_cursor": None, "has_more": False}


@router.post("/calculator/{template}", summary="Work out a template")
def calculate(
    template: str, wanted: Inputs, request: Request, actor: Actor = require("calculator:use")
) -> Any:
    currency = wanted.currency or workspace_of(request).settings()["currency"]
    return worked_out(template, wanted.inputs, language_of(request), currency)

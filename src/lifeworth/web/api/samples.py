"""Samples: a company or real orders to look around in, loaded and valued by a worker."""

from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.language import language_of
from lifeworth.web.roles import to_start
from lifeworth.workflows.sample import start_sample

router = api_router(tags=["imports"])


class NewSample(BaseModel):
    model_config = {"extra": "forbid"}
    what: Literal["company", "orders"] = Field(
        "company", description="A simulated company with all that it keeps, or 2,357 real customers"
    )
    language: Literal["en", "zh-Hans", "zh-Hant"] | None = Field(
        None, description="Of the company; else that of the request"
    )


@router.post("/samples", status_code=202, summary="Load a sample and value it")
def load(new: NewSample, request: Request, actor: Actor = require("runs:start")) -> dict[str, Any]:
    """Asked again while it is being loaded, the answer is the same job; loaded again, nothing is added."""
    actor.demand(*to_start("sample"))
    job_id, fresh = start_sample(
        workspace_of(request), new.what, new.language or language_of(request), by=actor.label
    )
    if fresh:
        record(request, actor, "sample.loaded", f"job:{job_id}")
    return {"job_id": job_id}

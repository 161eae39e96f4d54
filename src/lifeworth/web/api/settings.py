"""Settings of the workspace."""

from typing import Annotated, Any

from fastapi import Body, Request, Response

from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import set_etag, wanted_version

router = api_router(tags=["settings"])


@router.get("/settings", summary="Settings")
def settings(request: Request, response: Response, actor: Actor = require("settings:read")) -> dict[str, Any]:
    workspace = workspace_of(request)
    set_etag(response, workspace.settings_version())
    return workspace.settings()


@router.patch("/settings", summary="Change settings (If-Match needed)")
def change(
    request: Request,
    response: Response,
    values: Annotated[dict[str, Any], Body()],
    actor: Actor = require("settings:write"),
) -> dict[str, Any]:
    workspace = workspace_of(request)
    before = workspace.settings()
    workspace.change_settings(values, wanted_version(request))
    after = workspace.settings()
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(request, actor, "settings.changed", "settings", changes=changes)
    set_etag(response, workspace.settings_version())
    return after

"""Settings of the workspace."""

from typing import Annotated, Any

from fastapi import Body, Request, Response

from lifeworth.base.clock import now
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.api.idempotent import api_router
from lifeworth.web.api.paging import set_etag, wanted_version
from lifeworth.workflows.schedules import move_to_zone

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
    after = change_settings(request, actor, values, wanted_version(request))
    set_etag(response, workspace_of(request).settings_version())
    return after


def change_settings(
    request: Request, actor: Actor, values: dict[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Change settings, note what each was before, and let schedules follow the zone; all settings after it.

    Raises:
        UsageError, AppError: as `Workspace.change_settings`.
    """
    workspace = workspace_of(request)
    before = workspace.settings()
    workspace.change_settings(values, version)
    after = workspace.settings()
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(request, actor, "settings.changed", "settings", changes=changes)
    if "zone" in changes:
        move_to_zone(workspace, after["zone"], now())
    return after

"""Is it alive, is it ready: for whatever watches the server. Says nothing about the data."""

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from lifeworth.web.access import workspace_of

router = APIRouter()


@router.get("/healthz")
def alive() -> JSONResponse:
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    try:
        with workspace_of(request).database.read() as connection:
            connection.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError:
        return JSONResponse({"status": "database"}, 503)
    return JSONResponse({"status": "ok"})

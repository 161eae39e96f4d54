"""The application: one folder in, one ASGI app out.

Pages are the modules of `web/pages/`, the API those of `web/api/`; each exposes `router`.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from lifeworth import __version__
from lifeworth.reports import formats
from lifeworth.web import api, pages
from lifeworth.web.csrf import check_csrf
from lifeworth.web.description import describe
from lifeworth.web.limits import Limiter, limit_requests
from lifeworth.web.problems import handle_errors
from lifeworth.web.security import Guard
from lifeworth.workflows.worker import Worker
from lifeworth.workflows.workspace import Workspace

THREADS = 12  # requests answered side by side; more would only wait for each other, with memory of their own
HERE = Path(__file__).parent
ECHARTS = Path(str(formats.__file__)).parent / "vendor"


def create_app(workspace: Workspace | str | Path, *, worker: bool = False) -> FastAPI:
    """
    Args:
        workspace: an open workspace, or its folder.
        worker: work on jobs in a thread of this process; `lifeworth serve` starts processes instead.
    """
    open_workspace = workspace if isinstance(workspace, Workspace) else Workspace.open(workspace)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        working = Worker(open_workspace).start() if worker else None
        yield
        if working:
            working.stop()

    app = FastAPI(
        title="lifeworth",
        version=__version__,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    described = [route for router in routers(api) for route in router.routes if isinstance(route, APIRoute)]
    app.openapi = lambda: describe(app, described)  # type: ignore[method-assign]
    app.state.workspace, app.state.limiter = open_workspace, Limiter()
    handle_errors(app)
    for router in routers(api):
        app.include_router(
            router, prefix="/api/v1", dependencies=[Depends(limit_requests), Depends(check_csrf)]
        )
    for router in routers(pages):
        app.include_router(router, dependencies=[Depends(check_csrf)], include_in_schema=False)
    for path, folder in (("/static", HERE / "static"), ("/vendor", HERE / "vendor"), ("/charts", ECHARTS)):
        app.mount(path, StaticFiles(directory=folder, check_dir=False))
    app.add_middleware(Guard, workspace=open_workspace)
    return app


def routers(package: object) -> list[APIRouter]:
    """The routers of the modules of a package, by name."""
    name, paths = package.__name__, package.__path__  # type: ignore[attr-defined]
    modules = [
        importlib.import_module(f"{name}.{found.name}")
        for found in sorted(pkgutil.iter_modules(paths), key=lambda one: one.name)
    ]
    return [module.router for module in modules if hasattr(module, "router")]

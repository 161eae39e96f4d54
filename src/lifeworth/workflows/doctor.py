"""Is the workspace well? One line per thing looked at, each with what to do."""

import os
import shutil
from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.store import accounts, jobs
from lifeworth.store.audit import broken_at
from lifeworth.store.rows import many
from lifeworth.store.tables import jobs as job_table
from lifeworth.store.tables import uploads
from lifeworth.workflows.uploads import orphans
from lifeworth.workflows.workspace import Workspace

LEAST_FREE_BYTES = 1 << 30


def examine(workspace: Workspace) -> list[dict[str, Any]]:
    """[{"check", "ok", "facts"}]; the sentences are `doctor.<check>.ok` and `doctor.<check>.bad`."""
    moment = now()
    with workspace.database.read() as connection:
        files = many(connection, sa.select(uploads.c.file, uploads.c.size))
        stale = (job_table.c.status == jobs.RUNNING) & (job_table.c.lease_until < moment)
        stuck = connection.execute(sa.select(sa.func.count()).where(stale)).scalar_one()
        owners, broken = accounts.active_owners(connection), broken_at(connection)
    missing = [row["file"] for row in files if not (workspace.folder / row["file"]).exists()]
    cut_off = orphans(workspace)
    free = shutil.disk_usage(workspace.folder).free
    runs = workspace.runs()
    hurt = [run.id for run in runs if not (run.folder / CUSTOMERS_PARQUET).exists()]
    readable = os.stat(workspace.folder / "secret").st_mode & 0o077
    return [
        _line("database", True, kind="SQLite" if workspace.database.is_sqlite else "PostgreSQL"),
        _line("owner", owners > 0, count=owners),
        _line("secret", not readable),
        _line("audit", broken is None, number=broken or 0),
        _line("files", not missing, count=len(missing)),
        _line("orphans", not cut_off, count=len(cut_off)),
        _line("runs", not hurt, count=len(runs), hurt=", ".join(hurt)),
        _line("jobs", not stuck, count=int(stuck)),
        _line("disk", free >= LEAST_FREE_BYTES, gigabytes=round(free / (1 << 30), 1)),
    ]


def _line(check: str, ok: bool, **facts: Any) -> dict[str, Any]:
    return {"check": check, "ok": bool(ok), "facts": facts}

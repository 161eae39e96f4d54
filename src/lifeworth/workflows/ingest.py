"""Imports: a file comes in, is recognised, confirmed and active; or undone, as if it had never come.

    uploaded -> checked -> active -> undone (and active again)

The check runs as a job. What is active is what a value run reads. The same bytes imported twice are
one import; what a person decided about a file is kept for the next file with the same headers.
"""

from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id
from lifeworth.store.jobs import add_job
from lifeworth.store.rows import many, one
from lifeworth.store.tables import imports, mapping_templates, uploads
from lifeworth.workflows.recognition import ORDERS, as_utf8, known_kinds, recognise_file
from lifeworth.workflows.step import Progress
from lifeworth.workflows.workspace import Workspace

UPLOADED, CHECKED, ACTIVE, UNDONE = "uploaded", "checked", "active", "undone"
SAMPLE = "sample"  # who made the imports of sample data


def active_imports(workspace: Workspace) -> list[dict[str, Any]]:
    """What a value run reads, oldest first, each with the `file` that holds it."""
    query = _whole().where(imports.c.status == ACTIVE).order_by(imports.c.id)
    with workspace.database.read() as connection:
        return many(connection, query)


def import_of(workspace: Workspace, import_id: str) -> dict[str, Any]:
    """
    Raises:
        AppError: APP-003 when there is none.
    """
    with workspace.database.read() as connection:
        row = one(connection, _whole().where(imports.c.id == import_id))
    if row is None:
        raise AppError("APP-003", kind="import", seen=import_id)
    return row


def list_imports(workspace: Workspace, *, after: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Newest first, without their reports."""
    query = _whole(report=False).order_by(imports.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(imports.c.id < after)
    with workspace.database.read() as connection:
        return many(connection, query)


def add_import(
    workspace: Workspace, upload: dict[str, Any], kind: str = ORDERS, *, by: str = ""
) -> tuple[dict[str, Any], str | None]:
    """The import of an upload and the job that looks at it; the import there is, and None, for a known file.

    Raises:
        AppError: APP-019 for a kind of file that is not known.
    """
    if kind not in known_kinds():
        raise AppError("APP-019", seen=kind, wanted=", ".join(known_kinds()))
    same = (imports.c.sha256 == upload["sha256"]) & (imports.c.kind == kind) & (imports.c.status == ACTIVE)
    with workspace.database.begin() as connection:
        known = one(connection, _whole().where(same))
        if known is not None:
            return known, None
        import_id = new_id()
        connection.execute(
            sa.insert(imports).values(
                id=import_id, upload_id=upload["id"], kind=kind, status=UPLOADED, sha256=upload["sha256"],
                header_hash="", options={}, report=None, created_by=by, created_at=now(), version=1,
            )
        )  # fmt: skip
        job_id = add_job(connection, "check", {"import_id": import_id}, now=now(), created_by=by)
    return import_of(workspace, import_id), job_id


def confirm_import(
    workspace: Workspace,
    import_id: str,
    options: dict[str, Any] | None = None,
    *,
    value: bool = False,
    keep_sample: bool = False,
    by: str = "",
) -> str:
    """Read the file as decided and make it active; with `value`, value the workspace then. The id of the job.

    The first file of one's own takes the place of sample data, unless `keep_sample`.

    Raises:
        AppError: APP-003 no such import, APP-017 it is active already.
    """
    row = import_of(workspace, import_id)
    if row["status"] == ACTIVE:
        raise AppError("APP-017", seen=ACTIVE)
    payload = {"import_id": import_id, "activate": True, "options": options, "value": value}
    payload["keep_sample"] = keep_sample
    with workspace.database.begin() as connection:
        return add_job(connection, "import", payload, now=now(), created_by=by)


def recheck_import(workspace: Workspace, import_id: str, options: dict[str, Any], *, by: str = "") -> str:
    """Look again with other options; the id of the job."""
    row = import_of(workspace, import_id)
    if row["status"] == ACTIVE:
        raise AppError("APP-017", seen=ACTIVE)
    payload = {"import_id": import_id, "options": options}
    with workspace.database.begin() as connection:
        return add_job(connection, "check", payload, now=now(), created_by=by)


def undo_import(workspace: Workspace, import_id: str) -> dict[str, Any]:
    """Take an import back: the next run reads what it would have read without it.

    Raises:
        AppError: APP-003 no such import, APP-017 it is not active.
    """
    row = import_of(workspace, import_id)
    mine = (imports.c.id == import_id) & (imports.c.status == ACTIVE)
    with workspace.database.begin() as connection:
        values = {"status": UNDONE, "undone_at": now(), "version": imports.c.version + 1}
        if not connection.execute(sa.update(imports).where(mine).values(**values)).rowcount:
            raise AppError("APP-017", seen=row["status"])
    return import_of(workspace, import_id)


def import_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of jobs of the kinds "check" and "import".

    Raises:
        LifeworthError: the problem of the file, where it was to become active and cannot.
    """
    from lifeworth.workflows.erasure import leave_out_erased

    payload = job["payload"]
    row = import_of(workspace, payload["import_id"])
    activate = bool(payload.get("activate"))
    if row["status"] == ACTIVE:  # done before the worker died
        return {"import_id": row["id"], "status": ACTIVE}
    language = workspace.settings()["language"]
    asked = payload.get("options")
    options = row["options"] or {} if asked is None else asked
    path = workspace.folder / row["file"]
    report = recognise_file(path, row["kind"], options, language=language, progress=progress)
    if asked is None and not options and not activate:
        kept = template_for(workspace, report["header_hash"], row["kind"])
        if kept:
            options = kept
            report = recognise_file(path, row["kind"], options, language=language, progress=progress)
            report["from_template"] = True
    if activate and report["problem"]:
        _save(workspace, row["id"], CHECKED, options, report)
        problem = report["problem"]
        raise AppError(problem["code"], **problem["facts"])
    if activate and leave_out_erased(workspace, row, options):
        options = as_utf8(options)
        path = workspace.folder / import_of(workspace, row["id"])["file"]
        report = recognise_file(path, row["kind"], options, language=language, progress=progress)
    progress("publish", 0)
    replaces = activate and row["created_by"] != SAMPLE and not payload.get("keep_sample")
    _save(workspace, row["id"], ACTIVE if activate else CHECKED, options, report, replaces=replaces)
    return {"import_id": row["id"], "status": ACTIVE if activate else CHECKED}


def leave_out_sample(connection: sa.Connection) -> int:
    """Undo all imports of sample data; how many were active."""
    mine = (imports.c.created_by == SAMPLE) & (imports.c.status == ACTIVE)
    values = {"status": UNDONE, "undone_at": now(), "version": imports.c.version + 1}
    return connection.execute(sa.update(imports).where(mine).values(**values)).rowcount


def template_for(workspace: Workspace, header_hash: str, kind: str) -> dict[str, Any] | None:
    """What was decided for the last file with the same headers."""
    same = (mapping_templates.c.header_hash == header_hash) & (mapping_templates.c.kind == kind)
    with workspace.database.read() as connection:
        row = one(connection, sa.select(mapping_templates).where(same))
    return row["options"] if row else None


def _save(
    workspace: Workspace,
    import_id: str,
    status: str,
    options: dict[str, Any],
    report: dict[str, Any],
    *,
    replaces: bool = False,
) -> None:
    values: dict[str, Any] = {"status": status, "options": options, "report": report}
    values["header_hash"] = report["header_hash"]
    values["version"] = imports.c.version + 1
    if status == ACTIVE:
        values |= {"activated_at": now(), "undone_at": None}
    with workspace.database.begin() as connection:
        own = (imports.c.status == ACTIVE) & (imports.c.created_by != SAMPLE)
        if replaces and one(connection, sa.select(imports.c.id).where(own).limit(1)) is None:
            leave_out_sample(connection)
        connection.execute(sa.update(imports).where(imports.c.id == import_id).values(**values))
        if status != ACTIVE or not report["header_hash"]:
            return
        row = one(connection, sa.select(imports.c.kind).where(imports.c.id == import_id))
        kind = row["kind"] if row else ORDERS
        known = mapping_templates.c.header_hash == report["header_hash"]
        options = {name: value for name, value in options.items() if name != "rates"}  # are of their day
        if not options:  # nothing was decided: what an earlier file of this form needed, this one did not
            connection.execute(sa.delete(mapping_templates).where(known & (mapping_templates.c.kind == kind)))
            return
        change = sa.update(mapping_templates).where(known)
        if not connection.execute(change.values(kind=kind, options=options, saved_at=now())).rowcount:
            template = {"header_hash": report["header_hash"], "kind": kind, "options": options}
            connection.execute(sa.insert(mapping_templates).values(**template, saved_at=now()))


def _whole(report: bool = True) -> Any:
    columns = [column for column in imports.c if report or column.name != "report"]
    return sa.select(*columns, uploads.c.name, uploads.c.file, uploads.c.size).join(
        uploads, uploads.c.id == imports.c.upload_id
    )

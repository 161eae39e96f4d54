"""`lifeworth import FILE`: a file into the workspace; `--undo ID` takes one back."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.base.errors import AppError
from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace

BY = "cli"
_CHUNK_BYTES = 1 << 20


def run(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=options.text("import_file"), show_default=False)
    ] = None,
    workspace: Folder = None,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=options.text("import_kind"))] = "orders",
    map: options.Map = [],  # noqa: B006
    encoding: options.Encoding = "",
    dates: options.Dates = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=options.text("dry_run"))] = False,
    undo: Annotated[
        str, typer.Option("--undo", metavar="ID", help=options.text("undo"), show_default=False)
    ] = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows import ingest
    from lifeworth.workflows.recognition import recognise_file

    opened = open_workspace(workspace, create=not (undo or dry_run))
    if undo:
        row = ingest.undo_import(opened, undo)
        _tell(json, "service.undone", {"id": row["id"], "status": row["status"]}, name=row["name"])
        return
    if file is None or not file.is_file():
        raise AppError("APP-003", kind="file", seen=str(file or ""))
    decided = options.reading(columns=map, encoding=encoding, dates=dates)
    if dry_run:
        with Progress() as progress:
            report = recognise_file(file, kind, decided, language=words().language, progress=progress)
        _refuse(report)
        _tell(json, "service.dry", report, name=file.name, **_rows(report))
        return
    row, job_id = ingest.add_import(opened, _uploaded(opened, file), kind, by=BY)
    if job_id is None:
        _tell(json, "service.known", {"id": row["id"], "known": True}, name=file.name)
        return
    with Progress() as progress:
        job = {"payload": {"import_id": row["id"], "activate": True, "options": decided or None}}
        ingest.import_job(opened, job, progress)
    row = ingest.import_of(opened, row["id"])
    told = {"id": row["id"], "status": row["status"], "report": row["report"]}
    _tell(json, "service.imported", told, name=file.name, id=row["id"], **_rows(row["report"]))


def _uploaded(opened, file: Path):  # type: ignore[no-untyped-def]
    from lifeworth.workflows.uploads import save_upload

    with file.open("rb") as stream:
        return save_upload(opened, file.name, iter(lambda: stream.read(_CHUNK_BYTES), b""), by=BY)


def _refuse(report: dict) -> None:
    problem = report["problem"]
    if problem:
        raise AppError(problem["code"], **problem["facts"])


def _rows(report: dict) -> dict[str, int]:
    figures = report["import_report"]
    return {"used": figures["rows_used"], "read": figures["rows_read"]}


def _tell(json: bool, key: str, content: dict, **facts: object) -> None:
    if json:
        answer_json(content)
    else:
        answer(words().text(key, **facts))

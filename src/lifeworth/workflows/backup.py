"""Backup of a workspace as one zip, and back again.

Holds every table of the database as it stood at one moment (JSON lines, so that a backup of SQLite
restores into PostgreSQL and back), uploads, published runs and the secret: keep the file safe.
"""

import datetime
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.results.index import INDEX
from lifeworth.store.tables import Moment, metadata
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.workspace import FOLDERS, Workspace

MANIFEST = "lifeworth-backup.json"


def backup(workspace: Workspace, target: Path, progress: Progress = silent) -> Path:
    """Write the zip, whole or not at all; its path. `target` may be a folder."""
    if target.is_dir():
        target = target / f"lifeworth-{now().strftime('%Y%m%dT%H%M%SZ')}.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.new")
    progress("backup", 0)
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(MANIFEST, json.dumps({"made": now().isoformat(), "format": 1}))
        archive.writestr("tables.jsonl", "".join(_tables(workspace)))
        archive.write(workspace.folder / "secret", "secret")
        files = _files(workspace)
        for number, path in enumerate(files):
            progress("backup", number / len(files))
            archive.write(path, path.relative_to(workspace.folder).as_posix())
    os.chmod(fresh, 0o600)
    os.replace(fresh, target)
    return target


def restore(source: Path, folder: Path, *, database_url: str | None = None) -> Workspace:
    """Make a workspace from a backup in a folder that is empty or not there yet.

    Raises:
        AppError: APP-032 when the file is no backup, or the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AppError("APP-032", seen=str(folder))
    try:
        with zipfile.ZipFile(source) as archive:
            if json.loads(archive.read(MANIFEST))["format"] != 1:
                raise AppError("APP-032", seen=source.name)
            folder.mkdir(parents=True, exist_ok=True)
            for member in archive.infolist():
                if member.filename.split("/")[0] in (*FOLDERS, "secret"):
                    archive.extract(member, folder)
            lines = archive.read("tables.jsonl").decode().splitlines()
    except (OSError, KeyError, zipfile.BadZipFile, ValueError):
        raise AppError("APP-032", seen=source.name) from None
    os.chmod(folder / "secret", 0o600)
    workspace = Workspace.open(folder, database_url=database_url)
    _fill(workspace, lines)
    return workspace


def backup_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "backup": into the folder `backups` of the workspace, the last seven."""
    folder = workspace.folder / "backups"
    folder.mkdir(exist_ok=True)
    made = backup(workspace, folder, progress)
    for old in sorted(folder.glob("lifeworth-*.zip"))[:-7]:
        old.unlink()
    return {"file": made.name}


def _files(workspace: Workspace) -> list[Path]:
    found = [path for name in FOLDERS for path in sorted((workspace.folder / name).rglob("*"))]
    return [
        path
        for path in found
        if path.is_file()
        and INDEX not in path.parts
        and not any(part.startswith(".") for part in path.relative_to(workspace.folder).parts)
    ]


def _tables(workspace: Workspace) -> list[str]:
    with workspace.database.read() as connection:
        return [
            json.dumps({"table": table.name, "row": dict(row)}, default=_plain, ensure_ascii=False) + "\n"
            for table in metadata.sorted_tables
            for row in connection.execute(sa.select(table)).mappings()
        ]


def _fill(workspace: Workspace, lines: list[str]) -> None:
    with workspace.database.begin() as connection:
        for line in lines:
            entry = json.loads(line)
            table = metadata.tables[entry["table"]]
            row = {name: _typed(table.c[name], value) for name, value in entry["row"].items()}
            connection.execute(sa.insert(table).values(**row))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if value is not None and isinstance(column.type, Moment):
        return datetime.datetime.fromisoformat(value)
    return value

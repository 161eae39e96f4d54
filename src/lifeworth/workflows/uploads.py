"""Files as they came: streamed to disk, named safely, counted, and refused where they would explode.

uploads/<id>/<name>     the name is kept, because it may say what the file is ("退货.xlsx")

A file is locked until its row stands in the database. What has no row and no lock was cut off.
"""

import gzip
import hashlib
import os
import re
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id
from lifeworth.store.rows import many, one
from lifeworth.store.tables import imports, uploads
from lifeworth.workflows.workspace import Workspace

try:
    import fcntl
except ImportError:  # Windows: the time of the last change has to tell
    fcntl = None  # type: ignore[assignment]

ABANDONED_SECONDS = 3600  # so long after it was cut off, an upload is taken away
LONGEST_NAME = 150
MOST_EXPANSION = 200  # a text of orders shrinks to a tenth or a fiftieth, a bomb to a thousandth
FREE_BYTES = 50 * 1024 * 1024  # so much may come out of any file, however small
MOST_MEMBERS = 2_000
_CHUNK_BYTES = 1 << 20
_BAD = re.compile(r'[\x00-\x1f\x7f<>:"|?*/\\]')


def safe_name(name: str) -> str:
    """The name of a file, if it is one and nothing more.

    Raises:
        AppError: APP-011 for a path, control characters, or no name at all.
    """
    name = name.strip()
    if not name or name.startswith(".") or _BAD.search(name) or len(name.encode()) > LONGEST_NAME:
        raise AppError("APP-011", seen=repr(name[:LONGEST_NAME]))
    return name


def save_upload(workspace: Workspace, name: str, chunks: Iterable[bytes], *, by: str = "") -> dict[str, Any]:
    """Write a file to the workspace in constant memory; the row that tells of it.

    Raises:
        AppError: APP-010 beyond the limit of the workspace, APP-011 for its name, or a file that unpacks
            to far more than it is.
    """
    name, upload_id = safe_name(name), new_id()
    limit = int(workspace.settings()["upload_limit_mb"]) * 1024 * 1024
    folder = workspace.folder / "uploads" / upload_id
    folder.mkdir(parents=True)
    path = folder / name
    try:
        with path.open("wb") as stream:
            _lock(stream)
            size, sha256 = _written(stream, chunks, limit)
            refuse_bombs(path, limit)
            row = {
                "id": upload_id,
                "name": name,
                "file": f"uploads/{upload_id}/{name}",
                "size": size,
                "sha256": sha256,
                "created_by": by,
                "created_at": now(),
            }
            with workspace.database.begin() as connection:
                connection.execute(sa.insert(uploads).values(**row))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return row


def upload(workspace: Workspace, upload_id: str) -> dict[str, Any]:
    """
    Raises:
        AppError: APP-003 when there is none.
    """
    with workspace.database.read() as connection:
        row = one(connection, sa.select(uploads).where(uploads.c.id == upload_id))
    if row is None:
        raise AppError("APP-003", kind="upload", seen=upload_id)
    return row


def replace_file(workspace: Workspace, row: dict[str, Any], name: str, path: Path) -> None:
    """Put `path` in place of an upload's file; its hash stays that of what came in."""
    folder = workspace.folder / "uploads" / row["id"]
    target = folder / safe_name(name)
    os.replace(path, target)
    values = {
        "name": target.name,
        "file": f"uploads/{row['id']}/{target.name}",
        "size": target.stat().st_size,
    }
    with workspace.database.begin() as connection:
        connection.execute(sa.update(uploads).where(uploads.c.id == row["id"]).values(**values))
    for other in folder.iterdir():
        if other != target:
            other.unlink()


def drop_upload(workspace: Workspace, upload_id: str, *, unless: str | None = None) -> None:
    """Take a file and its imports away, unless one of them has that status."""
    with workspace.database.begin() as connection:
        mine = imports.c.upload_id == upload_id
        gone = many(connection, sa.select(imports.c.id, imports.c.status).where(mine))
        if any(row["status"] == unless for row in gone):
            return
        connection.execute(sa.delete(imports).where(mine))
        connection.execute(sa.delete(uploads).where(uploads.c.id == upload_id))
    shutil.rmtree(workspace.folder / "uploads" / upload_id, ignore_errors=True)
    for row in gone:
        shutil.rmtree(workspace.folder / "imports" / row["id"], ignore_errors=True)


def orphans(workspace: Workspace) -> list[Path]:
    """Folders of uploads that were cut off: nothing knows them, and nobody writes them any more."""
    place = workspace.folder / "uploads"
    folders = [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
    idle = [path for path in folders if not _is_being_written(path)]
    with workspace.database.read() as connection:  # after the locks: what was done by then is known
        known = {row["id"] for row in many(connection, sa.select(uploads.c.id))}
    return [path for path in idle if path.name not in known]


def sweep_orphans(workspace: Workspace, *, idle_seconds: float = 0) -> int:
    """Take away what was cut off and has not been touched for so long; how many folders."""
    limit, count = time.time() - idle_seconds, 0
    for folder in orphans(workspace):
        if _touched(folder) <= limit:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def _is_being_written(folder: Path) -> bool:
    try:
        files = list(folder.iterdir())
        for path in files if fcntl else ():
            with path.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if fcntl is None or not any(path.stat().st_size for path in files):  # perhaps not locked yet
            return _touched(folder) > time.time() - ABANDONED_SECONDS
    except OSError:  # locked; or gone in this very moment
        return True
    return False


def _lock(stream: BinaryIO) -> None:
    """Held until the file is closed, or its process dies."""
    if fcntl is not None:
        fcntl.flock(stream, fcntl.LOCK_EX)


def _touched(folder: Path) -> float:
    return max((path.stat().st_mtime for path in (folder, *folder.iterdir())), default=0.0)


def refuse_bombs(path: Path, limit: int) -> None:
    """
    Raises:
        AppError: APP-011 for an archive that unpacks to more than is sensible.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    allowed = min(max(FREE_BYTES, path.stat().st_size * MOST_EXPANSION), max(limit * 4, FREE_BYTES))
    try:
        if head == b"PK\x03\x04":
            _check_archive(path, allowed)
        elif head[:2] == b"\x1f\x8b":
            with gzip.open(path, "rb") as packed:
                _count(packed, allowed, path.name)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return  # broken, not dangerous: reading it says what is wrong


def _check_archive(path: Path, allowed: int) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > allowed:
            raise AppError("APP-011", seen=path.name)
        left = allowed
        for member in members:  # what the list says may be a lie
            if ".." in Path(member.filename).parts or Path(member.filename).is_absolute():
                raise AppError("APP-011", seen=path.name)
            with archive.open(member) as packed:
                left -= _count(packed, left, path.name)


def _count(packed: Any, allowed: int, name: str) -> int:
    seen = 0
    while chunk := packed.read(_CHUNK_BYTES):
        seen += len(chunk)
        if seen > allowed:
            raise AppError("APP-011", seen=name)
    return seen


def _written(stream: BinaryIO, chunks: Iterable[bytes], limit: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise AppError("APP-010")
        digest.update(chunk)
        stream.write(chunk)
    stream.flush()
    os.fsync(stream.fileno())
    return size, digest.hexdigest()

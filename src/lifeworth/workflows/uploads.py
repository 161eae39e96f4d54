"""Files as they came: streamed to disk, named safely, counted, and refused where they would explode.

uploads/<id>/<name>     the name is kept, because it may say what the file is ("退货.xlsx")
"""

import gzip
import hashlib
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store.ids import new_id
from lifeworth.store.rows import one
from lifeworth.store.tables import uploads
from lifeworth.workflows.workspace import Workspace

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
        size, sha256 = _written(path, chunks, limit)
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


def _written(path: Path, chunks: Iterable[bytes], limit: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as stream:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise AppError("APP-010")
            digest.update(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    return size, digest.hexdigest()

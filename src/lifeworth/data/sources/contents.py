"""What a file holds, told by its first bytes and never by its name alone.

Compressed files (gz, a zip with one file) are unpacked to a temporary file; everything is then a
memory-mapped buffer, so that a large file never stands in memory as a whole.
"""

import gzip
import mmap
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa

from lifeworth.base.errors import DataError

Kind = Literal["text", "workbook", "parquet", "feather"]
_CHUNK_BYTES = 1 << 22
_OTHER_KINDS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"SQLite format 3": "SQLite",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}


@dataclass(frozen=True)
class Content:
    """The bytes of one file, unpacked, and the kind of thing they are."""

    name: str
    kind: Kind
    data: pa.Buffer


def open_content(path: Path) -> Content:
    """The unpacked bytes of a file. Raises DATA-001 to DATA-007."""
    if not path.exists():
        raise DataError("DATA-001", file=str(path))
    if path.is_dir():
        raise DataError("DATA-003", file=str(path))
    if path.stat().st_size == 0:
        raise DataError("DATA-002", file=path.name)
    with path.open("rb") as stream:
        data = _mapped(stream)
    for _ in range(2):  # a zip of a gz, at most
        inner = _unpacked(path, data)
        if inner is None:
            break
        data = inner
    return Content(path.name, _kind(path.name, data), data)


def temporary(chunks: Iterator[bytes]) -> pa.Buffer:
    """The chunks as one mapped buffer; small ones stay in memory, large ones go to a temporary file."""
    first = next(chunks, b"")
    second = next(chunks, None)
    if second is None:
        return pa.py_buffer(first)
    with tempfile.TemporaryFile() as stream:
        stream.write(first)
        stream.write(second)
        for chunk in chunks:
            stream.write(chunk)
        stream.flush()
        return _mapped(stream)


def chunks_of(data: pa.Buffer, start: int = 0) -> Iterator[memoryview]:
    view = memoryview(data)
    for at in range(start, len(view), _CHUNK_BYTES):
        yield view[at : at + _CHUNK_BYTES]


def _mapped(stream: BinaryIO) -> pa.Buffer:
    return pa.py_buffer(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _unpacked(path: Path, data: pa.Buffer) -> pa.Buffer | None:
    head = bytes(data.slice(0, min(4, data.size)))
    try:
        if head[:2] == b"\x1f\x8b":
            with gzip.open(pa.BufferReader(data), "rb") as stream:
                return _filled(path, temporary(iter(lambda: stream.read(_CHUNK_BYTES), b"")))
        if head == b"PK\x03\x04":
            with zipfile.ZipFile(pa.BufferReader(data)) as archive:
                if _is_workbook(archive):
                    return None
                members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
                if len(members) != 1:
                    names = [member.filename for member in members]
                    raise DataError("DATA-007", file=path.name, number=len(names), names=names[:10])
                with archive.open(members[0]) as stream:
                    return _filled(path, temporary(iter(lambda: stream.read(_CHUNK_BYTES), b"")))
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise DataError("DATA-004", file=path.name, reason=_reason(error)) from error
    return None


def _filled(path: Path, data: pa.Buffer) -> pa.Buffer:
    if data.size == 0:
        raise DataError("DATA-002", file=path.name)
    return data


def _is_workbook(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    return "[Content_Types].xml" in names or "xl/workbook.xml" in names or "content.xml" in names


def _kind(name: str, data: pa.Buffer) -> Kind:
    head = bytes(data.slice(0, min(16, data.size)))
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1"):
        return "feather"
    if head.startswith(
        (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08\x10\x00\x00\x06\x05\x00")
    ):
        return "workbook"
    for magic, what in _OTHER_KINDS.items():
        if head.startswith(magic):
            raise DataError("DATA-005", file=name, kind=what)
    return "text"


def _reason(error: Exception) -> str:
    return str(error)[:200] or type(error).__name__

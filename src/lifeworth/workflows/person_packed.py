"""Whether a file that is no table holds a person: archives, letters, pictures, what has a password.

Members of an archive are unpacked one by one to a temporary file, up to a limit. The answer is None where
it cannot be told: what is packed, drawn or locked, and a key so short that it may mean anything.
"""

import codecs
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from lifeworth.base.errors import AppError, DataError, UsageError
from lifeworth.data.sources.contents import chunks_of, open_content
from lifeworth.data.sources.files import read_grids
from lifeworth.workflows.person_keys import Sought, spellings
from lifeworth.workflows.uploads import FREE_BYTES, MOST_EXPANSION, MOST_MEMBERS, refuse_bombs

MOST_BYTES = 1 << 32
_ALPHABETS = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
_CHUNK_BYTES = 1 << 22
_HEAD_BYTES = 1 << 16
_LONGEST_KEY = 600
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)


def holds(path: Path, sought: Sought | None) -> bool | None:
    """None: nobody can tell. Without anybody who is sought: whether the file can be searched at all."""
    if is_archive(path):
        answers = [_member_holds(member, sought) for member in members(path)]
        return True if True in answers else None if None in answers else False
    return _bytes_hold(path, sought)


def is_archive(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def members(path: Path) -> Iterator[Path | None]:
    """The files in an archive, each for as long as it is looked at; None for what does not come out."""
    left = min(max(FREE_BYTES, path.stat().st_size * MOST_EXPANSION), MOST_BYTES)
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory() as folder:
            listed = [member for member in archive.infolist() if not member.is_dir()]
            for number, member in enumerate(listed):
                target = Path(folder) / f"{number}{Path(member.filename).suffix[:10]}"
                left -= _unpacked(archive, member, target, left) if number < MOST_MEMBERS else left + 1
                if left < 0:
                    yield None
                    return
                yield target if target.exists() else None
                target.unlink(missing_ok=True)
    except _BROKEN:
        yield None


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> int:
    """How many bytes came out; without the file where it is broken or has a password."""
    count = 0
    try:
        with archive.open(member) as packed, target.open("wb") as stream:
            while count <= most and (chunk := packed.read(_CHUNK_BYTES)):
                count += len(chunk)
                stream.write(chunk)
    except _BROKEN:
        target.unlink(missing_ok=True)
    return count


def _member_holds(path: Path | None, sought: Sought | None) -> bool | None:
    if path is None:
        return None
    try:
        refuse_bombs(path, 0)
        if path.stat().st_size and open_content(path).kind != "text":
            found = sought is not None and any(sought.person in cells for cells in people_in(path))
            return (sought.is_sure_in_text or None) if sought and found else False
    except AppError:
        return None
    except (DataError, UsageError):
        pass  # no table: its bytes have to tell
    return _bytes_hold(path, sought)


def people_in(path: Path, encoding: str | None = None) -> Iterator[set[str]]:
    """Whoever the cells of a workbook or columnar file may name, by column."""
    for grid in read_grids(path, encoding, None, None):
        for name in grid.columns:
            yield spellings(cell for cell in grid.table[name].unique().to_pylist() if cell)


def _bytes_hold(path: Path, sought: Sought | None) -> bool | None:
    try:
        content = open_content(path)
    except DataError as refusal:
        is_text, data = refusal.code == "DATA-002", None  # empty: there is nobody in it
    else:
        head = bytes(content.data.slice(0, min(_HEAD_BYTES, content.data.size)))
        plain = b"\0" not in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        is_text, data = content.kind == "text" and plain, content.data
    if data is None:
        data = pa.py_buffer(path.read_bytes())
    if sought is not None and any(_text_holds(data, alphabet, sought) for alphabet in _ALPHABETS):
        return sought.is_sure_in_text or None
    return False if is_text else None


def _text_holds(data: pa.Buffer, alphabet: str, sought: Sought) -> bool:
    decoder = codecs.getincrementaldecoder(alphabet)("replace")
    before = ""
    for chunk in chunks_of(data):
        text = before + decoder.decode(bytes(chunk))
        if sought.is_in_text(text[:-2]):  # what stands at the end is seen with what follows it
            return True
        before = text[-_LONGEST_KEY:]
    return sought.is_in_text(before)

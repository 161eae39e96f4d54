"""Bytes to UTF-8: byte-order mark, strict UTF-8, UTF-16 without a mark, then the most plausible reading.

Candidates are gb18030 (which reads GBK and GB 2312 too), Big5 and Western European, scored by
known header words and by how the text reads. All decoding is done here, in Python, in chunks: no
engine below needs to know an encoding.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.data.sources.aliases import KNOWN
from lifeworth.data.sources.contents import Content, chunks_of, temporary
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.plausible import chinese_score, latin_score

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030", "hz": "gb18030"}
_CODECS = {"big5": "cp950"}  # the reading of Big5 that Windows writes
_SAMPLE_BYTES = 1 << 16
_CLOSE = 0.15


@dataclass
class Text:
    """The whole text as UTF-8 without a mark."""

    data: pa.Buffer
    encoding: str
    findings: list[Finding] = field(default_factory=list)


def decode(content: Content, encoding: str | None = None) -> Text:
    """The text of a file as UTF-8; its mark goes before `encoding`. Raises DATA-008 for an unknown one."""
    data = content.data
    mark, marked = _mark(data)
    if encoding and encoding.lower() != "auto":
        name = _known_name(encoding)
        if not marked:
            return _converted(content.name, data, name, 0)
    if marked == "utf-8":
        text = _strict_utf8(data, len(mark))
        return text or _converted(content.name, data, "utf-8", len(mark))
    if marked:
        return _converted(content.name, data, marked, len(mark))
    wide = _utf16_without_mark(bytes(data.slice(0, min(_SAMPLE_BYTES, data.size))))
    if wide:
        return _converted(content.name, data, wide, 0)
    strict = _strict_utf8(data, 0)
    if strict:
        return strict
    return _most_plausible(content.name, data)


def _mark(data: pa.Buffer) -> tuple[bytes, str | None]:
    head = bytes(data.slice(0, min(4, data.size)))
    return next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", None))


def _known_name(encoding: str) -> str:
    asked = encoding.strip().lower().replace("_", "-")
    asked = {"utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16-le", "latin1": "latin-1"}.get(
        asked, asked
    )
    try:
        info = codecs.lookup(_NAMES.get(asked, asked))
    except (LookupError, ValueError):
        raise UsageError("DATA-008", asked=encoding) from None
    if not getattr(info, "_is_text_encoding", True):
        raise UsageError("DATA-008", asked=encoding)
    return _NAMES.get(asked, asked)


def _strict_utf8(data: pa.Buffer, start: int) -> Text | None:
    """The bytes as they are where all of them are UTF-8; a last character cut off is forgiven."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chunks_of(data, start):
        try:
            decoder.decode(chunk)  # type: ignore[arg-type]
        except UnicodeDecodeError:
            return None
    rest = decoder.getstate()[0]
    if not rest:
        return Text(data.slice(start), "utf-8")
    if data.size - start == len(rest):
        return None
    cut = Finding("reading_cut_character", "warn", {})
    return Text(data.slice(start, data.size - start - len(rest)), "utf-8", [cut])


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 shows itself by the zero bytes of its ASCII characters, all on one side."""
    if len(head) < 4 or b"\x00" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    if max(even, odd) < 0.04 * len(head) or min(even, odd) > 0.05 * max(even, odd):
        return None
    text = head[: len(head) & ~1].decode(name, errors="replace")
    return name if text.count("\ufffd") <= 1 + 0.01 * len(text) else None


def _most_plausible(name: str, data: pa.Buffer) -> Text:
    sample = _telling_sample(data)
    readable = sample.decode("utf-8", errors="replace")
    bad = readable.count("\ufffd")
    good = sum(character >= "\x80" for character in readable) - bad
    if good >= 5 and bad <= 0.1 * good:
        return _converted(name, data, "utf-8", 0)  # UTF-8 with a few broken characters
    western = "cp1252" if re.search(rb"[\x80-\x9f]", sample) else "latin-1"
    scores = {
        candidate: _score(sample.decode(_CODECS.get(candidate, candidate), errors="replace"), judge)
        for candidate, judge in (("gb18030", chinese_score), ("big5", chinese_score), (western, latin_score))
    }
    ranked = sorted(scores, key=lambda candidate: -scores[candidate])
    text = _converted(name, data, ranked[0], 0)
    if scores[ranked[0]] - scores[ranked[1]] < _CLOSE:
        text.findings.append(
            Finding("reading_encoding_guessed", "warn", {"encoding": ranked[0], "other": ranked[1]})
        )
    return text


def _score(text: str, judge) -> float:
    words = {plain(cell) for line in text.split("\n")[:30] for cell in re.split(r'[,;\t|"\r]+', line)}
    known = sum(not word.isascii() and word in KNOWN for word in words)
    telling = "\n".join(line for line in text.split("\n") if not line.isascii())
    return judge(telling[:60_000]) + min(known, 4) * 0.75


def _telling_sample(data: pa.Buffer) -> bytes:
    """The head, and the lines around the first characters that are not ASCII, cut at line ends."""
    parts = [bytes(data.slice(0, min(_SAMPLE_BYTES, data.size)))]
    if parts[0].isascii():
        at = 0
        for chunk in chunks_of(data):
            found = re.search(rb"[\x80-\xff]", chunk)
            if found:
                start = max(0, at + found.start() - _SAMPLE_BYTES // 2)
                parts.append(bytes(data.slice(start, min(_SAMPLE_BYTES, data.size - start))))
                break
            at += len(chunk)
    whole = data.size <= _SAMPLE_BYTES
    return b"\n".join(part if whole else part[: part.rfind(b"\n") + 1] or part for part in parts)


def _converted(name: str, data: pa.Buffer, encoding: str, skip: int) -> Text:
    damage = [0]
    buffer = temporary(_utf8_chunks(data, encoding, skip, damage))
    if buffer.size == 0:
        raise DataError("DATA-002", file=name)
    found = (
        [Finding("reading_undecodable", "warn", {"number": damage[0], "encoding": encoding})]
        if damage[0]
        else []
    )
    return Text(buffer, encoding, found)


def _utf8_chunks(data: pa.Buffer, encoding: str, skip: int, damage: list[int]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(_CODECS.get(encoding, encoding))(errors="replace")
    for chunk in chunks_of(data, skip):
        text = decoder.decode(bytes(chunk))
        damage[0] += text.count("\ufffd")
        yield text.encode("utf-8", errors="replace")
    rest = decoder.decode(b"", final=True)
    if rest:
        damage[0] += rest.count("\ufffd")
        yield rest.encode("utf-8", errors="replace")

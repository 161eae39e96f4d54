"""Cells as they were meant: guards and empty words taken off, vectorised over Arrow arrays.

Spreadsheets and platforms wrap ids so that Excel leaves them alone (`="123"`, a leading tab or
apostrophe), write digits in full width, and say "nothing" in many words. `strip_guards` undoes
all of it. What Excel has destroyed (1.93068E+15) cannot be undone: `scientific_share` tells.
"""

import pyarrow as pa
import pyarrow.compute as pc

EMPTY_WORDS = (
    *(
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "\\n",
        "无",
        "無",
        "空",
        "暂无",
        "(空)",
        "null",
        "none",
        "nan",
        "n/a",
        "na",
    ),
    *(
        "nil",
        "#n/a",
        "#null!",
        "#value!",
        "#ref!",
        "#div/0!",
        "#name?",
        "<na>",
        "nat",
        "(null)",
        "(blank)",
        "undefined",
    ),
)
_SPACE = " \t\r\n\v\f\u3000\xa0\ufeff\u200b\u200c\u200d\u2060"
_FULL_WIDTH = r"[\x{FF01}-\x{FF5E}\x{FFE5}\x{3000}]"
_QUOTED = r'^=?\s*"+(.*?)"+$'
_LEADING = r"^(?:=?'|`|\\t)+"
_SCIENTIFIC = r"^[-+]?\d(?:[.,]\d+)?[eE]\+?[1-9]\d$"  # Excel does it from 12 digits on
_TO_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFFE5: 0xA5, 0x3000: 0x20}


def strip_guards(cells: pa.Array | pa.ChunkedArray, *, empty_words: bool = True) -> pa.ChunkedArray:
    """The cells without Excel guards, outer spaces and full-width forms; empty words become null.

    Case and inner spaces stay. Set `empty_words=False` for names and other free text, in which
    "Na" or "None" may be meant.
    """
    texts = pc.cast(_chunked(cells), pa.string())
    if texts.null_count == len(texts):
        return texts
    if _any(pc.match_substring_regex(texts, _FULL_WIDTH)):
        texts = _through_distinct(texts, half_width)
    texts = pc.utf8_trim(texts, characters=_SPACE)
    for guard, kept in ((_QUOTED, r"\1"), (_LEADING, "")):
        if _any(pc.match_substring_regex(texts, guard)):
            texts = pc.replace_substring_regex(texts, pattern=guard, replacement=kept)
            texts = pc.utf8_trim(texts, characters=_SPACE)
    lowered = pc.utf8_lower(texts) if empty_words else texts
    words = pa.array(EMPTY_WORDS if empty_words else ("",))
    nothing = pc.is_in(lowered, value_set=words)
    return pc.if_else(nothing, pa.scalar(None, pa.string()), texts) if _any(nothing) else texts


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as ASCII."""
    return text if text.isascii() else text.translate(_TO_HALF)


def scientific_share(cells: pa.Array | pa.ChunkedArray) -> float:
    """Share of the filled cells that are ids ruined by Excel, such as 1.93068E+15."""
    return _share(strip_guards(cells), _SCIENTIFIC)


def masked_share(cells: pa.Array | pa.ChunkedArray) -> float:
    """Share of the filled cells that are masked (138****0000) or ciphertext (##…, $$…): no keys."""
    return _share(strip_guards(cells), r"\*{2,}|^\*|\*$|^##|^\$\$|^~.*~$")


def _share(texts: pa.ChunkedArray, pattern: str) -> float:
    filled = len(texts) - texts.null_count
    if not filled:
        return 0.0
    return float(pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0) / filled


def _any(mask: pa.ChunkedArray) -> bool:
    return bool(pc.any(mask).as_py())


def _chunked(cells: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])


def _through_distinct(texts: pa.ChunkedArray, change) -> pa.ChunkedArray:
    """Apply a Python function once per distinct text."""
    coded = texts.combine_chunks().dictionary_encode()
    changed = pa.array([change(text) for text in coded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([changed.take(coded.indices)])

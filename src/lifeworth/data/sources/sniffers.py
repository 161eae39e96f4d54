"""What a column's cells look like: shares of dates, numbers, e-mails, phones, ids in a sample.

Values speak where headers do not, and contradict headers that mislead. Everything works on at most
a few thousand cells taken from all over the column.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.data.sources.cells import scientific_share, strip_guards

SAMPLE_ROWS = 5_000
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CLOCK = r"(?:[ T,]+(?:上午|下午)?\s*\d{1,2}[:时時]\d{1,2}.*)?"
DATE = (
    r"(?i)^(?:"
    rf"(?:19|20)\d{{2}}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?{_CLOCK}"
    rf"|(?:民[国國]\s*\d{{2,3}}|1\d{{2}})\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*日?{_CLOCK}"
    rf"|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:(?:19|20)\d{{2}}|\d{{2}}){_CLOCK}"
    r"|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[ T]?\d{4,6})?"
    rf"|\d{{1,2}}[-/ .](?:{_MONTHS})[a-z]*[-/ .,]+\d{{2,4}}{_CLOCK}"
    rf"|(?:[a-z]{{3,9}},? )?(?:{_MONTHS})[a-z]*\.? \d{{1,2}},? \d{{4}}.*"
    r")$"
)
_ROC = r"1\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_SERIAL_OR_EPOCH = rf"^(?:{_ROC}|[2-5]\d{{4}}(?:\.\d+)?|1[0-9]{{9}}(?:\.\d+)?|1[0-9]{{12}})$"
_SIGN = r"(?:[¥￥$€£₩₹]|元|rmb|cny|usd|eur|gbp|twd|hkd|ntd?\$?|us\$|hk\$|r\$|kr)"
NUMBER = (
    rf"(?i)^[-+(]*\s*{_SIGN}?\s*[-+]?(?:\d{{1,3}}(?:[,.' \xa0]\d{{3}})+|\d+)?(?:[.,]\d+)?(?:e[-+]?\d+)?"
    rf"\s*(?:{_SIGN}|万|円|圆)?\s*[-)]?$"
)
_HAS_DIGIT = r"\d"
_SIGNED_MONEY = rf"(?i)(?:^[-+(]*\s*{_SIGN}\s*[-+]?\d)|(?:\d\s*{_SIGN}\)?$)"
_DECIMALS = r"[.,]\d{1,2}\D*$"
_INTEGER = r"^[-+]?\d+(?:\.0+)?$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PHONE = r"^(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}$|^(?:\+?86[- ]?)?1[3-9]\d\*{4}\d{4}$"
_ID = r"^[\w\-./#@:*+=|]{1,64}$"
DATA_CELL = re.compile(rf"(?:{DATE[4:]})|(?:{_EMAIL})|(?=.*\d)(?:{NUMBER[4:]})", re.IGNORECASE)


def looks_like_data(cell: str) -> bool:
    """A date, number, amount or e-mail: something that stands below a header, not in it."""
    text = cell.strip(" \t='\"")
    return bool(text) and bool(DATA_CELL.match(text))


@dataclass(frozen=True)
class Column:
    """One column seen through a sample of its cells."""

    name: str
    cells: pa.ChunkedArray

    @cached_property
    def sample(self) -> pa.ChunkedArray:
        """Filled cells without guards from all over the column; no stride that a pattern could match."""
        filled = self.cells.drop_null()
        if len(filled) > SAMPLE_ROWS:
            places = np.random.default_rng(0).integers(0, len(filled), SAMPLE_ROWS)
            filled = filled.take(pa.array(np.sort(places)))
        return strip_guards(filled).drop_null()

    @cached_property
    def is_empty(self) -> bool:
        return len(self.sample) == 0 and self.cells.null_count == len(self.cells)

    def share(self, pattern: str) -> float:
        if not len(self.sample):
            return 0.0
        return float(pc.mean(pc.cast(pc.match_substring_regex(self.sample, pattern), pa.float64())).as_py())

    @cached_property
    def dates(self) -> float:
        return self.share(DATE)

    @cached_property
    def serials(self) -> float:
        """Excel day numbers, 1120305 (民國 112) and epoch seconds: dates only where a header says so."""
        return self.share(_SERIAL_OR_EPOCH)

    @cached_property
    def numbers(self) -> float:
        if not len(self.sample):
            return 0.0
        both = pc.and_(
            pc.match_substring_regex(self.sample, NUMBER), pc.match_substring_regex(self.sample, _HAS_DIGIT)
        )
        return float(pc.mean(pc.cast(both, pa.float64())).as_py())

    @cached_property
    def integers(self) -> float:
        return self.share(_INTEGER)

    @cached_property
    def has_money_form(self) -> bool:
        """Numbers with a currency sign, or with decimals in a good part of the cells."""
        return self.numbers >= 0.9 and (self.share(_SIGNED_MONEY) > 0.5 or self.share(_DECIMALS) > 0.2)

    @cached_property
    def emails(self) -> float:
        return self.share(_EMAIL)

    @cached_property
    def phones(self) -> float:
        return self.share(_PHONE)

    @cached_property
    def ids(self) -> float:
        return self.share(_ID)

    @cached_property
    def scientific(self) -> float:
        return scientific_share(self.sample)

    @cached_property
    def distinct(self) -> int:
        return int(pc.count_distinct(self.sample).as_py())

    @cached_property
    def values(self) -> np.ndarray:
        """The first sample rows as numbers, NaN where they are none; aligned across columns."""
        return as_numbers(self.cells.slice(0, SAMPLE_ROWS * 4))

    @cached_property
    def keys(self) -> np.ndarray:
        """The first sample rows as codes of equal texts (-1 = empty); aligned across columns."""
        cells = strip_guards(self.cells.slice(0, SAMPLE_ROWS * 4)).combine_chunks()
        return pc.fill_null(cells.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)


def as_numbers(cells: pa.ChunkedArray) -> np.ndarray:
    """Rough numbers for comparing columns: signs and thousands separators dropped."""
    texts = pc.replace_substring_regex(strip_guards(cells), pattern=r"[^\d.,\-()eE]", replacement="")
    comma_decimal = pc.match_substring_regex(texts, r",\d{1,2}$|,\d{4,}$")
    texts = pc.if_else(
        comma_decimal,
        pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", "."),
        pc.replace_substring(texts, ",", ""),
    )
    negative = pc.match_substring_regex(texts, r"^\(.*\)$")
    texts = pc.replace_substring_regex(texts, pattern=r"[()]", replacement="")
    valid = pc.match_substring_regex(texts, r"^-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?$")
    numbers = pc.cast(pc.if_else(valid, texts, pa.scalar(None, pa.string())), pa.float64())
    numbers = pc.if_else(negative, pc.negate(numbers), numbers)
    return pc.fill_null(numbers, float("nan")).to_numpy()

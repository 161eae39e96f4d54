"""Numbers, money, dates and intervals as a reader of one language writes them.

Digits are earned: an estimate is rounded to two digits of its own interval's width, so
`¥1,280 (900–1,710)` never becomes `¥1,283.47`. Overviews use compact money with three digits
(`¥1.24 亿`, `NT$ 3,120 萬`, `$1.24 M`). Where the file names no currency, money is a plain number.
"""

import math
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, TypeGuard

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import get_currency_precision, get_currency_symbol

from lifeworth.text.catalog import language_tag

NOTHING = "–"
MINUS, DASH, SPACE = "\N{MINUS SIGN}", "\N{EN DASH}", "\N{NO-BREAK SPACE}"
_LOCALES = {"en": "en", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}
COMPACT_UNITS = {  # used from this size on; worth this much; written so
    "en": ((1e12, 1e12, "T"), (1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "k")),
    "zh-Hans": ((1e12, 1e12, "万亿"), (1e8, 1e8, "亿"), (1e4, 1e4, "万")),
    "zh-Hant": ((1e12, 1e12, "兆"), (1e8, 1e8, "億"), (1e4, 1e4, "萬")),
}
# One symbol per currency within one report, even where two currencies share a sign at home.
_SYMBOLS = {"CNY": "¥", "JPY": "JP¥", "TWD": "NT$", "HKD": "HK$"}


@cache
def formats(language: str, currency: str = "") -> "Format":
    return Format(language, currency)


class Format:
    """Writes figures in one language and one currency ("" where it is unknown)."""

    def __init__(self, language: str, currency: str = "") -> None:
        self.language = language_tag(language)
        self.locale = Locale.parse(_LOCALES[self.language])
        symbols = self.locale.number_symbols["latn"]
        self._signs = str.maketrans({",": symbols["group"], ".": symbols["decimal"], "-": MINUS})
        self.currency = currency
        self.symbol = self._symbol(currency)
        self.percent_sign = f"{SPACE}%" if self.language == "en" else "%"
        self.cents = get_currency_precision(currency) if currency else 2

    def _symbol(self, currency: str) -> str:
        """The sign written before an amount, with its space where it is more than one character."""
        if not currency:
            return ""
        sign = _SYMBOLS.get(currency) or get_currency_symbol(currency, self.locale)
        return sign if len(sign) == 1 else sign + SPACE

    # --- plain numbers ---
    def number(self, value: float | None, decimals: int = 0) -> str:
        if not _known(value):
            return NOTHING
        return f"{round(float(value) + 0.0, decimals) + 0.0:,.{max(decimals, 0)}f}".translate(self._signs)

    def count(self, value: float | None) -> str:
        return self.number(value, 0)

    def significant(self, value: float | None, digits: int = 3) -> str:
        """Parameters and ratios of unknown size: `0.243`, `4.41`, `1,277`, `3.1e-9`."""
        if not _known(value):
            return NOTHING
        size = abs(float(value))
        if size and not 1e-4 <= size < 1e12:
            return f"{float(value):.{digits - 1}e}".replace("-", MINUS)
        return self.number(value, max(0, digits - 1 - math.floor(math.log10(size))) if size else 0)

    def short(self, value: float | None, digits: int = 2) -> str:
        """A number for prose: `6`, `1.4`, `0.16`; no zeros that say nothing."""
        written = self.significant(value, digits)
        return self.count(value) if _known(value) and self._is_whole(float(value), digits) else written

    def _is_whole(self, value: float, digits: int) -> bool:
        return abs(value) < 1e12 and _to_digits(value, digits) == int(_to_digits(value, digits))

    def percent(self, share: float | None, decimals: int = 0) -> str:
        """`18 %`; what is not nothing is never written as 0, nor as 100 what is not all."""
        if not _known(share):
            return NOTHING
        if 0 < abs(float(share)) * 100 < 0.5 * 10**-decimals:
            return f"<{SPACE}{self.number(10**-decimals, decimals)}{self.percent_sign}"
        if 100 - 0.5 * 10**-decimals <= float(share) * 100 < 100:
            return f">{SPACE}{self.number(100 - 10**-decimals, decimals)}{self.percent_sign}"
        return f"{self.number(float(share) * 100, decimals)}{self.percent_sign}"

    # --- money ---
    def money(self, amount: float | None, decimals: int | None = None) -> str:
        """Full amount; cents only below 100 unless asked for."""
        if not _known(amount):
            return NOTHING
        if decimals is None:
            decimals = 0 if abs(float(amount)) >= 100 else self.cents
        return self._with_sign(self.number(amount, decimals))

    def compact_money(self, amount: float | None) -> str:
        """Three digits and a unit: `¥1.24 亿`; small amounts whole."""
        if not _known(amount):
            return NOTHING
        return self._with_sign(self.compact(amount))

    def compact(self, value: float | None) -> str:
        if not _known(value):
            return NOTHING
        rounded = _to_digits(float(value), 3)
        size, unit = self._unit(rounded)
        if not unit:
            return self.number(rounded, 0 if abs(rounded) >= 100 or rounded == int(rounded) else 2)
        digits = max(0, 2 - math.floor(math.log10(abs(rounded / size))))
        return f"{self.number(rounded / size, digits)}{SPACE}{unit}"

    def _unit(self, value: float) -> tuple[float, str]:
        for start, size, unit in COMPACT_UNITS[self.language]:
            if abs(value) >= start:
                return size, unit
        return 1.0, ""

    def _with_sign(self, text: str) -> str:
        return f"{MINUS}{self.symbol}{text[1:]}" if text.startswith(MINUS) else f"{self.symbol}{text}"

    # --- estimates ---
    def money_interval(self, value: float | None, low: float | None, high: float | None) -> str:
        """`¥1,280 (900–1,710)`."""
        return self._with_sign(self.interval(value, low, high)) if _known(value) else NOTHING

    def interval(self, value: float | None, low: float | None, high: float | None) -> str:
        if not _known(value):
            return NOTHING
        if not (_known(low) and _known(high)):
            return self.number(value, self._plain_decimals(value))
        decimals = self._decimals(value, low, high)
        return f"{self.number(value, decimals)} ({self.range(low, high, decimals)})"

    def count_interval(self, value: float, low: float, high: float) -> str:
        """`979 (944–1,013)`: things that are counted whole."""
        decimals = min(0, self._decimals(value, low, high))
        return f"{self.number(value, decimals)} ({self.range(low, high, decimals)})"

    def compact_money_interval(self, value: float | None, low: float | None, high: float | None) -> str:
        """`¥4.1 M (3.6–4.7 M)`."""
        if not (_known(value) and _known(low) and _known(high)):
            return self.compact_money(value)
        size, unit = self._unit(float(value) or float(high))
        if not unit:
            return self.money_interval(value, low, high)
        parts = [float(part) / size for part in (value, low, high)]
        decimals = max(0, self._decimals(*parts))
        middle = self._with_sign(f"{self.number(parts[0], decimals)}{SPACE}{unit}")
        return f"{middle} ({self.range(parts[1], parts[2], decimals)}{SPACE}{unit})"

    def compact_range(self, low: float, high: float) -> str:
        """`¥3.6–4.7 M`: the interval alone, for a sentence that has named its value."""
        low, high = float(low), float(high)
        size, unit = self._unit(max(abs(low), abs(high)))
        decimals = self._decimals((low + high) / 2 / size, low / size, high / size)
        tail = f"{SPACE}{unit}" if unit else ""
        return self._with_sign(f"{self.range(low / size, high / size, max(0, decimals))}{tail}")

    def range(self, low: float, high: float, decimals: int) -> str:
        joint = f" {DASH} " if low < 0 else DASH
        return f"{self.number(low, decimals)}{joint}{self.number(high, decimals)}"

    def _decimals(self, value: float, low: float, high: float) -> int:
        width = float(high) - float(low)
        if width <= 0 or not math.isfinite(width):
            return self._plain_decimals(value)
        earned = 1 - math.floor(math.log10(width))
        least = -math.floor(math.log10(abs(float(value)))) if value else earned  # one digit, never "0"
        return min(self.cents, max(earned, least))

    def _plain_decimals(self, value: float) -> int:
        return 0 if abs(float(value)) >= 1000 else self.cents

    # --- dates and lists ---
    def date(self, day: date | str | None) -> str:
        """Local form for prose; tables use ISO."""
        if not day:
            return NOTHING
        try:
            return format_date(date.fromisoformat(day) if isinstance(day, str) else day, "long", self.locale)
        except ValueError:
            return str(day)

    def listing(self, parts: Iterable[str]) -> str:
        return format_list([str(part) for part in parts], locale=self.locale) if parts else NOTHING


def _known(value: Any) -> TypeGuard[float]:
    return value is not None and math.isfinite(float(value))


def _to_digits(value: float, digits: int) -> float:
    if not value:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))

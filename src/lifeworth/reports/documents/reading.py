"""A run as the sections of a document read it: columns as arrays, figures, and the reader's words.

Arrow and NumPy exchange buffers here: `to_numpy`, `pa.array` and `pa.scalar` import pandas, which
takes longer than the whole report.

Nothing is computed here but sums and orderings of published rows: a report never invents a number.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.results.contract import Run
from lifeworth.text.catalog import catalog
from lifeworth.text.format import Format, formats

Array = NDArray[np.float64]


class Reading:
    """One run in one language. `only`: the rows of customers who may be shown one by one, if not all.
    `clicks`: read in the application, where a remedy is a field or a button and not an option.
    """

    def __init__(
        self, run: Run, language: str, only: NDArray[Any] | None = None, *, clicks: bool = False
    ) -> None:
        self.only, self.clicks = only, clicks
        self.summary: dict[str, Any] = run.summary
        self.imported: dict[str, Any] = run.import_report or {}
        self.customers: pa.Table = run.customers
        self.table = run.table  # further tables of the run, by name
        self.words = catalog(language)
        self.language = self.words.language
        self.currency = str(self.summary.get("currency") or "")
        self.form: Format = formats(self.language, self.currency)
        self._columns: dict[str, Array] = {}

    # --- words ---
    def say(self, key: str, **facts: Any) -> str:
        return self.words.text(key, **facts)

    def say_or(self, key: str, otherwise: str, **facts: Any) -> str:
        """The sentence of a key that another floor owns; `otherwise` where it is missing or lacks facts."""
        try:
            return self.words.text(key, **facts) if self.words.has(key) else otherwise
        except (KeyError, IndexError, ValueError):
            return otherwise

    def sentences(self, *parts: str) -> str:
        """Sentences one after the other, as the language spaces them."""
        return (" " if self.language == "en" else "").join(part for part in parts if part)

    def label(self, name: str) -> str:
        return self.say(f"label.{name}")

    def in_prose(self, name: str) -> str:
        """A figure's name inside a sentence (English labels begin with a capital)."""
        return self.say(f"in_prose.{name}")

    @property
    def own_language(self) -> bool:
        """The sentences stored in the run are in the language of this document."""
        return self.language == catalog(self.summary.get("language") or "en").language

    def signed(self, amount: float, money: Callable[[float], str] | None = None) -> str:
        """A change of money; `money` writes amounts, compact without it."""
        return ("+" if amount > 0 else "") + (money or self.form.compact_money)(amount)

    def signed_interval(self, value: float, low: float | None, high: float | None) -> str:
        """A change of money with its interval, where that is known."""
        return ("+" if value > 0 else "") + self.form.compact_money_interval(value, low, high)

    # --- the run ---
    @property
    def individual(self) -> bool:
        return bool(self.summary.get("individual")) and self.estimate("current_value") is not None

    @property
    def uses_formula(self) -> bool:
        """The values come from the plain formula, not from the model that the backtest shows."""
        return (self.summary.get("model") or {}).get("name") == "formula"

    @property
    def months(self) -> str:
        """The horizon in words: "12 months"."""
        length = float(self.summary["horizon_months"])
        return self.say("report.months", count=1 if length == 1 else 2, months=self.form.short(length, 3))

    @property
    def is_revenue(self) -> bool:
        return self.summary.get("basis") != "profit"

    def estimate(self, name: str) -> tuple[float, float, float] | None:
        """(value, low, high) of a total with its 90 % interval."""
        found = (self.summary.get("intervals") or {}).get(name)
        return (found["value"], found["low"], found["high"]) if found else None

    def total(self, name: str) -> float | None:
        return (self.summary.get("totals") or {}).get(name)

    # --- customers ---
    @property
    def size(self) -> int:
        return self.customers.num_rows

    def column(self, name: str) -> Array:
        """A numeric column as float64; missing values are NaN. Computed once."""
        if name not in self._columns:
            values = self.customers.column(name).cast(pa.float64()).combine_chunks()
            self._columns[name] = _numbers(values, np.float64, np.nan)
        return self._columns[name]

    def is_filled(self, name: str) -> bool:
        return name in self.customers.column_names and self.customers.column(name).null_count < self.size

    @cached_property
    def worth_column(self) -> str:
        """What customers are ranked by: current value, or net sales where nothing is forecast."""
        return "current_value" if self.individual and self.is_filled("current_value") else "net_sales"

    @cached_property
    def ranking(self) -> NDArray[np.int64]:
        """Row numbers, most worth first; ties in the order of the table."""
        worth = np.nan_to_num(self.column(self.worth_column), nan=-np.inf)
        return np.argsort(-worth, kind="stable")

    def rows(self, places: Any, names: list[str]) -> list[dict[str, Any]]:
        chosen = np.ascontiguousarray(places, np.int64)
        indices = pa.Array.from_buffers(pa.int64(), len(chosen), [None, pa.py_buffer(chosen)])
        return self.customers.select(names).take(indices).to_pylist()

    def codes(self, name: str) -> tuple[NDArray[np.int64], list[str]]:
        """A text column as small integers and their words; missing is -1."""
        encoded = pc.dictionary_encode(self.customers.column(name).combine_chunks())
        places = _numbers(encoded.indices.cast(pa.int64()), np.int64, -1)
        return places, encoded.dictionary.to_pylist()

    def groups(self, scheme: str) -> list[dict[str, Any]]:
        return [group for group in self.summary.get("segments") or [] if group["scheme"] == scheme]


def _numbers(values: pa.Array, dtype: type, missing: float) -> NDArray[Any]:
    """An Arrow array of 64-bit numbers as a NumPy array; nulls become `missing`."""
    valid, data = values.buffers()
    if data is None or values.null_count == len(values):
        return np.full(len(values), missing, dtype)
    until = values.offset + len(values)
    numbers: NDArray[Any] = np.frombuffer(data, dtype, until)[values.offset :]
    if not values.null_count:
        return numbers
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), count=until, bitorder="little")
    return np.where(bits[values.offset :], numbers, missing)


def real(number: Any) -> float | None:
    """A float a page can draw, or None."""
    return float(number) if number is not None and np.isfinite(number) else None

"""Coded errors: what we saw, what we wanted, what to do.

An error carries a code and facts; its sentence stands in the catalogue (`locales/`), in
three languages. `lifeworth/__init__.py` sets `renderer`, so that `str(error)` reads well
without this floor knowing the catalogue.

Codes: DATA-0xx reading files, DATA-1xx columns, DATA-2xx values, DATA-3xx too little data,
MODEL-0xx input of models, MODEL-1xx fitting, VALUE-0xx settings of a valuation, USE-0xx usage,
RESULT-0xx published runs, APP-0xx the application: access, requests, jobs, workspaces.
"""

from collections.abc import Callable
from typing import Any


class LifeworthError(Exception):
    """Base of all our errors. `code` is stable; `facts` fill the sentence of the catalogue."""

    exit_code = 1

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        return renderer(self) if renderer else f"{self.code} {self.facts}"

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.code, self.facts)


class UsageError(LifeworthError, ValueError):
    """The call is wrong: an unknown option or a setting out of range."""

    exit_code = 2


class DataError(LifeworthError, ValueError):
    """The data cannot be used as it is; the message says what would help."""

    exit_code = 3


class ModelError(LifeworthError, ValueError):
    """A model cannot be fitted to, or asked about, these customers."""

    exit_code = 3


class AppError(LifeworthError):
    """The application refuses, or cannot do, what was asked: access, requests, jobs, workspaces."""


renderer: Callable[[LifeworthError], str] | None = None


def _rebuild(kind: type[LifeworthError], code: str, facts: dict[str, Any]) -> LifeworthError:
    return kind(code, **facts)

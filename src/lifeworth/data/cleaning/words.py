"""Cells as words: pieces of SQL over one column. Nothing is computed here.

Cells arrive stripped (`data.sources.cells.strip_guards`): no outer blanks, no Excel guards, and
NULL where they say nothing.
"""

_WIDE = "０１２３４５６７８９．，：／－＋（）％￥＄　"
_NARROW = "0123456789.,:/-+()%¥$ "


def quoted(name: str) -> str:
    """An identifier, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def listed(values: tuple[str, ...] | list[str]) -> str:
    return "(" + ", ".join(literal(value) for value in values) + ")"


def word(column: str) -> str:
    """The cell as text."""
    return quoted(column)


def narrow(expression: str) -> str:
    """Full-width digits and signs as ASCII."""
    return f"translate({expression}, {literal(_WIDE)}, {literal(_NARROW)})"


def key(expression: str) -> str:
    """An identifier: a number that a spreadsheet turned into a decimal gets its digits back."""
    return f"regexp_replace({expression}, '^(\\d+)\\.0+$', '\\1')"

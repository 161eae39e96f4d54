"""The rows of the list of customers, written here and not by a template: fifty of them by a template took
longer than all else of the page together. The table around them stands in `customers.html.j2`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from lifeworth.reports.formats.table_html import shape_html
from lifeworth.reports.theme import SHAPES
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import NOTHING, Format

Row = dict[str, Any]
NUMBERS = ("orders", "historical_value", "current_value", "probability_alive")


def rows_html(
    rows: Sequence[Row],
    headed: Sequence[tuple[str, str]],
    words: Catalog,
    form: Format,
    at: Callable[[str], str],
) -> Markup:
    """What stands in the body of the table, one line per cell; all but our own marks is escaped.

    Args:
        rows: customers as this reader may see them.
        headed: (column, label) of each cell; on a phone the label stands beside the cell.
        at: makes an address a link to the same run.
    """
    writers = _writers(rows, words, form, at)
    cells = [(*_tags(name, label), writers.get(name) or _plain(name)) for name, label in headed]
    lines = []
    for row in rows:
        lines.append("<tr>")
        lines += [f"{opening}{escape(write(row))}{closing}" for opening, closing, write in cells]
        lines.append("</tr>")
    return Markup("\n".join(lines))


def _tags(name: str, label: str) -> tuple[str, str]:
    if name == "customer_id":
        return '<th scope="row">', "</th>"
    kind = ' class="number"' if name in NUMBERS else ""
    return f'<td{kind} data-label="{escape(label)}">', "</td>"


def _writers(
    rows: Sequence[Row], words: Catalog, form: Format, at: Callable[[str], str]
) -> dict[str, Callable[[Row], Any]]:
    largest = max((float(row["current_value_high"] or 0) for row in rows), default=0.0)
    patterns = {pattern: _pattern(pattern, words.text(f"pattern.{pattern}")) for pattern in SHAPES}
    return {
        "customer_id": lambda row: _who(row, at("/customers/" + row["ref"])),
        "pattern": lambda row: patterns.get(row["pattern"], ""),
        "orders": lambda row: form.count(row["orders"]),
        "historical_value": lambda row: form.money(row["historical_value"]),
        "current_value": lambda row: Markup(f"<span>{_estimate(row, largest, form)}</span>"),
        "probability_alive": lambda row: form.percent(row["probability_alive"]),
    }


def called(row: Row) -> str:
    """What a customer is called: by name, or by id where none is known."""
    return str(row["customer_name"] or row["customer_id"])


def reached(row: Row) -> list[str]:
    """By what else one knows and reaches a customer: id, e-mail address, phone."""
    told = dict.fromkeys(row[name] for name in ("customer_id", "customer_email", "customer_phone"))
    return [each for each in told if each and each != called(row)]


def _who(row: Row, address: str) -> Markup:
    name, key = called(row), row["customer_id"]
    link = f'<a href="{escape(address)}">{escape(name)}</a>'
    if name == key:
        return Markup(link)
    return Markup(f'<span>{link}<br><span class="range">{escape(key)}</span></span>')


def _plain(name: str) -> Callable[[Row], Any]:
    return lambda row: NOTHING if row[name] in (None, "") else row[name]


def _pattern(name: str, word: str) -> Markup:
    return Markup(f"<span>{shape_html(name, SHAPES[name])}{escape(word)}</span>")


def _estimate(row: Row, largest: float, form: Format) -> str:
    """The current value over a band: where its interval begins, where it stands, how wide the interval is, in
    per cent of the largest of the page."""
    if row["current_value"] is None or largest <= 0:
        return escape(form.money(row["current_value"]))
    value, low, high = (float(row[f"current_value{end}"]) for end in ("", "_low", "_high"))
    start, middle, end = (min(100.0, max(0.0, 100 * place / largest)) for place in (low, value, high))
    return (
        f'{escape(form.money(value))}<span class="band" aria-hidden="true"><span style="left:{start:.1f}%;'
        f'width:{end - start:.1f}%"></span><b style="left:{middle:.1f}%"></b></span>'
        f'<span class="range">{escape(form.compact_range(low, high))}</span>'
    )

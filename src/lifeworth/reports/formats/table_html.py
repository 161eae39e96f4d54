"""The rows of a table as HTML, written here and not by a template: tables are most of what a page draws, and
a template takes several times as long. The table around them stands in `blocks.html.j2`.
"""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from lifeworth.reports.blocks import Table
from lifeworth.reports.formats.cells import Cell, Cells

_WORD = r"[^ &()（）<>;；，。]*"
UNBROKEN = re.compile(rf"--[a-z-]+|[−+]{_WORD}\d{_WORD}|{_WORD}\d–[−\d]{_WORD}")
BREAKING = ("–", "−", "+", "--")  # one of them is in whatever that pattern finds


def prose(text: str) -> Markup:
    """A sentence whose intervals and options stay on one line."""
    if not any(sign in text for sign in BREAKING):  # most cells of most tables
        return escape(text)
    return Markup(UNBROKEN.sub(r'<span class="whole-figure">\g<0></span>', str(escape(text))))


def rows_html(table: Table, made: Cells, customers: str) -> Markup:
    """What stands in the body of the table.

    Args:
        made: its cells as text.
        customers: the address of the customers of the run, to which rows lead that say who stands behind
            them; empty where they lead nowhere.
    """
    role, head_role = (' role="row"', ' role="rowheader"') if table.roomy else ("", "")
    tags = [
        _tag(field.label, kind, table.roomy) for field, kind in zip(table.fields, made.kinds, strict=True)
    ]
    opens: Sequence[str] = table.opens if customers and table.opens else [""] * len(made.rows)
    lines = []
    for (first, *others), leads in zip(made.rows, opens, strict=True):
        text: str = escape(first.text)
        if leads:
            address = leads if leads.startswith("/") else customers + leads
            text = f'<a href="{escape(address)}">{text}</a>'
        lines.append(f"  <tr{role}>\n")
        lines.append(f'    <th scope="row"{head_role} data-raw="{escape(first.raw)}">')
        lines.append(f"<bdi>{_cell_shape(first)}{text}</bdi></th>\n")
        lines += [_cell(cell, *tag) for cell, tag in zip(others, tags[1:], strict=True)]
        lines.append("  </tr>\n")
    return Markup("".join(lines))


def _tag(label: str, kind: str, roomy: bool) -> tuple[str, bool]:
    """How the cells of a column begin, and whether they are numbers."""
    role = f' role="cell" data-label="{escape(label)}"' if roomy else ""
    return f"    <td{role}" + (f' class="{kind}"' if kind else ""), kind == "number"


def _cell(cell: Cell, begins: str, is_number: bool) -> str:
    raw = f' data-raw="{escape(cell.raw)}"' if cell.raw != cell.text else ""
    text = prose(cell.text) if is_number else escape(cell.text)
    return f"{begins}{raw}><bdi>{_cell_shape(cell)}{text}</bdi></td>\n"


def _cell_shape(cell: Cell) -> str:
    return shape_html(cell.token, cell.shape) if cell.shape else ""


def shape_html(token: str, shape: str) -> str:
    """A shape in the colour of its part, and the space behind it; for the eye only."""
    return f'<span class="shape" style="--part:var(--{token})" aria-hidden="true">{shape}</span> '

"""A document as one self-contained HTML file: no network, readable without JavaScript, printable.

Everything a person typed (customer names, file names, column names) is escaped by Jinja2, and
what goes into scripts as data is JSON with no character that could end a script. A content
security policy in the page names the hashes of our own scripts: nothing else can run, and
nothing can be loaded.
"""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lifeworth.reports.blocks import Document
from lifeworth.reports.charts import Chart
from lifeworth.reports.formats.cells import table_cells
from lifeworth.reports.formats.echarts import options
from lifeworth.reports.formats.table_html import prose, rows_html
from lifeworth.reports.theme import TOKENS
from lifeworth.text.format import COMPACT_UNITS, Format

HERE = Path(__file__).parent
SCRIPTS = ("vendor/echarts.min.js", "static/charts.js", "static/page.js")


def render(document: Document) -> str:
    """The document as the text of an HTML file (UTF-8)."""
    scripts = [_script(name) for name in SCRIPTS]
    template = environment().get_template("report.html.j2")
    return template.render(
        doc=document,
        cells=lambda table: table_cells(table, document.form),
        chart_json=chart_json,
        setting_json=setting_json(document.form, document.words),
        styles=Markup(theme_css() + _text("static/report.css")),
        scripts=scripts,
        early=_script("static/early.js"),
        policy=_policy(),
    )


@cache
def environment(*folders: Path) -> Environment:
    """Templates of `folders` and of the reports: pages draw their blocks by the same macros."""
    made = Environment(
        loader=FileSystemLoader([*folders, HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["prose"] = prose
    made.globals["rows_html"] = rows_html
    return made


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _script(name: str) -> Markup:
    """Our own code, never a reader's data. A script must not hold the tag that ends it."""
    text = _text(name)
    if "</script" in text:
        raise ValueError(f"{name} would end its own script element")
    return Markup(text)


@cache
def _policy() -> str:
    digests = [
        b64encode(sha256(_script(name).encode()).digest()).decode() for name in (*SCRIPTS, "static/early.js")
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def theme_css() -> str:
    """The colours of both themes as custom properties."""
    light = "".join(f"--{name}:{pair[0]};" for name, pair in TOKENS.items())
    dark = "".join(f"--{name}:{pair[1]};" for name, pair in TOKENS.items())
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        "@media print{:root,:root[data-theme=dark],:root:not([data-theme=light])"
        f"{{color-scheme:light;{light}}}}}\n"
    )


def setting_json(form: Format, words: dict[str, str]) -> Markup:
    """What the scripts need to write numbers as the page does."""
    setting = {
        "symbol": form.symbol,
        "percent": form.percent_sign,
        "units": COMPACT_UNITS[form.language],
        "words": words,
    }
    return Markup(_safe_json(setting))


def chart_json(chart: Chart) -> Markup:
    return Markup(_safe_json(options(chart)))


def _safe_json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text

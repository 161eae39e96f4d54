"""Write `docs/reference/` from the code and the English catalogue: what `make docs` does.

One function per page, each giving the whole text, so that a test can hold the committed pages
against the code. `benchmarks.md` is not made here; see `bench/`.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "lifeworth"
MADE = "Made by `make docs` from {source}; do not edit."
EXIT_CODES = {"AppError": "1", "UsageError": "2 usage", "DataError": "3 data", "ModelError": "3 data"}
RAISED = re.compile(r'\b(AppError|DataError|ModelError|UsageError)\(\s*"([A-Z]+-\d+)"')
SHAPE = re.compile(r"^class (\w+)\(TypedDict\):\n((?:    .*\n|\n)*)", re.MULTILINE)
KEY = re.compile(r"^    (\w+): ([^#\n]+?)(?:  # (.*))?$", re.MULTILINE)
GROUPS = {
    "APP": "The application",
    "DATA-0": "Reading files",
    "DATA-1": "Columns",
    "DATA-2": "Values in the rows",
    "DATA-3": "Costs, and too little data",
    "MODEL": "Models",
    "RESULT": "Published results",
    "USE": "The command line",
    "VALUE": "Settings of a valuation",
}


def page(title: str, source: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", MADE.format(source=source), *parts)) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    return f"`{text}`" if text else ""


# --- columns.md -------------------------------------------------------------------------------------
def columns() -> str:
    from lifeworth.results.contract import CUSTOMER_COLUMNS, ESTIMATE_COLUMNS
    from lifeworth.text.catalog import catalog

    words = catalog("en")
    customers = [
        (
            code(one.name),
            code(str(one.type)),
            one.unit,
            words.text(f"definition.{one.name}") + (" †" if one.name in ESTIMATE_COLUMNS else ""),
        )
        for one in CUSTOMER_COLUMNS
    ]
    return page(
        "Columns and keys of a result",
        "`results/contract.py` and `results/summary.py`",
        "## `customers.csv`, `customers.parquet`",
        "One row per customer. Money is in major units of `summary.json`'s `currency`, on its `basis`, as of "
        "its `as_of`. † empty where predictions for single customers are declined.",
        table(("Column", "Type", "Unit", "Definition"), customers),
        *_shapes(),
    )


def _shapes() -> Iterator[str]:
    """The classes of `results/summary.py`, the whole first, as tables."""
    shapes = dict(SHAPE.findall((SOURCE / "results" / "summary.py").read_text(encoding="utf-8")))
    yield "## `summary.json`"
    yield "Estimates are `{value, low, high}` with the 90 % interval; dates are ISO."
    yield _keys(shapes.pop("Summary"))
    for name, body in shapes.items():
        yield f"### {name}"
        yield _keys(body)


def _keys(body: str) -> str:
    rows = [(code(name), code(kind.strip()), note) for name, kind, note in KEY.findall(body)]
    return table(("Key", "Type", "Meaning"), rows)


# --- fields.md --------------------------------------------------------------------------------------
def fields() -> str:
    from lifeworth.data.sources.alias_words import STRONG
    from lifeworth.data.sources.fields import FIELDS

    def headers(name: str) -> str:
        words = [word.strip() for word in STRONG.get(name, "").split(",") if word.strip()]
        latin = [word for word in words if word.isascii()][:3]
        chinese = [word for word in words if not word.isascii()][:3]
        return ", ".join((*latin, *chinese))

    rows = [(code(field.name), field.kind, field.meaning, headers(field.name)) for field in FIELDS.values()]
    return page(
        "Canonical names",
        "`data/sources/fields.py`",
        "What a column of an order file can mean, for `--map NAME=COLUMN` and `read_orders(columns=…)`. "
        "Money is in major units of the row's currency. The last column names a few of the headers that are "
        "understood without help; upper and lower case, blanks, underscores and 简 or 繁 make no difference.",
        table(("Name", "Cells", "Meaning", "Headers understood, for example"), rows),
    )


# --- errors.md --------------------------------------------------------------------------------------
def errors() -> str:
    sentences = _english()
    kinds = _raised()
    codes = sorted(key.split(".")[1] for key in sentences if re.fullmatch(r"error\.[A-Z]+-\d+\.says", key))
    parts = []
    for start, title in GROUPS.items():
        rows = [_error(one, kinds, sentences) for one in codes if one.startswith(start)]
        head = ("Code", "Exit", "Says", "Seen or wanted", "Do")
        parts += [f"## {title}", table(head, rows)] if rows else []
    return page(
        "Errors and findings",
        "`locales/en/` and the code",
        "Words in braces are facts of the case. `--json` gives them as `error.facts`. The exit code is 1 "
        "where lifeworth itself failed.",
        *parts,
        "## Findings",
        "A finding is one thing worth saying about data or a result. It stands in `summary.json` with its "
        "facts and its severity (info, warn, bad).",
        table(("Code", "Says", "Costs", "Do"), _findings(sentences)),
    )


def _error(name: str, kinds: dict[str, str], sentences: dict[str, str]) -> tuple[str, ...]:
    said = {part: sentences.get(f"error.{name}.{part}", "") for part in ("says", "seen", "wanted", "do")}
    seen = "; ".join(said[part] for part in ("seen", "wanted") if said[part])
    return code(name), EXIT_CODES.get(kinds.get(name, ""), "1 failed"), said["says"], seen, said["do"]


def _findings(sentences: dict[str, str]) -> list[tuple[str, ...]]:
    codes = sorted(key.split(".")[1] for key in sentences if re.fullmatch(r"finding\.\w+\.says", key))
    return [
        (code(one), *(sentences.get(f"finding.{one}.{part}", "") for part in ("says", "costs", "do")))
        for one in codes
    ]


def _raised() -> dict[str, str]:
    """Error code -> class that it is raised as."""
    return {
        name: kind
        for path in sorted(SOURCE.rglob("*.py"))
        for kind, name in RAISED.findall(path.read_text(encoding="utf-8"))
    }


def _english() -> dict[str, str]:
    from babel.messages.pofile import read_po

    found: dict[str, str] = {}
    for path in sorted((ROOT / "locales" / "en").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="en"):
                plural = isinstance(message.id, tuple)
                found[message.id[0] if plural else message.id] = (
                    message.string[-1] if plural else message.string
                )
    return found


# --- commands.md ------------------------------------------------------------------------------------
def commands() -> str:
    from typer.main import get_command

    from lifeworth.cli.main import app

    root: Any = get_command(app)
    parts: list[str] = []
    for name, command in root.commands.items():
        files = any(parameter.name == "orders" for parameter in command.params)
        rows = [_option(parameter) for parameter in command.params if parameter.name != "help"]
        parts += [
            f"## lifeworth {name}",
            command.help,
            f"```text\nlifeworth {name}{' ORDERS...' if files else ''} [OPTIONS]\n```",
            table(("Option", "Value", "Default", "Meaning"), rows),
        ]
    return page(
        "Commands",
        "`cli/`",
        "Answers go to stdout (`--json` on all), progress and notes to stderr. Exit codes: 0 ok, 1 failed, "
        "2 usage, 3 data problem. The language is `--lang`, else `LIFEWORTH_LANG`, else the locale.",
        *parts,
    )


def _option(parameter: Any) -> tuple[str, ...]:
    if parameter.name == "orders":
        return code("ORDERS..."), "", "", parameter.help
    default = str(parameter.default) if parameter.show_default and parameter.default else ""
    return code(parameter.opts[0]), code(parameter.metavar or ""), code(default), parameter.help


# --- presets.md -------------------------------------------------------------------------------------
def presets() -> str:
    from lifeworth.data.sources.presets import PRESETS

    parts: list[str] = []
    seen = ""
    for preset in PRESETS:
        if preset.name != seen:
            seen = preset.name
            story = sys.modules[f"lifeworth.data.sources.presets.{seen}"].__doc__ or ""
            parts += [f"## {seen}", " ".join(story.split())]
        required = ", ".join(code(header.strip()) for header in preset.required)
        rows = [
            (code(name), ", ".join(code(header.strip()) for header in headers))
            for name, headers in preset.columns.items()
        ]
        parts += [
            f"### {seen}: {preset.layout}",
            f"Known by {required}. {_rules(preset)}",
            table(("Canonical name", "Headers, best first"), rows),
        ]
    return page(
        "Platform exports",
        "`data/sources/presets/`",
        "A file is one of these where its headers overlap with the full header line by 60 %, or where all "
        "required headers are there. Everything found can be overruled with `--map`.",
        *parts,
    )


def _rules(preset: Any) -> str:
    grain = {
        "line": "A row is a line item.",
        "order": "A row is an order.",
        "order_continuation": "A row is a line item; from the second line on the order's fields are blank.",
    }[preset.grain]
    rules = [grain]
    if preset.zone:
        rules.append(f"Times are in {preset.zone}.")
    if preset.currency:
        rules.append(f"Money is in {preset.currency} where no column says.")
    if not preset.has_buyer:
        rules.append("It names no buyer.")
    if preset.duplicates == "keep":
        rules.append("Identical rows are separate purchases.")
    return " ".join(rules)


PAGES: dict[str, Callable[[], str]] = {
    "columns.md": columns,
    "fields.md": fields,
    "errors.md": errors,
    "commands.md": commands,
    "presets.md": presets,
}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in PAGES.items():
        (TARGET / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    os.environ["LIFEWORTH_LANG"] = "en"  # help is written in the language of the process
    main()

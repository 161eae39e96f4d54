"""What is wrong with the data, what that costs, what to do; and how every row read was accounted for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lifeworth.base.finding import Finding
from lifeworth.reports.blocks import Block, Field, Heading, Notice, Paragraph, Section, Table
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.contract import CUSTOMER_SCHEMA, Run
from lifeworth.text.messages import finding_text

ATTENTION = 5  # so many findings stand near the top; all stand below
MONEY_FIELDS = ("gross", "discounts", "refunds", "net")
COUNTED = ("rows_read", "rows_used", "rows_rejected", "duplicates")


def attention(run: Reading) -> Section:
    """The few things a reader must know before acting on the numbers."""
    pressing = [f for f in run.summary.get("findings") or [] if f.get("severity") != "info"]
    blocks: list[Block] = [_notice(run, finding) for finding in pressing[:ATTENTION]]
    blocks.extend(_model_notices(run))
    more = len(pressing) - ATTENTION
    if more > 0:
        told = run.say("report.attention.more", count=more, more=run.form.count(more))
        blocks.append(Paragraph(told, to="data"))
    if not blocks:
        blocks.append(Notice("good", run.say("severity.good"), run.say("report.attention.nothing")))
    return Section("attention", run.say("report.attention.title"), "", blocks)


def section(run: Reading) -> Section:
    findings = run.summary.get("findings") or []
    blocks: list[Block] = []
    if len(findings) > 0:
        blocks.append(Heading(run.say("report.data.findings")))
        blocks.extend(_notice(run, finding) for finding in findings)
    files = _files(run)
    if files:
        blocks.append(Heading(run.say("report.data.rows")))
        blocks.append(Paragraph(run.say("report.data.rows_note"), "quiet"))
        blocks.append(_rows_table(run, files))
        rejected = _rejected_table(run, files)
        if rejected:
            blocks.append(rejected)
        money = _money_table(run, files)
        if money:
            blocks.append(money)
        blocks.extend(_reading_tables(run, files))
    return Section("data", run.say("report.data.title"), _data_finding(run), blocks)


def definitions(run: Reading) -> Section:
    return terms.chosen(run, *COUNTED, *(f"import_{name}" for name in MONEY_FIELDS))


def checked_file(result: Mapping[str, Any], language: str, *, clicks: bool = False) -> Section:
    """The same section for what `lifeworth check` found in files that are not valued yet."""
    report = result["import_report"]
    summary = {
        "findings": result.get("findings") or [],
        "currency": result.get("currency") or "",
        "language": report.get("language", ""),
    }
    nobody = CUSTOMER_SCHEMA.empty_table()
    return section(Reading(Run(Path(), nobody, summary, report), language, clicks=clicks))


def _data_finding(run: Reading) -> str:
    total = _total(run)
    read, used = total.get("rows_read"), total.get("rows_used")
    if not read:
        return ""
    form = run.form
    return run.say(
        "report.data.finding", used=form.count(used), read=form.count(read), share=form.percent(used / read)
    )


def _notice(run: Reading, finding: Mapping[str, Any]) -> Notice:
    severity = finding.get("severity", "info")
    parts = {part: _finding_part(run, finding, part) for part in ("says", "costs", "do")}
    return Notice(severity, run.say(f"severity.{severity}"), **parts)


def _finding_part(run: Reading, finding: Mapping[str, Any], part: str) -> str:
    """The stored sentence; in another language, the catalogue's with the stored facts."""
    stored = str(finding.get(part) or "")
    if part == "do" and run.clicks and run.words.has(f"finding.{finding['code']}.click"):
        part = "click"
    elif run.own_language:
        return stored
    try:
        return finding_text(Finding(finding["code"], "info", finding["facts"]), run.language, part) or stored
    except (KeyError, ValueError, IndexError):
        return stored


def _model_notices(run: Reading) -> list[Notice]:
    model = run.summary.get("model") or {}
    notices = []
    if model.get("converged") is False:
        notices.append(Notice("warn", run.say("severity.warn"), run.say("report.attention.not_converged")))
    if model.get("boundary"):
        names = run.form.listing(model["boundary"])
        notices.append(
            Notice("warn", run.say("severity.warn"), run.say("report.attention.boundary", names=names))
        )
    return notices


# --- the import report ---
def _files(run: Reading) -> list[dict[str, Any]]:
    return list(run.imported.get("files") or ([run.imported] if run.imported.get("rows_read") else []))


def _total(run: Reading) -> dict[str, Any]:
    return run.imported.get("total") or run.imported


def _name(file: Mapping[str, Any]) -> str:
    return str(file.get("file") or file.get("name") or file.get("source") or "")


def _with_total(run: Reading, files: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    named = [(_name(file), file) for file in files]
    return [*named, (run.say("report.total"), _total(run))] if len(files) > 1 else named


def _rejections(file: Mapping[str, Any]) -> dict[str, int]:
    return {reason: int(rows) for reason, rows in (file.get("rows_rejected") or {}).items()}


def _rows_table(run: Reading, files: list[dict[str, Any]]) -> Table:
    rows = []
    for name, file in _with_total(run, files):
        rejected = sum(_rejections(file).values())
        rows.append((name, file.get("rows_read"), file.get("rows_used"), rejected, file.get("duplicates")))
    fields = ("file", *COUNTED)
    return Table(
        run.say("report.data.rows_caption"),
        tuple(Field(run.label(name), "count" if name != "file" else "text") for name in fields),
        rows,
        name="rows",
        total=len(files) > 1,
    )


def _rejected_table(run: Reading, files: list[dict[str, Any]]) -> Table | None:
    rows = []
    for name, file in [(_name(file), file) for file in files]:
        for reason, count in sorted(_rejections(file).items(), key=lambda pair: -pair[1]):
            rows.append((run.say_or(f"rejected.{reason}", reason), name, count))
    if not rows:
        return None
    fields = (Field(run.label("reason")), Field(run.label("file")), Field(run.label("rows"), "count"))
    return Table(run.say("report.data.rejected_caption"), fields, rows, name="rejected")


def _money_table(run: Reading, files: list[dict[str, Any]]) -> Table | None:
    rows = [
        (name, *(_amount(file.get(field, 0)) for field in MONEY_FIELDS))
        for name, file in _with_total(run, files)
        if any(file.get(field) is not None for field in MONEY_FIELDS)
    ]
    if not rows:
        return None
    fields = (
        Field(run.label("file")),
        *(Field(run.label(f"import_{name}"), "cents") for name in MONEY_FIELDS),
    )
    return Table(run.say("report.data.money_caption"), fields, rows, name="money", total=len(files) > 1)


def _amount(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _reading_tables(run: Reading, files: list[dict[str, Any]]) -> list[Table]:
    """How each file was understood, and which column became what, with the reason."""
    facts = ("encoding", "delimiter", "preset", "date_order")
    read = [(_name(file), *(_plain(run, file.get(fact)) for fact in facts)) for file in files]
    tables = [
        Table(
            run.say("report.data.reading_caption"),
            (Field(run.label("file")), *(Field(run.label(fact)) for fact in facts)),
            read,
            name="reading",
            visible=False,
        )
    ]
    rows = []
    for file in files:
        for canonical, found in (file.get("mapping") or {}).items():
            column, why = _mapping(found)
            label = run.say_or(f"report.field.{canonical}", canonical)
            rows.append((label, column, run.say_or(f"report.why.{why}", why), _name(file)))
    if rows:
        fields = tuple(Field(run.label(name)) for name in ("meaning", "column", "why", "file"))
        tables.append(Table(run.say("report.data.mapping_caption"), fields, rows, name="mapping"))
    return tables


def _mapping(found: Any) -> tuple[str, str]:
    if isinstance(found, Mapping):
        return _joined(found.get("column")), _joined(found.get("why"))
    return _joined(found), ""


def _joined(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _plain(run: Reading, value: Any) -> str:
    named = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar", "whitespace": "whitespace"}.get(
        str(value)
    )
    return run.say(f"delimiter.{named}") if named else _joined(value)

"""What `lifeworth check` answers: each file as it was read, what limits it, and whether it suffices."""

from typing import Any

from lifeworth.cli.lines import row
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format, formats


def check_lines(result: dict[str, Any], words: Catalog) -> list[str]:
    """Files, reconciliation, findings, and whether the data suffice."""
    form = formats(words.language, result["currency"])
    report, lines = result["import_report"], list[str]()
    for file in report["files"]:
        lines += ["", file["name"], *_layout(file, words), *_reconciliation(file, words, form)]
    if len(report["files"]) > 1:
        lines += ["", *_reconciliation(report, words, form)]
    if result["findings"]:
        lines += ["", words.text("cli.summary.notes")]
    for finding in result["findings"]:
        more = (finding[part] for part in ("costs", "do") if finding[part])
        lines += [f"  - {finding['says']}", *(f"    {sentence}" for sentence in more)]
    return [*lines, "", words.text("cli.check.fit" if result["individual"] else "cli.check.unfit"), ""]


def _layout(file: dict[str, Any], words: Catalog) -> list[str]:
    layout = ", ".join(str(file[part]) for part in ("preset", "encoding", "delimiter") if file.get(part))
    columns = ", ".join(f"{name} = {found['column']}" for name, found in file["mapping"].items())
    return [row(words.text("cli.check.layout"), layout), row(words.text("cli.check.columns"), columns)]


def _reconciliation(figures: dict[str, Any], words: Catalog, form: Format) -> list[str]:
    """Rows read = used + rejected by reason; gross - discounts - refunds = net."""
    rejected = figures["rows_rejected"]
    rows = words.text(
        "cli.check.rows_line",
        read=form.count(figures["rows_read"]),
        used=form.count(figures["rows_used"]),
        rejected=form.count(sum(rejected.values())),
    )
    reasons = [
        words.text("cli.check.rejected_line", reason=words.text(f"rejected.{key}"), count=form.count(count))
        for key, count in rejected.items()
    ]
    sums = {name: form.money(float(figures[name]), 2) for name in ("gross", "discounts", "refunds", "net")}
    return [
        row(words.text("cli.check.rows"), rows),
        *(f"    {reason}" for reason in reasons),
        row(words.text("cli.check.money"), words.text("cli.check.money_line", **sums)),
    ]

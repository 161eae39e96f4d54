"""What `lifeworth compare` answers: the finding, the steps of the bridge, the settings that differ."""

from typing import Any

from lifeworth.cli.lines import padded
from lifeworth.reports.documents.bridge import comparison_document
from lifeworth.results.contract import Run
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format, formats

COLUMNS = 34


def comparison_lines(told: dict[str, Any], before: dict[str, Any], after: Run, words: Catalog) -> list[str]:
    document = comparison_document(told, before, after, words.language)
    form = formats(words.language, after.summary["currency"])
    lines = ["", document.title, document.headline, document.sections[0].finding]
    made = told["bridge"]
    if made:
        lines += ["", padded(words.text("bridge.before"), COLUMNS) + form.money(made["before"])]
        for step in made["steps"]:
            if step["amount"]:
                sign = "+" if step["amount"] > 0 else ""
                label = words.text(f"bridge.step.{step['key']}")
                money = form.money_interval(step["amount"], step["low"], step["high"])
                lines.append(padded(f"  {label}", COLUMNS) + sign + money)
        lines.append(padded(words.text("bridge.after"), COLUMNS) + form.money(made["after"]))
        lines += _dimensions(told["dimensions"], form, words)
    else:
        key = "forecast" if told["comparable"] else "settings"
        lines += ["", words.text(f"bridge.none.{key}"), words.text("bridge.none.do")]
    return [*lines, ""]


def _dimensions(found: dict[str, Any] | None, form: Format, words: Catalog) -> list[str]:
    """Why current value changed, by time, share and scope."""
    if not found:
        return []
    lines = ["", words.text("dimensions.change")]
    for step in found["steps"]:
        if step["amount"]:
            sign = "+" if step["amount"] > 0 else ""
            label = words.text(f"dimensions.factor.{step['key']}")
            lines.append(padded(f"  {label}", COLUMNS) + sign + form.money(step["amount"]))
    return lines

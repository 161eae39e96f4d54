"""What `lifeworth compare` answers: the finding, the steps of the bridge, the settings that differ."""

from typing import Any

from lifeworth.cli.lines import padded
from lifeworth.reports.documents.bridge import comparison_document
from lifeworth.results.contract import Run
from lifeworth.text.catalog import Catalog
from lifeworth.text.format import formats

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
                lines.append(padded(f"  {label}", COLUMNS) + sign + form.money(step["amount"]))
        lines.append(padded(words.text("bridge.after"), COLUMNS) + form.money(made["after"]))
    else:
        key = "forecast" if told["comparable"] else "settings"
        lines += ["", words.text(f"bridge.none.{key}"), words.text("bridge.none.do")]
    return [*lines, ""]

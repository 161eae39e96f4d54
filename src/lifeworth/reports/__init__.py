"""Reports: documents a person reads, made from the published rows of one run and nothing else.

`documents` says what stands in a report, in plain data; `formats` writes it down. Charts are
defined once (`charts.py`) for every format.
"""

from collections.abc import Callable
from typing import Any

from lifeworth.results.contract import Run


def value_report(run: Run, language: str = "", told: Callable[[float], None] | None = None) -> str:
    """The value statement of a run as one self-contained HTML page.

    `language` is "en", "zh-Hans" or "zh-Hant"; empty means the language of the run. `told` hears the share
    that is done.
    """
    from lifeworth.reports.documents.value_statement import value_statement
    from lifeworth.reports.formats.html import render

    return render(value_statement(run, language or run.summary["language"], told))


def comparison_report(told: dict[str, Any], before: dict[str, Any], after: Run, language: str) -> str:
    """What changed between two runs as one self-contained HTML page.

    `told` is what `workflows.comparison.compare_runs` gave, `before` the summary of the earlier run.
    """
    from lifeworth.reports.documents.bridge import comparison_document
    from lifeworth.reports.formats.html import render

    return render(comparison_document(told, before, after, language))

"""Errors and findings as text, for a person at a terminal, in a page or in a notebook."""

from typing import Any

from lifeworth.base.errors import LifeworthError
from lifeworth.base.finding import Finding
from lifeworth.text.catalog import catalog


def error_text(error: LifeworthError, language: str = "en", *, clicks: bool = False) -> str:
    """Code and sentence, totals where known, then `seen`, `wanted` and `do` where the catalogue has them.

    `clicks`: for a reader in front of a page, who has fields and buttons; `click` then goes before `do`.
    """
    words = catalog(language)
    key = f"error.{error.code}"
    facts = {name: _plain(fact) for name, fact in error.facts.items()}
    for name, fact in facts.items():  # a fact that is a word of ours has its own key
        if isinstance(fact, str) and words.has(f"{key}.{name}.{fact}"):
            facts[name] = words.text(f"{key}.{name}.{fact}")
    lines = [f"{error.code}  {words.text(f'{key}.says', **facts)}"]
    if "net" in facts:  # what a file adds up to stays true where it cannot be valued
        lines.append(f"  {words.text('error.totals')}  {words.text('error.totals.line', **facts).strip()}")
    for part in ("seen", "wanted", "do"):
        if words.has(f"{key}.{part}"):
            clicked = clicks and part == "do" and words.has(f"{key}.click")
            said = words.text(f"{key}.{'click' if clicked else part}", **facts)
            lines.append(f"  {words.text(f'error.{part}')}  {said}")
    return "\n".join(lines)


def finding_text(finding: Finding, language: str = "en", part: str = "says") -> str:
    """The sentence of a finding; `part` is "says", "costs" or "do"; empty where there is none."""
    words = catalog(language)
    key = f"finding.{finding.code}.{part}"
    return words.text(key, **{k: _plain(v) for k, v in finding.facts.items()}) if words.has(key) else ""


def _plain(fact: Any) -> Any:
    return ", ".join(str(part) for part in fact) if isinstance(fact, list | tuple) else fact

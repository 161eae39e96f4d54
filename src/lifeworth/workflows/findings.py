"""Findings as published: code, facts and sentences in the language of the run."""

from collections.abc import Iterable
from typing import Any

from lifeworth.base.errors import LifeworthError
from lifeworth.base.finding import Finding
from lifeworth.text.messages import error_text, finding_text

WEIGHT = {"bad": 0, "warn": 1, "info": 2}


def finding_record(finding: Finding, language: str) -> dict[str, Any]:
    """`results.summary.FindingText`."""
    sentences = {part: finding_text(finding, language, part) for part in ("says", "costs", "do")}
    return {**finding.to_json(), **sentences}


def error_record(error: LifeworthError, language: str) -> dict[str, Any]:
    """An error in the shape of a finding, for a candidate that could not compete."""
    return {
        "code": error.code,
        "severity": "warn",
        "facts": error.facts,
        "says": error_text(error, language).splitlines()[0],
        "costs": "",
        "do": "",
    }


def finding_records(findings: Iterable[Finding], language: str) -> list[dict[str, Any]]:
    """Worst first, each once."""
    unique = {(finding.code, repr(finding.facts)): finding for finding in findings}
    ranked = sorted(unique.values(), key=lambda finding: WEIGHT[finding.severity])
    return [finding_record(finding, language) for finding in ranked]

"""Keep, grow, fix, release: how many customers, what they are worth and what serving them costs."""

from typing import Any

import numpy as np

from lifeworth.reports.blocks import Block, Field, Paragraph, Section, Table
from lifeworth.reports.documents.groups import advices, estimate_of
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.contract import DECISIONS

COLOURS = {"keep": "stream", "grow": "gold", "fix": "comet", "release": "burden"}
MARKS = {"keep": "=", "grow": "+", "fix": "!", "release": "−"}


def section(run: Reading) -> Section | None:
    """None in a run without forecasts, or of an older version."""
    told, groups = run.summary.get("decisions"), run.groups("decision")
    if not (run.individual and told and groups):
        return None
    blocks: list[Block] = [Paragraph(rule(run, told), "quiet")]
    if not told["costs_known"]:
        blocks.append(Paragraph(run.say("decision.no_costs")))
    shown = [group for group in groups if told["costs_known"] or group["key"] in ("keep", "grow")]
    blocks += [
        _table(run, shown),
        advices(run, shown, MARKS, COLOURS),
        Paragraph(run.say("decision.never_automatic"), "quiet"),
    ]
    return Section("decisions", run.say("decision.title"), _finding(run, shown, told), blocks)


def rule(run: Reading, told: dict[str, Any]) -> str:
    limits, form = told["rule"], run.form
    said = run.say(
        "decision.rule",
        confidence=form.percent(2 * limits["confidence"] - 1),
        share=form.percent(limits["grow_share"]),
    )
    if not limits["cost_to_serve"]:
        return said
    return run.sentences(said, run.say("decision.rule_cost", cost=form.money(limits["cost_to_serve"])))


def _finding(run: Reading, groups: list[dict[str, Any]], told: dict[str, Any]) -> str:
    count = {group["key"]: int(group["customers"]) for group in groups}
    if not told["costs_known"]:
        return run.say("decision.finding_untold", grow=run.form.count(count["grow"]))
    return run.say("decision.finding", **{key: run.form.count(count[key]) for key in DECISIONS})


def _table(run: Reading, groups: list[dict[str, Any]]) -> Table:
    everyone = sum(group["customers"] for group in groups) or 1
    serving = _serving(run)
    rows = [
        (
            run.say(f"decision.{group['key']}"),
            group["customers"],
            group["customers"] / everyone,
            estimate_of(group),
            estimate_of(group, "potential_value"),
            *([serving.get(group["key"], 0.0)] if serving else []),
        )
        for group in groups
    ]
    fields = (
        Field(run.label("decision"), "text"),
        Field(run.label("customers"), "count"),
        Field(run.say("report.share_of_customers"), "share"),
        Field(run.label("current_value"), "estimate"),
        Field(run.label("potential_value"), "estimate"),
        *([Field(run.label("cost_to_serve"), "money")] if serving else []),
    )
    opens = tuple(f"decision={group['key']}" for group in groups)
    return Table(run.say("decision.caption"), fields, rows, name="decisions", opens=opens)


def _serving(run: Reading) -> dict[str, float]:
    """Cost to serve by decision; nothing where no such cost is recorded."""
    if not (run.is_filled("cost_to_serve") and run.is_filled("decision")):
        return {}
    places, words = run.codes("decision")
    sums = np.bincount(places + 1, np.nan_to_num(run.column("cost_to_serve")), len(words) + 1)
    return dict(zip(words, sums[1:].tolist(), strict=True))

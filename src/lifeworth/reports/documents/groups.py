"""Value by group: the four patterns and the three tiers, with intervals and what to do."""

from collections.abc import Mapping
from typing import Any

from lifeworth.reports.blocks import (
    Advice,
    Advices,
    Block,
    Field,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
)
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.documents.reading import Reading, real
from lifeworth.reports.theme import SHAPES


def section(run: Reading) -> Section | None:
    patterns, tiers = run.groups("pattern"), run.groups("tier")
    if not run.individual or not (patterns or tiers):
        return None
    blocks: list[Block] = []
    if patterns:
        blocks.append(_picture(run, patterns))
        blocks.append(Paragraph(_pattern_rule(run, patterns[0]["thresholds"]), "quiet"))
        blocks.append(advices(run, patterns, SHAPES, {key: key for key in SHAPES}))
    if tiers:
        blocks.append(Heading(run.say("report.groups.tiers")))
        blocks.append(Paragraph(_tier_rule(run, tiers[0]["thresholds"]), "quiet"))
        blocks.append(_table(run, tiers, run.say("report.groups.tiers"), "tiers"))
    return Section("groups", run.say("report.groups.title"), _finding(run, patterns or tiers), blocks)


def _finding(run: Reading, groups: list[dict[str, Any]]) -> str:
    best = max(groups, key=_worth)
    whole, everyone = sum(_worth(group) for group in groups), sum(group["customers"] for group in groups)
    if whole <= 0 or not everyone:
        return ""
    return run.say(
        "report.groups.finding",
        group=run.say(f"{best['scheme']}.{best['key']}"),
        customers=run.form.percent(best["customers"] / everyone),
        held=run.form.percent(_worth(best) / whole),
    )


def _worth(group: dict[str, Any]) -> float:
    return float((group.get("current_value") or {}).get("value") or 0.0)


def estimate_of(
    group: dict[str, Any], name: str = "current_value"
) -> tuple[float | None, float | None, float | None]:
    found = group.get(name) or {}
    return real(found.get("value")), real(found.get("low")), real(found.get("high"))


def _picture(run: Reading, groups: list[dict[str, Any]]) -> Picture:
    form = run.form
    names = [run.say(f"pattern.{group['key']}") for group in groups]
    intervals = [estimate_of(group) for group in groups]
    spoken = [
        run.say(
            "report.groups.part",
            group=name,
            customers=form.count(group["customers"]),
            value=form.compact_money_interval(*interval),
        )
        for name, group, interval in zip(names, groups, intervals, strict=True)
    ]
    best = max(groups, key=_worth)
    chart = Chart(
        id="patterns",
        kind="bar",
        title=run.say("report.groups.chart", group=run.say(f"pattern.{best['key']}")),
        subtitle=run.say("report.groups.measure", months=form.short(run.summary["horizon_months"], 3)),
        sentence=run.say("report.groups.sentence", parts=run.say("report.join").join(spoken)),
        x=Axis(
            "",
            "category",
            tuple(f"{SHAPES[group['key']]} {name}" for group, name in zip(groups, names, strict=True)),
        ),
        y=Axis(run.label("current_value"), "money"),
        series=(
            Series(
                run.label("current_value"),
                "bar",
                "current",
                [interval[0] for interval in intervals],
                low=[interval[1] for interval in intervals],
                high=[interval[2] for interval in intervals],
                forecast=True,
                tips=tuple(spoken),
                tokens=tuple(group["key"] for group in groups),
                opens=tuple(f"pattern={group['key']}" for group in groups),
            ),
        ),
        lying=True,
    )
    return Picture(chart, _table(run, groups, chart.subtitle, "patterns"))


def _table(run: Reading, groups: list[dict[str, Any]], caption: str, name: str) -> Table:
    everyone = sum(group["customers"] for group in groups) or 1
    whole = sum(_worth(group) for group in groups)
    rows = []
    for group in groups:
        word, worth = run.say(f"{group['scheme']}.{group['key']}"), _worth(group)
        rows.append((
            (group["key"], word) if group["scheme"] == "pattern" else word,
            group["customers"],
            group["customers"] / everyone,
            real(group["net_sales"]),
            real(group["historical_value"]),
            estimate_of(group),
            worth / whole if whole > 0 else None,
        ))  # fmt: skip
    kind = "pattern" if groups[0]["scheme"] == "pattern" else "text"
    fields = (
        Field(run.label(groups[0]["scheme"]), kind),  # type: ignore[arg-type]
        Field(run.label("customers"), "count"),
        Field(run.say("report.share_of_customers"), "share"),
        Field(run.label("net_sales"), "money"),
        Field(run.label("historical_value"), "money"),
        Field(run.label("current_value"), "estimate"),
        Field(run.say("report.share_of_value"), "share"),
    )
    opens = tuple(f"{group['scheme']}={group['key']}" for group in groups)
    return Table(caption, fields, rows, name=name, opens=opens)


def advices(
    run: Reading, groups: list[dict[str, Any]], marks: Mapping[str, str], colours: Mapping[str, str]
) -> Advices:
    """What to do with the customers of each group of one scheme."""
    return Advices(
        tuple(
            Advice(
                colours[group["key"]],
                marks[group["key"]],
                run.say(f"{group['scheme']}.{group['key']}"),
                run.say(f"{group['scheme']}.{group['key']}.advice"),
                run.say(
                    "report.customers_count",
                    count=int(group["customers"]),
                    customers=run.form.count(group["customers"]),
                ),
            )
            for group in groups
        )
    )


def _pattern_rule(run: Reading, thresholds: dict[str, Any]) -> str:
    form = run.form
    rule = run.say(
        "report.groups.pattern_rule",
        profit=form.money(thresholds.get("profit_per_order")),
        repeats=form.short(real(thresholds.get("expected_repeats"))),
        what=run.in_prose("profit_per_order" if not run.is_revenue else "sales_per_order"),
    )
    cost = thresholds.get("cost_to_serve") or 0.0
    if cost <= 0:
        return rule
    return run.sentences(rule, run.say("report.groups.cost_rule", cost=form.money(cost)))


def _tier_rule(run: Reading, thresholds: dict[str, Any]) -> str:
    return run.say(
        "report.groups.tier_rule",
        value=run.form.money(real(thresholds.get("value"))),
        share=run.form.percent(real(thresholds.get("share"))),
        growth=run.form.short(real(thresholds.get("growth"))),
    )

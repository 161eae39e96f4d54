"""From revenue to value: what was sold, what it cost, what is left, and what is to come."""

from collections.abc import Callable
from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series, running
from lifeworth.reports.documents.reading import Reading

Money = Callable[[float], str]
PAST = {"gross_sales", "discounts", "refunds", "net_sales", "historical_value"}
TOKENS = {"historical_value": "historical", "current_value": "current", "lifetime_value": "current"}


def section(run: Reading) -> Section | None:
    steps = run.summary.get("waterfall") or []
    if not steps:
        return None
    measure = run.say("ledger.measure", date=run.form.date(run.summary["as_of"]))
    blocks: list[Block] = [picture(run, steps, "waterfall", measure), Paragraph(_basis(run), "quiet")]
    rules = run.summary.get("cost_rules") or []
    if rules:
        told = [
            run.say(
                "ledger.rule",
                kind=run.in_prose(f"{rule['kind']}_cost"),
                driver=run.say(f"ledger.driver.{rule['driver']}"),
            )
            for rule in rules
        ]
        blocks.append(Paragraph(run.say("ledger.rules", rules=run.say("report.join").join(told)), "quiet"))
    left = (run.summary.get("costs") or {}).get("unallocated")
    if left:
        blocks.append(Paragraph(run.say("ledger.unallocated", amount=run.form.compact_money(left)), "quiet"))
    undiscounted = (run.summary.get("totals") or {}).get("current_value_undiscounted")
    if undiscounted is not None:
        blocks.append(Paragraph(_discounting(run, undiscounted), "quiet"))
    return Section("ledger", run.say("ledger.title"), _finding(run, steps, run.form.compact_money), blocks)


def picture(
    run: Reading, steps: list[dict[str, Any]], name: str, measure: str, money: Money | None = None
) -> Picture:
    """The waterfall, lying: each step begins where the one before ended."""
    money = money or run.form.compact_money
    labels = [run.label(step["key"]) for step in steps]
    amounts = [float(step["amount"]) for step in steps]
    written = [
        money(amount) if step["sum"] else run.signed(amount, money)
        for step, amount in zip(steps, amounts, strict=True)
    ]
    tips = [f"{label} {amount}" for label, amount in zip(labels, written, strict=True)]
    sums = {place for place, step in enumerate(steps) if step["sum"]}
    chart = Chart(
        id=name,
        kind="bar",
        title=run.say("ledger.chart"),
        subtitle=measure,
        sentence=_finding(run, steps, money),
        x=Axis("", "category", tuple(labels)),
        y=Axis(run.say("ledger.amount"), "money"),
        series=(
            Series(
                run.say("ledger.amount"),
                "bar",
                "historical",
                amounts,
                tips=tuple(tips),
                labels=tuple(written),
                tokens=tuple(_token(step) for step in steps),
                starts=running(amounts, sums),
                hatched=tuple(step["key"] not in PAST and _token(step) != "bad" for step in steps),
            ),
        ),
        lying=True,
        tall=len(steps) > 8,
    )
    rows = [(label, amount) for label, amount in zip(labels, amounts, strict=True)]
    fields = (Field(run.say("ledger.step")), Field(run.say("ledger.amount"), "cents"))
    return Picture(chart, Table(chart.subtitle, fields, list(rows), name, visible=False))


def _token(step: dict[str, Any]) -> str:
    if step["key"] in TOKENS:
        return TOKENS[step["key"]]
    if step["sum"]:
        return "historical"
    return "bad" if step["amount"] < 0 else "potential"


def _finding(run: Reading, steps: list[dict[str, Any]], money: Money) -> str:
    amounts = {step["key"]: float(step["amount"]) for step in steps}
    sold, kept = amounts["net_sales"], amounts["historical_value"]
    if run.is_revenue or sold <= 0:
        return run.say("ledger.finding_revenue", net_sales=money(sold))
    return run.say(
        "ledger.finding",
        net_sales=money(sold),
        kept=money(kept),
        share=run.form.percent(kept / sold),
    )


def _basis(run: Reading) -> str:
    basis = run.summary.get("value_basis") or "net_revenue"
    told = [run.say(f"ledger.basis.{basis}")]
    idle = run.summary.get("costs_not_deducted") or {}
    if idle:
        told.append(
            run.say("ledger.not_deducted", amount=run.form.compact_money(sum(map(float, idle.values()))))
        )
    return run.sentences(*told)


def _discounting(run: Reading, undiscounted: float) -> str:
    discounted = run.summary["totals"]["current_value"]
    return run.say(
        "ledger.discounting",
        discounted=run.form.compact_money(discounted),
        undiscounted=run.form.compact_money(undiscounted),
        rate=run.form.percent(run.summary["discount_rate"], 1),
    )

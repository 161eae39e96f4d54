"""How deep a discount may go, group by group, with the numbers filled in."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading


def section(run: Reading, found: dict[str, Any] | None) -> Section | None:
    """`found`: as `workflows.guard_rail` gives it; None: why there is none is said."""
    if not run.individual:
        return None
    if found is None:
        return Section(
            "guard-rail", run.say("guard_rail.title"), "", [Paragraph(run.say("guard_rail.no_margin"))]
        )
    blocks: list[Block] = [Paragraph(target_text(run, found)), _table(run, found)]
    blocks.append(Paragraph(run.sentences(formula_text(run, found), run.say("guard_rail.how")), "quiet"))
    blocks.append(Paragraph(run.say("guard_rail.law"), "quiet"))
    return Section("guard-rail", run.say("guard_rail.title"), _finding(run, found), blocks)


def target_text(run: Reading, found: dict[str, Any]) -> str:
    keep = found["target"] == "keep"
    amount = run.form.percent(found["amount"]) if keep else run.form.money(found["amount"], run.form.cents)
    return run.say(f"guard_rail.target.{found['target']}", amount=amount, months=run.months)


def formula_text(run: Reading, found: dict[str, Any]) -> str:
    """The formula with the numbers of the first group filled in."""
    if not found["rows"]:
        return ""
    row, form = found["rows"][0], run.form
    return run.say(
        f"guard_rail.formula.{found['target']}",
        group=name_of(run, found["scheme"], row["key"]),
        deepest=form.percent(row["deepest"]["value"], 1),
        margin=form.percent(row["margin"]["value"], 1),
        amount=(
            form.percent(found["amount"])
            if found["target"] == "keep"
            else form.money(found["amount"], form.cents)
        ),
        customers=form.count(row["customers"]),
        sales=form.money(row["sales"]["value"]),
        spend=form.money(row["spend"], form.cents),
    )


def name_of(run: Reading, scheme: str, key: str) -> str:
    return run.say(f"{scheme}.{key}")


def share_range(run: Reading, ends: dict[str, float]) -> str:
    """A share with its interval, in per cent."""
    form = run.form
    span = form.range(100 * ends["low"], 100 * ends["high"], 1)
    return f"{form.percent(ends['value'], 1)} ({span})"


def _finding(run: Reading, found: dict[str, Any]) -> str:
    if not found["rows"]:
        return run.say("guard_rail.nobody")
    most = max(found["rows"], key=lambda row: row["give"])
    group = name_of(run, found["scheme"], most["key"])
    if most["give"] <= 0:
        return run.say("guard_rail.none")
    return run.say("guard_rail.finding", group=group, give=run.form.percent(most["give"], 1))


def _table(run: Reading, found: dict[str, Any]) -> Table:
    rows = [
        (
            name_of(run, found["scheme"], row["key"]),
            row["customers"],
            share_range(run, row["margin"]),
            share_range(run, row["deepest"]),
            row["give"],
            row["more_needed"],
        )
        for row in found["rows"]
    ]
    fields = (
        Field(run.label(found["scheme"])),
        Field(run.label("customers"), "count"),
        Field(run.label("margin_rate")),
        Field(run.say("guard_rail.deepest")),
        Field(run.say("guard_rail.give"), "share"),
        Field(run.say("guard_rail.more_needed"), "share"),
    )
    opens = tuple(f"{found['scheme']}={row['key']}" for row in found["rows"])
    return Table(run.say("guard_rail.caption"), fields, rows, name="guard_rail", opens=opens)

"""Who brought one customer, whom she brought herself, and what that is worth."""

from collections.abc import Mapping, Sequence
from typing import Any

from lifeworth.reports.blocks import Block, Field, Figure, Figures, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading

Row = Mapping[str, Any]


def referred_section(
    run: Reading, row: Row, parent: Row | None, brought: Sequence[Row], most: int
) -> Section | None:
    """None where nobody brought her and she brought nobody.

    Args:
        row: hers of the table `referrals`.
        parent, brought: rows of the same table, as the reader may see them, with the `address` of each.
        most: so many of those she brought are listed.
    """
    count = int(row["referrals"])
    if not count and not row["parent_id"]:
        return None
    form = run.form
    direct = run.say("referrals.one.brought", count=count, customers=form.count(count))
    told = direct if count else run.say("referrals.one.nobody")
    if parent:
        told = (
            run.say("referrals.one.by", customer=parent["customer_id"]) + run.say("referrals.one.and") + told
        )
    blocks: list[Block] = [_figures(run, row, count)] if count else []
    people = [*([("by", parent)] if parent else []), *(("brought", one) for one in brought[:most])]
    if people:
        blocks.append(_table(run, people))
    if len(people) - bool(parent) < count:
        shown = form.count(len(people) - bool(parent))
        blocks.append(Paragraph(run.say("referrals.one.cut", shown=shown, all=form.count(count)), "quiet"))
    return Section("referred", run.say("referrals.title"), told, blocks)


def _figures(run: Reading, row: Row, count: int) -> Figures:
    form = run.form
    figures = [Figure(run.say("referrals.field.count"), form.count(count))]
    for name in ("net", "gross", "expected"):
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        known = low is not None and high is not None
        around = form.compact_range(float(low), float(high)) if known else ""  # type: ignore[arg-type]
        interval = run.say("report.interval", range=around) if known else ""
        amount, label = form.money(float(row[name])), run.say(f"referrals.field.{name}")
        figures.append(Figure(label, amount, interval=interval, context=run.say(f"referrals.one.{name}")))
    return Figures(tuple(figures))


def _table(run: Reading, people: Sequence[tuple[str, Row]]) -> Table:
    rows = [
        (
            one["customer_id"], run.say(f"referrals.one.role.{role}"), one["day"].isoformat(),
            float(one["own"]), one["referrals"],
        )
        for role, one in people
    ]  # fmt: skip
    fields = (
        Field(run.say("referrals.field.customer")),
        Field(run.say("referrals.one.role")),
        Field(run.label("first_purchase"), "date"),
        Field(run.say("referrals.field.own"), "money"),
        Field(run.say("referrals.field.count"), "count"),
    )
    opens = tuple(str(one["address"]) for _, one in people)
    return Table(run.say("referrals.one.caption"), fields, list(rows), "referred", roomy=True, opens=opens)

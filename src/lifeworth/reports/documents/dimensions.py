"""Customer equity in three dimensions: how long customers stay, what part of their purse, which scope."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading

NAMED = ("tier", "pattern")  # schemes whose cells have words of their own


def section(run: Reading) -> Section | None:
    record = run.summary.get("dimensions")
    if not record:
        return None
    total = record["total"]
    blocks: list[Block] = [_table(run, scheme, rows, total) for scheme, rows in record["schemes"].items()]
    blocks.append(
        Paragraph(run.say("dimensions.how", quantile=run.form.percent(record["quantile"])), "quiet")
    )
    return Section("dimensions", run.say("dimensions.title"), _finding(run, total), blocks)


def _finding(run: Reading, total: dict[str, Any]) -> str:
    return run.say(
        "dimensions.finding",
        activity=run.form.percent(total["activity"]),
        share=run.form.percent(total["share"]),
        wallet=run.form.compact_money(total["wallet"]),
        months=run.months,
    )


def _table(run: Reading, scheme: str, rows: list[dict[str, Any]], total: dict[str, Any]) -> Table:
    cells = [_row(cell_name(run, scheme, row["cell"]), row) for row in rows]
    cells.append(_row(run.say("dimensions.all"), total))
    fields = (
        Field(run.say(f"dimensions.scheme.{scheme}")),
        Field(run.say("dimensions.factor.customers"), "count"),
        Field(run.say("dimensions.factor.activity"), "share"),
        Field(run.say("dimensions.factor.wallet"), "money"),
        Field(run.say("dimensions.factor.share"), "share"),
        Field(run.say("dimensions.factor.profit"), "share"),
        Field(run.label("current_value"), "estimate"),
    )
    caption = run.say("dimensions.by", scheme=run.say(f"dimensions.scheme.{scheme}"))
    return Table(caption, fields, cells, f"dimensions_{scheme}", roomy=True, total=True)


def _row(name: str, row: dict[str, Any]) -> tuple[Any, ...]:
    value = row["current_value"]
    factors = (row["customers"], row["activity"], row["wallet"], row["share"], row["profit"])
    return (name, *factors, (value["value"], value["low"], value["high"]))


def cell_name(run: Reading, scheme: str, cell: str) -> str:
    if scheme in NAMED:
        return run.say(f"{scheme}.{cell}")
    return cell or run.say("dimensions.other")


def change_blocks(run: Reading, told: dict[str, Any]) -> list[Block]:
    """Why current value changed between two runs, factor by factor and cell by cell."""
    found = told.get("dimensions")
    if not found:
        return []
    steps: list[tuple[Any, ...]] = [
        (run.say(f"dimensions.factor.{step['key']}"), step["amount"])
        for step in found["steps"]
        if step["amount"]
    ]
    steps.append((run.say("dimensions.all"), round(found["after"] - found["before"], 2)))
    cells: list[tuple[Any, ...]] = [
        (
            cell_name(run, found["scheme"], row["cell"]), row["before"], row["after"],
            round(row["after"] - row["before"], 2),
        )
        for row in found["cells"]
    ]  # fmt: skip
    word = run.say(f"dimensions.scheme.{found['scheme']}")
    return [
        Table(
            run.say("dimensions.change"),
            (Field(run.say("dimensions.field.factor")), Field(run.say("dimensions.field.change"), "cents")),
            steps, "dimension_change", roomy=True, total=True,
        ),
        Table(
            run.say("dimensions.change_by", scheme=word),
            (
                Field(word),
                Field(run.say("bridge.before"), "cents"),
                Field(run.say("bridge.after"), "cents"),
                Field(run.say("dimensions.field.change"), "cents"),
            ),
            cells, "dimension_cells", roomy=True,
        ),
        Paragraph(run.say("dimensions.change_how"), "quiet"),
    ]  # fmt: skip

"""What households and parent accounts are worth together, and whom one would overlook alone."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Figure, Figures, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading


def section(run: Reading) -> Section | None:
    record = run.summary.get("relationships")
    if not record:
        return None
    blocks: list[Block] = [_figures(run, record), _best(run, record), _totals(run, record)]
    blocks.append(Paragraph(_how(run, record), "quiet"))
    return Section("households", run.say("households.title"), _finding(run, record), blocks)


def _finding(run: Reading, record: dict[str, Any]) -> str:
    found = record["concentration"]
    return run.say(
        "households.finding",
        members=run.form.count(record["members"]),
        groups=run.form.count(record["groups"]),
        alone=run.form.percent(found["customers"]),
        together=run.form.percent(found["groups"]),
        value=run.in_prose(record["value_name"]),
    )


def _figures(run: Reading, record: dict[str, Any]) -> Figures:
    form = run.form
    figures = [
        Figure(run.say("households.fig.groups"), form.count(record["groups"])),
        Figure(run.say("households.fig.members"), form.count(record["members"])),
        Figure(run.say("households.fig.largest"), form.count(record["largest"])),
    ]
    hidden = record["hidden"]
    if hidden:
        context = run.say("households.fig.hidden_context", groups=form.count(hidden["groups"]))
        figures.append(
            Figure(run.say("households.fig.hidden"), form.count(hidden["customers"]), context=context)
        )
    return Figures(tuple(figures))


def _best(run: Reading, record: dict[str, Any]) -> Table:
    estimated = record["value_name"] == "future_value"
    rows = []
    for row in record["best"]:
        cells: list[Any] = [row["group_id"], row["members"], row["historical_value"]]
        if estimated:
            low, high = row.get("current_value_low"), row.get("current_value_high")
            spread = (row["current_value"], low, high) if low is not None else None
            cells += [spread or (row["current_value"],) * 3, row["potential_value"], row["lifetime_value"]]
        rows.append(tuple(cells))
    fields = [
        Field(run.say("households.field.group")),
        Field(run.say("households.field.members"), "count"),
        Field(run.label("historical_value"), "money"),
    ]
    if estimated:
        fields += [
            Field(run.label("current_value"), "estimate"),
            Field(run.label("potential_value"), "money"),
            Field(run.label("lifetime_value"), "money"),
        ]
    return Table(run.say("households.best"), tuple(fields), rows, "groups", roomy=True)


def _totals(run: Reading, record: dict[str, Any]) -> Table:
    rows = [
        (run.label(name), told["groups"], told["alone"], round(told["groups"] + told["alone"], 2))
        for name, told in record["totals"].items()
    ]
    fields = (
        Field(run.say("households.field.figure")),
        Field(run.say("households.field.together"), "cents"),
        Field(run.say("households.field.alone"), "cents"),
        Field(run.say("households.field.all"), "cents"),
    )
    return Table(run.say("households.totals"), fields, list(rows), "group_totals", roomy=True)


def _how(run: Reading, record: dict[str, Any]) -> str:
    counts, form = record["file"], run.form
    drawn = record["best"] and record["best"][0].get("current_value_low") is not None
    told = [run.say("households.how")]
    if record["value_name"] == "future_value":
        told.append(run.say("households.drawn" if drawn else "households.not_drawn"))
    told.append(
        run.say("households.covers", used=form.count(counts["used"]), rows=form.count(counts["rows"]))
    )
    return run.sentences(*told)


def group_section(run: Reading, rows: list[dict[str, Any]]) -> Section | None:
    """The household or account of one customer; `rows` are hers of the table `group_members`."""
    if not rows:
        return None
    row = rows[-1]
    named = run.say("households.one", group=row["group_id"], members=run.form.count(row["members"]))
    cells = []
    for name in ("net_sales", "historical_value", "current_value", "potential_value", "lifetime_value"):
        amount = row.get(f"group_{name}")
        if amount is None:
            continue
        low, high = row.get(f"group_{name}_low"), row.get(f"group_{name}_high")
        sides = (amount, amount if low is None else low, amount if high is None else high)
        cells.append((run.label(name), tuple(float(side) for side in sides)))
    fields = (
        Field(run.say("households.field.figure")),
        Field(run.say("households.field.together"), "estimate"),
    )
    table = Table(run.say("households.together"), fields, list(cells), "group", roomy=True)
    return Section("group", run.say("households.title"), named, [table])

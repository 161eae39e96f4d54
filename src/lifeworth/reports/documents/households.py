"""What households and parent accounts are worth together, and whom one would overlook alone."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from lifeworth.reports.blocks import Block, Field, Figure, Figures, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading

SHOWN = 10
BOUNDS = ("current_value_low", "current_value_high")


def section(run: Reading) -> Section | None:
    record, groups = run.summary.get("relationships"), run.table("groups")
    if not record or groups is None:
        return None
    best = groups.sort_by([(record["value_name"], "descending")]).slice(0, SHOWN).to_pylist()
    blocks: list[Block] = [_figures(run, record), _ranked(run, record, best), _totals(run, record)]
    blocks.append(Paragraph(_how(run, record, BOUNDS[0] in groups.column_names), "quiet"))
    return Section("households", run.say("households.title"), finding(run, record), blocks)


def page_section(run: Reading, record: dict[str, Any], rows: list[dict[str, Any]], sort: str) -> Section:
    """The same around the groups that a page lists; each has a `ref`, by which its members are found."""
    name = sort.removeprefix("-")
    caption = run.say(
        "households.ranked", by=run.say("households.field.members") if name == "members" else run.label(name)
    )
    listed = replace(
        _ranked(run, record, rows), caption=caption, opens=tuple(f"group={row['ref']}" for row in rows)
    )
    blocks: list[Block] = [_figures(run, record), listed, _totals(run, record)]
    blocks.append(Paragraph(_how(run, record, all(BOUNDS[0] in row for row in rows)), "quiet"))
    return Section("households", run.say("households.title"), "", blocks)


def group_figures(run: Reading, row: dict[str, Any]) -> Figures:
    """What the members of one group are worth together; `row` of the table `groups`."""
    figures = []
    for name in ("historical_value", "current_value", "potential_value", "lifetime_value"):
        if name not in row:
            continue
        low, high = (row.get(f"{name}_{side}") for side in ("low", "high"))
        around = ""
        if low is not None and high is not None:
            around = run.say("report.interval", range=run.form.compact_range(float(low), float(high)))
        figures.append(Figure(run.label(name), run.form.money(float(row[name])), interval=around))
    return Figures(tuple(figures))


def finding(run: Reading, record: dict[str, Any]) -> str:
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


def _ranked(run: Reading, record: dict[str, Any], groups: list[dict[str, Any]]) -> Table:
    """The groups come from their table, which pages mask for who may not see names."""
    estimated = record["value_name"] == "future_value"
    rows = []
    for row in groups:
        told = {name: float(value) for name, value in row.items() if isinstance(value, Decimal | float)}
        cells: list[Any] = [row["group_id"], row["members"], told["historical_value"]]
        if estimated:
            cells += [_spread(told, "current_value"), _spread(told, "potential_value")]
            cells.append(told["lifetime_value"])
        rows.append(tuple(cells))
    fields = [
        Field(run.say("households.field.group")),
        Field(run.say("households.field.members"), "count"),
        Field(run.label("historical_value"), "money"),
    ]
    if estimated:
        fields += [
            Field(run.label("current_value"), "estimate"),
            Field(run.label("potential_value"), "estimate"),
            Field(run.label("lifetime_value"), "money"),
        ]
    return Table(run.say("households.best"), tuple(fields), rows, "groups", roomy=True)


def _spread(told: dict[str, float], name: str) -> tuple[float, float, float]:
    value = told[name]
    return value, told.get(f"{name}_low", value), told.get(f"{name}_high", value)


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


def _how(run: Reading, record: dict[str, Any], drawn: bool) -> str:
    counts, form = record["file"], run.form
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

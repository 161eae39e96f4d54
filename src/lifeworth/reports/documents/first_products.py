"""What customers became who began with the same product or category."""

from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, spanned
from lifeworth.reports.documents.reading import Reading

Row = dict[str, Any]
MOST = 12  # items drawn


def section(run: Reading) -> Section | None:
    table = run.table("first_products")
    if table is None or not table.num_rows:
        return None
    rows = table.to_pylist()
    kinds = [kind for kind in ("product", "category") if any(row["kind"] == kind for row in rows)]
    of = {kind: [row for row in rows if row["kind"] == kind] for kind in kinds}
    blocks: list[Block] = []
    for kind in kinds:
        compared = [row for row in of[kind] if row["value_difference"] is not None][:MOST]
        if len(compared) > 1:
            blocks.append(_picture(run, kind, compared))
        blocks.append(_table(run, kind, of[kind]))
    told = [run.say("first_products.how"), run.say("first_products.no_cause")]
    if any(row["service_cost"] is not None for row in rows):
        told.append(run.say("first_products.service_how"))
    blocks.append(Paragraph(run.sentences(*told), "quiet"))
    return Section("first-products", run.say("first_products.title"), _finding(run, of[kinds[0]]), blocks)


def _finding(run: Reading, rows: list[Row]) -> str:
    """The items that stand out beyond chance: who is worth most more, and from whom most goes back."""
    told = [row for row in rows if row["value_difference"] is not None]
    best = max(told, key=lambda row: row["value_difference"], default=None)
    drag = max(
        (row for row in told if row["refund_share_difference"] is not None),
        key=lambda row: row["refund_share_difference"],
        default=None,
    )
    parts = []
    if best and best["value_difference_low"] > 0:
        more = run.form.compact_money_interval(*_difference(best, "value"))
        parts.append(run.say("first_products.finding", item=best["item"], more=more))
    else:
        parts.append(run.say("first_products.finding_none"))
    if drag and drag["refund_share_difference_low"] > 0:
        share = run.form.percent(drag["refund_share"], 1)
        parts.append(run.say("first_products.finding_refunds", item=drag["item"], share=share))
    return run.sentences(*parts)


def _difference(row: Row, name: str) -> tuple[float, float, float]:
    return tuple(row[f"{name}_difference{end}"] for end in ("", "_low", "_high"))  # type: ignore[return-value]


def _picture(run: Reading, kind: str, rows: list[Row]) -> Picture:
    ranked = sorted(rows, key=lambda row: row["value_difference"])
    names = tuple(row["item"] for row in ranked)
    spans = [_difference(row, "value") for row in ranked]
    measure = run.say("first_products.difference")
    chart = Chart(
        id=f"first-{kind}",
        kind="bar",
        title=run.say(f"first_products.chart.{kind}"),
        subtitle=run.say("first_products.measure", value=run.say(f"first_products.{rows[0]['measure']}")),
        sentence=_finding(run, rows),
        x=Axis("", "category", names),
        y=Axis(measure, "money"),
        series=(
            spanned(
                measure,
                "current",
                names,
                spans,
                run.signed_interval,
                tokens=tuple(_token(low, high) for _, low, high in spans),
                forecast=rows[0]["measure"] == "lifetime_value",
            ),
        ),
        lying=True,
        tall=len(names) > 8,
    )
    fields = (Field(run.say(f"first_products.{kind}")), Field(measure, "estimate"))
    cells: list[tuple[Any, ...]] = list(zip(names, spans, strict=True))
    return Picture(chart, Table(chart.subtitle, fields, cells, f"first_{kind}_difference", visible=False))


def _token(low: float, high: float) -> str:
    return "good" if low > 0 else "bad" if high < 0 else "current"


def _table(run: Reading, kind: str, rows: list[Row]) -> Table:
    say = run.say
    refunds = any(row["refund_share"] for row in rows)
    service = any(row["service_cost"] is not None for row in rows)
    fields = [
        Field(say(f"first_products.{kind}")),
        Field(run.label("customers"), "count"),
        Field(say("first_products.historical"), "money"),
    ]
    individual = rows[0]["measure"] == "lifetime_value"
    if individual:
        fields.append(Field(say("first_products.lifetime"), "estimate"))
    fields += [Field(say("first_products.difference"), "estimate"), Field(say("first_products.again"))]
    if refunds:
        fields.append(Field(say("first_products.refunds")))
    if service:
        fields.append(Field(say("first_products.service"), "cents"))
    cells = []
    for row in rows:
        cell: list[Any] = [row["item"], row["customers"], row["historical_value"]]
        if individual:
            cell.append((row["value"], row["value_low"], row["value_high"]))
        known = row["value_difference"] is not None
        cell += [_difference(row, "value") if known else None, _share(run, row, "repeat_share")]
        if refunds:
            cell.append(_share(run, row, "refund_share"))
        if service:
            cell.append(row["service_cost"])
        cells.append(tuple(cell))
    caption = say(f"first_products.table.{kind}")
    return Table(caption, tuple(fields), cells, f"first_{kind}", roomy=True)


def _share(run: Reading, row: Row, name: str) -> str:
    """A share, and by how many points it lies above or below that of the others, with its interval."""
    if row[name] is None:
        return "–"
    share = run.form.percent(row[name], 1)
    if row[f"{name}_difference"] is None:
        return share
    value, low, high = (100 * each for each in _difference(row, name))
    sign = "+" if value > 0 else ""
    return run.say(
        "first_products.points", share=share,
        points=f"{sign}{run.form.number(value, 1)} ({run.form.range(low, high, 1)})",
    )  # fmt: skip

"""One customer whole: what she was, is and could be worth, where each number comes from, what happened.

For every number its source: *data* (added up from the files), *model* (estimated, with an interval),
*measured* (an offer's effect told by a campaign by lot) or *assumption* (a setting somebody chose), and the
formula with her own numbers filled in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lifeworth.base.parts import COST_KINDS, POTENTIAL_PARTS
from lifeworth.reports import plots
from lifeworth.reports.blocks import (
    Block,
    Field,
    Figure,
    Figures,
    Paragraph,
    Part,
    Picture,
    Section,
    Table,
    Whole,
)
from lifeworth.reports.charts import Axis, Chart, Series
from lifeworth.reports.documents import ledger, near_term, subscriptions
from lifeworth.reports.documents.customers import reasons_of
from lifeworth.reports.documents.households import group_section
from lifeworth.reports.documents.origins import origins
from lifeworth.reports.documents.purchases import bought_section
from lifeworth.reports.documents.reading import Reading
from lifeworth.reports.documents.satisfaction import answers_section

Row = Mapping[str, Any]
MOST_EVENTS = 200  # so many rows of the timeline stand in its table; its figures rest on all
BESIDE = ("subscriptions", "surveys", "survey_answers", "group_members", "purchases", "next_90_days")


def customer_sections(
    run: Reading,
    row: Row,
    events: list[dict[str, Any]],
    alive: Mapping[str, Any] | None = None,
    beside: Mapping[str, list[dict[str, Any]]] | None = None,
) -> list[Section]:
    """Sections for one row of `customers`, what happened with this customer, newest first, and P(alive).

    `beside`: the customer's rows of the further tables `BESIDE`, by their names.
    """
    told = beside or {}
    found = [
        _worth(run, row),
        _alive(run, row, alive) if alive else None,
        *(_waterfall(run, row), _anatomy(run, row, told.get("survey_answers", []))),
        near_term.customer_section(run, told.get("next_90_days", [])),
        subscriptions.customer_section(run, told.get("subscriptions", [])),
        answers_section(run, told.get("surveys", [])),
        group_section(run, told.get("group_members", [])),
        bought_section(run, told.get("purchases", [])),
        _history(run, events),
    ]
    return [section for section in found if section is not None]


def headline(run: Reading, row: Row) -> str:
    """What the customer is worth, in one sentence."""
    form = run.form
    if row.get("current_value") is None:
        return run.say("anatomy.headline_declined", historical=form.money(_number(row, "historical_value")))
    potential = _number(row, "potential_value")
    return run.say(
        "anatomy.headline" if potential else "anatomy.headline_without",
        lifetime=form.money(_number(row, "lifetime_value")),
        historical=form.money(_number(row, "historical_value")),
        current=_current(run, row),
        potential=form.money(potential),
        months=form.short(run.summary["horizon_months"], 3),
    )


def _worth(run: Reading, row: Row) -> Section:
    form, blocks = run.form, [Paragraph(_opened(reasons_of(run, dict(row))), "lead")]
    figures = [
        Figure(run.label("historical_value"), form.money(_number(row, "historical_value"))),
    ]
    if row.get("current_value") is not None:
        figures.append(
            Figure(
                run.label("current_value"),
                form.money(_number(row, "current_value")),
                interval=run.say("report.interval", range=_range(run, row)),
                context=run.say(
                    "anatomy.undiscounted", value=form.money(_number(row, "current_value_undiscounted"))
                ),
            )
        )
        if _number(row, "potential_value"):
            figures.append(Figure(run.label("potential_value"), form.money(_number(row, "potential_value"))))
    if row.get("probability_alive") is not None:
        figures.append(Figure(run.label("probability_alive"), form.percent(row["probability_alive"])))
    if row.get("remaining_months") is not None:
        figures.append(_remaining(run, row))
    if row.get("trend"):
        figures.append(
            Figure(run.label("trend"), run.say(f"trend.{row['trend']}"), note=run.say("definition.trend"))
        )
    if row.get("decision"):
        figures.append(_decision(run, row))
    if row.get("value_score") is not None:
        figures.append(_score(run, row))
    made: list[Block] = [*blocks, Figures(tuple(figures))]
    parts = [
        Part(run.label(name), form.money(_number(row, name)), _number(row, name), token, forecast)
        for name, token, forecast in (
            ("historical_value", "historical", False),
            ("current_value", "current", True),
            ("potential_value", "potential", True),
        )
        if row.get(name) is not None and _number(row, name) > 0
    ]
    if len(parts) > 1:
        made.append(Whole(run.say("anatomy.whole"), tuple(parts)))
    return Section("worth", run.say("anatomy.title"), headline(run, row), made)


def _score(run: Reading, row: Row) -> Figure:
    """The score with its ends, and the weights it was made with."""
    form = run.form
    ends = (_number(row, "value_score_low"), _number(row, "value_score_high"))
    return Figure(
        run.label("value_score"),
        run.say("score.of", score=form.number(row["value_score"], 0)),
        interval=run.say("report.interval", range=form.range(*ends, 0)),
        context=_weights(run),
        note=run.say("definition.value_score"),
    )


def _weights(run: Reading) -> str:
    """Of the parts that the run knows, as shares of one."""
    told = run.summary["value_score"] or {"weights": {}, "used": []}
    whole = sum(told["weights"][name] for name in told["used"])
    shares = {name: run.form.percent(told["weights"][name] / whole) for name in told["used"]}
    return run.form.listing([f"{run.say(f'score.part.{name}')} {share}" for name, share in shares.items()])


def _remaining(run: Reading, row: Row) -> Figure:
    ends = (_number(row, "remaining_months_low"), _number(row, "remaining_months_high"))
    return Figure(
        run.label("remaining_months"),
        run.say("lifetime.months", months=run.form.number(row["remaining_months"], 1)),
        context=run.say(
            "lifetime.of",
            horizon=run.form.short(run.summary["horizon_months"], 3),
            range=run.form.range(*ends, 1),
        ),
        note=run.say("definition.remaining_months"),
    )


def _decision(run: Reading, row: Row) -> Figure:
    form, told = run.form, ""
    if row.get("margin_rate") is not None:
        low, high = (100 * _number(row, f"margin_rate{end}") for end in ("_low", "_high"))
        told = run.say(
            "decision.margin", margin=form.percent(row["margin_rate"]), range=form.range(low, high, 0)
        )
    if row.get("cost_to_serve") is not None:
        told = run.sentences(
            told, run.say("decision.serving", cost=form.money(_number(row, "cost_to_serve"), form.cents))
        )
    return Figure(
        run.label("decision"),
        run.say(f"decision.{row['decision']}"),
        context=told,
        note=run.say("definition.decision"),
    )


def _alive(run: Reading, row: Row, columns: Mapping[str, Any]) -> Section:
    name = str(run.summary["model"]["name"])
    facts = {"customer": row["customer_id"], "model": run.say_or(f"model.{name}", name)}
    drawn = plots.chart("alive_history", columns, facts, run.language)
    fields = (
        Field(run.say("anatomy.event.day"), "date"),
        Field(run.label("probability_alive"), "share"),
        Field(run.label("frequency"), "count"),
    )
    rows = list(zip(columns["day"], columns["probability_alive"], columns["frequency"], strict=True))
    picture = Picture(drawn, Table(drawn.subtitle, fields, rows, "probability_alive", visible=False))
    return Section("alive", run.say("anatomy.alive"), "", [picture])


def _waterfall(run: Reading, row: Row) -> Section:
    steps = _steps(row)
    measure = run.say("anatomy.measure", date=run.form.date(run.summary["as_of"]))
    picture = ledger.picture(run, steps, "customer-waterfall", measure, run.form.money)
    return Section("customer-ledger", run.say("ledger.title"), "", [picture])


def _steps(row: Row) -> list[dict[str, Any]]:
    """The waterfall of one customer, from the published columns."""
    steps = [_step(row, "gross_sales", 1, True), _step(row, "discounts", -1), _step(row, "refunds", -1)]
    steps.append(_step(row, "net_sales", 1, True))
    steps += [_step(row, f"{kind}_cost", -1) for kind in COST_KINDS]
    steps.append(_step(row, "historical_value", 1, True))
    if row.get("current_value") is not None:
        steps.append(_step(row, "current_value", 1))
        steps += [_step(row, f"{part}_value", 1) for part in POTENTIAL_PARTS]
        steps.append(_step(row, "lifetime_value", 1, True))
    return [step for step in steps if step["sum"] or step["amount"]]


def _step(row: Row, key: str, sign: int, is_sum: bool = False) -> dict[str, Any]:
    return {"key": key, "amount": sign * _number(row, key), "sum": is_sum}


def _anatomy(run: Reading, row: Row, answers: Sequence[Row]) -> Section:
    rows = [
        (
            origin.label, origin.written, run.say(f"explain.source.{origin.source}"),
            " · ".join(filter(None, (origin.formula, origin.worked))),
        )
        for origin in origins(run, row, answers)
    ]  # fmt: skip
    fields = tuple(
        Field(run.say(f"anatomy.column.{name}")) for name in ("number", "value", "source", "formula")
    )
    table = Table(run.say("anatomy.caption"), fields, list(rows), "anatomy", roomy=True)
    return Section("anatomy", run.say("anatomy.where"), "", [table])


def _history(run: Reading, events: list[dict[str, Any]]) -> Section | None:
    if not events:
        return None
    rows = [
        (
            event["date"].isoformat(),
            str(event["order_id"]),
            run.say_or(f"status.{event['status']}", str(event["status"])),
            str(event["product"] or ""),
            float(event["gross_sales"]),
            float(event["refunds"]),
            float(event["net_sales"]),
        )
        for event in events[:MOST_EVENTS]
    ]
    kinds = ("date", "text", "text", "text", "money", "money", "money")
    names = ("day", "order", "status", "product", "gross_sales", "refunds", "net_sales")
    fields = tuple(
        Field(run.say(f"anatomy.event.{name}"), kind)  # type: ignore[arg-type]
        for name, kind in zip(names, kinds, strict=True)
    )
    table = Table(run.say("anatomy.events"), fields, list(rows), "timeline", roomy=True)
    blocks: list[Block] = [table]
    counted = [event for event in events if event["counted"]]
    if len(counted) > 2:
        blocks.insert(0, _picture(run, counted))
    if len(events) > MOST_EVENTS:
        count = run.form.count
        told = run.say("anatomy.events_cut", shown=count(MOST_EVENTS), all=count(len(events)))
        blocks.append(Paragraph(told, "quiet"))
    return Section("timeline", run.say("anatomy.timeline"), "", blocks)


def _picture(run: Reading, events: list[dict[str, Any]]) -> Picture:
    days: dict[str, float] = {}
    for event in reversed(events):
        day = event["date"].isoformat()
        days[day] = days.get(day, 0.0) + float(event["net_sales"])
    tips = [f"{day} {run.form.money(amount)}" for day, amount in days.items()]
    chart = Chart(
        id="purchases",
        kind="bar",
        title=run.say("anatomy.purchases", count=len(days), days=run.form.count(len(days))),
        subtitle=run.say("anatomy.purchases_measure"),
        sentence=run.say(
            "anatomy.purchases_sentence",
            first=next(iter(days)),
            last=list(days)[-1],
            total=run.form.money(sum(days.values())),
        ),
        x=Axis("", "category", tuple(days)),
        y=Axis(run.label("net_sales"), "money"),
        series=(Series(run.label("net_sales"), "bar", "historical", list(days.values()), tips=tuple(tips)),),
    )
    fields = (Field(run.say("anatomy.event.day"), "date"), Field(run.label("net_sales"), "money"))
    return Picture(chart, Table(chart.subtitle, fields, list(days.items()), "purchases", visible=False))


def _current(run: Reading, row: Row) -> str:
    return f"{run.form.money(_number(row, 'current_value'))} ({_range(run, row)})"


def _range(run: Reading, row: Row) -> str:
    return run.form.compact_range(_number(row, "current_value_low"), _number(row, "current_value_high"))


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


def _number(row: Row, name: str) -> float:
    return float(row[name]) if row.get(name) is not None else 0.0

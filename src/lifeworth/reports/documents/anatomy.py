"""One customer whole: what she was, is and could be worth, where each number comes from, what happened.

For every number its source: *data* (added up from the files), *model* (estimated, with an interval) or
*assumption* (a setting somebody chose), and the formula with her own numbers filled in.
"""

from collections.abc import Mapping
from typing import Any

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
from lifeworth.reports.documents import ledger
from lifeworth.reports.documents.customers import reasons_of
from lifeworth.reports.documents.reading import Reading

Row = Mapping[str, Any]
COSTS = ("goods", "fulfilment", "fees", "service", "retention", "acquisition", "other")
POTENTIAL = ("cross_sell", "up_sell", "add_on", "referral", "base", "growth")


def customer_sections(run: Reading, row: Row, events: list[dict[str, Any]]) -> list[Section]:
    """Sections for one row of `customers` and what happened with this customer, newest first."""
    found = [_worth(run, row), _waterfall(run, row), _anatomy(run, row), _history(run, events)]
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
        current=form.money_interval(*_interval(row)),
        potential=form.money(potential),
        months=form.short(run.summary["horizon_months"], 3),
    )


def _worth(run: Reading, row: Row) -> Section:
    form, blocks = run.form, [Paragraph(reasons_of(run, dict(row)), "lead")]
    figures = [
        Figure(run.label("historical_value"), form.money(_number(row, "historical_value"))),
    ]
    if row.get("current_value") is not None:
        figures.append(
            Figure(
                run.label("current_value"),
                form.money(_number(row, "current_value")),
                interval=form.money_interval(*_interval(row)),
                context=run.say(
                    "anatomy.undiscounted", value=form.money(_number(row, "current_value_undiscounted"))
                ),
            )
        )
        if _number(row, "potential_value"):
            figures.append(Figure(run.label("potential_value"), form.money(_number(row, "potential_value"))))
    if row.get("probability_alive") is not None:
        figures.append(Figure(run.label("probability_alive"), form.percent(row["probability_alive"])))
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


def _waterfall(run: Reading, row: Row) -> Section:
    steps = _steps(row)
    measure = run.say("anatomy.measure", date=run.form.date(run.summary["as_of"]))
    picture = ledger.picture(run, steps, "customer-waterfall", measure)
    return Section("customer-ledger", run.say("ledger.title"), "", [picture])


def _steps(row: Row) -> list[dict[str, Any]]:
    """The waterfall of one customer, from the published columns."""
    steps = [_step(row, "gross_sales", 1, True), _step(row, "discounts", -1), _step(row, "refunds", -1)]
    steps.append(_step(row, "net_sales", 1, True))
    steps += [_step(row, f"{kind}_cost", -1) for kind in COSTS]
    steps.append(_step(row, "historical_value", 1, True))
    if row.get("current_value") is not None:
        steps.append(_step(row, "current_value", 1))
        steps += [_step(row, f"{part}_value", 1) for part in POTENTIAL]
        steps.append(_step(row, "lifetime_value", 1, True))
    return [step for step in steps if step["sum"] or step["amount"]]


def _step(row: Row, key: str, sign: int, is_sum: bool = False) -> dict[str, Any]:
    return {"key": key, "amount": sign * _number(row, key), "sum": is_sum}


def _anatomy(run: Reading, row: Row) -> Section:
    form = run.form
    lines = [
        ("orders", form.count(row["orders"]), "data", run.say("anatomy.from.orders")),
        (
            "net_sales", form.money(_number(row, "net_sales")), "data",
            run.say(
                "anatomy.from.net_sales",
                gross=form.money(_number(row, "gross_sales")),
                discounts=form.money(_number(row, "discounts")),
                refunds=form.money(_number(row, "refunds")),
            ),
        ),
        (
            "historical_value", form.money(_number(row, "historical_value")), "data",
            run.say(
                "anatomy.from.historical",
                net=form.money(_number(row, "net_sales")),
                costs=form.money(sum(_number(row, f"{kind}_cost") for kind in COSTS)),
            ),
        ),
    ]  # fmt: skip
    if row.get("current_value") is not None:
        lines += _estimates(run, row)
    lines.append(
        (
            "discount_rate", form.percent(run.summary["discount_rate"], 1), "assumption",
            run.say("anatomy.from.discount_rate"),
        )
    )  # fmt: skip
    if run.summary.get("margin") is not None:
        lines.append(
            ("margin", form.percent(run.summary["margin"], 1), "assumption", run.say("anatomy.from.margin"))
        )
    rows = [
        (run.label(name), value, run.say(f"anatomy.source.{source}"), text)
        for name, value, source, text in lines
    ]
    fields = tuple(
        Field(run.say(f"anatomy.column.{name}")) for name in ("number", "value", "source", "formula")
    )
    table = Table(run.say("anatomy.caption"), fields, list(rows), "anatomy", roomy=True)
    return Section("anatomy", run.say("anatomy.where"), "", [table])


def _estimates(run: Reading, row: Row) -> list[tuple[str, str, str, str]]:
    form = run.form
    model = str((run.summary.get("model") or {}).get("name", ""))
    expected, spend = float(row["expected_purchases"]), float(row["expected_spend"])
    current, plain = _number(row, "current_value"), _number(row, "current_value_undiscounted")
    margin = plain / (expected * spend) if expected * spend > 0 else 0.0
    lines = [
        ("expected_purchases", form.short(expected, 3), "model", run.say("anatomy.from.model", model=model)),
        ("expected_spend", form.money(spend), "model", run.say("anatomy.from.spend")),
        (
            "current_value", form.money_interval(*_interval(row)), "model",
            run.say(
                "anatomy.from.current",
                purchases=form.short(expected, 3),
                spend=form.money(spend),
                margin=form.percent(margin, 1),
                discount=form.percent(current / plain, 1) if plain else form.percent(1),
            ),
        ),
    ]  # fmt: skip
    if row.get("probability_alive") is not None:
        alive = form.percent(row["probability_alive"], 1)
        lines.insert(0, ("probability_alive", alive, "model", run.say("anatomy.from.alive", model=model)))
    for part in POTENTIAL:
        name = f"{part}_value"
        if _number(row, name):
            lines.append((name, form.money(_number(row, name)), "model", run.say(f"definition.{name}")))
    return lines


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
        for event in events
    ]
    kinds = ("date", "text", "text", "text", "money", "money", "money")
    names = ("day", "order", "status", "product", "gross_sales", "refunds", "net_sales")
    fields = tuple(
        Field(run.say(f"anatomy.event.{name}"), kind)  # type: ignore[arg-type]
        for name, kind in zip(names, kinds, strict=True)
    )
    table = Table(run.say("anatomy.events"), fields, list(rows), "timeline", roomy=True)
    blocks: list[Block] = [table]
    if len(events) > 2:
        blocks.insert(0, _picture(run, events, table))
    return Section("timeline", run.say("anatomy.timeline"), "", blocks)


def _picture(run: Reading, events: list[dict[str, Any]], table: Table) -> Picture:
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


def _interval(row: Row) -> tuple[float, float, float]:
    return tuple(_number(row, f"current_value{end}") for end in ("", "_low", "_high"))  # type: ignore[return-value]


def _number(row: Row, name: str) -> float:
    return float(row[name]) if row.get(name) is not None else 0.0

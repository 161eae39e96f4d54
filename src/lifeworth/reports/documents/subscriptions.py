"""Subscriptions: what they pay each month and why it moved, what they are worth, how plans change."""

from typing import Any

from lifeworth.reports.blocks import (
    Block,
    Field,
    Figure,
    Figures,
    Heading,
    Paragraph,
    Picture,
    Section,
    Table,
)
from lifeworth.reports.charts import Axis, Chart, Series, running
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.reading import Reading

GAINS, LOSSES = ("new", "reactivation", "expansion"), ("contraction", "churn")
STATES = ("active", "paused", "churned")
MONTHS_SHOWN = 12


def section(run: Reading) -> Section | None:
    record = run.summary.get("subscriptions")
    if not record:
        return None
    blocks: list[Block] = [_figures(run, record)]
    if record["mrr"]:
        blocks += [_bridge(run, record["mrr"]), _months(run)]
    blocks += [Heading(run.say("subscriptions.plans.title")), _plans(run, record)]
    if record["mix"]:
        blocks.append(_mix(run, record))
    moves = run.table("plan_moves")
    if moves is not None:
        blocks.append(_moves(run, moves.to_pylist()))
    blocks.append(Paragraph(_how(run, record), "quiet"))
    return Section("subscriptions", run.say("subscriptions.title"), _finding(run, record), blocks)


def definitions(run: Reading) -> Section | None:
    names = ("subscription_sales", "subscription_value", "current_value")
    return terms.chosen(run, *names) if run.summary.get("subscriptions") else None


def customer_section(run: Reading, rows: list[dict[str, Any]]) -> Section | None:
    """The subscriptions of one customer; `rows` are hers of the table `subscriptions`."""
    if not rows:
        return None
    cells = []
    for row in rows:
        value = None if row["value"] is None else float(row["value"])
        spread = value if value is None else (value, float(row["value_low"]), float(row["value_high"]))
        plan = run.form.listing([each for each in (row["plan"], row["add_ons"]) if each])
        cells.append(
            (
                plan, run.say(f"subscriptions.state.{row['state']}"), row["months"],
                float(row["monthly_charge"]), float(row["paid"]), row["probability_stays"], spread,
            )
        )  # fmt: skip
    fields = (
        Field(run.say("subscriptions.field.plan")),
        Field(run.say("subscriptions.field.state")),
        Field(run.say("subscriptions.field.months"), "count"),
        Field(run.say("subscriptions.field.charge"), "cents"),
        Field(run.say("subscriptions.field.paid"), "cents"),
        Field(run.say("subscriptions.field.stays", months=run.months), "share"),
        Field(run.label("subscription_value"), "estimate"),
    )
    told = run.sentences(*(str(row["reasons"]) for row in rows if row["reasons"] and run.own_language))
    table = Table(run.say("subscriptions.title"), fields, cells, "customer_subscriptions", roomy=True)
    return Section("customer-subscriptions", run.say("subscriptions.title"), told, [table])


def _finding(run: Reading, record: dict[str, Any]) -> str:
    facts = {
        "active": run.form.count(record["states"]["active"]),
        "paused": run.form.count(record["states"]["paused"]),
        "customers": run.form.count(record["customers"]),
    }
    if record["value"] is None:
        return run.say("subscriptions.finding_past", **facts)
    value = record["value"]
    worth = run.form.compact_money_interval(value["value"], value["low"], value["high"])
    return run.say("subscriptions.finding", worth=worth, months=run.months, **facts)


def _figures(run: Reading, record: dict[str, Any]) -> Figures:
    form, value, bridge = run.form, record["value"], record["mrr"]
    figures = []
    if bridge:
        net = bridge["net_retention"]
        told = "" if net is None else run.say("subscriptions.net_retention", share=form.percent(net, 1))
        figures.append(Figure(run.say("subscriptions.mrr"), form.compact_money(bridge["end"]), context=told))
    figures.append(
        Figure(
            run.label("subscription_sales"),
            form.compact_money(record["paid"]),
            context=run.say("subscriptions.in_orders", amount=form.compact_money(record["paid_in_orders"])),
        )
    )
    if value:
        spread = form.compact_range(value["low"], value["high"])
        figures.append(
            Figure(
                run.label("subscription_value"),
                form.compact_money(value["value"]),
                interval=run.say("report.interval", range=spread),
                context=run.say("subscriptions.horizon", months=run.months),
            )
        )
    if record["survival_24"] is not None:
        figures.append(Figure(run.say("subscriptions.survival_24"), form.percent(record["survival_24"], 1)))
    return Figures(tuple(figures))


def _bridge(run: Reading, told: dict[str, Any]) -> Picture:
    """The last twelve months: from revenue a month then to revenue a month now."""
    steps = [("start", told["start"], 1), *((name, told[name], 1) for name in GAINS)]
    steps += [*((name, -told[name], -1) for name in LOSSES), ("end", told["end"], 1)]
    names = [
        told["from"] if name == "start" else told["until"] if name == "end" else _part(run, name)
        for name, _, _ in steps
    ]
    amounts = [amount for _, amount, _ in steps]
    sums = {0, len(steps) - 1}
    measure = run.say("subscriptions.mrr")
    tokens = tuple(
        "historical" if at in sums else "current" if each >= 0 else "bad" for at, each in enumerate(amounts)
    )
    tips = tuple(f"{name} {run.form.money(each)}" for name, each in zip(names, amounts, strict=True))
    chart = Chart(
        id="mrr-bridge",
        kind="bar",
        title=run.say("subscriptions.bridge.title"),
        subtitle=measure,
        sentence=run.say(
            "subscriptions.bridge.finding",
            start=run.form.compact_money(told["start"]),
            end=run.form.compact_money(told["end"]),
            won=run.form.compact_money(sum(told[name] for name in GAINS)),
            lost=run.form.compact_money(sum(told[name] for name in LOSSES)),
        ),
        x=Axis("", "category", tuple(names)),
        y=Axis(measure, "money"),
        series=(
            Series(
                measure, "bar", "current", amounts, starts=running(amounts, sums), tokens=tokens,
                tips=tips,
            ),
        ),
    )  # fmt: skip
    fields = (Field(run.say("subscriptions.field.part")), Field(measure, "cents"))
    rows = list(zip(names, amounts, strict=True))
    return Picture(chart, Table(chart.title, fields, rows, "mrr_bridge", visible=False))


def _part(run: Reading, name: str) -> str:
    return run.say(f"subscriptions.part.{name}")


def _months(run: Reading) -> Table:
    table = run.table("mrr")
    rows = [] if table is None else table.to_pylist()[-MONTHS_SHOWN:][::-1]
    parts = ("start", *GAINS, *LOSSES, "end")
    cells = [
        (
            row["month"], *(float(row[name]) for name in parts), row["net_retention"],
            row["customer_churn"], row["customers_end"],
        )
        for row in rows
    ]  # fmt: skip
    fields = (
        Field(run.say("subscriptions.field.month")),
        *(Field(_part(run, name), "cents") for name in parts),
        Field(run.say("subscriptions.field.net_retention"), "share"),
        Field(run.say("subscriptions.field.customer_churn"), "share"),
        Field(run.say("subscriptions.field.customers"), "count"),
    )
    return Table(run.say("subscriptions.months.title"), fields, cells, "mrr", roomy=True)


def _plans(run: Reading, record: dict[str, Any]) -> Table:
    rows = [
        (row["plan"] or "-", *(row[state] for state in STATES), row["monthly_charge"], _spread(row["value"]))
        for row in record["plans"]
    ]
    fields = (
        Field(run.say("subscriptions.field.plan")),
        *(Field(run.say(f"subscriptions.state.{state}"), "count") for state in STATES),
        Field(run.say("subscriptions.field.charge"), "cents"),
        Field(run.label("subscription_value"), "estimate"),
    )
    return Table(run.say("subscriptions.plans.title"), fields, rows, "plans", roomy=True)


def _mix(run: Reading, record: dict[str, Any]) -> Table:
    rows = [
        (
            _state(run, row["state"]), row["now"], run.form.number(row["then"], 1),
            f"{run.form.number(row['low'], 0)}–{run.form.number(row['high'], 0)}",
        )
        for row in record["mix"]
    ]  # fmt: skip
    fields = (
        Field(run.say("subscriptions.field.state")),
        Field(run.say("subscriptions.field.now"), "count"),
        Field(run.say("subscriptions.field.then", months=run.months)),
        Field(run.say("subscriptions.field.range")),
    )
    return Table(run.say("subscriptions.mix.title"), fields, rows, "plan_mix", roomy=True)


def _moves(run: Reading, moves: list[dict[str, Any]]) -> Table:
    """One row per state before, one column per state after: the share and its interval."""
    states = list(dict.fromkeys(row["after"] for row in moves))
    form, rows = run.form, []
    for before in dict.fromkeys(row["before"] for row in moves):
        told = {row["after"]: row for row in moves if row["before"] == before}
        cells = [
            f"{form.percent(told[after]['share'], 1)} "
            f"({form.percent(told[after]['share_low'], 1)}–{form.percent(told[after]['share_high'], 1)})"
            for after in states
        ]
        rows.append((_state(run, before), *cells, sum(row["count"] for row in told.values())))
    fields = (
        Field(run.say("subscriptions.field.before")),
        *(Field(_state(run, after)) for after in states),
        Field(run.say("subscriptions.field.renewals"), "count"),
    )
    return Table(run.say("subscriptions.moves.title"), fields, rows, "plan_moves", roomy=True)


def _state(run: Reading, state: str) -> str:
    return run.say(f"subscriptions.state.{state}") if state in ("paused", "churned") else state or "-"


def _spread(value: dict[str, float] | None) -> Any:
    return None if value is None else (value["value"], value["low"], value["high"])


def _how(run: Reading, record: dict[str, Any]) -> str:
    told = [run.say("subscriptions.how", date=run.form.date(run.summary["as_of"]))]
    if record["model"]:
        told.append(run.say("subscriptions.model", model=run.say(f"contracts.model.{record['model']}")))
    if record["covariates"]:
        told.append(run.say("subscriptions.covariates", columns=run.form.listing(record["covariates"])))
    if record["customers_without_purchase"]:
        count = run.form.count(record["customers_without_purchase"])
        told.append(run.say("subscriptions.only", count=count))
    return run.sentences(*told)

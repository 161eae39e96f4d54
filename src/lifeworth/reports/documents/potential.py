"""What more could be won: the streams of potential value, their grounds, and how honest the chances were."""

from typing import Any

from lifeworth.base.parts import POTENTIAL_PARTS
from lifeworth.reports.blocks import Block, Field, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series, spanned
from lifeworth.reports.documents import campaigns, terms
from lifeworth.reports.documents.reading import Reading

STREAMS = tuple(f"{part}_value" for part in POTENTIAL_PARTS)


def section(run: Reading) -> Section | None:
    record = run.summary.get("potential")
    total = run.estimate("potential_value")
    if not record or total is None:
        return None
    picture = _streams(run, record["streams"])
    blocks: list[Block] = [picture, picture.table]
    if record.get("backtest") and record["backtest"].get("bins"):
        blocks += [Paragraph(_backtest(run, record)), _bins(run, record["backtest"]["bins"])]
    blocks += [
        Paragraph(run.say("potential.order"), "quiet"),
        *campaigns.blocks(run),
        _assumptions(run, record),
    ]
    if told := record.get("wallet_sources"):
        blocks.append(Paragraph(_wallets(run, told), "quiet"))
    if record.get("wallet"):
        wallet = record["wallet"]
        told = run.say(
            "potential.wallet",
            coverage=run.form.percent(wallet["coverage"]),
            quantile=run.form.percent(wallet["quantile"]),
        )
        blocks.append(Paragraph(told, "quiet"))
    return Section("potential", run.say("potential.title"), _finding(run, total), blocks)


def definitions(run: Reading) -> Section | None:
    """What the streams mean, where there are any."""
    return terms.chosen(run, "potential_value", *STREAMS) if run.summary.get("potential") else None


def _finding(run: Reading, total: tuple[float, float, float]) -> str:
    current = run.total("current_value")
    if total[0] <= 0 or not current or current <= 0:
        return run.say("potential.finding_none")
    return run.say(
        "potential.finding",
        share=run.form.percent(total[0] / current),
        value=run.form.compact_money_interval(*total),
        current=run.form.compact_money(current),
    )


def _streams(run: Reading, streams: list[dict[str, Any]]) -> Picture:
    labels = [run.label(f"{row['stream']}_value") for row in streams]
    spans = [(row["value"], row["low"], row["high"]) for row in streams]
    chart = Chart(
        id="potential-streams",
        kind="bar",
        title=run.say("potential.chart"),
        subtitle=run.say("potential.measure", months=run.months),
        sentence=_finding(run, run.estimate("potential_value") or (0.0, 0.0, 0.0)),
        x=Axis("", "category", tuple(labels)),
        y=Axis(run.label("potential_value"), "money"),
        series=(
            spanned(
                run.label("potential_value"),
                "potential",
                labels,
                spans,
                run.form.compact_money_interval,
                forecast=True,
            ),
        ),
        lying=True,
    )
    rows = [
        (label, span, row["customers"], row["grade"], _why(run, row))
        for label, span, row in zip(labels, spans, streams, strict=True)
    ]
    fields = (
        Field(run.say("potential.field.stream")),
        Field(run.say("potential.field.value"), "estimate"),
        Field(run.say("potential.field.customers"), "count"),
        Field(run.say("potential.field.grade")),
        Field(run.say("potential.field.why")),
    )
    return Picture(chart, Table(chart.subtitle, fields, list(rows), "potential", roomy=True))


def _why(run: Reading, row: dict[str, Any]) -> str:
    if row["needs"]:
        return run.say(f"potential.needs.{row['needs']}")
    return run.sentences(run.say(f"potential.why.{row['stream']}"), campaigns.effect(run, row["stream"]))


def _backtest(run: Reading, record: dict[str, Any]) -> str:
    found = record["backtest"]
    return run.say(
        "potential.backtest",
        said=run.form.count(found["said"]),
        came=run.form.count(found["came"]),
        days=run.form.count(record["windows"]["days"]),
        capture=run.form.percent(found["top_10_capture"]),
    )


def _wallets(run: Reading, told: dict[str, Any]) -> str:
    """How many wallets customers told, in which way, and how estimates compare with what they told."""
    counts, form = told["sources"], run.form
    whole, estimates = sum(counts.values()), counts["estimate"]
    if estimates == whole:
        return run.say("potential.wallets.estimates")
    ways = {name: form.count(count) for name, count in counts.items()}
    said = [
        run.say(
            "potential.wallets.told", told=form.count(whole - estimates), customers=form.count(whole), **ways
        )
    ]
    if ratio := told["told_against_estimate"]:
        value, low, high = (form.short(ratio[side], 2) for side in ("value", "low", "high"))
        said.append(run.say("potential.wallets.against", value=value, low=low, high=high))
    if told["below"]:
        said.append(run.say("potential.wallets.below", count=form.count(told["below"])))
    return run.sentences(*said)


def _bins(run: Reading, bins: list[dict[str, Any]]) -> Picture:
    labels = tuple(run.say("potential.bin", number=place + 1) for place in range(len(bins)))
    said, came = run.say("potential.field.said"), run.say("potential.field.came")
    chart = Chart(
        id="potential-backtest",
        kind="bar",
        title=run.say("potential.backtest_chart"),
        subtitle=run.say("potential.backtest_chart"),
        sentence=_backtest(run, run.summary["potential"]),
        x=Axis(run.say("potential.field.bin"), "category", labels),
        y=Axis(run.say("potential.field.came"), "count"),
        series=(
            Series(said, "bar", "potential", [row["said"] for row in bins], forecast=True),
            Series(came, "bar", "historical", [row["came"] for row in bins]),
        ),
    )
    rows = [
        (label, row["pairs"], row["chance"], row["said"], row["came"])
        for label, row in zip(labels, bins, strict=True)
    ]
    fields = (
        Field(run.say("potential.field.bin")),
        Field(run.say("potential.field.pairs"), "count"),
        Field(run.say("potential.field.chance"), "share"),
        Field(said, "count"),
        Field(came, "count"),
    )
    return Picture(chart, Table(chart.subtitle, fields, list(rows), "potential-backtest", visible=False))


def _assumptions(run: Reading, record: dict[str, Any]) -> Table:
    """What the orders cannot say: the value of each, and whose word it is."""
    yours = record.get("yours") or []
    measured = campaigns.measured_values(run)
    rows = [
        (run.say(f"potential.assumption.offer_effect_{name}"), value, run.say("potential.whose.measured"))
        for name, value in measured.items()
    ]
    rows += [
        (
            run.say(f"potential.assumption.{name}"),
            value,
            run.say("potential.whose.yours" if name in yours else "potential.whose.assumed"),
        )
        for name, value in record["assumptions"].items()
        if name != "offer_effect" or not campaigns.all_measured(run)
    ]
    fields = (
        Field(run.say("potential.field.assumption")),
        Field(run.say("potential.field.set_to"), "share"),
        Field(run.say("potential.field.whose")),
    )
    return Table(run.say("potential.assumptions"), fields, list(rows), "potential-assumptions", roomy=True)

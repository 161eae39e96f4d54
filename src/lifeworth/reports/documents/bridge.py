"""Why the value changed between two runs: the bridge, the moves between patterns, what differs.

`told` is the comparison of two published runs (`workflows.comparison.compare_runs`); the later run gives
the words of money and dates.
"""

from typing import Any

from lifeworth.reports.blocks import Block, Document, Field, Notice, Paragraph, Picture, Section, Table
from lifeworth.reports.charts import Axis, Chart, Series, running
from lifeworth.reports.documents.dimensions import change_blocks
from lifeworth.reports.documents.reading import Reading, real
from lifeworth.results.contract import PATTERNS, Run

WORDS = ("as_table", "contents", "costs", "dark", "do", "download", "light", "skip")
COUNTS = {"customers", "repeat_customers", "orders"}


def comparison_document(told: dict[str, Any], before: dict[str, Any], after: Run, language: str) -> Document:
    """The whole comparison as a document; `before` is the summary of the earlier run."""
    run = Reading(after, language)
    days = {"before": run.form.date(before["as_of"]), "after": run.form.date(after.summary["as_of"])}
    made = section(run, told)
    return Document(
        title=run.say("bridge.document", **days),
        headline=headline(run, told, before),
        language=run.language,
        form=run.form,
        qualifiers=(
            (run.say("bridge.before"), str(before["as_of"])),
            (run.say("bridge.after"), str(after.summary["as_of"])),
            (run.label("horizon_months"), run.months),
            (run.label("currency"), run.currency or run.say("report.no_currency")),
        ),
        words={name: run.say(f"report.word.{name}") for name in WORDS},
        sections=[made],
        badge=run.say("report.badge.revenue") if run.is_revenue else "",
    )


def since(run: Reading, told: dict[str, Any], before: dict[str, Any]) -> Section | None:
    """What an overview says of the change since an earlier run; None where there is no bridge."""
    if not told["bridge"]:
        return None
    finding = run.sentences(headline(run, told, before), _reason(run, told))
    return Section("bridge", run.say("bridge.title"), finding, [_picture(run, told["bridge"])])


def section(run: Reading, told: dict[str, Any]) -> Section:
    blocks: list[Block] = []
    if told["bridge"]:
        blocks += [_picture(run, told["bridge"]), Paragraph(run.sentences(*_method(run, told)), "quiet")]
        blocks.append(_moves(run, told["moves"]))
    else:
        key = "forecast" if told["comparable"] else "settings"
        word = run.say("severity.warn")
        blocks.append(Notice("warn", word, run.say(f"bridge.none.{key}"), do=run.say("bridge.none.do")))
    blocks += change_blocks(run, told)
    blocks.append(_figures(run, told["figures"]))
    if told["settings"]:
        blocks.append(_settings(run, told["settings"]))
    return Section("bridge", run.say("bridge.title"), _reason(run, told), blocks)


def _method(run: Reading, told: dict[str, Any]) -> list[str]:
    known = any(step.get("low") is not None for step in told["bridge"]["steps"])
    return [run.say("bridge.method"), run.say("bridge.interval" if known else "bridge.no_interval")]


def headline(run: Reading, told: dict[str, Any], before: dict[str, Any]) -> str:
    made = told["bridge"]
    if not made:
        sold = told["figures"]["net_sales"]
        return run.say(
            "bridge.finding_sales",
            before=run.form.compact_money(sold["before"]),
            after=run.form.compact_money(sold["after"]),
        )
    change = made["after"] - made["before"]
    direction = "same" if not change else "more" if change > 0 else "less"
    again = "_again" if before["as_of"] == run.summary["as_of"] else ""
    return run.say(
        f"bridge.finding_{direction}{again}",
        change=run.form.compact_money(abs(change)),
        **{side: _total(run, told, side) for side in ("before", "after")},
        date=run.form.date(before["as_of"]),
    )


def _total(run: Reading, told: dict[str, Any], side: str) -> str:
    """Future value of one of the runs, with its interval where that is known."""
    around = (told.get("intervals") or {}).get(side)
    return (
        run.form.compact_money_interval(**around) if around else run.form.compact_money(told["bridge"][side])
    )


def _reason(run: Reading, told: dict[str, Any]) -> str:
    """The largest step."""
    made = told["bridge"]
    if not made:
        return ""
    largest = max(made["steps"], key=lambda step: abs(step["amount"]))
    if not largest["amount"]:
        return ""
    return run.say(
        "bridge.largest",
        step=run.say(f"bridge.step.{largest['key']}"),
        amount=run.signed_interval(largest["amount"], largest.get("low"), largest.get("high")),
    )


def _picture(run: Reading, made: dict[str, Any]) -> Picture:
    """The steps as a waterfall that lies: each begins where the one before ended."""
    steps = [step for step in made["steps"] if step["amount"]]
    keys = ["before", *(step["key"] for step in steps), "after"]
    labels = [run.say(f"bridge.{key}" if key in made else f"bridge.step.{key}") for key in keys]
    amounts = [made["before"], *(step["amount"] for step in steps), made["after"]]
    sums = {0, len(keys) - 1}
    written = [
        run.form.compact_money(amount) if place in sums else run.signed(amount)
        for place, amount in enumerate(amounts)
    ]
    around = [(None, None), *((step.get("low"), step.get("high")) for step in steps), (None, None)]
    told = [
        amount if low is None else run.signed_interval(value, low, high)
        for amount, value, (low, high) in zip(written, amounts, around, strict=True)
    ]
    tips = [f"{label} {amount}" for label, amount in zip(labels, told, strict=True)]
    begins = running(amounts, sums)
    ends = [
        (None, None) if low is None or high is None else (begin + low, begin + high)
        for begin, (low, high) in zip(begins, around, strict=True)
    ]
    tokens = ["current" if n in sums else "bad" if amount < 0 else "good" for n, amount in enumerate(amounts)]
    rises = sum(step["amount"] for step in steps if step["amount"] > 0)
    falls = sum(step["amount"] for step in steps if step["amount"] < 0)
    chart = Chart(
        id="value-bridge",
        kind="bar",
        title=run.say("bridge.chart"),
        subtitle=run.say("bridge.measure", months=run.months),
        sentence=run.say(
            "bridge.sentence",
            before=run.form.compact_money(made["before"]),
            rises=run.signed(rises),
            falls=run.signed(falls),
            after=run.form.compact_money(made["after"]),
        ),
        x=Axis("", "category", tuple(labels)),
        y=Axis(run.label("future_value"), "money"),
        series=(
            Series(
                run.label("future_value"),
                "bar",
                "current",
                amounts,
                tips=tuple(tips),
                labels=tuple(
                    "" if low is not None else each for each, (low, _) in zip(written, around, strict=True)
                ),
                tokens=tuple(tokens),
                starts=begins,
                low=[low for low, _ in ends],
                high=[high for _, high in ends],
            ),
        ),
        lying=True,
        tall=len(keys) > 8,
    )
    rows: list[tuple[Any, ...]] = [
        (label, (amount, *ends_), run.say(f"bridge.means.{key}") if key not in made else "")
        for key, label, amount, ends_ in zip(keys, labels, amounts, around, strict=True)
    ]
    fields = (
        Field(run.say("bridge.step")),
        Field(run.label("future_value"), "estimate"),
        Field(run.say("bridge.means")),
    )
    return Picture(chart, Table(chart.subtitle, fields, rows, "value_bridge"))


def _moves(run: Reading, moves: list[dict[str, Any]]) -> Table:
    """From which pattern to which, the largest change first."""

    def word(key: str | None, nobody: str) -> str:
        return run.say(f"pattern.{key}") if key in PATTERNS else run.say(nobody)

    rows: list[tuple[Any, ...]] = [
        (
            run.say(
                "bridge.move",
                before=word(row["before"], "bridge.not_yet"),
                after=word(row["after"], "bridge.no_more"),
            ),
            row["customers"],
            row["change"],
        )
        for row in sorted(moves, key=lambda row: -abs(row["change"]))
    ]
    rows.append((run.say("bridge.all"), sum(row[1] for row in rows), sum(row[2] for row in rows)))
    fields = (
        Field(run.say("bridge.from_to")),
        Field(run.label("customers"), "count"),
        Field(run.say("bridge.change"), "money"),
    )
    return Table(run.say("bridge.moves"), fields, rows, name="pattern_moves", total=True)


def _figures(run: Reading, figures: dict[str, Any]) -> Table:
    rows: list[tuple[Any, ...]] = []
    for name, pair in figures.items():
        one, two = real(pair["before"]), real(pair["after"])
        if not one and not two:  # neither run knows it
            continue
        write = run.form.count if name in COUNTS else run.form.compact_money
        change = run.form.percent(two / one - 1, 1) if one and two is not None else ""
        rows.append((run.label(name), write(one), write(two), change))
    fields = tuple(
        Field(run.say(f"bridge.{name}")) for name in ("figure", "before", "after", "relative_change")
    )
    return Table(run.say("bridge.figures"), fields, rows, name="figures")


def _settings(run: Reading, settings: dict[str, Any]) -> Table:
    rows: list[tuple[Any, ...]] = [
        (_name(run, name), _setting(run, name, pair["before"]), _setting(run, name, pair["after"]))
        for name, pair in settings.items()
    ]
    fields = tuple(Field(run.say(f"bridge.{name}")) for name in ("setting", "before", "after"))
    return Table(run.say("bridge.settings"), fields, rows, name="settings", roomy=True)


def _name(run: Reading, name: str) -> str:
    assumption = f"potential.assumption.{name}"
    return run.say(assumption) if run.words.has(assumption) else run.label(name)


def _setting(run: Reading, name: str, value: Any) -> str:
    if value is None:
        return run.say("word.none")
    if name in ("basis", "value_basis"):
        return run.say(f"basis.{value}")
    shares = name in ("margin", "discount_rate") or run.words.has(f"potential.assumption.{name}")
    return run.form.percent(value, 1) if shares else str(value)

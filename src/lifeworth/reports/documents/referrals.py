"""Value through others: how contagious customers are, the band over who came anyway, the classes."""

from itertools import islice
from typing import Any

import numpy as np

from lifeworth.base.levels import NORMAL_95
from lifeworth.reports.blocks import Block, Field, Figure, Figures, Paragraph, Section, Table
from lifeworth.reports.documents import referral_charts as charts
from lifeworth.reports.documents.reading import Reading

BEST, REFERRERS = 10, "referrers"
COLUMNS = ["customer_id", "referrals", "own", "net", "gross", "expected", "R", "R_low", "R_high"]


def section(run: Reading) -> Section | None:
    record = run.summary.get("referrals")
    if not record:
        return None
    title = run.say("referrals.title")
    if record["kind"] == "times":
        blocks: list[Block] = [_figures(run, record), Paragraph(run.say("referrals.times_note"), "quiet")]
        share = run.form.percent(record["endogenous_share"])
        told = run.say("referrals.finding_times", share=share, customers=run.form.count(record["customers"]))
        return Section("referrals", title, told, blocks)
    blocks = [_figures(run, record), charts.tree(run, record), charts.band(run, record)]
    if record["R"]:
        blocks += [charts.path(run, record)] if record["path"] else []
        blocks.append(charts.growth(run, record))
    blocks += [_classes(run, record), _best(run), Paragraph(_naive(run, record), "quiet")]
    if record["would_have_joined"] is None:
        share = run.form.percent(record["ranking_share"])
        blocks.append(Paragraph(run.say("referrals.ranking", share=share), "quiet"))
    answered = _answered(run, record)
    if answered:
        blocks.append(Paragraph(answered, "quiet"))
    blocks.append(Paragraph(_covers(run, record["file"]), "quiet"))
    return Section("referrals", title, _finding(run, record), blocks)


def classes_section(run: Reading) -> Section | None:
    """Transaction value against referral value, class by class."""
    record = run.summary.get("referrals")
    if not record or not record.get("classes"):
        return None
    return Section("influence", run.say("referrals.title"), "", [_classes(run, record)])


def _finding(run: Reading, record: dict[str, Any]) -> str:
    facts = {
        "referred": run.form.count(record["referred"]),
        "customers": run.form.count(record["customers"]),
        "share": run.form.percent(record["endogenous_share"]["value"]),
    }
    if not record["R"]:
        return run.say("referrals.finding_few", **facts)
    R = record["R"]
    return run.say("referrals.finding", R=run.form.interval(R["value"], R["low"], R["high"]), **facts)


def _figures(run: Reading, record: dict[str, Any]) -> Figures:
    form, share = run.form, record["endogenous_share"]
    around = share if isinstance(share, dict) else {"value": share}
    figures = [Figure(run.say("referrals.fig.share"), form.percent(around["value"]))]
    if record["R"]:
        R = record["R"]
        context = run.say("referrals.fig.R_context")
        figures.append(
            Figure(
                run.say("referrals.fig.R"),
                form.number(R["value"], 2),
                interval=run.say(
                    "report.interval", range=f"{form.number(R['low'], 2)}–{form.number(R['high'], 2)}"
                ),
                context=context,
            )
        )
    to_come = record.get("to_come")
    if isinstance(to_come, dict):
        told = form.count_interval(to_come["value"], to_come["low"], to_come["high"])
        figures.append(Figure(run.say("referrals.fig.to_come"), told))
    elif to_come is not None:
        figures.append(Figure(run.say("referrals.fig.to_come"), form.count(to_come)))
    if "extinction" in record:
        figures.append(Figure(run.say("referrals.fig.extinction"), form.percent(record["extinction"])))
    return Figures(tuple(figures))


def _classes(run: Reading, record: dict[str, Any]) -> Table:
    rows = [
        (
            run.say(f"referral.class.{row['key']}.name"),
            row["customers"],
            row["own"],
            row["referral"],
            row["probability"],
            run.say(f"referral.class.{row['key']}.play"),
        )
        for row in record["classes"]
    ]
    fields = (
        Field(run.say("referrals.field.class")),
        Field(run.say("referrals.field.customers"), "count"),
        Field(run.say("referrals.field.own"), "money"),
        Field(run.say("referrals.field.referral"), "money"),
        Field(run.say("referrals.field.probability"), "share"),
        Field(run.say("referrals.field.play")),
    )
    opens = tuple(f"referral_class={row['key']}" for row in record["classes"])
    return Table(run.say("referrals.classes"), fields, rows, "referral-classes", roomy=True, opens=opens)


def _best(run: Reading) -> Table:
    table = run.table("referrals")
    rows: list[tuple[Any, ...]] = []
    if table is not None:
        for place in best_places(table):
            row = {name: table[name][place].as_py() for name in COLUMNS}
            R = (row["R"], row["R_low"], row["R_high"]) if row["R"] is not None else None
            rows.append(
                (
                    row["customer_id"], row["referrals"], float(row["net"]), float(row["gross"]),
                    float(row["expected"]), "" if R is None else run.form.interval(*R),
                )
            )  # fmt: skip
    fields = (
        Field(run.say("referrals.field.customer")),
        Field(run.say("referrals.field.count"), "count"),
        Field(run.say("referrals.field.net"), "money"),
        Field(run.say("referrals.field.gross"), "money"),
        Field(run.say("referrals.field.expected"), "money"),
        Field(run.say("referrals.field.R")),
    )
    return Table(run.say("referrals.best"), fields, rows, REFERRERS)


def best_places(table: Any) -> list[int]:
    """Rows of the customers with the most net value through others, brought and to come, best first; none
    whose name is not seen.
    """
    net, own, expected = (
        np.array([float(value) for value in table[name].to_pylist()]) for name in ("net", "own", "expected")
    )
    names, brought = table["customer_id"].to_pylist(), table["referrals"].to_pylist()
    best = np.argsort(-(net - own + expected), kind="stable").tolist()
    return [place for place in islice((place for place in best if names[place]), BEST) if brought[place]]


def _naive(run: Reading, record: dict[str, Any]) -> str:
    own, naive = record["own"], record["naive"]
    return run.say(
        "referrals.naive",
        naive=run.form.compact_money(naive),
        own=run.form.compact_money(own),
        times=run.form.number(naive / own if own else None, 2),
    )


def _answered(run: Reading, record: dict[str, Any]) -> str:
    """How answers go with R, where a survey told them: to recommending from the worst to the best answer,
    and twice as many people told (on ln(1 + people))."""
    found = []
    for name, sentence, step in (("recommendation", "answered", 1.0), ("reach", "reached", np.log(2.0))):
        weight, error = ((record.get(part) or {}).get(name) for part in ("parameters", "standard_errors"))
        if weight is None or not error:
            continue
        times, low, high = (float(np.exp(step * (weight + side * NORMAL_95 * error))) for side in (0, -1, 1))
        found.append(run.say(f"referrals.{sentence}", times=run.form.interval(times, low, high)))
    return run.sentences(*found)


def _covers(run: Reading, counts: dict[str, int]) -> str:
    lost = counts["rejected"] + counts["unknown_code"] + counts["not_customers"] + counts["repeated"]
    used = counts["rows"] - lost - counts["without_referrer"]
    return run.say(
        "referrals.covers",
        rows=run.form.count(counts["rows"]),
        used=run.form.count(used),
        lost=run.form.count(lost),
    )

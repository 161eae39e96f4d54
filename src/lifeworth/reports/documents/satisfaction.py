"""What customers say beside what they are worth: NPS and CSAT, two-way value, and what came after."""

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
from lifeworth.reports.charts import Axis, Chart, spanned
from lifeworth.reports.documents.reading import Reading

LOOKS = (1.645, 1.960, 2.128, 2.241)  # standard errors, 10 % two-sided shared out over 1 to 4 looks


def section(run: Reading) -> Section | None:
    record = run.summary.get("surveys")
    if not record:
        return None
    blocks: list[Block] = [_figures(run, record), _classes(run, record)]
    blocks.append(Paragraph(_how(run, record), "quiet"))
    groups = _groups(run, record)
    if groups:
        blocks.append(groups)
    found = record["relation"]
    if found and found["rows"]:
        blocks += [Heading(run.say("satisfaction.after.title")), _after(run, found)]
        blocks.append(Paragraph(_after_how(run, found), "quiet"))
    blocks.append(Paragraph(_covers(run, record), "quiet"))
    return Section("satisfaction", run.say("satisfaction.title"), _finding(run, record), blocks)


def _finding(run: Reading, record: dict[str, Any]) -> str:
    classes = {row["key"]: row for row in record["classes"]}
    told = sum(row["customers"] for row in record["classes"])
    worthy = classes["star"]["customers"] + classes["vulnerable"]["customers"]
    if not told or not worthy:
        return run.say("satisfaction.finding_few", customers=run.form.count(record["respondents"]))
    return run.say(
        "satisfaction.finding",
        share=run.form.percent(classes["vulnerable"]["customers"] / worthy),
        vulnerable=run.form.count(classes["vulnerable"]["customers"]),
        worthy=run.form.count(worthy),
    )


def _figures(run: Reading, record: dict[str, Any]) -> Figures:
    form, figures = run.form, []
    nps, csat, perceived = record["nps"], record["csat"], record["perceived"]
    if nps:
        around = f"{score(run, nps['low'])} – {score(run, nps['high'])}"
        figures.append(
            Figure(
                run.say("satisfaction.nps"), score(run, nps["value"]),
                interval=run.say("report.interval", range=around),
                context=run.say("satisfaction.answers", count=form.count(nps["answers"])),
            )
        )  # fmt: skip
    if csat:
        figures.append(
            Figure(
                run.say("satisfaction.csat"), form.percent(csat["value"]),
                interval=run.say(
                    "report.interval", range=f"{form.percent(csat['low'])}–{form.percent(csat['high'])}"
                ),
                context=run.say("satisfaction.answers", count=form.count(csat["answers"])),
            )
        )  # fmt: skip
    if perceived and perceived["mean"]:
        mean, alpha = perceived["mean"], perceived["alpha"]
        told = [
            f"{run.say(f'satisfaction.measure.{name}')} {form.percent(each)}"
            for name, each in perceived["means"].items()
        ]
        if alpha is not None:
            told.append(run.say("satisfaction.alpha", alpha=form.number(alpha, 2)))
        around = f"{form.percent(mean['low'])}–{form.percent(mean['high'])}"
        figures.append(
            Figure(
                run.say("satisfaction.perceived"), form.percent(mean["value"]),
                interval=run.say("report.interval", range=around), context=run.form.listing(told),
            )
        )  # fmt: skip
    return Figures(tuple(figures))


def score(run: Reading, points: float) -> str:
    """A net promoter score, -100 to 100, with its sign."""
    whole = round(points)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def _classes(run: Reading, record: dict[str, Any]) -> Table:
    rows = [
        (
            run.say(f"satisfaction.class.{row['key']}"), row["customers"], _spread(row["value"]),
            _share(run, row["csat"]), _score(run, row["nps"]), run.say(f"satisfaction.play.{row['key']}"),
        )
        for row in record["classes"]
    ]  # fmt: skip
    fields = (
        Field(run.say("satisfaction.field.class")),
        Field(run.say("satisfaction.field.customers"), "count"),
        Field(run.say("satisfaction.field.value", value=run.label(record["value_name"])), "estimate"),
        Field(run.say("satisfaction.csat")),
        Field(run.say("satisfaction.nps")),
        Field(run.say("satisfaction.field.play")),
    )
    opens = tuple(f"satisfaction={row['key']}" if row["customers"] else "" for row in record["classes"])
    caption = run.say("satisfaction.classes")
    return Table(caption, fields, list(rows), "two_way_value", roomy=True, opens=opens)


def _how(run: Reading, record: dict[str, Any]) -> str:
    limits = record["thresholds"]
    return run.say(
        "satisfaction.how",
        value=run.in_prose(record["value_name"]),
        basis=run.say(f"satisfaction.basis.{record['value_to']}"),
        of=run.form.money(limits["value_of"]),
        to=run.form.percent(limits["value_to"]),
    )


def _groups(run: Reading, record: dict[str, Any]) -> Table | None:
    """NPS and CSAT by tier, and worth by what was answered to the question of recommending."""
    kinds = [("tier", record["tiers"]), ("satisfaction.voice", record["voices"])]
    rows = [
        (
            run.say(f"{kind}.{row['key']}"), row["customers"], _score(run, row["nps"]),
            _share(run, row["csat"]), _spread(row["value"]),
        )
        for kind, found in kinds
        for row in found
    ]  # fmt: skip
    if not rows:
        return None
    fields = (
        Field(run.say("satisfaction.field.group")),
        Field(run.say("satisfaction.field.customers"), "count"),
        Field(run.say("satisfaction.nps")),
        Field(run.say("satisfaction.csat")),
        Field(run.say("satisfaction.field.value", value=run.label(record["value_name"])), "estimate"),
    )
    opens = tuple(f"tier={row['key']}" if kind == "tier" else "" for kind, found in kinds for row in found)
    caption = run.say("satisfaction.groups")
    return Table(caption, fields, list(rows), "satisfaction_groups", roomy=True, opens=opens)


def _after(run: Reading, found: dict[str, Any]) -> Picture:
    rows = found["rows"]
    names = [run.say("satisfaction.after.days", first=row["from"], last=row["until"]) for row in rows]
    spans = [(row["value"], row["low"], row["high"]) for row in rows]
    measure = run.say(
        "satisfaction.after.measure", measure=run.say(f"satisfaction.measure.{found['measure']}")
    )
    chart = Chart(
        id="satisfaction-after",
        kind="bar",
        title=run.say("satisfaction.after.chart"),
        subtitle=measure,
        sentence=_sentence(run, found),
        x=Axis("", "category", tuple(names)),
        y=Axis(measure, "money"),
        series=(spanned(measure, "current", names, spans, run.form.compact_money_interval),),
    )
    fields = (
        Field(run.say("satisfaction.after.time")),
        Field(measure, "estimate"),
        Field(run.say("satisfaction.after.mean"), "cents"),
        Field(run.say("satisfaction.after.answers"), "count"),
        Field(run.say("satisfaction.field.customers"), "count"),
    )
    cells = [
        (name, span, row["mean"], row["answers"], row["customers"])
        for name, span, row in zip(names, spans, rows, strict=True)
    ]
    return Picture(chart, Table(measure, fields, list(cells), "satisfaction_after", visible=True))


def _sentence(run: Reading, found: dict[str, Any]) -> str:
    """The clearest stretch, if it is clear even after a look at all of them."""
    beyond = LOOKS[min(len(found["rows"]), len(LOOKS)) - 1]
    clear = [row for row in found["rows"] if abs(row["value"]) > beyond * row["error"]]
    measure = run.say(f"satisfaction.measure.{found['measure']}")
    if not clear:
        return run.say("satisfaction.after.nothing", measure=measure)
    best = max(clear, key=lambda row: abs(row["value"]) / row["error"])
    return run.say(
        "satisfaction.after.finding" if best["value"] > 0 else "satisfaction.after.finding_less",
        measure=measure,
        value=run.form.compact_money_interval(*sorted_abs(best)),
        first=best["from"],
        last=best["until"],
        mean=run.form.compact_money(best["mean"]),
    )


def sorted_abs(row: dict[str, Any]) -> tuple[float, float, float]:
    """Value, low and high without their sign, in order."""
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    return abs(row["value"]), low, high


def _after_how(run: Reading, found: dict[str, Any]) -> str:
    told = [run.say("satisfaction.after.how", best=run.form.short(found["scale"][1]))]
    if found["leak"]:
        told.append(run.say("satisfaction.after.left_out", count=run.form.count(found["leak"]["count"])))
    return run.sentences(*told)


def _covers(run: Reading, record: dict[str, Any]) -> str:
    worth, form = record["worth"], run.form
    told = [
        run.say(
            "satisfaction.covers",
            answers=form.count(record["file"]["used"]),
            rows=form.count(record["file"]["rows"]),
            respondents=form.count(record["respondents"]),
            share=form.percent(record["respondents"] / record["customers"]),
        )
    ]
    if worth["respondents"] and worth["all"] > 0:
        told.append(
            run.say(
                "satisfaction.represents",
                value=run.label(record["value_name"]),
                theirs=form.compact_money(worth["respondents"]["value"]),
                all=form.compact_money(worth["all"]),
            )
        )
    return run.sentences(*told)


def _spread(row: dict[str, Any] | None) -> tuple[float, float, float] | None:
    return (row["value"], row["low"], row["high"]) if row else None


def _share(run: Reading, row: dict[str, Any] | None) -> str:
    if not row:
        return "–"
    value, low, high = (run.form.percent(row[side]) for side in ("value", "low", "high"))
    return f"{value} ({low}–{high})"


def _score(run: Reading, row: dict[str, Any] | None) -> str:
    if not row:
        return "–"
    value, low, high = (score(run, row[side]) for side in ("value", "low", "high"))
    return f"{value} ({low} – {high})"


def answers_section(run: Reading, rows: list[dict[str, Any]]) -> Section | None:
    """What one customer answered last; `rows` are hers of the table `surveys`."""
    if not rows:
        return None
    row, scales = rows[-1], (run.summary.get("surveys") or {}).get("scales") or {}
    cells = [
        (
            run.say(f"satisfaction.measure.{name}"),
            run.say("satisfaction.of", points=run.form.short(row[name]), best=run.form.short(scale[1])),
        )
        for name, scale in scales.items()
        if row.get(name) is not None
    ]
    fields = (Field(run.say("satisfaction.field.question")), Field(run.say("satisfaction.field.answer")))
    told = ""
    if row.get("class"):
        name, play = (run.say(f"satisfaction.{part}.{row['class']}") for part in ("class", "play"))
        told = run.say("satisfaction.one", name=name, play=play)
    caption = run.say("satisfaction.answered", date=run.form.date(row["day"].isoformat()))
    return Section(
        "answers", run.say("satisfaction.title"), told,
        [Table(caption, fields, list(cells), "answers", roomy=True)],
    )  # fmt: skip

"""The model card: which model, its parameters with their errors, its assumptions, and its rivals."""

from math import exp
from typing import Any

from lifeworth.base.levels import NORMAL_95
from lifeworth.reports.blocks import Block, Field, Heading, Kind, Paragraph, Section, Table, Terms
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.reading import Reading, real

PROCESSES = ("purchase", "dropout")
SHOWN = ("bias", "mae", "rmse", "spearman", "normalised_gini", "top_10_capture", "coverage")
KINDS: dict[str, Kind] = {
    "bias": "share",
    "mae": "money",
    "rmse": "money",
    "top_10_capture": "share",
    "coverage": "share",
}


def definitions(run: Reading) -> Section:
    """Of the grade and of every measure that the tables of models compare."""
    return terms.chosen(run, "grade", *SHOWN, "total_inside", "interval", "log_likelihood", "correlation")


def section(run: Reading) -> Section | None:
    model, backtest = run.summary.get("model"), run.summary.get("backtest")
    if not model and not backtest:
        return None
    blocks: list[Block] = []
    finding = ""
    if model:
        name = run.say(f"model.{model['name']}")
        finding = run.say("report.model.finding", model=name)
        blocks.append(Paragraph(run.say_or(f"model.{model['name']}.story", "")))
        blocks.append(Terms(tuple(_facts(run, model))))
        blocks.extend(_covariates(run, model))
        blocks.extend(_segments(run, model))
        blocks.extend(_parameters(run, model))
    if backtest:
        blocks.append(Heading(run.say("report.model.rivals")))
        blocks.append(_rivals(run, backtest))
    blocks.append(Heading(run.say("report.model.assumptions")))
    blocks.extend(
        Paragraph(run.say(f"report.model.assumes.{key}")) for key in ("same", "independent", "season")
    )
    return Section("model", run.say("report.model.title"), finding, [b for b in blocks if not _is_empty(b)])


def _is_empty(block: Block) -> bool:
    return isinstance(block, Paragraph) and not block.text


def _facts(run: Reading, model: dict[str, Any]) -> list[tuple[str, str, str]]:
    form = run.form
    facts = [(run.say("report.model.used"), run.say(f"model.{model['name']}"), "")]
    spend = model.get("spend") or {}
    if spend.get("name"):
        facts.append(
            (run.say("report.model.spend"), run.say_or(f"model.{spend['name']}", str(spend["name"])), "")
        )
    if model.get("log_likelihood") is not None:
        facts.append((run.label("log_likelihood"), form.number(model["log_likelihood"], 2), ""))
    if model.get("converged") is not None:
        facts.append(
            (run.say("report.model.converged"), run.say("word.yes" if model["converged"] else "word.no"), "")
        )
    if model["name"] != "formula":
        boundary = [*(model.get("boundary") or []), *(spend.get("boundary") or [])]
        facts.append(
            (
                run.say("report.model.boundary"),
                form.listing(boundary) if boundary else run.say("word.none"),
                "",
            )
        )
    if model.get("correlation") is not None:
        facts.append((run.label("correlation"), form.number(model["correlation"], 2), ""))
    return facts


def _parameters(run: Reading, model: dict[str, Any]) -> list[Block]:
    rows = []
    for part in (model, model.get("spend") or {}):
        errors = part.get("standard_errors") or {}
        name = run.say_or(f"model.{part.get('name')}", str(part.get("name") or ""))
        rows += [
            (key, name, real(value), real(errors.get(key)))
            for key, value in (part.get("params") or {}).items()
        ]
    if not rows:
        return []
    fields = (
        Field(run.say("report.model.parameter")),
        Field(run.say("report.model.of")),
        Field(run.say("report.model.estimate"), "parameter"),
        Field(run.say("report.model.error"), "parameter"),
    )
    unit = run.say_or(f"time_unit.{model.get('time_unit')}", str(model.get("time_unit") or ""))
    return [Table(run.say("report.model.parameters", unit=unit), fields, rows, name="parameters")]


def _covariates(run: Reading, model: dict[str, Any]) -> list[Block]:
    """How much more often, and sooner, customers buy and leave by what is known of them, with intervals."""
    params, errors = model.get("params") or {}, model.get("standard_errors") or {}
    features = dict.fromkeys(name.partition(".")[2] for name in params if "." in name)
    if not features:
        return []
    rows = []
    for feature in features:
        column, _, level = feature.partition("=")
        cells: list[Any] = [column, level or run.say("report.covariates.unit")]
        for process in PROCESSES:
            value, error = params.get(f"{process}.{feature}"), errors.get(f"{process}.{feature}")
            cells += _times(value, error)
        rows.append(tuple(cells))
    fields = (
        Field(run.say("report.covariates.column")),
        Field(run.say("report.covariates.level")),
        *(
            Field(run.say(f"report.covariates.{process}.{part}"), "number")
            for process in PROCESSES
            for part in ("estimate", "low", "high")
        ),
    )
    return [
        Heading(run.say("report.covariates.title")),
        Paragraph(run.say("report.covariates.story")),
        Table(run.say("report.covariates.caption"), fields, rows, name="covariates"),
    ]


def _segments(run: Reading, model: dict[str, Any]) -> list[Block]:
    """Parameters of each segment's model, with their standard errors."""
    told = model.get("segments") or []
    if not told:
        return []
    names = list(told[0]["params"])
    fields = [Field(run.say("report.segments.segment")), Field(run.label("customers"), "count")]
    for name in names:
        fields += [Field(name, "parameter"), Field(run.say("report.segments.error", name=name), "parameter")]
    rows = [
        (
            each["segment"], each["customers"],
            *(real(side.get(name)) for name in names for side in (each["params"], each["standard_errors"])),
        )
        for each in told
    ]  # fmt: skip
    return [
        Heading(run.say("report.segments.title")),
        Paragraph(run.say("report.segments.story")),
        Table(run.say("report.segments.caption"), tuple(fields), rows, name="pooled"),
    ]


def _times(value: float | None, error: float | None) -> list[float | None]:
    """A coefficient as a factor with its 90 % interval; no interval where the data do not tell."""
    if value is None:
        return [None, None, None]
    if error is None:
        return [exp(value), None, None]
    return [exp(value), exp(value - NORMAL_95 * error), exp(value + NORMAL_95 * error)]


def _rivals(run: Reading, backtest: dict[str, Any]) -> Table:
    used = (run.summary.get("model") or {}).get("name")
    candidates = backtest.get("candidates") or []
    if not any(candidate["name"] == "formula" for candidate in candidates):
        formula = {"name": "formula", "metrics": backtest.get("baseline_metrics"), "declined": None}
        candidates = [formula, *candidates]
    rows = []
    for candidate in candidates:
        metrics, name = candidate.get("metrics"), run.say_or(f"model.{candidate['name']}", candidate["name"])
        figures = [real((metrics or {}).get(metric)) for metric in SHOWN]
        declined = candidate.get("declined") or {}
        inside = (metrics or {}).get("total_inside")
        total = "" if inside is None else run.say("word.yes" if inside else "word.no")
        note = declined.get("says") or (run.say("report.model.chosen") if candidate["name"] == used else "")
        rows.append((name, *figures, total, note))
    fields = (
        Field(run.say("report.model.candidate")),
        *(
            Field(run.label(metric), KINDS.get(metric, "number"), run.say(f"definition.{metric}"))
            for metric in SHOWN
        ),
        Field(run.label("total_inside")),
        Field(run.say("report.model.note")),
    )
    return Table(run.say("report.model.rivals_caption"), fields, rows, name="backtest")

"""`lifeworth guard-rail RUN_DIR`: how deep a discount may go in each group of a run."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words


def run(
    run_dir: Annotated[Path, typer.Argument(metavar="RUN_DIR", help=options.text("run_dir"))],
    by: Annotated[
        str, typer.Option("--by", metavar="tier|pattern|decision|rfm_class", help=options.text("guard_by"))
    ] = "tier",
    keep: Annotated[
        float | None,
        typer.Option("--keep", metavar="SHARE", help=options.text("guard_keep"), show_default=False),
    ] = None,
    customer: Annotated[
        float | None,
        typer.Option("--customer", metavar="MONEY", help=options.text("guard_customer"), show_default=False),
    ] = None,
    order: Annotated[
        float | None,
        typer.Option("--order", metavar="MONEY", help=options.text("guard_order"), show_default=False),
    ] = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.reports.documents.guard_rail import formula_text, name_of, share_range, target_text
    from lifeworth.reports.documents.reading import Reading
    from lifeworth.results.read import read_run
    from lifeworth.value.guard_rail import chosen_target
    from lifeworth.workflows.guard_rail import guard_rail

    target = chosen_target(keep=keep, customer=customer, order=order)
    published = read_run(run_dir)
    found = guard_rail(run_dir, published.summary, target, by)
    if json:
        answer_json({"as_of": published.summary["as_of"], "guard_rail": found})
        return
    reading = Reading(published, words().language)
    if found is None:
        answer(reading.say("guard_rail.no_margin"))
        return
    lines = [target_text(reading, found), ""]
    for row in found["rows"]:
        told = reading.say(
            "guard_rail.line",
            group=name_of(reading, by, row["key"]),
            deepest=share_range(reading, row["deepest"]),
            give=reading.form.percent(row["give"], 1),
            margin=share_range(reading, row["margin"]),
        )
        lines.append(f"  {told}")
    lines += ["", formula_text(reading, found), reading.say("guard_rail.how"), reading.say("guard_rail.law")]
    answer("\n".join(lines))

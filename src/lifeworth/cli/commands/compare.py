"""`lifeworth compare BEFORE AFTER`: what changed between two runs, and why."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words


def run(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help=options.text("before"))],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help=options.text("after"))],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=options.text("compare_out"), show_default=False),
    ] = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.cli.compare import comparison_lines
    from lifeworth.reports import comparison_report
    from lifeworth.results.read import read_run
    from lifeworth.workflows.comparison import compare_folders

    told = compare_folders(before, after)
    first, second = read_run(before).summary, read_run(after)
    if out is not None:
        out.write_text(comparison_report(told, first, second, words().language), encoding="utf-8")
    if json:
        answer_json(told)
        return
    lines = comparison_lines(told, first, second, words())
    answer("\n".join(lines if out is None else [*lines, str(out)]))

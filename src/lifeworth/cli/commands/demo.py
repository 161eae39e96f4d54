"""`lifeworth demo`: values the bundled real orders."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=options.text("out_demo"))] = Path(
        "lifeworth-demo"
    ),
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.cli.summary import summary_lines
    from lifeworth.workflows.demo import value_sample

    with Progress() as progress:
        run = value_sample(out, language=words().language, progress=progress)
    if json:
        answer_json({**run.summary, "folder": str(run.folder)})
    else:
        answer("\n".join(summary_lines(run, words())))

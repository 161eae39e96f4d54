"""`lifeworth demo`: values the bundled real orders, or a simulated company."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help=options.text("out_demo"))] = Path(
        "lifeworth-demo"
    ),
    company: Annotated[
        Path | None,
        typer.Option("--company", metavar="DIR", help=options.text("company"), show_default=False),
    ] = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.cli.summary import summary_lines
    from lifeworth.workflows.demo import value_company, value_sample

    with Progress() as progress:
        if company is None:
            run = value_sample(out, language=words().language, progress=progress)
        else:
            run = value_company(company, language=words().language, progress=progress)
    if json:
        answer_json({**run.summary, "folder": str(run.folder)})
    else:
        answer("\n".join(summary_lines(run, words())))

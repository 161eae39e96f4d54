"""`lifeworth questionnaire`: questions to ask customers, whose answers `--surveys` reads."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words


def run(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=options.text("questionnaire_out"), show_default=False),
    ] = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.text.questionnaire import questionnaire, questionnaire_csv

    rows = questionnaire(words())
    if out:
        out.write_text(questionnaire_csv(words()), encoding="utf-8", newline="")
    if json:
        answer_json(rows)
    elif out:
        answer(str(out))
    else:
        lines = [words().text("questionnaire.title"), words().text("questionnaire.how")]
        for row in rows:
            lines += ["", row["question"], f"  {row['answers']}  ({row['column']})", f"  {row['feeds']}"]
        answer("\n".join(lines))

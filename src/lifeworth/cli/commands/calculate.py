"""`lifeworth calculate TEMPLATE`: a customer's worth by the textbook, formulas with their numbers."""

from typing import Annotated

import typer

from lifeworth.base.errors import UsageError
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words


def run(
    template: Annotated[
        str,
        typer.Argument(metavar="retail|subscription|automotive|b2b", help=options.text("template")),
    ],
    set: Annotated[list[str], typer.Option("--set", metavar="NAME=NUMBER", help=options.text("set"))] = [],  # noqa: B006
    currency: options.Currency = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.text.format import formats
    from lifeworth.value.calculator.calculate import calculate, written_as

    language = words().language
    found = calculate(template, **_numbers(set))
    if json:
        answer_json(found.to_json(language, currency))
        return
    form = formats(language, currency)
    lines = [words().text(f"calculator.template.{template}"), ""]
    for question in found.template.questions:
        label = words().text(f"calculator.input.{question.name}")
        written = written_as(found.inputs[question.name], question.unit, form, words())
        lines.append(f"  {label}  {written}  ({question.name})")
    for row in found.told(language, currency):
        lines += ["", f"{row['label']}  {row['written']}", f"  {row['formula']}", f"  {row['worked']}"]
        if row["convention"]:
            lines.append(f"  {row['convention']}")
    answer("\n".join(lines))


def _numbers(pairs: list[str]) -> dict[str, float]:
    found = {}
    for name, text in options.mapping(pairs).items():
        try:
            found[name] = float(text)
        except ValueError:
            raise UsageError("USE-002", seen=f"{name}={text}") from None
    return found

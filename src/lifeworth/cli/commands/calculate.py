"""`lifeworth calculate TEMPLATE`: a customer's worth by the textbook, formulas with their numbers."""

from pathlib import Path
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
    vehicles: Annotated[
        Path | None,
        typer.Option("--vehicles", metavar="FILE", help=options.text("vehicles"), show_default=False),
    ] = None,
    currency: options.Currency = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.text.format import formats
    from lifeworth.value.calculator.calculate import calculate, written_as
    from lifeworth.workflows.calculator import vehicle_inputs

    language = words().language
    filled = None if vehicles is None else vehicle_inputs(template, vehicles)
    found = calculate(template, **{**(filled.inputs if filled else {}), **_numbers(set)})
    if json:
        told = found.to_json(language, currency)
        if filled:
            told["filled"] = {
                "file": filled.read.name,
                "vehicles": filled.vehicles,
                "owners": filled.owners,
                "averages": filled.inputs,
            }
        answer_json(told)
        return
    form = formats(language, currency)
    lines = [words().text(f"calculator.template.{template}"), ""]
    if filled:
        counted = {"file": filled.read.name, "vehicles": form.count(filled.vehicles)}
        lines += ["  " + words().text("calculator.filled", **counted), ""]
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

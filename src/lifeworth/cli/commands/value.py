"""`lifeworth value ORDERS...`: what each customer was and is worth."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words

_words = words()


def _help(key: str) -> str:
    return _words.text(f"cli.option.{key}")


def run(
    orders: options.Orders,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help=_help("out"), show_default=False)
    ] = None,
    until: options.Until = "",
    horizon_months: Annotated[float, typer.Option("--horizon-months", help=_help("horizon_months"))] = 12,
    discount_rate: Annotated[float, typer.Option("--discount-rate", help=_help("discount_rate"))] = 0.10,
    margin: Annotated[
        float | None, typer.Option("--margin", help=_help("margin"), show_default=False)
    ] = None,
    costs: Annotated[
        Path | None, typer.Option("--costs", metavar="FILE", help=_help("costs"), show_default=False)
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="auto|NAME", help=_help("model"))] = "auto",
    map: options.Map = [],  # noqa: B006  Typer reads the default, nobody changes it
    encoding: options.Encoding = "",
    dates: options.Dates = "",
    currency: options.Currency = "",
    rates: options.Rates = None,
    zone: options.Zone = "",
    duplicates: options.Duplicates = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.cli.summary import summary_lines
    from lifeworth.workflows.value import value_files

    progress = Progress()
    run = value_files(
        orders,
        out,
        horizon_months=horizon_months,
        discount_rate=discount_rate,
        margin=margin,
        costs=costs,
        model=model,
        until=options.iso_date(until, "--until"),
        language=_words.language,
        progress=progress,
        reading=options.reading(
            columns=map,
            encoding=encoding,
            dates=dates,
            currency=currency,
            rates=rates,
            zone=zone,
            duplicates=duplicates,
        ),
    )
    progress.done()
    if json:
        answer_json({**run.summary, "folder": str(run.folder)})
    else:
        answer("\n".join(summary_lines(run, _words)))

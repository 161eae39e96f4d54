"""`lifeworth backtest ORDERS... --cutoff DATE`: every model and the formula against held-out months."""

from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    orders: options.Orders,
    cutoff: Annotated[
        str, typer.Option("--cutoff", metavar="DATE", help=options.text("cutoff"), show_default=False)
    ] = "",
    until: options.Until = "",
    pool_by: options.PoolBy = "",
    attributes: options.Attributes = None,
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
    from lifeworth.cli.backtest import backtest_lines
    from lifeworth.workflows.backtest import backtest_files

    with Progress() as progress:
        result = backtest_files(
            orders,
            cutoff=options.iso_date(cutoff, "--cutoff"),
            until=options.iso_date(until, "--until"),
            language=words().language,
            pool_by=pool_by,
            attributes=attributes,
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
    if json:
        answer_json(result)
    else:
        answer("\n".join(backtest_lines(result, words())))

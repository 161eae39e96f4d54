"""`lifeworth check ORDERS...`: what the data can carry, in plain words; nothing is changed."""

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    orders: options.Orders,
    until: options.Until = "",
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
    from lifeworth.cli.check import check_lines
    from lifeworth.workflows.check import check_files

    with Progress() as progress:
        result = check_files(
            orders,
            until=options.iso_date(until, "--until"),
            language=words().language,
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
        answer("\n".join(check_lines(result, words())))

"""`lifeworth scenario ORDERS...`: what current value hangs on, worked out again from the fitted model."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    orders: options.Orders,
    churn: Annotated[
        float, typer.Option("--churn", metavar="SHARE", help=options.text("change_churn"))
    ] = 0.10,
    price: Annotated[
        float, typer.Option("--price", metavar="SHARE", help=options.text("change_price"))
    ] = 0.05,
    margin_points: Annotated[
        float, typer.Option("--margin-points", metavar="SHARE", help=options.text("change_margin"))
    ] = 0.05,
    rate_points: Annotated[
        float, typer.Option("--rate-points", metavar="SHARE", help=options.text("change_discount_rate"))
    ] = 0.05,
    until: options.Until = "",
    horizon_months: options.HorizonMonths = 12,
    discount_rate: options.DiscountRate = 0.10,
    margin: options.Margin = None,
    costs: Annotated[
        list[Path], typer.Option("--costs", metavar="FILE", help=options.text("costs"), show_default=False)
    ] = [],  # noqa: B006
    model: Annotated[str, typer.Option("--model", metavar="auto|NAME", help=options.text("model"))] = "auto",
    map: options.Map = [],  # noqa: B006  Typer reads the default, nobody changes it
    currency: options.Currency = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.value.scenarios import Changes
    from lifeworth.workflows.value import value

    changes = Changes(churn, price, margin_points, rate_points)
    with Progress() as progress:
        statement = value(
            [str(path) for path in orders],
            horizon_months=horizon_months,
            discount_rate=discount_rate,
            margin=margin,
            costs=costs or None,
            model=model,
            changes=changes,
            until=options.iso_date(until, "--until"),
            language=words().language,
            progress=progress,
            **options.reading(columns=map, currency=currency),
        )
    summary = statement.summary
    if json:
        keys = ("as_of", "currency", "value_basis", "horizon_months", "discount_rate", "model", "scenarios")
        answer_json({key: summary[key] for key in keys})
    else:
        answer("\n".join(_lines(summary)))


def _lines(summary: dict[str, Any]) -> list[str]:
    from lifeworth.text.format import formats
    from lifeworth.text.levers import lever_text

    said = words()
    found = summary["scenarios"]
    if found is None:
        return [said.text("cli.summary.declined"), *summary["warnings"]]
    form = formats(said.language, summary["currency"])
    lines = [f"{said.text('label.current_value')}  {form.money_interval(**found['base'])}", ""]
    for row in found["rows"]:
        value = form.money_interval(row["value"], row["low"], row["high"])
        sign = "+" if row["difference"] > 0 else ""
        change = form.money_interval(row["difference"], row["difference_low"], row["difference_high"])
        lines.append(f"  {lever_text(row, said, form)}  {sign}{change}  {value}")
    lines += ["", said.text("economics.scenarios.how"), said.text("economics.scenarios.interval")]
    if not any(row["lever"] == "churn" for row in found["rows"]) and summary["model"]["name"] == "formula":
        lines.append(said.text("economics.scenarios.formula"))
    return lines

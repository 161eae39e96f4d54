"""`lifeworth leads ORDERS... --leads FILE`: what people who have not bought yet are worth."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words

WIDTH, MOST = 22, 20


def run(
    orders: options.Orders,
    leads: Annotated[Path, typer.Option("--leads", metavar="FILE", help=options.text("leads"))],
    covariates: options.Covariates,
    attributes: options.Attributes = None,
    out: options.Out = None,
    until: options.Until = "",
    horizon_months: options.HorizonMonths = 12,
    discount_rate: options.DiscountRate = 0.10,
    margin: options.Margin = None,
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
    from lifeworth.workflows.leads import value_leads
    from lifeworth.workflows.options import names_in

    with Progress() as progress:
        found = value_leads(
            [str(path) for path in orders],
            leads,
            covariates=names_in(covariates),
            attributes=attributes,
            horizon_months=horizon_months,
            discount_rate=discount_rate,
            margin=margin,
            until=options.iso_date(until, "--until"),
            out=out,
            progress=progress,
            **options.reading(
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
        answer_json(found.summary)
    else:
        answer("\n".join(_lines(found.summary)))


def _lines(summary: dict[str, Any]) -> list[str]:
    from lifeworth.cli.lines import padded
    from lifeworth.text.format import formats

    say, form = words().text, formats(words().language, summary["currency"])
    head = say(
        f"cli.leads.{summary['basis']}", leads=form.count(summary["leads"]), as_of=summary["as_of"],
        customers=form.count(summary["customers"]), months=form.short(summary["horizon_months"]),
        rate=form.percent(summary["discount_rate"], 1),
    )  # fmt: skip
    titles = "".join(padded(say(f"cli.leads.{name}"), WIDTH) for name in ("lead", "value", "first", "best"))
    lines = [head, "", titles.rstrip()]
    for row in summary["rows"][:MOST]:
        value = form.money_interval(row["value"], row["value_low"], row["value_high"])
        best = form.percent(row["best_share"])
        ends = f"{form.percent(row['best_share_low'])}–{form.percent(row['best_share_high'])}"
        cells = (row["lead"], value, form.money(row["first_purchase"]), f"{best} ({ends})")
        alike = say("cli.leads.alike", customers=form.listing(row["alike"]))
        lines.append("".join(padded(cell, WIDTH) for cell in cells) + alike)
    lines += ["", say("cli.leads.read"), *_check(summary["check"], say, form)]
    for key in ("guessed", "rejected"):
        if summary[key]:
            lines.append("- " + say(f"cli.leads.{key}", count=form.count(summary[key])))
    return [*lines, ""]


def _check(check: dict[str, Any] | None, say: Any, form: Any) -> list[str]:
    """How earlier newcomers were foreseen, and whether the plain mean of those before them did better."""
    if check is None:
        return [say("cli.leads.unchecked")]
    money = {name: form.money(check[name]) for name in ("forecast", "low", "high", "actual", "mean")}
    skill = {name: form.percent(each) for name, each in check["skill"].items()}
    verdict = "better" if check["skill"]["low"] > 0 else "worse" if check["skill"]["high"] < 0 else "same"
    return [
        say(
            "cli.leads.check", newcomers=form.count(check["newcomers"]), first=check["first"],
            last=check["last"], days=check["days"], **money,
        ),
        say(
            f"cli.leads.{verdict}", skill=skill["value"], low=skill["low"], high=skill["high"],
            top=form.percent(check["top_fifth"]),
        ),
    ]  # fmt: skip

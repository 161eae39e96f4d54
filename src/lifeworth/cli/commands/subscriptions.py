"""`lifeworth subscriptions FILE`: what each subscriber is still worth, from a churn file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words

LABEL = 26


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=options.text("accounts"), show_default=False)],
    out: options.Out = None,
    margin: options.Margin = None,
    discount_rate: options.DiscountRate = 0.10,
    horizon_months: Annotated[
        int, typer.Option("--horizon-months", metavar="MONTHS", help=options.text("horizon_months"))
    ] = 12,
    map: options.Map = [],  # noqa: B006  Typer reads the default, nobody changes it
    currency: options.Currency = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows.subscriptions import value_subscriptions

    with Progress() as progress:
        found = value_subscriptions(
            file,
            out,
            margin=margin,
            discount_rate=discount_rate,
            horizon_months=horizon_months,
            columns=options.mapping(map),
            language=words().language,
            progress=progress,
        )
    if json:
        answer_json(found.summary)
    else:
        answer("\n".join(_lines(found.summary, currency)))


def _lines(summary: dict[str, Any], currency: str) -> list[str]:
    from lifeworth.cli.lines import padded
    from lifeworth.text.format import NOTHING, formats

    say, form = words().text, formats(words().language, currency)

    def row(key: str, text: str) -> str:
        return padded(say(f"contracts.label.{key}"), LABEL) + text

    lines = [
        row("accounts", say("contracts.accounts", **{name: form.count(summary[name]) for name in COUNTS})),
        row("model", say(f"contracts.model.{summary['model']}")),
    ]
    if summary["survival_24"]:
        shares = {name: form.percent(share, 1) for name, share in summary["survival_24"].items()}
        lines.append(row("survival_24", say("contracts.survival_24", **shares)))
    if summary["totals"]["residual_value"] is not None:
        basis = say(f"contracts.basis.{summary['basis']}")
        for name, total in summary["totals"].items():
            text = form.compact_money(float(total))
            lines.append(row(name, say("contracts.of_basis", amount=text, basis=basis)))
    for plan in summary["plans"] if len(summary["plans"]) > 1 else []:
        facts = {
            "accounts": form.count(plan["accounts"]),
            "left": form.percent(plan["left"] / plan["accounts"]),
        }
        lines.append(padded(f"  {plan['plan'] or NOTHING}", LABEL) + say("contracts.plan", **facts))
    if summary["left_out"]:
        lines += ["", say("contracts.left_out")]
        lines += [
            padded(f"  {each['column']}", LABEL) + say(f"contracts.left_out.{each['reason']}")
            for each in summary["left_out"]
        ]
    for finding in summary["findings"]:
        lines += ["", finding["says"], *(["  " + finding["do"]] if finding["do"] else [])]
    return lines


COUNTS = ("accounts", "active", "left", "rejected")

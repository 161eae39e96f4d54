"""Options that several commands share, each written once."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lifeworth.base.errors import UsageError
from lifeworth.cli.output import words

_words = words()


def text(key: str) -> str:
    """What help says of the option `key`, in the language of this call."""
    return _words.text(f"cli.option.{key}")


Orders = Annotated[list[Path], typer.Argument(metavar="ORDERS", help=text("orders"), show_default=False)]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=text("out"), show_default=False)]
Map = Annotated[list[str], typer.Option("--map", metavar="CANONICAL=COLUMN", help=text("map"))]
Lang = Annotated[
    str, typer.Option("--lang", metavar="zh-Hans|zh-Hant|en", help=text("lang"), show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help=text("json"))]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help=text("until"), show_default=False)]
Encoding = Annotated[
    str, typer.Option("--encoding", metavar="NAME", help=text("encoding"), show_default=False)
]
Dates = Annotated[str, typer.Option("--dates", metavar="dmy|mdy|ymd", help=text("dates"), show_default=False)]
Currency = Annotated[
    str, typer.Option("--currency", metavar="CODE", help=text("currency"), show_default=False)
]
Rates = Annotated[
    Path | None, typer.Option("--rates", metavar="FILE", help=text("rates"), show_default=False)
]
Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help=text("zone"), show_default=False)]
Duplicates = Annotated[
    str, typer.Option("--duplicates", metavar="once|keep", help=text("duplicates"), show_default=False)
]
Engine = Annotated[Literal["duckdb"], typer.Option("--engine", metavar="duckdb", help=text("engine"))]
Scope = Annotated[str, typer.Option("--scope", metavar="COLUMN", help=text("scope"), show_default=False)]
Attributes = Annotated[
    Path | None,
    typer.Option("--attributes", metavar="FILE", help=text("attributes"), show_default=False),
]
PoolBy = Annotated[str, typer.Option("--pool-by", metavar="COLUMN", help=text("pool_by"), show_default=False)]
HorizonMonths = Annotated[
    float, typer.Option("--horizon-months", metavar="MONTHS", help=text("horizon_months"))
]
DiscountRate = Annotated[float, typer.Option("--discount-rate", metavar="RATE", help=text("discount_rate"))]
Margin = Annotated[
    float | None,
    typer.Option("--margin", metavar="SHARE", help=text("margin"), show_default=False),
]
Covariates = Annotated[
    str, typer.Option("--covariates", metavar="COLUMN,...", help=text("covariates"), show_default=False)
]
SurveyScale = Annotated[
    list[str],
    typer.Option(
        "--survey-scale", metavar="[MEASURE=]WORST-BEST", help=text("survey_scale"), show_default=False
    ),
]
OfferEffect = Annotated[
    float | None,
    typer.Option("--offer-effect", metavar="SHARE", help=text("offer_effect"), show_default=False),
]
OfferEffectCv = Annotated[
    float | None,
    typer.Option("--offer-effect-cv", metavar="SHARE", help=text("offer_effect_cv"), show_default=False),
]
WalletQuantile = Annotated[
    float | None,
    typer.Option("--wallet-quantile", metavar="SHARE", help=text("wallet_quantile"), show_default=False),
]
BaseShare = Annotated[
    float | None, typer.Option("--base-share", metavar="SHARE", help=text("base_share"), show_default=False)
]
CostToServe = Annotated[
    float, typer.Option("--cost-to-serve", metavar="MONEY", help=text("cost_to_serve"), show_default=False)
]
DecisionConfidence = Annotated[
    float | None,
    typer.Option(
        "--decision-confidence", metavar="SHARE", help=text("decision_confidence"), show_default=False
    ),
]
ScoreWeights = Annotated[
    str,
    typer.Option(
        "--score-weights", metavar="PART=WEIGHT,...", help=text("score_weights"), show_default=False
    ),
]
GrowShare = Annotated[
    float | None, typer.Option("--grow-share", metavar="SHARE", help=text("grow_share"), show_default=False)
]


def mapping(pairs: list[str]) -> dict[str, str]:
    """`["amount=总金额"]` as a dictionary.

    Raises:
        UsageError: USE-002 for a pair without "=".
    """
    parted = [pair.partition("=") for pair in pairs]
    for name, sign, column in parted:
        if not (sign and name and column):
            raise UsageError("USE-002", seen=f"{name}{sign}{column}")
    return {name: column for name, _, column in parted}


def iso_date(text: str, option: str) -> date | None:
    """A date option, or None when it was not given.

    Raises:
        UsageError: USE-003 unless ISO (YYYY-MM-DD).
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError("USE-003", seen=text, option=option) from None


def reading(**options: Any) -> dict[str, Any]:
    """The options of reading that were given, as keywords of `read_orders`."""
    given = {name: option for name, option in options.items() if option}
    if "columns" in given:
        given["columns"] = mapping(given["columns"])
    return given

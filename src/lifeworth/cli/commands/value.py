"""`lifeworth value ORDERS...`: what each customer was and is worth."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.base.levels import WINDOW_DAYS
from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words


def run(
    orders: options.Orders,
    out: options.Out = None,
    until: options.Until = "",
    horizon_months: options.HorizonMonths = 12,
    discount_rate: options.DiscountRate = 0.10,
    margin: options.Margin = None,
    costs: Annotated[
        list[Path], typer.Option("--costs", metavar="FILE", help=options.text("costs"), show_default=False)
    ] = [],  # noqa: B006
    products: Annotated[
        Path | None,
        typer.Option("--products", metavar="FILE", help=options.text("products"), show_default=False),
    ] = None,
    referrals: Annotated[
        Path | None,
        typer.Option("--referrals", metavar="FILE", help=options.text("referrals"), show_default=False),
    ] = None,
    would_have_joined: Annotated[
        float | None,
        typer.Option(
            "--would-have-joined", metavar="SHARE", help=options.text("would_have_joined"), show_default=False
        ),
    ] = None,
    marketing: Annotated[
        Path | None,
        typer.Option("--marketing", metavar="FILE", help=options.text("marketing"), show_default=False),
    ] = None,
    surveys: Annotated[
        Path | None,
        typer.Option("--surveys", metavar="FILE", help=options.text("surveys"), show_default=False),
    ] = None,
    survey_scale: options.SurveyScale = [],  # noqa: B006
    relationships: Annotated[
        Path | None,
        typer.Option(
            "--relationships", metavar="FILE", help=options.text("relationships"), show_default=False
        ),
    ] = None,
    subscriptions: Annotated[
        Path | None,
        typer.Option(
            "--subscriptions", metavar="FILE", help=options.text("subscriptions"), show_default=False
        ),
    ] = None,
    campaigns: Annotated[
        Path | None,
        typer.Option("--campaigns", metavar="FILE", help=options.text("campaigns"), show_default=False),
    ] = None,
    campaign_days: Annotated[
        int, typer.Option("--campaign-days", metavar="DAYS", help=options.text("campaign_days"))
    ] = WINDOW_DAYS,
    previous: Annotated[
        Path | None,
        typer.Option("--previous", metavar="DIR", help=options.text("previous"), show_default=False),
    ] = None,
    basis: Annotated[
        str,
        typer.Option(
            "--basis", metavar="auto|net_revenue|gross_margin|contribution_margin", help=options.text("basis")
        ),
    ] = "auto",
    model: Annotated[str, typer.Option("--model", metavar="auto|NAME", help=options.text("model"))] = "auto",
    scope: options.Scope = "",
    offer_effect: options.OfferEffect = None,
    offer_effect_cv: options.OfferEffectCv = None,
    wallet_quantile: options.WalletQuantile = None,
    base_share: options.BaseShare = None,
    cost_to_serve: options.CostToServe = 0.0,
    decision_confidence: options.DecisionConfidence = None,
    grow_share: options.GrowShare = None,
    score_weights: options.ScoreWeights = "",
    covariates: options.Covariates = "",
    attributes: options.Attributes = None,
    pool_by: options.PoolBy = "",
    map: options.Map = [],  # noqa: B006  Typer reads the default, nobody changes it
    encoding: options.Encoding = "",
    dates: options.Dates = "",
    currency: options.Currency = "",
    rates: options.Rates = None,
    zone: options.Zone = "",
    duplicates: options.Duplicates = "",
    engine: options.Engine = "duckdb",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.cli.summary import summary_lines
    from lifeworth.engines.catalog import ENGINES
    from lifeworth.workflows.options import names_in
    from lifeworth.workflows.value import value_files

    with Progress() as progress:
        run = value_files(
            orders,
            out,
            horizon_months=horizon_months,
            discount_rate=discount_rate,
            margin=margin,
            costs=costs or None,
            products=products,
            referrals=referrals,
            would_have_joined=would_have_joined,
            marketing=marketing,
            surveys=surveys,
            survey_scale=", ".join(survey_scale),
            relationships=relationships,
            subscriptions=subscriptions,
            campaigns=campaigns,
            campaign_days=campaign_days,
            previous=previous,
            basis=basis,
            model=model,
            scope=scope or None,
            offer_effect=offer_effect,
            offer_effect_cv=offer_effect_cv,
            wallet_quantile=wallet_quantile,
            base_share=base_share,
            cost_to_serve=cost_to_serve,
            decision_confidence=decision_confidence,
            grow_share=grow_share,
            score_weights=score_weights,
            covariates=names_in(covariates),
            attributes=attributes,
            pool_by=pool_by,
            until=options.iso_date(until, "--until"),
            engine=ENGINES[engine](),
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
        answer_json({**run.summary, "folder": str(run.folder)})
    else:
        answer("\n".join(summary_lines(run, words())))

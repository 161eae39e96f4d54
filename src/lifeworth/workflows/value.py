"""From orders to a value statement: the order of work.

read -> sum up customers -> judge the data -> backtest -> fit -> forecast -> segments -> simulate
-> reasons -> statement; `value_files` also publishes the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.clock import day_number, now
from lifeworth.base.errors import UsageError
from lifeworth.base.levels import WINDOW_DAYS
from lifeworth.data.purchases import purchases
from lifeworth.data.rhythm import silences
from lifeworth.data.sources.orders import Orders, to_frame
from lifeworth.data.timeline import timeline
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine
from lifeworth.results.contract import CONTACTS, Run
from lifeworth.results.publish import publish, refuse_foreign
from lifeworth.value.active_window import active_window
from lifeworth.value.scenarios import Changes
from lifeworth.workflows.ahead import value_score
from lifeworth.workflows.appraisal import Appraisal, appraise
from lifeworth.workflows.attributes import attributes_of, read_scoped, scope_of
from lifeworth.workflows.backtest import Judged, judge
from lifeworth.workflows.beside import Beside, beside_orders, told_beside
from lifeworth.workflows.customers import Customers, customers_as_of, rfm_of
from lifeworth.workflows.decisions import decision_part
from lifeworth.workflows.grades import earlier_grades, grade_part
from lifeworth.workflows.inputs import Inputs
from lifeworth.workflows.potential import potential_part
from lifeworth.workflows.referrals import referral_part
from lifeworth.workflows.settings import Settings
from lifeworth.workflows.statement import customer_table, further_tables, summary_record, value_parts
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.subscribing import subscribers_of
from lifeworth.workflows.surveys import recommending
from lifeworth.workflows.usability import declined, usability_findings


@dataclass(frozen=True)
class ValueStatement:
    """What each customer was and is worth.

    frame: one row per customer, the kind of dataframe that was given (pandas for files);
    customers: the same as a PyArrow table; summary: see `results.summary.Summary`; tables: the run's
    further tables by name; rejected: rows of all files that could not be used, each with its reason.
    """

    customers: pa.Table
    summary: dict[str, Any]
    orders: Orders
    tables: dict[str, pa.Table] = field(default_factory=dict)
    rejected: pa.Table | None = None

    @property
    def frame(self) -> Any:
        return to_frame(self.customers, self.orders.kind)

    def __len__(self) -> int:
        return self.customers.num_rows

    def __getitem__(self, column: str) -> Any:
        return self.frame[column]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.customers.__arrow_c_stream__(requested_schema)


def value(
    orders: Any,
    *,
    horizon_months: float = 12,
    discount_rate: float = 0.10,
    margin: float | None = None,
    costs: Any | None = None,
    products: Any | None = None,
    referrals: Any | None = None,
    would_have_joined: float | None = None,
    marketing: Any | None = None,
    surveys: Any | None = None,
    survey_scale: Any | None = None,
    relationships: Any | None = None,
    subscriptions: Any | None = None,
    campaigns: Any | None = None,
    campaign_days: int = WINDOW_DAYS,
    previous: str | Path | None = None,
    basis: str = "auto",
    model: str = "auto",
    until: date | str | None = None,
    cost_to_serve: float = 0.0,
    decision_confidence: float | None = None,
    grow_share: float | None = None,
    changes: Changes | None = None,
    offer_effect: float | None = None,
    offer_effect_cv: float | None = None,
    wallet_quantile: float | None = None,
    base_share: float | None = None,
    score_weights: str | Mapping[str, float] | None = None,
    covariates: Sequence[str] = (),
    attributes: Any | None = None,
    pool_by: str = "",
    language: str = "en",
    random_state: int = 7,
    scope: str | None = None,
    engine: Engine | None = None,
    progress: Progress = silent,
    **reading: Any,
) -> ValueStatement:
    """Value every customer of some orders: historical and current value, intervals, segments, reasons.

    Args:
        orders: what `read_orders` gave, or anything it reads (path, paths, dataframe).
        horizon_months: how far the current value looks ahead, months of 30.4375 days.
        discount_rate: annual, effective; 0.10 is 10 % a year.
        margin: share of net sales that is profit; without margin, costs or a cost column in the
            orders the basis is revenue.
        costs: cost file or dataframe, or a list of them, see docs/guides/value_statement.md.
        products: product file or dataframe (category, price, cost, accessories), and
        referrals: who brought whom, see docs/guides/potential_and_referral.md.
        would_have_joined: share of referred customers who would have come anyway; without it referral
            value is a band and counts as 0.
        marketing: file or dataframe of what was spent to win customers, by channel and time, see
            docs/guides/economics.md.
        surveys: file or dataframe of answers (recommendation, satisfaction, perceived value, wallet), see
            docs/guides/satisfaction.md.
        survey_scale: "1-7", or by measure {"csat": "1-5"}; without it the scale is read from the answers.
        relationships: who belongs to which household or parent account, see docs/guides/households.md.
        subscriptions: what each subscription was (periods, events or months), or one row per account,
            see docs/guides/subscriptions.md.
        campaigns: who was drawn by lot into which arm of a campaign; what its offer added within
            campaign_days takes the place of offer_effect, see docs/guides/potential_and_referral.md.
        previous: folder of an earlier run, whose grades a customer keeps near a border.
        basis: "net_revenue", "gross_margin" or "contribution_margin"; "auto" takes the deepest that the
            costs carry.
        model: "auto" (chosen by backtest), "formula", "BGNBD", "MBGNBD" or "ParetoNBD".
        until: as-of date; default: the day of the last order. Rows after it are read and set aside, so
            that a refund of tomorrow changes nothing today.
        cost_to_serve: money per customer over the horizon that no cost file has, below which a customer is a
            burden; also deducted before anybody is kept or released.
        decision_confidence: how sure an end must be before somebody is to be fixed or released, .95 without;
            grow_share: of future value, the potential value from which on somebody is to be grown, .25.
        changes: how far the scenarios move churn, price, margin and discount rate.
        offer_effect: take-ups that an offer adds, as a share of those that happen by themselves;
            offer_effect_cv: how far from it the truth may lie, relative; wallet_quantile: of comparable
            customers' spend, the realistic wallet; base_share: of the room that no other stream claims,
            the share that can be won. Without them .30, .50, .80 and .10 are assumed.
        score_weights: "transaction=0.6, loyalty=0.2, referral=0.2", which is taken without; a mapping too.
        covariates: what is known of customers from the start and may move how often they buy and when they
            leave: columns of
        attributes: a file or dataframe with a row per customer; "channel", of the first order, needs none.
            A model that knows them competes with the others, see docs/guides/covariates.md.
        pool_by: column of `attributes`, or "channel", whose segments get a model each; small ones lean on the
            others. That competes too, see docs/guides/covariates.md.
        language: of `reasons` and findings: "en", "zh-Hans" or "zh-Hant".
        scope: column of the order files, or a canonical name such as "country", or else a column of
            `attributes`, that customer equity is told by (industry, department, region, store, own segment)
            and costs by segment or department are shared out over; channels are told in any case.
        engine: where to compute; a private DuckDB otherwise.
        reading: further keywords of `read_orders`.
    Returns:
        ValueStatement; money in major units of the orders' currency.
    Raises:
        DataError, UsageError (VALUE-0xx for a setting out of range).
    """
    settings = Settings(
        horizon_months,
        discount_rate,
        margin,
        costs,
        model,
        basis,
        cost_to_serve,
        language,
        random_state,
        changes or Changes(),
        decision_confidence,
        grow_share,
        offer_effect,
        offer_effect_cv,
        wallet_quantile,
        base_share,
        score_weights,
        tuple(covariates),
        pool_by,
    )
    inputs = Inputs(
        products,
        referrals,
        would_have_joined,
        marketing,
        surveys,
        relationships,
        subscriptions,
        previous,
        attributes,
        survey_scale,
        campaigns,
        campaign_days,
    )
    engine = engine or DuckDBEngine()
    progress("read", 0)
    if not isinstance(orders, Orders):
        orders = read_scoped(orders, scope, attributes, engine, until=until, **reading)
    elif scope and scope not in (orders.scope, "channel"):
        told = None if attributes is None else scope_of(orders, scope, attributes, engine)
        if told is None:
            raise UsageError("VALUE-205", seen=scope, known=orders.scope or "")
        orders = told
    return _value(orders, _until_day(orders, until), settings, inputs, engine, progress)


def value_files(
    paths: Sequence[Path],
    out: Path | None,
    *,
    until: date | None = None,
    language: str = "en",
    progress: Progress = silent,
    reading: dict[str, Any] | None = None,
    keep_timeline: bool = False,
    **settings: Any,
) -> Run:
    """Value order files and publish the run to `out` (default: named after the first file).

    With `keep_timeline` the run also keeps each customer's orders, products and contacts (name, e-mail,
    phone), for pages about one customer.

    Raises:
        DataError: RESULT-001 before anything is read when `out` holds something else than a run.
    """
    out = Path(f"{Path(paths[0]).name.split('.')[0]}-value") if out is None else out
    refuse_foreign(out)
    statement = value(
        [str(path) for path in paths],
        until=until,
        language=language,
        progress=progress,
        **settings,
        **(reading or {}),
    )
    progress("publish", 0)
    tables = dict(statement.tables)
    if keep_timeline:
        until_day = _until_day(statement.orders, until)
        tables["timeline"] = timeline(statement.orders, until_day)
        tables["purchases"] = purchases(statement.orders, until_day)
        contacts = statement.orders.contacts
        if contacts is not None:
            valued = pc.is_in(contacts["customer_id"], statement.customers["customer_id"])
            tables[CONTACTS] = contacts.filter(valued)

    def report(run: Run) -> str:
        from lifeworth.reports import value_report

        return value_report(run, language=language)

    return publish(
        out,
        customers=statement.customers,
        summary=statement.summary,
        import_report=statement.orders.report.to_json(language),
        rejected=statement.rejected,
        tables=tables,
        report=report,
    )


def _together(orders: pa.Table, beside: list[pa.Table]) -> pa.Table:
    """Rows that were left out, of the orders and of what stands beside them, each once."""
    if not any(table.num_rows for table in beside):
        return orders
    rows = pa.concat_tables(beside)
    once = rows.group_by(["file", "row", "reason"], use_threads=False).aggregate([("text", "first")])
    return pa.concat_tables([orders, once.rename_columns(rows.column_names)], promote_options="permissive")


def _until_day(orders: Orders, until: date | str | None) -> int:
    return orders.last_day if until is None else day_number(until)


def _value(
    orders: Orders, until_day: int, settings: Settings, inputs: Inputs, engine: Engine, progress: Progress
) -> ValueStatement:
    progress("summarise", 0)
    customers = customers_as_of(
        orders,
        until_day,
        engine,
        margin=settings.margin,
        costs=settings.costs,
        basis=settings.basis,
        subscribers=subscribers_of(inputs.subscriptions, orders, until_day, engine),
    )
    paid = customers.subscribed.paid if customers.subscribed else None
    bought, money = (paid.purchases, paid.money) if paid else (orders, orders)
    rfm = rfm_of(customers)
    findings = usability_findings(orders, customers, until_day, settings.days, engine)
    beside = beside_orders(inputs, money, bought, customers, engine)
    known = attributes_of(settings.covariates, inputs.attributes, orders, engine, settings.pool_by)
    if known is not None:
        customers = known.beside(customers)
    judged, appraisal = Judged.none(), None
    left_out: list[pa.Table] = []
    if not declined(findings):
        judged = judge(
            bought,
            until_day,
            engine,
            candidates=settings.candidates,
            horizon_days=settings.days,
            seed=settings.random_state,
            language=settings.language,
            progress=progress,
            attributes=known,
        )
        appraisal = appraise(customers, rfm, judged, settings, progress, *beside.groupings().values())
    if appraisal is not None:
        progress("potential", 0)
        appraisal, left_out = _with_potential(appraisal, inputs, beside, bought, customers, settings, engine)
        progress("potential", 0.5)
    parts = value_parts(customers, appraisal)
    told = told_beside(beside, money, customers, appraisal, parts, judged, settings, engine)
    record = summary_record(
        orders, customers, rfm, appraisal, parts, judged, [*findings, *told.findings], settings, now()
    )
    score = value_score(appraisal, parts, settings.weights) if appraisal else None
    record["value_score"] = score and score.record
    record["active_window"] = _active_window(bought, customers, until_day, engine)
    costs = customers.costs.rejected if customers.costs else []
    if known is not None:
        left_out = [*left_out, *known.rejected]
    return ValueStatement(
        customer_table(customers, rfm, appraisal, parts, score, settings),
        record | told.record,
        money,
        further_tables(customers, appraisal, parts, settings) | told.tables,
        _together(orders.rejected, [*costs, *left_out, *told.rejected]),
    )


def _active_window(
    orders: Orders, customers: Customers, until_day: int, engine: Engine
) -> dict[str, Any] | None:
    """`summary.active_window`, with the median days between first and last purchase of who came back."""
    history = customers.buyers.history
    again = history.frequency > 0
    found = active_window(*silences(orders, until_day, engine), int(np.count_nonzero(again)))
    return found and {**found, "median_span_days": float(np.median(history.recency[again]))}


def _with_potential(
    appraisal: Appraisal,
    inputs: Inputs,
    beside: Beside,
    orders: Orders,
    customers: Customers,
    settings: Settings,
    engine: Engine,
) -> tuple[Appraisal, list[pa.Table]]:
    """The appraisal with potential, referral value and grades; rows of their files that were left out."""
    referral = referral_part(
        inputs.referrals,
        inputs.would_have_joined,
        orders,
        customers,
        appraisal,
        settings,
        engine,
        recommending(beside.answers, customers),
    )
    potential, said, left_out = potential_part(
        beside.products, orders, customers, appraisal, settings, engine, referral,
        None if beside.answers is None else beside.answers.purses,
        beside.campaigns.effects(settings.days) if beside.campaigns else None,
    )  # fmt: skip
    found = [*appraisal.findings, *referral.findings, *said]
    appraisal = replace(appraisal, potential=potential, referral=referral)
    grade = grade_part(
        appraisal.future, *earlier_grades(inputs.previous, customers, orders.currency, settings)
    )
    rejected = [each for each in (left_out, referral.rejected) if each is not None]
    decisions = decision_part(customers, appraisal, settings.decision_rule)
    appraisal = replace(appraisal, grade=grade, decisions=decisions, findings=[*found, *grade.findings])
    return appraisal, rejected

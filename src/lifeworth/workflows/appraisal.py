"""Current value of single customers: fit, forecast, segments, simulated intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.history import PurchaseHistory
from lifeworth.base.random import stream
from lifeworth.results.contract import RFM_CLASSES
from lifeworth.segments.decision import DecisionPart, UpperEnds
from lifeworth.segments.groups import codes_of
from lifeworth.segments.pattern import PATTERNS, PatternCounter, PatternResult, pattern_rule, patterns
from lifeworth.segments.tiers import TIERS, TierResult, tiers
from lifeworth.value.current import Forecast
from lifeworth.value.intervals import (
    HIGH,
    LOW,
    DrawBlock,
    Draws,
    Intervals,
    draws_for,
    level_factors,
    simulate,
)
from lifeworth.value.lifetime import ActiveTime
from lifeworth.value.model import FORMULA, FormulaModel, PurchaseValueModel, ValueModel
from lifeworth.value.potential.potential import Potential
from lifeworth.value.referral.part import ReferralPart
from lifeworth.value.scenarios import Scenario, scenarios
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.customers import Customers, Rfm
from lifeworth.workflows.grades import GradePart
from lifeworth.workflows.settings import AUTO, Settings
from lifeworth.workflows.step import Progress
from lifeworth.workflows.subscribing import Subscribing, subscriptions_ahead

MARGIN_STREAM = 4  # beside those of value.intervals and value.model
# without a backtest the models that know one-time buyers may have left come first
UNGRADED = ("MBGNBD", "ParetoNBD", "BGNBD")


@dataclass(frozen=True)
class Appraisal:
    """One forecast of all customers, with its intervals and the segments that follow from it.

    active: how long those who buy stay customers; NaN for those who only subscribe.
    buying: what of `forecast` is bought anew, payments of subscriptions left out; upper: of current value,
    where it can lie below zero (`segments.decision.UpperEnds`).
    """

    model: ValueModel
    forecast: Forecast
    probability_alive: NDArray[np.float64] | None
    active: ActiveTime | None
    intervals: Intervals
    pattern: PatternResult
    tier: TierResult
    findings: list[Finding]
    buying: Forecast
    upper: NDArray[np.float64]
    scenarios: list[Scenario]
    subscribing: Subscribing | None = None
    potential: Potential | None = None
    referral: ReferralPart | None = None
    grade: GradePart | None = None
    decisions: DecisionPart | None = None

    @property
    def future(self) -> NDArray[np.float64]:
        """Future value before it is rounded, (n,)."""
        potential = self.potential.parts().values() if self.potential else ()
        return np.asarray(sum(potential, self.forecast.value), np.float64)


def appraise(
    customers: Customers,
    rfm: Rfm,
    judged: Judged,
    settings: Settings,
    progress: Progress,
    *further: tuple[NDArray[np.integer], int],
) -> Appraisal | None:
    """None where nothing can be fitted and the formula has no backtest to take intervals from.

    `further`: groupings whose totals are simulated beside those of the segments, see `intervals.simulate`.
    """
    progress("fit", 0)
    model, findings = _choose(customers, judged, settings)
    if model is None:
        return None
    base, days = customers.base, settings.days
    draws = draws_for(len(customers))
    buying = model.forecast(base, days=days, annual_rate=settings.discount_rate).without(~customers.bought)
    subscribing = subscriptions_ahead(customers, settings, draws)
    forecast = subscribing.added_to(buying) if subscribing else buying
    often = forecast.expected_purchases + (subscribing.payments if subscribing else 0.0)
    profit = buying.expected_spend * base.margin_rates
    if subscribing:
        mean = np.divide(forecast.undiscounted, often, out=np.zeros(len(customers)), where=often > 0)
        profit = np.where(subscribing.payments > 0, mean, profit)
    rule = pattern_rule(profit, often, cost_to_serve=settings.cost_to_serve)
    kinds = rule.classify(profit, often)
    tier = tiers(
        forecast.value,
        customers.ledger.historical / 100,
        base.history.T.astype(float),
        horizon_days=days,
        as_of_day=customers.day,
    )
    counter = PatternCounter(rule, len(customers))
    factors = level_factors(judged.level_sd, draws, settings.random_state)
    shocks = stream(settings.random_state, MARGIN_STREAM).standard_normal(draws)
    margins = customers.margins
    ends = UpperEnds(settings.decision_rule, margins.rates, margins.sd, buying.discount, shocks)

    def observe(rows: slice, purchases: NDArray[np.integer], sales: NDArray[np.float64]) -> None:
        earned, paid = sales * base.margin_rates[rows, None], np.zeros_like(sales[:1])
        if subscribing:
            paid, payments = subscribing.drawn(rows)
            purchases, earned = purchases + payments.astype(purchases.dtype), earned + paid
        counter.add_futures(rows, purchases, earned, expected_profit=profit)
        ends.add(rows, sales, factors, np.broadcast_to(paid, sales.shape))

    moved = scenarios(
        model,
        base,
        settings.changes,
        days=days,
        annual_rate=settings.discount_rate,
        has_margin=customers.basis != "net_revenue",
    )
    progress("simulate", 0)
    intervals = simulate(
        base.history,
        buying,
        base.margin_rates,
        futures_of(model, customers, days=days, draws=draws, seed=settings.random_state),
        draws=draws,
        level_sd=judged.level_sd,
        seed=settings.random_state,
        groupings=[
            (kinds, len(PATTERNS)),
            (codes_of(tier.codes, TIERS), len(TIERS)),
            (codes_of(rfm.classes.codes, RFM_CLASSES), len(RFM_CLASSES)),
            *further,
        ],
        terms=[base.margin_rates * buying.discount, *(one.worth for one in moved)],
        observe=observe,
        beside=(lambda rows: subscribing.drawn(rows)[0]) if subscribing else None,
        progress=lambda share: progress("simulate", share),
    )
    findings += model.findings
    drawn, point = intervals.total_value, float(forecast.value.sum())
    if (drawn < point).mean() > HIGH or (drawn <= point).mean() < LOW:
        facts = {"below": round(100 * float((drawn < point).mean()))}
        findings.append(Finding("value_off_interval", "warn", facts))
    pattern = patterns(profit, often, rule=rule, classes=counter.probability, as_of_day=customers.day)
    living = model if isinstance(model, PurchaseValueModel) else _living(customers, judged)
    alive = forecast.probability_alive
    if alive is None and living is not None:
        alive = living.purchases.expected_probability_alive(base.history)
    active = living.active_time(customers.buyers, days=days, seed=settings.random_state) if living else None
    if alive is not None and subscribing:
        alive = np.where(customers.bought, alive, subscribing.running)
    return Appraisal(
        model, forecast, alive, active and active.among(customers.bought), intervals, pattern, tier, findings,
        buying, ends.upper, moved, subscribing,
    )  # fmt: skip


def futures_of(model: ValueModel, customers: Customers, *, days: float, draws: int, seed: int) -> DrawBlock:
    """Futures of all customers; who only subscribes buys nothing."""
    futures = model.futures(customers.base, days=days, draws=draws, seed=seed)
    if customers.bought.all():
        return futures

    def draw(history: PurchaseHistory, rows: slice, rng: np.random.Generator) -> Draws:
        purchases, sales = futures(history, rows, rng)
        there = customers.bought[rows, None]
        return purchases * there, sales * there

    return draw


def _choose(
    customers: Customers, judged: Judged, settings: Settings
) -> tuple[ValueModel | None, list[Finding]]:
    """The model that was asked for, or won the backtest, or can be fitted at all; in this order."""
    first = (judged.chosen or UNGRADED[0]) if settings.model == AUTO else settings.model
    findings: list[Finding] = []
    if judged.record is None:
        findings.append(Finding("value_ungraded", "warn", {"name": first}))
    for name in dict.fromkeys([first, *(UNGRADED if settings.model == AUTO else ()), FORMULA]):
        try:
            model = _make(name, judged)
            if model is not None:
                return model.fit(customers.buyers), findings
        except ModelError as error:
            if settings.model == name:
                raise
            findings.append(Finding("value_not_fitted", "warn", {"name": name, "code": error.code}))
    return None, findings


def _make(name: str, judged: Judged) -> ValueModel | None:
    if name != FORMULA:
        return PurchaseValueModel(name, judged.spend.get(name, "all"))
    return FormulaModel(judged.outcomes, judged.cutoff.holdout_days) if judged.outcomes else None


def _living(customers: Customers, judged: Judged) -> PurchaseValueModel | None:
    """Who leaves, beside the formula, by the best model of the backtest."""
    choice = judged.result.choice if judged.result else None
    if choice is None or choice.best_model is None:
        return None
    try:
        return PurchaseValueModel.of_buying(choice.best_model, customers.buyers.history)
    except ModelError:  # it could learn from the months before the cutoff only
        return None

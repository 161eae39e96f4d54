"""Current value of single customers: fit, forecast, segments, simulated intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.results.contract import RFM_CLASSES
from lifeworth.segments.groups import codes_of
from lifeworth.segments.pattern import PATTERNS, PatternCounter, PatternResult, pattern_rule, patterns
from lifeworth.segments.tiers import TIERS, TierResult, tiers
from lifeworth.value.current import Forecast
from lifeworth.value.intervals import Intervals, draws_for, simulate
from lifeworth.value.model import FORMULA, FormulaModel, PurchaseValueModel, ValueModel
from lifeworth.value.potential.potential import Potential
from lifeworth.value.referral.part import ReferralPart
from lifeworth.workflows.backtest import Judged
from lifeworth.workflows.customers import Customers, Rfm
from lifeworth.workflows.grades import GradePart
from lifeworth.workflows.settings import AUTO, Settings
from lifeworth.workflows.step import Progress

# without a backtest the models that know one-time buyers may have left come first
UNGRADED = ("MBGNBD", "ParetoNBD", "BGNBD")


@dataclass(frozen=True)
class Appraisal:
    """One forecast of all customers, with its intervals and the segments that follow from it."""

    model: ValueModel
    forecast: Forecast
    probability_alive: NDArray[np.float64] | None
    intervals: Intervals
    pattern: PatternResult
    tier: TierResult
    findings: list[Finding]
    potential: Potential | None = None
    referral: ReferralPart | None = None
    grade: GradePart | None = None

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
    forecast = model.forecast(base, days=days, annual_rate=settings.discount_rate)
    profit = forecast.expected_spend * base.margin_rates
    rule = pattern_rule(profit, forecast.expected_purchases, cost_to_serve=settings.cost_to_serve)
    kinds = rule.classify(profit, forecast.expected_purchases)
    tier = tiers(
        forecast.value,
        customers.ledger.historical / 100,
        base.history.T.astype(float),
        horizon_days=days,
        as_of_day=customers.day,
    )
    counter = PatternCounter(rule, len(customers))

    def count_patterns(rows: slice, purchases: NDArray[np.integer], sales: NDArray[np.float64]) -> None:
        earned = sales * base.margin_rates[rows, None]
        counter.add_futures(rows, purchases, earned, expected_profit=profit)

    draws = draws_for(len(customers))
    intervals = simulate(
        base.history,
        forecast,
        base.margin_rates,
        model.futures(base, days=days, draws=draws, seed=settings.random_state),
        draws=draws,
        level_sd=judged.level_sd,
        seed=settings.random_state,
        groupings=[
            (kinds, len(PATTERNS)),
            (codes_of(tier.codes, TIERS), len(TIERS)),
            (codes_of(rfm.classes.codes, RFM_CLASSES), len(RFM_CLASSES)),
            *further,
        ],
        observe=count_patterns,
        progress=lambda share: progress("simulate", share),
    )
    pattern = patterns(
        profit, forecast.expected_purchases, rule=rule, classes=counter.probability, as_of_day=customers.day
    )
    alive = (
        forecast.probability_alive if forecast.probability_alive is not None else _alive(customers, judged)
    )
    return Appraisal(model, forecast, alive, intervals, pattern, tier, findings)


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
                return model.fit(customers.base), findings
        except ModelError as error:
            if settings.model == name:
                raise
            findings.append(Finding("value_not_fitted", "warn", {"name": name, "code": error.code}))
    return None, findings


def _make(name: str, judged: Judged) -> ValueModel | None:
    if name != FORMULA:
        return PurchaseValueModel(name, judged.spend.get(name, "all"))
    return FormulaModel(judged.outcomes, judged.cutoff.holdout_days) if judged.outcomes else None


def _alive(customers: Customers, judged: Judged) -> NDArray[np.float64] | None:
    """P(alive) beside the formula, by the best model of the backtest."""
    choice = judged.result.choice if judged.result else None
    if choice is None or choice.best_model is None:
        return None
    try:
        model = PURCHASE_MODELS[choice.best_model]().fit(customers.base.history)
    except ModelError:  # it could learn from the months before the cutoff only
        return None
    return model.expected_probability_alive(customers.base.history)

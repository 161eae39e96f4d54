"""Hold out the last months, let every model and the plain formula forecast them, and choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.clock import date_of, day_number
from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.history import PurchaseHistory
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.read import read_orders
from lifeworth.data.summary import customer_summary, holdout, purchase_history, weekly_purchases
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine
from lifeworth.monitoring.backtest import BacktestResult, backtest
from lifeworth.monitoring.calibration import count_by_period, expected_by_period, period_starts, tracking
from lifeworth.monitoring.cutoff import ENOUGH_REPEATS, SHORTEST_PAST, Cutoff, choose_cutoff
from lifeworth.monitoring.metrics import CandidateForecast, bias, error
from lifeworth.value.intervals import HIGH, LOW, level_sd, simulate
from lifeworth.value.model import FORMULA, Base, FormulaModel, PurchaseValueModel, Spend, ValueModel
from lifeworth.value.outcomes import Outcomes
from lifeworth.workflows.attributes import Attributes, attributes_of
from lifeworth.workflows.findings import error_record, finding_records
from lifeworth.workflows.settings import Settings
from lifeworth.workflows.step import Progress, silent

DRAWS = 100
MOST_EARLIER = 3  # cut-offs before the one that decides


@dataclass(frozen=True)
class Judged:
    """What the holdout said: the record, the candidate to use and what the formula's outcomes were."""

    cutoff: Cutoff
    result: BacktestResult | None
    outcomes: Outcomes | None = None
    spend: dict[str, Spend] = field(default_factory=dict)  # by candidate
    findings: tuple[Finding, ...] = field(default=())
    earlier: tuple[dict[str, Any], ...] = ()  # misses of the chosen candidate at earlier cut-offs

    @classmethod
    def none(cls) -> "Judged":
        """Nothing was held out."""
        return cls(Cutoff(None), None)

    @property
    def chosen(self) -> str | None:
        return self.result.chosen if self.result else None

    @property
    def record(self) -> dict[str, Any] | None:
        return self.result.record if self.result else None

    @property
    def level_sd(self) -> float:
        """Root mean square log of the misses of the chosen candidate's totals; see value.intervals."""
        if self.result is None or self.result.choice is None or self.chosen is None:
            return 0.0
        misses = [self.result.choice.metrics[self.chosen]["bias"], *(each["bias"] for each in self.earlier)]
        return float(np.sqrt(np.mean([level_sd(miss) ** 2 for miss in misses])))


def judge(
    orders: Orders,
    until_day: int,
    engine: Engine,
    *,
    candidates: Sequence[str],
    horizon_days: float,
    seed: int,
    language: str,
    cutoff_day: int | None = None,
    progress: Progress = silent,
    attributes: Attributes | None = None,
) -> Judged:
    """Backtest `candidates` and the formula on net sales, which need no cost to be compared."""
    cutoff = _cutoff(weekly_purchases(orders, until_day, engine), until_day, horizon_days, cutoff_day)
    if cutoff.day is None:
        return Judged(cutoff, None, findings=(cutoff.finding,) if cutoff.finding else ())
    base = _known(orders, cutoff.day, engine, attributes)
    future = holdout(orders, cutoff.day, until_day, engine)
    actual = future["net_sales"].cast(pa.float64()).to_numpy()
    formula = FormulaModel().fit(base).forecast(base, days=cutoff.holdout_days, annual_rate=0)
    fitted, declined = _fit_all(candidates, base, cutoff.holdout_days, actual, language, progress)
    progress("backtest", 0.5)  # intervals and earlier months take as long as fitting
    values = {
        name: model.forecast(base, days=cutoff.holdout_days, annual_rate=0).value
        for name, model in fitted.items()
    }
    forecasts = [CandidateForecast(FORMULA, formula.value)]
    forecasts += [CandidateForecast(name, value) for name, value in values.items()]
    if values:  # intervals cost far more than forecasts: only the best model shows its own
        best = min(values, key=lambda name: error(values[name], actual))
        forecasts[1 + list(values).index(best)] = _with_intervals(
            fitted[best], base, cutoff.holdout_days, seed
        )
    result = backtest(
        forecasts,
        actual,
        cutoff_day=cutoff.day,
        holdout_days=cutoff.holdout_days,
        declined=declined,
    )
    if result.record is not None and values:
        result.record["tracking"] = _tracking(
            fitted[best], orders, base.history, until_day, cutoff.day, engine
        )
    outcomes = Outcomes(formula.value, future["purchases"].to_numpy(), actual)
    spend = {name: model.spend for name, model in fitted.items()}
    judged = Judged(cutoff, result, outcomes, spend, result.findings)
    if result.record is None:
        return judged
    first_day = int(cutoff.day - base.history.T.max(initial=0))
    earlier = _earlier(judged, orders, first_day, engine, attributes)
    result.record["earlier"] = list(earlier)
    return replace(judged, earlier=earlier)


def _known(orders: Orders, day: int, engine: Engine, attributes: Attributes | None) -> Base:
    """Who was known on a day, with what was known of them; sales, not profit."""
    train = customer_summary(orders, day, engine)
    history = purchase_history(train)
    if attributes is not None:
        history = replace(history, covariates=attributes.of(train, day))
    return Base(history, train["net_sales"].cast(pa.float64()).to_numpy(), np.ones(len(history)))


def _earlier(
    judged: Judged, orders: Orders, first_day: int, engine: Engine, attributes: Attributes | None
) -> tuple[dict[str, Any], ...]:
    """Misses of the chosen candidate's total where it is cut earlier, one holdout apart, newest first.

    As many as the history carries: at least as long a past as a holdout, and enough repeat purchases.
    """
    chosen, days, found = judged.chosen, judged.cutoff.holdout_days, []
    for step in range(1, MOST_EARLIER + 1):
        day = int(judged.cutoff.day or 0) - step * days
        if day - first_day < max(days, SHORTEST_PAST):
            break
        base = _known(orders, day, engine, attributes)
        if base.history.frequency.sum() < ENOUGH_REPEATS:
            break
        model: ValueModel = FormulaModel()
        if chosen is not None and chosen != FORMULA:
            model = PurchaseValueModel(chosen, judged.spend[chosen])
        try:
            said = model.fit(base).forecast(base, days=days, annual_rate=0).value
        except ModelError:
            break
        came = holdout(orders, day, day + days, engine)["net_sales"].cast(pa.float64()).to_numpy()
        if came.sum() <= 0:
            break
        miss = {"bias": bias(said, came), "forecast": float(said.sum()), "actual": float(came.sum())}
        found.append({"cutoff": date_of(day).isoformat(), "customers": len(base.history), **miss})
    return tuple(found)


def backtest_files(
    paths: Sequence[Path],
    *,
    cutoff: date | None,
    until: date | None,
    language: str,
    reading: dict[str, Any],
    pool_by: str = "",
    attributes: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """`lifeworth backtest`: the record of the backtest with its findings."""
    settings = Settings(language=language, pool_by=pool_by)
    engine = DuckDBEngine()
    progress("read", 0)
    orders = read_orders([str(path) for path in paths], until=until, engine=engine, **reading)
    until_day = day_number(until) if until else orders.last_day
    judged = judge(
        orders,
        until_day,
        engine,
        candidates=settings.candidates,
        horizon_days=settings.days,
        seed=settings.random_state,
        language=language,
        cutoff_day=day_number(cutoff) if cutoff else None,
        progress=progress,
        attributes=attributes_of((), attributes, orders, engine, pool_by),
    )
    return {
        "currency": orders.currency,
        "backtest": judged.record,
        "findings": finding_records(judged.findings, language),
    }


def _cutoff(weeks: pa.Table, until_day: int, horizon_days: float, asked: int | None) -> Cutoff:
    if asked is not None:
        return Cutoff(asked, until_day - asked)
    days = weeks["day"].to_numpy()
    return choose_cutoff(
        int(days.min()),
        until_day,
        horizon_days=horizon_days,
        repeat_days=days,
        repeat_counts=weeks["repeat_purchases"].to_numpy(),
    )


def _fit_all(
    candidates: Sequence[str],
    base: Base,
    days: float,
    actual: NDArray[np.float64],
    language: str,
    progress: Progress,
) -> tuple[dict[str, PurchaseValueModel], dict[str, Any]]:
    """Fitted candidates, and why the others could not compete."""
    fitted: dict[str, PurchaseValueModel] = {}
    declined: dict[str, Any] = {}
    for number, name in enumerate(candidates):
        progress("backtest", number / len(candidates) / 2)
        try:
            fitted[name] = _better_spend(PurchaseValueModel(name).fit(base), base, days, actual)
        except ModelError as refusal:
            declined[name] = error_record(refusal, language)
    return fitted, declined


def _better_spend(
    model: PurchaseValueModel, base: Base, days: float, actual: NDArray[np.float64]
) -> PurchaseValueModel:
    """The model with whichever spend model did better."""
    others = [model.with_spend(base, spend) for spend in ("repeat", "credible")]
    return min(
        [model, *others], key=lambda one: error(one.forecast(base, days=days, annual_rate=0).value, actual)
    )


def _with_intervals(model: ValueModel, base: Base, days: float, seed: int) -> CandidateForecast:
    forecast = model.forecast(base, days=days, annual_rate=0)
    futures = model.futures(base, days=days, draws=DRAWS, seed=seed)
    drawn = simulate(base.history, forecast, base.margin_rates, futures, draws=DRAWS, level_sd=0, seed=seed)
    low, high = np.quantile(drawn.total_value, (LOW, HIGH))
    return CandidateForecast(model.name, forecast.value, drawn.low, drawn.high, (float(low), float(high)))


def _tracking(
    model: PurchaseValueModel,
    orders: Orders,
    history: PurchaseHistory,
    until_day: int,
    cutoff_day: int,
    engine: Engine,
) -> list[dict[str, Any]]:
    """Repeat purchases by week, actual and expected, of the customers known at the cutoff."""
    days = weekly_purchases(orders, until_day, engine, known_day=cutoff_day)
    first_days = cutoff_day - history.T
    starts = period_starts(int(first_days.min()), until_day)
    actual = count_by_period(days["day"].to_numpy(), days["repeat_purchases_of_known"].to_numpy(), starts)
    expected = expected_by_period(lambda t: model.expected_of_new(t, history), first_days, starts)
    return tracking(starts, actual, expected, cutoff_day)

"""Hold out the last months, let every model and the plain formula forecast them, and choose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.clock import day_number
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
from lifeworth.monitoring.cutoff import Cutoff, choose_cutoff
from lifeworth.monitoring.metrics import CandidateForecast, error
from lifeworth.value.intervals import HIGH, LOW, level_sd, simulate
from lifeworth.value.model import FORMULA, Base, FormulaModel, PurchaseValueModel, Spend, ValueModel
from lifeworth.value.outcomes import Outcomes
from lifeworth.workflows.findings import error_record, finding_records
from lifeworth.workflows.settings import Settings
from lifeworth.workflows.step import Progress, silent

DRAWS = 100


@dataclass(frozen=True)
class Judged:
    """What the holdout said: the record, the candidate to use and what the formula's outcomes were."""

    cutoff: Cutoff
    result: BacktestResult | None
    outcomes: Outcomes | None = None
    spend: dict[str, Spend] = field(default_factory=dict)  # by candidate
    findings: tuple[Finding, ...] = field(default=())

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
        """Absolute log of the miss of the chosen candidate's total; see value.intervals."""
        if self.result is None or self.result.choice is None or self.chosen is None:
            return 0.0
        return level_sd(self.result.choice.metrics[self.chosen]["bias"])


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
) -> Judged:
    """Backtest `candidates` and the formula on net sales, which need no cost to be compared."""
    cutoff = _cutoff(weekly_purchases(orders, until_day, engine), until_day, horizon_days, cutoff_day)
    if cutoff.day is None:
        return Judged(cutoff, None, findings=(cutoff.finding,) if cutoff.finding else ())
    train = customer_summary(orders, cutoff.day, engine)
    history = purchase_history(train)
    base = Base(history, train["net_sales"].cast(pa.float64()).to_numpy(), np.ones(len(history)))
    future = holdout(orders, cutoff.day, until_day, engine)
    actual = future["net_sales"].cast(pa.float64()).to_numpy()
    formula = FormulaModel().fit(base).forecast(base, days=cutoff.holdout_days, annual_rate=0)
    fitted, declined = _fit_all(candidates, base, cutoff.holdout_days, actual, language, progress)
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
        result.record["tracking"] = _tracking(fitted[best], orders, history, until_day, cutoff.day, engine)
    outcomes = Outcomes(formula.value, future["purchases"].to_numpy(), actual)
    spend = {name: model.spend for name, model in fitted.items()}
    return Judged(cutoff, result, outcomes, spend, result.findings)


def backtest_files(
    paths: Sequence[Path],
    *,
    cutoff: date | None,
    until: date | None,
    language: str,
    reading: dict[str, Any],
    progress: Progress = silent,
) -> dict[str, Any]:
    """`lifeworth backtest`: the record of the backtest with its findings."""
    settings = Settings(language=language)
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
        progress("backtest", number / len(candidates))
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
    expected = expected_by_period(model.purchases.expected_purchases_new_customer, first_days, starts)
    return tracking(starts, actual, expected, cutoff_day)

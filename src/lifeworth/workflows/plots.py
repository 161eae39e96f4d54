"""Plots of a fitted model, as data, as ECharts options and on Matplotlib axes: `lw.plots`.

    plot = lw.plots.tracking(model, orders, train_period_end="1997-09-30")
    plot.frame                # the numbers
    plot.echarts()            # options, plain JSON
    plot.axes()               # Matplotlib, where it is installed (lifeworth[plots])

With `posterior=model.posterior()` expectations come with their 90 % band.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.read import read_orders
from lifeworth.data.sources.until import day_of
from lifeworth.data.summary import customer_summary, weekly_purchases
from lifeworth.data.timeline import purchase_days
from lifeworth.models import settings
from lifeworth.models.tables import DEFAULT_BACKEND, frame, raw
from lifeworth.monitoring import curves
from lifeworth.reports import plots
from lifeworth.reports.charts import Chart
from lifeworth.reports.formats import axes, echarts

Columns = dict[str, Any]


@dataclass(frozen=True)
class Plot:
    """One plot. `columns` are its numbers, `facts` what its words need (unit, what is shown)."""

    kind: str
    columns: Columns
    facts: Columns = field(default_factory=dict)
    backend: str = DEFAULT_BACKEND

    @property
    def frame(self) -> Any:
        """The numbers as a dataframe, of the kind the model was fitted to."""
        return frame(self.columns, self.backend)

    def chart(self, language: str = "en") -> Chart:
        """The picture in plain data: titles, axes, marks, and one sentence that says what is seen."""
        return plots.chart(self.kind, self.columns, self.facts, language)

    def echarts(self, language: str = "en", mode: str = "light") -> Columns:
        """Options for ECharts, plain JSON; `mode` "light" or "dark" chooses the colours."""
        return echarts.plain_options(self.chart(language), mode)

    def axes(self, ax: Any = None, language: str = "en") -> Any:
        """Drawn on Matplotlib axes, new ones where none are given. Raises UsageError MODEL-606."""
        return axes.draw(self.chart(language), ax)


def tracking(
    model: Any,
    orders: Any,
    train_period_end: Any = None,
    until: Any = None,
    step_days: int = 7,
    cumulative: bool = False,
    posterior: Any = None,
    time_unit: str | None = None,
    covariates: Any = None,
) -> Plot:
    """Repeat purchases by period of the customers known at `train_period_end`, seen and expected.

    Args:
        orders: what `read_orders` gave, or anything it takes.
        train_period_end: last day the model was fitted to; None: all days up to `until`.
        until: last day shown; None: that of the last order.
        step_days: length of a period; a rest at the end is left out.
        time_unit: of the model, where its data do not tell: "D", "W", "M" or "Y".
        covariates: for a model that has some, a table with customer_id and their columns.
    """
    read = _as_orders(orders)
    last = read.last_day if until is None else day_of(until)
    cutoff = last if train_period_end is None else min(day_of(train_period_end), last)
    with read.workbench() as engine:
        known = customer_summary(read, cutoff, engine)
        by_day = weekly_purchases(read, last, engine, known_day=cutoff)
    columns = curves.tracking(
        model,
        known["first_day"].to_numpy(),
        by_day["day"].to_numpy(),
        by_day["repeat_purchases_of_known"].to_numpy().astype(np.float64),
        last,
        cutoff,
        int(settings.counts(step_days)[0]) or 1,
        _unit_days(model, time_unit),
        cumulative,
        posterior,
        _covariates(model, covariates, known["customer_id"].to_pylist()),
    )
    facts = {"step_days": step_days, "cumulative": cumulative, "customers": known.num_rows}
    return _plot("tracking", model, columns, facts)


def frequencies(model: Any, data: Any, most: int = 7, posterior: Any = None) -> Plot:
    """Customers by number of repeat purchases, seen and expected; `most` and more together."""
    columns = curves.frequencies(model, data, most, posterior)
    return _plot("frequencies", model, columns, {})


def conditional_expectation(
    model: Any,
    data: Any,
    by: str = "frequency",
    groups: int = 7,
    posterior: Any = None,
    random_state: Any = None,
) -> Plot:
    """Purchases per customer in the holdout by what was seen before it, "frequency" or "recency".

    `data` as `rfm_train_test_split` gives it, the model fitted to the same. With `posterior` the band
    is where 90 % of the means would fall.
    """
    rng = generator(random_state)
    columns = curves.conditional_expectation(model, data, by, groups, posterior, rng)
    return _plot("conditional", model, columns, {"by": by})


def matrix(
    model: Any,
    T: float,
    most_frequency: int = 20,
    future_t: float | None = None,
    steps: int = 20,
    posterior: Any = None,
    covariates: Mapping[str, Any] | None = None,
) -> Plot:
    """P(alive) by frequency and recency of customers of age T; with `future_t` expected purchases.

    `covariates`, for a model that has some: column -> value of the kind of customer shown.
    """
    columns = curves.matrix(model, T, most_frequency, future_t, steps, posterior, covariates)
    return _plot("matrix", model, columns, {"T": float(T), "future_t": future_t})


def alive_history(
    model: Any,
    orders: Any,
    customer_id: Any,
    until: Any = None,
    posterior: Any = None,
    time_unit: str | None = None,
    covariates: Any = None,
) -> Plot:
    """P(alive) of one customer on each day since the first purchase, knowing only what came before.

    `covariates`, for a model that has some: a table with customer_id and their columns.
    """
    read = _as_orders(orders)
    last = read.last_day if until is None else day_of(until)
    days = purchase_days(read, str(customer_id), last)
    if len(days) == 0:
        raise UsageError("MODEL-608", customer=str(customer_id))
    traits = _covariates(model, covariates, [str(customer_id)])
    one = None if traits is None else {name: each[0] for name, each in traits.items()}
    columns = curves.alive_history(model, days, last, _unit_days(model, time_unit), posterior, one)
    return _plot("alive_history", model, columns, {"customer": str(customer_id)})


def spend_distribution(model: Any, data: Any, bins: int = 20) -> Plot:
    """Repeat buyers by their mean spend, seen and expected under a spend model."""
    return _plot("spend", model, curves.spend_distribution(model, data, bins), {})


def survival(models: Any, data: Any, periods: int | None = None, posterior: Any = None) -> Plot:
    """Share of subscribers still here by renewal date: Kaplan-Meier with its band, and the models.

    `models`: a retention model, a list of them, or a mapping from names. `data` as they are fitted to.
    In a list the second of a kind is called "ShiftedBetaGeometric 2".
    Raises UsageError MODEL-611 without a model, MODEL-604 for a posterior with several.
    """
    named = _named(models)
    first = next(iter(named.values()))
    columns = curves.survival(named, data, periods, posterior)
    return _plot("survival", first, columns, {"models": list(named)})


def _plot(kind: str, model: Any, columns: Columns, facts: Columns) -> Plot:
    backend = getattr(model, "_backend", DEFAULT_BACKEND)
    return Plot(kind, columns, {"model": type(model).__name__, **facts}, backend)


def _as_orders(orders: Any) -> Orders:
    return orders if isinstance(orders, Orders) else read_orders(orders)


def _unit_days(model: Any, time_unit: str | None) -> float:
    told = settings.unit_days(time_unit) or getattr(model, "unit_days_", None)
    if told is None:
        raise ModelError("MODEL-607", model=type(model).__name__)
    return float(told)


def _covariates(model: Any, given: Any, customers: list[str]) -> Columns | None:
    """The model's covariates of these customers, in their order. Raises UsageError MODEL-132, 610."""
    design: Any = getattr(model, "design", None)
    if design is None and given is not None:
        raise UsageError("MODEL-132", model=type(model).__name__, columns=["-"])
    if given is None:
        return None
    told = curves.traits_of(given, design)
    place = {str(each): row for row, each in enumerate(raw(given, ("customer_id",)).columns[0].tolist())}
    missing = [each for each in customers if each not in place]
    if missing:
        raise UsageError("MODEL-610", count=len(missing), customers=missing[:5])
    rows = [place[each] for each in customers]
    return {name: np.asarray(each)[rows] for name, each in told.items()}


def _named(models: Any) -> dict[str, Any]:
    """The models by name, by kind where they have none. Raises UsageError MODEL-611."""
    if isinstance(models, Mapping):
        named = dict(models)
    else:
        named, met = {}, Counter[str]()
        for model in models if isinstance(models, list | tuple) else [models]:
            kind = type(model).__name__
            met[kind] += 1
            named[kind if met[kind] == 1 else f"{kind} {met[kind]}"] = model
    if not named:
        raise UsageError("MODEL-611")
    return named

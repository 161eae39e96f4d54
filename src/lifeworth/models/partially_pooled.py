"""One model for each segment or cohort, which share strength: see `fitting.pooling`.

pooled = PartiallyPooled(ParetoNBD(), by="segment").fit(rfm)

A small segment is drawn towards the others, a large one keeps its own estimate, and a segment never
seen gets the centre. Source: docs/theory/partial_pooling.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.cells import cells
from lifeworth.kernels.newton import ROUNDING, Objective, in_logs
from lifeworth.models.catalog import PURCHASE_MODELS, YARDSTICKS
from lifeworth.models.covariates import Column, Design
from lifeworth.models.estimator import Judged
from lifeworth.models.fitting.pooled_posterior import PooledPosterior, of_segment, segment_name
from lifeworth.models.fitting.pooling import pool
from lifeworth.models.fitting.posterior import Posterior
from lifeworth.models.inputs import histories, spends
from lifeworth.models.parameters import scales
from lifeworth.models.protocols import NORMAL_975
from lifeworth.models.spend.gamma_gamma import GammaGamma
from lifeworth.models.spend.gamma_gamma_likelihood import Repeaters
from lifeworth.models.spend.gamma_gamma_likelihood import objective as spend_objective
from lifeworth.models.tables import frame, missing, raw, table
from lifeworth.models.writing import write

Floats = NDArray[np.float64]
BUYING, SPENDING = ("frequency", "recency", "T"), ("frequency", "monetary_value")


class _Task(NamedTuple):
    """What there is to climb: per segment an objective in the search's units and customers; the data's
    units per parameter, and what the log-likelihood in the data's units has less."""

    objectives: list[Objective]
    customers: list[float]
    units: Floats
    less: float
    backend: str


@final
class PartiallyPooled(Judged):
    """A model per segment, estimated together.

    Args:
        model: a purchase model or GammaGamma without covariates, such as ParetoNBD(); it is not changed.
        by: the column that names the segment.
        between: the standard deviation of the logarithms of parameters between segments: None estimates
            their covariance; near 0 is one model for all, a large number a model for each alone.

    Fitted attributes: `params_` (the centre, and what a segment never seen gets), `between_covariance_`
    (k, k) of the logarithms, `segments_` and `standard_errors_` by segment and parameter, `customers_` by
    segment, `log_likelihood_`, `converged_`, `findings_`.
    """

    params_: dict[str, float]
    between_covariance_: Floats
    segments_: dict[str, dict[str, float]]
    standard_errors_: dict[str, dict[str, float]]
    log_covariances_: dict[str, Any]
    customers_: dict[str, float]
    log_likelihood_: float
    converged_: bool
    findings_: list[Finding]
    _backend: str = "pandas"

    def __init__(self, model: Any, by: str, between: float | None = None) -> None:
        self.model = model
        self.by = by
        self.between = between

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Estimate all segments together.

        Args:
            data: n customers as the model takes them, with the column `by`.
            sample_weight: (n,), how many customers a row stands for.
        Raises:
            UsageError MODEL-145 for a model that cannot be pooled, MODEL-146 for `between`; ModelError
            MODEL-147 for fewer than two segments, MODEL-130 for customers without one, and as the model.
        """
        self._demand_fitting_settings()
        whole = self.model.__class__(**self.model.get_params()).fit(data, sample_weight)
        segment = self._segments(data)
        names = sorted(set(segment.tolist()))
        if len(names) < 2:
            raise ModelError("MODEL-147", column=self.by, seen=names)
        rows = [np.flatnonzero(segment == name) for name in names]
        spending = isinstance(self.model, GammaGamma)
        task = (_spending if spending else _buying)(self.model, data, sample_weight, rows)
        start = np.log(np.array(list(whole.params_.values())) / task.units)
        start = np.clip(np.nan_to_num(start, posinf=5.0), -12.0, 12.0)
        accuracy = getattr(self.model, "accuracy", ROUNDING)
        found = pool(task.objectives, task.customers, start, self.between, accuracy)
        keys, logs = list(whole.params_), np.log(task.units)
        values = np.exp(found.modes + logs)
        errors = values * np.sqrt(np.diagonal(found.within, axis1=1, axis2=2))
        self._backend, self.oldest_ = task.backend, getattr(whole, "oldest_", float("inf"))
        self.unit_days_ = getattr(whole, "unit_days_", None)
        self.params_ = _named(keys, np.exp(found.centre + logs))
        self.between_covariance_ = found.between
        self.segments_ = {name: _named(keys, each) for name, each in zip(names, values, strict=True)}
        self.standard_errors_ = {name: _named(keys, each) for name, each in zip(names, errors, strict=True)}
        self.log_covariances_ = {name: each.tolist() for name, each in zip(names, found.within, strict=True)}
        self.customers_ = dict(zip(names, task.customers, strict=True))
        self.log_likelihood_ = float(found.values.sum()) - task.less
        self.converged_ = found.converged
        self.findings_ = []
        if not found.converged:
            facts = {"model": type(self).__name__}
            self.findings_.append(Finding("model.not_converged", "bad", facts))
        return self

    @property
    def design(self) -> Design:
        """The column `by`, as other models tell their covariates: for plots."""
        return Design((Column(self.by, ""),), np.zeros(0), np.ones(0), {})

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        """ln L under the estimates, and how many customers it speaks of."""
        weight = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        each = [
            self._asked(self.of(name), "told_of")(own, None if weight is None else weight[rows])
            for name, rows, own in self._by_segment(data)
        ]
        total, customers = (float(sum(column)) for column in zip(*each, strict=True))
        return total, customers

    def summary(self) -> Any:
        """A table: segment, customers, parameter, estimate, standard_error, low, high (95 %, in logs)."""
        self._require_fit()
        rows = [
            (name, self.customers_[name], key, value, self.standard_errors_[name][key])
            for name, known in self.segments_.items()
            for key, value in known.items()
        ]
        titles = ("segment", "customers", "parameter", "estimate", "standard_error")
        columns: dict[str, Any] = {title: [row[i] for row in rows] for i, title in enumerate(titles)}
        value, error = (np.array(columns[name]) for name in ("estimate", "standard_error"))
        factor = np.exp(NORMAL_975 * error / value)
        return frame({**columns, "low": value / factor, "high": value * factor}, self._backend)

    def of(self, segment: Any) -> Any:
        """The model of one segment, ready to forecast and simulate; the centre's for one never seen."""
        self._require_fit()
        return type(self.model).with_parameters(
            self.model.get_params(), **self.segments_.get(segment_name(segment), self.params_)
        )

    def under(self, parameters: Mapping[str, float]) -> Self:
        """The same with other parameters, named as in `PooledPosterior.parameters`."""
        other = copy(self)
        other.params_ = of_segment(parameters, "")
        other.segments_ = {name: of_segment(parameters, name) for name in self.segments_}
        return other

    def posterior(self, draws: int = 1000, random_state: Any = None) -> PooledPosterior:
        """Draws of each segment's parameters, normal in logarithms at its mode; for a segment never seen,
        normal around the centre with the covariance between segments. Passes to the forecasts."""
        self._require_fit()
        if draws < 100:
            raise UsageError("MODEL-027", seen=draws)
        rng = generator(random_state)

        def drawn(known: Mapping[str, float], covariance: Any) -> Posterior:
            logs = rng.multivariate_normal(np.log(list(known.values())), np.array(covariance), draws)
            values = dict(zip(known, np.exp(logs).T, strict=True))
            weight = np.full(draws, 1.0 / draws)
            return Posterior(values, weight, float("nan"), dict(known), self._backend, float(rng.random()))

        segments = {name: drawn(known, self.log_covariances_[name]) for name, known in self.segments_.items()}
        return PooledPosterior(segments, drawn(self.params_, self.between_covariance_))

    # --- forecasts, each by the model of the customer's segment ---

    def expected_probability_alive(self, data: Any, posterior: Any = None) -> Floats:
        """P(alive) at T, shape (n,)."""
        return self._each(data, posterior, "expected_probability_alive")

    def probability_alive_after(
        self, data: Any, times: Any, parameters: Mapping[str, Any] | None = None
    ) -> Floats:
        """P(alive at T + t) for k times, (n, k); `parameters` as in `draw_purchases`; see the model."""

        def answer(name: str, own: dict[str, Any]) -> Floats:
            told = None if parameters is None else of_segment(parameters, name)
            return np.asarray(self._asked(self.of(name), "probability_alive_after")(own, times, told))

        return self._joined((rows, answer(name, own)) for name, rows, own in self._by_segment(data))

    def expected_active_time(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected time in (T, T + future_t] during which the customer is alive, (n,)."""
        return self._each(data, posterior, "expected_active_time", future_t)

    def expected_purchases(self, data: Any, future_t: float, posterior: Any = None) -> Floats:
        """Expected purchases in (T, T + future_t], shape (n,)."""
        return self._each(data, posterior, "expected_purchases", future_t)

    def discounted_expected_purchases(
        self, data: Any, discount_rate: float, future_t: float | None = None, posterior: Any = None
    ) -> Floats:
        """Purchases to come, each discounted, shape (n,); see the model."""
        return self._each(data, posterior, "discounted_expected_purchases", discount_rate, future_t)

    def purchase_probabilities(self, data: Any, future_t: float, n: Any, posterior: Any = None) -> Floats:
        """P(N(future_t) = n), shape (customers, len(n))."""
        return self._each(data, posterior, "purchase_probabilities", future_t, n)

    def quantiles(self, data: Any, future_t: float, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, shape (customers, len(q))."""
        found = self._each(data, posterior, "quantiles", future_t, q)
        return found.astype(np.int64)

    def expected_purchases_new_customer(
        self, t: Any, segment: Any = None, posterior: Any = None, covariates: Any = None
    ) -> Any:
        """Expected repeat purchases of a new customer of the segment in (0, t]; None: the centre.

        `covariates`: a table with the column `by`, of n new customers. Then (n,), or (n, k) for k times.
        """
        if covariates is None:
            drawn = None if posterior is None else posterior.of(segment)
            return self._asked(self.of(segment), "expected_purchases_new_customer")(t, drawn)
        named, place = np.unique(self._segments(covariates).astype(str), return_inverse=True)
        each = [self.expected_purchases_new_customer(t, name, posterior) for name in named.tolist()]
        return np.array(each)[place.ravel()]

    def draw_purchases(
        self, data: Any, future_t: float, parameters: Mapping[str, Any], random_state: Any = None
    ) -> NDArray[np.int32]:
        """One possible N(future_t) per customer and draw, (n, draws). `parameters`: draws of all segments,
        such as `posterior.parameters(200)`."""
        return self._drawn(data, parameters, random_state, "draw_purchases", future_t).astype(np.int32)

    def draw_churned(
        self, data: Any, future_t: float, parameters: Mapping[str, Any], times: Sequence[float],
        random_state: Any = None,
    ) -> NDArray[np.int32]:  # fmt: skip
        """`draw_purchases` where leaving is `times` as likely from T on, (k, n, draws); see the model."""
        rng = generator(random_state)

        def drawn(name: str, own: dict[str, Any]) -> Floats:
            asked = self._asked(self.of(name), "draw_churned")
            return np.moveaxis(asked(own, future_t, of_segment(parameters, name), times, rng), 1, 0)

        found = self._joined((rows, drawn(name, own)) for name, rows, own in self._by_segment(data))
        return np.moveaxis(found, 0, 1).astype(np.int32)

    def horizon_findings(self, future_t: float) -> list[Finding]:
        """A warning where the forecast looks further ahead than twice the oldest customer seen."""
        model = self.of(None)
        model.oldest_ = self.oldest_
        return list(self._asked(model, "horizon_findings")(future_t))

    def expected_customer_spend(self, data: Any, posterior: Any = None) -> Floats:
        """Expected spend per future purchase day, (n,)."""
        return self._each(data, posterior, "expected_customer_spend")

    def simulate(self, size: int, T: Any, segment: Any = None, random_state: Any = None) -> Any:
        """New customers of one segment, as the model simulates them (GammaGamma: T is their frequency)."""
        model = self.of(segment)
        return (
            model.simulate(T, random_state)
            if isinstance(model, GammaGamma)
            else model.simulate(size, T, random_state)
        )

    def save(self, path: str | Path) -> None:
        """Write settings and estimates as plain JSON; `lifeworth.load` reads them back."""
        self._require_fit()
        write(self, path)

    # --- how it is done ---

    def _each(self, data: Any, posterior: Any, method: str, *asked: Any) -> Floats:
        """The answer of a method of each segment's model: (rows, *asked, posterior)."""

        def answer(name: str, own: dict[str, Any]) -> Floats:
            drawn = None if posterior is None else posterior.of(name)
            return np.asarray(self._asked(self.of(name), method)(own, *asked, drawn))

        return self._joined((rows, answer(name, own)) for name, rows, own in self._by_segment(data))

    def _drawn(self, data: Any, parameters: Mapping[str, Any], seed: Any, method: str, *asked: Any) -> Floats:
        """Draws by a method of each segment's model: (rows, *asked, parameters, random generator)."""
        rng = generator(seed)
        return self._joined(
            (rows, self._asked(self.of(name), method)(own, *asked, of_segment(parameters, name), rng))
            for name, rows, own in self._by_segment(data)
        )

    def _by_segment(self, data: Any) -> Iterator[tuple[str, NDArray[np.intp], dict[str, Any]]]:
        """Segment after segment: its name, its rows, and its customers as its model takes them."""
        self._require_fit()
        segment, names = self._segments(data), SPENDING if isinstance(self.model, GammaGamma) else BUYING
        columns = dict(zip(names, table(data, names).columns, strict=True))
        for name in sorted(set(segment.tolist())):
            rows = np.flatnonzero(segment == name)
            yield name, rows, {key: each[rows] for key, each in columns.items()}

    @staticmethod
    def _joined(answers: Iterable[tuple[NDArray[np.intp], Floats]]) -> Floats:
        """Answers of segments in the order of the customers."""
        rows, found = zip(*answers, strict=True)
        order: Any = np.argsort(np.concatenate(rows), kind="stable")
        return np.asarray(np.concatenate(found)[order])

    def _asked(self, model: Any, name: str) -> Any:
        if not hasattr(model, name):
            raise UsageError("MODEL-145", model=type(self.model).__name__)
        return getattr(model, name)

    def _segments(self, data: Any) -> NDArray[Any]:
        """The segment of each row as text, (n,)."""
        given = raw(data, (self.by,))
        column = given.columns[0]
        lost = np.array([missing(each) or each != each for each in column.tolist()])
        if lost.any():
            raise given.error("MODEL-130", lost, column=self.by)
        return np.array([segment_name(each) for each in column.tolist()])

    def _demand_fitting_settings(self) -> None:
        name = type(self.model).__name__
        known = name in PURCHASE_MODELS or name in YARDSTICKS or name == "GammaGamma"
        if not known or getattr(self.model, "columns", None):
            raise UsageError("MODEL-145", model=name)
        if self.between is not None and not (np.isfinite(self.between) and self.between > 0):
            raise UsageError("MODEL-146", seen=str(self.between))

    def _require_fit(self) -> None:
        if not hasattr(self, "params_"):
            raise ModelError("MODEL-106", model=type(self).__name__)


def _buying(model: Any, data: Any, sample_weight: Any, rows: list[NDArray[np.intp]]) -> _Task:
    h = histories(data, sample_weight, model.threads)
    weight = np.ones(len(h)) if h.weight is None else h.weight
    objectives = [
        in_logs(model.objective(cells(h.frequency[at], h.recency[at], h.T[at], weight[at]))) for at in rows
    ]
    customers = [float(weight[at].sum()) for at in rows]
    less = float((weight * h.frequency).sum()) * float(np.log(h.tick))
    return _Task(objectives, customers, scales(model.parameters, h.tick), less, h.backend)


def _spending(model: Any, data: Any, sample_weight: Any, rows: list[NDArray[np.intp]]) -> _Task:
    seen = spends(data, sample_weight)
    weight = np.ones(len(seen)) if seen.weight is None else seen.weight
    again = (seen.frequency > 0) & (weight > 0)
    typical = float(weight[again] @ seen.mean[again] / weight[again].sum())
    objectives, customers = [], []
    for at in rows:
        own = at[again[at]]
        x, total = seen.frequency[own], seen.frequency[own] * seen.mean[own] / typical
        objectives.append(in_logs(spend_objective(Repeaters(x, total, weight[own]))))
        customers.append(float(weight[own].sum()))
    less = float(weight[again] @ np.log(seen.mean[again]))
    return _Task(objectives, customers, np.array([1.0, 1.0, typical]), less, seen.backend)


def _named(keys: list[str], values: Floats) -> dict[str, float]:
    return dict(zip(keys, values.tolist(), strict=True))

"""A value model: how often customers buy, joined with how much they spend.

Two kinds, one face: `PurchaseValueModel` (a purchase model and the Gamma-Gamma model) and
`FormulaModel` (past monthly spend goes on). Both give a `Forecast` and possible futures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from lifeworth import models
from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.history import PurchaseHistory
from lifeworth.base.random import stream
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.models.fitting.priors import Prior, wide_priors
from lifeworth.models.partially_pooled import PartiallyPooled
from lifeworth.models.purchase.random_times import GammaRateModel
from lifeworth.value.current import Forecast, formula_forecast, model_forecast
from lifeworth.value.intervals import DrawBlock
from lifeworth.value.lifetime import ActiveTime, active_time, draws_of
from lifeworth.value.outcomes import Outcomes
from lifeworth.value.spend import CredibleSpend, Spends

Array = NDArray[np.float64]
Values = dict[str, Array]
FORMULA = "formula"
WITH_COVARIATES = "ParetoNBDCovariates"  # ParetoNBD, its rates moved by the covariates of the history
POOLED = "ParetoNBDPooled"  # a ParetoNBD for each segment, which share strength
POOL_BY = "pool by"  # column of a history that names the segments
OF_KINDS = (WITH_COVARIATES, POOLED)  # who is new differs by what is known of them
PENALTY = 1.0  # as if each coefficient of a scaled feature were Normal(0, 1) beforehand
ALIKE = 500  # customers whose covariates stand for those of all
Spend = Literal["all", "repeat", "credible"]
CHURN_STREAM = 2  # beside those of value.intervals
LEAST_Q = 1.2  # Gamma-Gamma: the mean spend exists above 1, and explodes just above it


@dataclass(frozen=True)
class Base:
    """What a value model looks at: n customers with their money."""

    history: PurchaseHistory
    net_sales: Array  # so far, shape (n,)
    margin_rates: Array  # profit per unit of net sales, shape (n,)

    def rows(self, rows: NDArray[np.integer]) -> "Base":
        told = self.history
        frequency, recency, age = (each[rows] for each in (told.frequency, told.recency, told.T))
        known = {name: column[rows] for name, column in told.covariates.items()}
        history = PurchaseHistory(range(len(rows)), frequency, recency, age, told.monetary_value[rows], known)
        return Base(history, self.net_sales[rows], self.margin_rates[rows])


@final
class PurchaseValueModel:
    """A purchase model of the catalogue with a spend model.

    `spend` says what spend is learnt from: "all" purchase days, so that a first order tells
    something of its customer; "repeat" days, as the literature does; both by Gamma-Gamma. Or
    "credible", without a distribution. See docs/decisions/0005-spend.md.
    """

    def __init__(self, name: str, spend: Spend = "all") -> None:
        self.name = name
        self.spend = spend
        self._posteriors: dict[tuple[Any, ...], Any] = {}

    def fit(self, base: Base) -> "PurchaseValueModel":
        """Raises ModelError when the customers do not identify the parameters."""
        self.purchases = purchase_model(self.name, base.history).fit(base.history)
        self._posteriors.clear()
        return self._fit_spend(base)

    def with_spend(self, base: Base, spend: Spend) -> "PurchaseValueModel":
        """The same purchase model with another spend model."""
        other = PurchaseValueModel(self.name, spend)
        other.purchases = self.purchases
        return other._fit_spend(base)

    @classmethod
    def of_buying(cls, name: str, history: PurchaseHistory) -> "PurchaseValueModel":
        """The purchase model alone. Raises ModelError as `fit`."""
        model = cls(name)
        model.purchases = purchase_model(name, history).fit(history)
        return model

    def _fit_spend(self, base: Base) -> "PurchaseValueModel":
        told = _told(self._spends(base))
        if self.spend != "credible":
            gamma = models.GammaGamma().fit(told)
            if gamma.params_["q"] > LEAST_Q:
                self.spend_model: models.GammaGamma | CredibleSpend = gamma
                return self
            self.spend = "credible"  # a mean that hardly exists is no forecast
        self.spend_model = CredibleSpend().fit(_told(self._spends(base)))
        return self

    def forecast(self, base: Base, *, days: float, annual_rate: float) -> Forecast:
        spend = self.spend_model.expected_customer_spend(self._spends(base))
        return model_forecast(
            base.history, self.purchases, spend, base.margin_rates, days=days, annual_rate=annual_rate
        )

    def futures(self, base: Base, *, days: float, draws: int, seed: int) -> DrawBlock:
        """Possible futures under `draws` draws of the parameters."""
        buying = self._buying(base, draws, seed)
        spend_model, spends = self.spend_model, self._spends(base)
        spending = {} if isinstance(spend_model, CredibleSpend) else self._spending(draws, seed)

        def draw(
            history: PurchaseHistory, rows: slice, rng: np.random.Generator
        ) -> tuple[NDArray[np.integer], Array]:
            bought = self.purchases.draw_purchases(history, days, buying, rng)
            seen = {name: column[rows] for name, column in spends.items()}
            if isinstance(spend_model, CredibleSpend):
                return bought, spend_model.draw_spend(seen, bought, rng)
            return bought, spend_model.draw_spend(seen, bought, spending, rng)

        return draw

    def expected_of_new(self, t: Array, history: PurchaseHistory) -> Array:
        """Expected repeat purchases of a new customer in (0, t], (k,): where covariates are known, of one
        like the customers of `history`, some of them at even steps."""
        if not history.covariates or self.name not in OF_KINDS:
            return np.asarray(self.purchases.expected_purchases_new_customer(t))
        step = max(1, len(history) // ALIKE)
        some = {name: column[::step] for name, column in history.covariates.items()}
        return np.asarray(self.purchases.expected_purchases_new_customer(t, covariates=some).mean(axis=0))

    def active_time(self, base: Base, *, days: float, seed: int) -> ActiveTime:
        """How long customers stay alive within the horizon; interval by draws of the same posterior."""
        drawn = self._buying(base, draws_of(len(base.history)), seed)
        return active_time(self.purchases, base.history, days, drawn)

    def churned(self, base: Base, times: Sequence[float], *, days: float, draws: int, seed: int) -> Array:
        """Net sales of n customers where leaving is `times` as likely from today on, (k, n, draws).

        Joint futures: the same customers and parameters, and who stays longer buys the same and then more.
        """
        bought = self.purchases.draw_churned(
            base.history, days, self._buying(base, draws, seed), times, stream(seed, CHURN_STREAM)
        )
        longest = bought[int(np.argmin(times))]
        spends, rng = self._spends(base), stream(seed, CHURN_STREAM, 1)
        if isinstance(self.spend_model, CredibleSpend):
            sales = self.spend_model.draw_spend(spends, longest, rng)
        else:
            spending = self._spending(draws, seed)
            sales = self.spend_model.draw_spend(spends, longest, spending, rng)
        each = np.divide(sales, longest, out=np.zeros_like(sales), where=longest > 0)
        return np.asarray(bought * each)

    def drawn(self, base: Base, worth: Array, draws: int, seed: int) -> dict[str, Array]:
        """Draws of the posterior as a run keeps them, (draws,) each.

        Returns:
            the purchase parameters by name, per day, and "spend": expected spend under the draw over that
            of the estimate, of all customers together, each weighted with its `worth` to come.
        """
        spend, found = np.ones(draws), self._buying(base, draws, seed)
        if not isinstance(self.spend_model, CredibleSpend):
            spends = self._spends(base)
            usual = float(self.spend_model.expected_customer_spend(spends) @ worth)
            drawn = self._spending(draws, seed)
            for draw in range(draws):
                one = models.GammaGamma.with_parameters(**{name: float(v[draw]) for name, v in drawn.items()})
                spend[draw] = float(one.expected_customer_spend(spends) @ worth) / usual if usual > 0 else 1.0
        return {**found, "spend": spend}

    @property
    def findings(self) -> list[Finding]:
        """What is to be known of the draws taken so far."""
        found = []
        for (kind, *_), told in self._posteriors.items():
            name = kind.__name__
            if told is None:
                found.append(Finding("value_parameters_fixed", "warn", {"name": name}))
            elif getattr(told, "r_hat", None) is not None:
                found.append(Finding("value_walked", "info", {"name": name, "k_hat": round(told.k_hat, 2)}))
        return found

    def _buying(self, base: Base, draws: int, seed: int) -> Values:
        if isinstance(self.purchases, PartiallyPooled):
            return self._parameters(self.purchases, draws, seed)
        age = float(np.median(base.history.T)) or 1.0
        known = wide_priors(age, self.purchases.params_)
        return self._parameters(self.purchases, draws, seed, age, known)

    def _spending(self, draws: int, seed: int) -> Values:
        return self._parameters(self.spend_model, draws, seed + 1)

    def _parameters(
        self, model: Any, draws: int, seed: int, age: float = 0.0, priors: Mapping[str, Prior] | None = None
    ) -> Values:
        """Draws of the posterior, sampled once for all who ask for the same; the estimate itself, repeated,
        where the posterior cannot be trusted.
        """
        size = max(draws, 1_000)
        key = (type(model), size, seed, age)
        if key not in self._posteriors:
            try:
                believed = {"priors": priors} if priors else {}
                self._posteriors[key] = model.posterior(draws=size, random_state=seed, **believed)
            except ModelError:
                self._posteriors[key] = None
        told = self._posteriors[key]
        if told is None:
            return {name: np.full(draws, value) for name, value in model.params_.items()}
        return dict(told.parameters(draws))

    def _spends(self, base: Base) -> Spends:
        """Purchase days with known spend and their mean; none for customers who netted nothing."""
        history = base.history
        days, mean = history.frequency, history.monetary_value
        if self.spend != "repeat":
            days = history.frequency + 1
            mean = base.net_sales / days
        told = (mean > 0) & (days > 0)
        return {
            "frequency": np.where(told, days, 0).astype(np.int32),
            "monetary_value": np.where(told, mean, 0.0),
        }


def purchase_model(name: str, history: PurchaseHistory) -> GammaRateModel | PartiallyPooled:
    """The model of that name, not fitted."""
    if name == WITH_COVARIATES:
        columns = [column for column in history.covariates if column != POOL_BY]
        return models.ParetoNBD(covariates=columns, penalty=PENALTY)
    if name == POOLED:
        return PartiallyPooled(models.ParetoNBD(), by=POOL_BY)
    return PURCHASE_MODELS[name]()


@final
class FormulaModel:
    """The plain formula; its futures are outcomes seen in the backtest."""

    name = FORMULA
    findings: ClassVar[list[Finding]] = []

    def __init__(self, outcomes: Outcomes | None = None, holdout_days: float = 0.0) -> None:
        self.outcomes = outcomes
        self.holdout_days = holdout_days

    def fit(self, base: Base) -> "FormulaModel":
        return self

    def forecast(self, base: Base, *, days: float, annual_rate: float) -> Forecast:
        return formula_forecast(
            base.history, base.net_sales, base.margin_rates, days=days, annual_rate=annual_rate
        )

    def futures(self, base: Base, *, days: float, draws: int, seed: int) -> DrawBlock:
        if self.outcomes is None:
            raise ModelError("VALUE-005")
        sales = replace_margin(base, 1.0)
        short = self.forecast(sales, days=self.holdout_days, annual_rate=0.0).value
        return self.outcomes.drawer(short, days / self.holdout_days, draws)


ValueModel = PurchaseValueModel | FormulaModel


def replace_margin(base: Base, rate: float) -> Base:
    return replace(base, margin_rates=np.full(len(base.history), rate))


def _told(spends: Spends) -> Spends:
    rows = spends["frequency"] > 0
    return {name: column[rows] for name, column in spends.items()}

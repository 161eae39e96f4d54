"""A value model: how often customers buy, joined with how much they spend.

Two kinds, one face: `PurchaseValueModel` (a purchase model and the Gamma-Gamma model) and
`FormulaModel` (past monthly spend goes on). Both give a `Forecast` and possible futures.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

from lifeworth import models
from lifeworth.base.errors import ModelError
from lifeworth.base.history import PurchaseHistory
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.value.current import Forecast, formula_forecast, model_forecast
from lifeworth.value.intervals import DrawBlock
from lifeworth.value.outcomes import Outcomes
from lifeworth.value.spend import CredibleSpend, Spends

Array = NDArray[np.float64]
FORMULA = "formula"
Spend = Literal["all", "repeat", "credible"]
LEAST_Q = 1.2  # Gamma-Gamma: the mean spend exists above 1, and explodes just above it


@dataclass(frozen=True)
class Base:
    """What a value model looks at: n customers with their money."""

    history: PurchaseHistory
    net_sales: Array  # so far, shape (n,)
    margin_rates: Array  # profit per unit of net sales, shape (n,)


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

    def fit(self, base: Base) -> "PurchaseValueModel":
        """Raises ModelError when the customers do not identify the parameters."""
        self.purchases = PURCHASE_MODELS[self.name]().fit(base.history)
        return self._fit_spend(base)

    def with_spend(self, base: Base, spend: Spend) -> "PurchaseValueModel":
        """The same purchase model with another spend model."""
        other = PurchaseValueModel(self.name, spend)
        other.purchases = self.purchases
        return other._fit_spend(base)

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
        buying = _parameters(self.purchases, draws, seed)
        spend_model, spends = self.spend_model, self._spends(base)
        spending = {} if isinstance(spend_model, CredibleSpend) else _parameters(spend_model, draws, seed + 1)

        def draw(
            history: PurchaseHistory, rows: slice, rng: np.random.Generator
        ) -> tuple[NDArray[np.integer], Array]:
            bought = self.purchases.draw_purchases(history, days, buying, rng)
            seen = {name: column[rows] for name, column in spends.items()}
            if isinstance(spend_model, CredibleSpend):
                return bought, spend_model.draw_spend(seen, bought, rng)
            return bought, spend_model.draw_spend(seen, bought, spending, rng)

        return draw

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


def _parameters(model: Any, draws: int, seed: int) -> dict[str, Array]:
    """Draws of the posterior; the estimate itself, repeated, where the posterior cannot be trusted."""
    try:
        return model.posterior(draws=max(draws, 1_000), random_state=seed).parameters(draws)
    except ModelError:
        return {name: np.full(draws, value) for name, value in model.params_.items()}


@final
class FormulaModel:
    """The plain formula; its futures are outcomes seen in the backtest."""

    name = FORMULA

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

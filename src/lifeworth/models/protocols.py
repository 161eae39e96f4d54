"""What every model is: fitted attributes, summary, parameters in and out, saving, posterior draws.

A class is abstract or final, and nobody overrides a method that has a body. A model's own file
gives the formulas; `purchase/model.py` turns those of a purchase model into the public methods.
"""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.models import covariates as columns_
from lifeworth.models.estimator import Judged
from lifeworth.models.fitting.maximum_likelihood import Estimate
from lifeworth.models.parameters import Parameter, given
from lifeworth.models.tables import DEFAULT_BACKEND, frame
from lifeworth.models.writing import write

Floats = NDArray[np.float64]
NORMAL_975 = 1.959963984540054


class Model(Judged):
    """Fitted attributes:

    params_            estimates by name, in the data's units of time and money
    standard_errors_   by name, NaN where the data do not tell
    covariance_        (k, k), the inverse of minus the Hessian, in the order of params_
    log_likelihood_    the total over customers, never a mean
    converged_         whether the search ended by itself
    boundary_          names of parameters that ran to a boundary or stay open
    findings_          what is worth saying about the fit (`lifeworth.base.finding.Finding`)
    n_customers_       how many customers (sum of weights)
    covariates_        where the model has some: their levels, means and spreads, as plain values
    """

    parameters: ClassVar[tuple[Parameter, ...]]
    params_: dict[str, float]
    standard_errors_: dict[str, float]
    covariance_: Floats
    log_likelihood_: float
    converged_: bool
    boundary_: list[str]
    findings_: list[Finding]
    n_customers_: float
    covariates_: dict[str, Any]

    @abstractmethod
    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Estimate the parameters; returns the model itself."""

    @classmethod
    def with_parameters(cls, settings: Mapping[str, Any] | None = None, /, **params: float) -> Self:
        """A model with known parameters, ready to forecast and simulate. `settings` as for __init__.

        Covariates are columns of numbers here, and their coefficients named process.column.
        """
        model = cls(**(settings or {}))
        wanted = getattr(model, "columns", None)
        if wanted:
            model.covariates_ = columns_.of_numbers(wanted).to_json()
        model.params_ = given(model.all_parameters, params)
        model._backend = DEFAULT_BACKEND
        return model

    @property
    def design(self) -> columns_.Design | None:
        """How the customers' columns become features; None without covariates."""
        known = getattr(self, "covariates_", None)
        return None if known is None else columns_.from_json(known)

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """The model's parameters and the coefficients of its covariates."""
        return self.parameters + (() if self.design is None else self.design.parameters)

    def summary(self) -> Any:
        """A table: parameter, estimate, standard_error, low, high (95 %), at_boundary.

        Intervals are taken in logarithms, so they stay positive; but for coefficients, which have
        either sign. The kind of dataframe given to fit.
        """
        fitted = self.require_fit()
        names = list(fitted)
        values = np.array([fitted[name] for name in names])
        errors = np.array([self._errors().get(name, np.nan) for name in names])
        with np.errstate(invalid="ignore", over="ignore"):
            factor = np.exp(NORMAL_975 * errors / values)
            low, high = values / factor, values * factor
        signed = np.array([each.signed for each in self.all_parameters])
        low = np.where(signed, values - NORMAL_975 * errors, low)
        high = np.where(signed, values + NORMAL_975 * errors, high)
        columns = {
            "parameter": names, "estimate": values, "standard_error": errors,
            "low": low, "high": high, "at_boundary": [name in self._boundary() for name in names],
        }  # fmt: skip
        return frame(columns, self._backend)

    def save(self, path: str | Path) -> None:
        """Write settings and estimates as plain JSON; `lifeworth.load` reads them back.

        The customers are not written: a loaded model forecasts, but draws no posterior.
        Raises ModelError MODEL-106 before fit.
        """
        self.require_fit()
        write(self, path)

    def require_fit(self) -> dict[str, float]:
        """The parameters. Raises ModelError MODEL-106 before fit."""
        if not hasattr(self, "params_"):
            raise ModelError("MODEL-106", model=type(self).__name__)
        return self.params_

    def keep(self, found: Estimate, log_likelihood: float, converged: bool, customers: float) -> None:
        """Write the fitted attributes from an estimate in the data's units."""
        names = [parameter.name for parameter in self.all_parameters]
        variance = np.diag(found.covariance)
        errors = np.sqrt(np.where(found.at_boundary | (variance == 0.0), np.nan, variance))
        self.params_ = dict(zip(names, found.values.tolist(), strict=True))
        self.standard_errors_ = dict(zip(names, errors.tolist(), strict=True))
        self.covariance_ = found.covariance
        self.log_likelihood_ = float(log_likelihood)
        self.converged_ = bool(converged)
        self.boundary_ = [name for name, out in zip(names, found.at_boundary, strict=True) if out]
        self.n_customers_ = float(customers)
        facts = {"model": type(self).__name__}
        self.findings_ = []
        if not converged:
            self.findings_.append(Finding("model.not_converged", "bad", facts))
        if self.boundary_:
            self.findings_.append(Finding("model.boundary", "warn", facts | {"parameters": self.boundary_}))

    _backend: str = DEFAULT_BACKEND

    def _errors(self) -> dict[str, float]:
        return getattr(self, "standard_errors_", {})

    def _boundary(self) -> list[str]:
        return getattr(self, "boundary_", [])

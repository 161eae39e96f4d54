"""What subscribers are still worth: the models of staying compete, and the best one values each account.

    residual value = monthly charge × margin × DERL(age, covariates)

DERL counts the payments still to come, the next one at its full worth. The interval is that of the
expectation: 90 % of draws of the estimates. The product-limit baseline (a hazard per band of ages,
the last for ever), the shifted beta-geometric, the beta-discrete-Weibull and the hazard with
covariates are each fitted to seven accounts in ten and judged by the likelihood of the other three.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.random import generator
from lifeworth.models.retention import likelihood
from lifeworth.models.retention.beta_discrete_weibull import BetaDiscreteWeibull
from lifeworth.models.retention.discrete_hazard import DiscreteHazard
from lifeworth.models.retention.inputs import renewal_counts
from lifeworth.models.retention.model import RetentionModel
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric

Floats = NDArray[np.float64]
HELD_OUT, DRAWS, LONGEST = 0.3, 100, 120  # months ahead that "months still to come" counts


@dataclass(frozen=True)
class Candidate:
    """One competitor: log-likelihood and BIC of all accounts, and per account held out."""

    name: str
    model: Any
    parameters: int
    log_likelihood: float
    bic: float
    held_out: float


@dataclass(frozen=True)
class Worth:
    """Per account (n,): chance to be here after the horizon, months to come, payments to come."""

    stays: Floats
    months_left: Floats
    payments: Floats
    payments_low: Floats
    payments_high: Floats
    payments_in_horizon: Floats


def compete(tenures: dict[str, Any], covariates: dict[str, Floats], seed: int) -> list[Candidate]:
    """Every candidate that can be fitted, the best of the accounts held out first.

    Raises ModelError where none can.
    """
    rows = len(tenures["churned"])
    chosen = generator(seed).random(rows) < HELD_OUT
    data = {**tenures, **covariates}
    makers: list[tuple[str, Any]] = [
        ("baseline", DiscreteHazard),
        ("ShiftedBetaGeometric", ShiftedBetaGeometric),
        ("BetaDiscreteWeibull", BetaDiscreteWeibull),
    ]
    if covariates:
        makers.append(("DiscreteHazard", lambda: DiscreteHazard(list(covariates))))
    found, refused = [], None
    for name, make in makers:
        try:
            trained = make().fit(_part(data, ~chosen))
            whole = make().fit(data)
        except ModelError as error:
            refused = error
            continue
        held = _log_likelihood(trained, _part(data, chosen)) / max(int(chosen.sum()), 1)
        size, total = len(whole.params_), whole.log_likelihood_
        found.append(Candidate(name, whole, size, total, size * float(np.log(rows)) - 2 * total, held))
    if not found:
        raise refused or ModelError("MODEL-211")
    return sorted(found, key=lambda each: -each.held_out)


def worth(model: Any, data: dict[str, Any], rate: float, horizon: int, seed: int) -> Worth:
    """What each account may expect. `rate` per month; accounts that left have nothing."""
    if isinstance(model, RetentionModel):
        return _by_age(model, data, rate, horizon, seed)
    drawn = [
        model.discounted_expected_residual_lifetime(data, rate, parameters=theta)
        for theta in model.draw_parameters(DRAWS, seed)
    ]
    return _worth(model, data, rate, horizon, np.array(drawn))


def calibrated(model: DiscreteHazard, data: dict[str, Any], ages: Any, survival: Any) -> DiscreteHazard:
    """The model with levels moved so that mean survival of all accounts is the product-limit curve.

    `survival` (k,) at `ages` 0, 1, ... where enough accounts are at risk; bands beyond keep their level.
    """
    starts = np.asarray(model.bands_)
    ends, last = np.append(starts[1:] - 1, 0), int(np.max(ages))
    made = DiscreteHazard(**model.get_params())
    for name, value in vars(model).items():
        setattr(made, name, dict(value) if isinstance(value, dict) else value)
    new = {name: np.asarray(value) for name, value in data.items() if name in model.covariates}
    new["renewals"] = np.zeros(len(data["churned"]), np.int64)
    here = np.ones(len(new["renewals"]))
    for start, end in zip(starts[:-1], ends[:-1], strict=True):
        goal = float(survival[end]) if end <= last else np.nan
        if not goal > 0:
            break
        chance = model.hazard(new, start)[:, 0]
        odds = np.log(chance) - np.log1p(-chance)
        low, high, dates = -8.0, 8.0, int(end - start + 1)
        for _ in range(50):
            middle = 0.5 * (low + high)
            stayed = here / (1.0 + np.exp(odds + middle)) ** dates
            low, high = (middle, high) if stayed.mean() > goal else (low, middle)
        made.params_[f"age_{start}"] += middle
        here = stayed
    return made


def naive_payments(tenures: dict[str, Any]) -> float:
    """Payments to come by the formula one over churn, with one churn for everybody: a yardstick."""
    counts = renewal_counts(tenures)
    return float(counts.at_risk.sum() / counts.left.sum())


def _by_age(model: RetentionModel, data: dict[str, Any], rate: float, horizon: int, seed: int) -> Worth:
    """Accounts of one age are alike: each age is worked out once."""
    plain = {name: data[name] for name in ("T", "churned")}
    churned = np.asarray(plain["churned"], bool)
    renewals = np.asarray(plain["T"]) - churned
    ages, code = np.unique(renewals, return_inverse=True)
    still = {"renewals": ages}
    parameters = model.posterior(1000, seed).parameters(DRAWS)
    drawn = []
    for at in range(DRAWS):
        each = type(model).with_parameters(**{name: float(value[at]) for name, value in parameters.items()})
        drawn.append(each.discounted_expected_residual_lifetime(still, rate))
    found = _worth(model, still, rate, horizon, np.array(drawn))
    return Worth(*(np.where(churned, 0.0, getattr(found, name)[code]) for name in Worth.__annotations__))


def _worth(model: Any, data: Any, rate: float, horizon: int, drawn: Floats) -> Worth:
    payments = model.discounted_expected_residual_lifetime(data, rate)
    low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
    return Worth(
        stays=model.expected_probability_alive(data, horizon),
        months_left=model.discounted_expected_residual_lifetime(data, 0.0, LONGEST),
        payments=payments,
        payments_low=np.minimum(low, payments),
        payments_high=np.maximum(high, payments),
        payments_in_horizon=model.discounted_expected_residual_lifetime(data, rate, horizon),
    )


def _log_likelihood(model: Any, data: dict[str, Any]) -> float:
    if isinstance(model, DiscreteHazard):
        return model.log_likelihood(data)
    counts = renewal_counts(data)
    return float(likelihood.objective(model, counts)(np.array(list(model.params_.values())))[0])


def _part(data: dict[str, Any], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    return {name: np.asarray(each)[chosen] for name, each in data.items()}

"""The answers of the calculator, by name: each takes the inputs and the answers before it.

Conventions are in the catalogue beside each formula (`calculator.formula.<name>`); the sentence holds the
inputs' names in braces, so that it can be filled with their words or with their numbers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from lifeworth.value.economics import margin_multiple, margin_multiple_now

Inputs = Mapping[str, float]
Unit = Literal["money", "number", "years", "months", "ratio"]
Basis = Literal["profit", "revenue", ""]


@dataclass(frozen=True)
class Formula:
    """`discounted` and `basis` qualify the number; a basis of "" is no money."""

    answer: Callable[[Inputs], float]
    unit: Unit
    basis: Basis = "profit"
    discounted: bool = False


def _monthly(annual: float) -> float:
    return (1.0 + annual) ** (1.0 / 12.0) - 1.0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.inf


def _subscription(v: Inputs) -> float:
    """First payment now; margin grows by g a month while the subscriber stays."""
    stay = 1.0 - v["monthly_churn"]
    return v["monthly_margin"] * margin_multiple_now(stay, _monthly(v["discount_rate"]), v["monthly_growth"])


def _payback_survival(v: Inputs) -> float:
    """First month by which a newcomer's margin, on average, has covered the cost; else infinite."""
    stay, grown = 1.0 - v["monthly_churn"], 1.0 + v["monthly_growth"]
    pays, got = v["monthly_margin"], 0.0
    if pays <= 0:
        return 0.0 if v["acquisition_cost"] <= 0 else math.inf
    for month in range(1, 1201):
        got += pays * (stay * grown) ** (month - 1)
        if got >= v["acquisition_cost"] * (1.0 - 1e-12):
            return float(month)
    return math.inf


def _vehicles(v: Inputs) -> float:
    return float(math.floor(v["driving_years"] / v["replacement_years"] + 1e-9))


def _purchases(v: Inputs) -> list[tuple[float, float]]:
    """(chance, discount) of each vehicle: the first is bought now, each next one with brand repurchase."""
    rate = 1.0 + v["discount_rate"]
    return [
        (v["repurchase"] ** n, rate ** -(n * v["replacement_years"])) for n in range(round(v["vehicles"]))
    ]


def _automotive_service(v: Inputs) -> float:
    """Parts and service in each year of each vehicle's life, if it is serviced in the network at that age."""
    rate, total = 1.0 + v["discount_rate"], 0.0
    pays = v["parts_service_per_year"] * v["parts_service_margin"]
    for chance, factor in _purchases(v):
        for age in range(1, math.floor(v["replacement_years"] + 1e-9) + 1):
            loyal = v["serviced"] * (1.0 - v["serviced_decline"]) ** max(0.0, age - v["warranty_years"])
            total += chance * factor * loyal * pays * rate**-age
    return total


def _each_vehicle(v: Inputs, amount: float) -> float:
    return sum(chance * factor * amount for chance, factor in _purchases(v))


def _account(v: Inputs) -> float:
    return v["account_margin"] * margin_multiple_now(v["retention"], v["discount_rate"])


def _account_payback(v: Inputs) -> float:
    """Years until kept margins, undiscounted, have covered the cost of winning the account."""
    got = 0.0
    for year in range(1, 101):
        got += v["account_margin"] * v["retention"] ** (year - 1)
        if got >= v["acquisition_cost"] * (1.0 - 1e-12):
            return float(year)
    return math.inf


FORMULAS: dict[str, Formula] = {
    "yearly_margin": Formula(lambda v: v["average_order"] * v["orders_per_year"] * v["margin"], "money"),
    "classical": Formula(
        lambda v: v["average_order"] * v["orders_per_year"] * v["lifespan_years"] * v["margin"], "money"
    ),
    "multiple_later": Formula(
        lambda v: v["yearly_margin"] * margin_multiple(v["retention"], v["discount_rate"]),
        "money",
        discounted=True,
    ),
    "multiple_now": Formula(
        lambda v: v["yearly_margin"] * margin_multiple_now(v["retention"], v["discount_rate"]),
        "money",
        discounted=True,
    ),
    "after_acquisition": Formula(
        lambda v: v["multiple_now"] - v["acquisition_cost"], "money", discounted=True
    ),
    "value_to_cost": Formula(lambda v: _ratio(v["multiple_now"], v["acquisition_cost"]), "ratio", ""),
    "payback_months": Formula(
        lambda v: _ratio(12.0 * v["acquisition_cost"], v["yearly_margin"]), "months", ""
    ),
    "monthly_margin": Formula(lambda v: v["monthly_price"] * v["margin"], "money"),
    "expected_months": Formula(lambda v: 1.0 / v["monthly_churn"], "months", ""),
    "naive_subscription": Formula(lambda v: v["monthly_margin"] / v["monthly_churn"], "money"),
    "discounted_subscription": Formula(_subscription, "money", discounted=True),
    "after_acquisition_subscription": Formula(
        lambda v: v["discounted_subscription"] - v["acquisition_cost"], "money", discounted=True
    ),
    "value_to_cost_subscription": Formula(
        lambda v: _ratio(v["discounted_subscription"], v["acquisition_cost"]), "ratio", ""
    ),
    "payback_survival": Formula(_payback_survival, "months", ""),
    "vehicles": Formula(_vehicles, "number", ""),
    "automotive_textbook": Formula(
        lambda v: (
            v["vehicles"] * (v["vehicle_price"] + v["interest_per_vehicle"])
            + v["driving_years"] * v["parts_service_per_year"]
        ),
        "money",
        "revenue",
    ),
    "automotive_vehicles": Formula(
        lambda v: _each_vehicle(v, v["vehicle_price"] * v["vehicle_margin"]), "money", discounted=True
    ),
    "automotive_service": Formula(_automotive_service, "money", discounted=True),
    "automotive_interest": Formula(
        lambda v: _each_vehicle(v, v["interest_per_vehicle"] * v["interest_margin"]), "money", discounted=True
    ),
    "automotive_margin": Formula(
        lambda v: v["automotive_vehicles"] + v["automotive_service"] + v["automotive_interest"],
        "money",
        discounted=True,
    ),
    "account_margin": Formula(
        lambda v: (
            v["wallet_per_year"] * v["share_of_wallet"] * v["margin"]
            - v["service_hours"] * v["cost_per_hour"]
        ),
        "money",
    ),
    "account_value": Formula(_account, "money", discounted=True),
    "wallet_headroom": Formula(
        lambda v: (
            max(0.0, v["reachable_share"] - v["share_of_wallet"])
            * v["wallet_per_year"]
            * v["margin"]
            * margin_multiple_now(v["retention"], v["discount_rate"])
        ),
        "money",
        discounted=True,
    ),
    "account_after_acquisition": Formula(
        lambda v: v["account_value"] - v["acquisition_cost"], "money", discounted=True
    ),
    "account_payback_years": Formula(_account_payback, "years", ""),
}

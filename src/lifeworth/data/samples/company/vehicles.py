"""Coffee vans that the sample company sold to some customers: price, parts and service, finance interest.

Story: a share of customers buys a van some time after joining and keeps it; each van costs its owner parts
and service at a yearly rate of its own (log-normal across vans), in proportion to the days; some are
financed, and the interest is a share of the price.
"""

from dataclasses import dataclass

import numpy as np

from lifeworth.data.samples.company.world import DAYS, Company, Floats, Whole


@dataclass(frozen=True)
class VehicleParameters:
    """Money in minor units; shares 0..1."""

    owner_share: float = 0.06
    price: int = 3_800_000
    price_spread: float = 0.15  # of the logarithm
    service_per_year: int = 140_000
    service_spread: float = 0.4
    financed_share: float = 0.6
    interest_share: float = 0.11  # of the price of a financed van


@dataclass(frozen=True)
class Vehicles:
    """One row per van, in the order of its owner; days from the company's first."""

    parameters: VehicleParameters
    owner: Whole
    bought: Whole
    price: Whole
    service: Whole  # paid up to the last day
    interest: Whole
    service_per_year: Floats  # the truth behind `service`


def simulate_vehicles(c: Company, seed: int, parameters: VehicleParameters | None = None) -> Vehicles:
    p = parameters or VehicleParameters()
    rng = np.random.default_rng([seed, 13])
    owner = np.flatnonzero((rng.random(len(c)) < p.owner_share) & (c.joined < DAYS - 60))
    size = len(owner)
    bought = (c.joined[owner] + rng.random(size) * (DAYS - 30 - c.joined[owner])).astype(np.int64)
    price = (p.price * _around(rng, p.price_spread, size)).astype(np.int64)
    rate = p.service_per_year * _around(rng, p.service_spread, size)
    service = (rate * (DAYS - bought) / 365.25).astype(np.int64)
    financed = rng.random(size) < p.financed_share
    interest = np.where(financed, price * p.interest_share, 0).astype(np.int64)
    return Vehicles(p, owner, bought, price, service, interest, rate)


def _around(rng: np.random.Generator, spread: float, size: int) -> Floats:
    """Log-normal factors with mean 1."""
    return np.exp(spread * rng.standard_normal(size) - spread**2 / 2)

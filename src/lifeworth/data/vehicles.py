"""From a file of vehicles to averages that the automotive template asks for."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lifeworth.base.errors import DataError
from lifeworth.base.history import DAYS_PER_YEAR
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.tables.companions.vehicles import VEHICLES


@dataclass(frozen=True)
class Averages:
    """Averages by the input of the template that they fill; vehicles: rows used; owners: None if not told."""

    inputs: dict[str, float]
    vehicles: int
    owners: int | None
    read: Companion


def vehicle_averages(source: Any) -> Averages:
    """Mean price and interest of a vehicle, and parts and service of all by all their years.

    Parts and service are left out where the file does not tell them, or until when they are counted.
    Raises:
        DataError: DATA-301 without a day or a price, DATA-342 without a row that can be used, and as for
        companion files.
    """
    read = read_companion(source, VEHICLES)
    table = read.table
    if not table.num_rows:
        raise DataError("DATA-342", file=read.name, rows=read.rows_read)
    price, service, interest = (
        np.array([np.nan if each is None else float(each) for each in table[name].to_pylist()])
        for name in ("price", "service", "interest")
    )
    years = (
        table["until"].fill_null(-1).to_numpy().astype(float) - table["bought"].to_numpy()
    ) / DAYS_PER_YEAR
    inputs = {"vehicle_price": float(price.mean())}
    known = np.isfinite(service) & (years > 0)
    if known.any():
        inputs["parts_service_per_year"] = float(service[known].sum() / years[known].sum())
    if np.isfinite(interest).any():
        inputs["interest_per_vehicle"] = float(np.nan_to_num(interest).mean())
    owners = len(set(table["customer_id"].to_pylist()) - {None}) if "customer_id" in read.mapping else None
    return Averages(inputs, table.num_rows, owners, read)

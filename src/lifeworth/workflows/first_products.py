"""What customers became who began with the same product or category, for a run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.levels import NORMAL_95
from lifeworth.data.first_products import first_items
from lifeworth.data.sources.orders import Orders
from lifeworth.engines.protocol import Engine
from lifeworth.results.first_products import FIRST_PRODUCT_SCHEMA
from lifeworth.value.gateways import LEAST, Contrast, contrasts
from lifeworth.value.intervals import interval
from lifeworth.value.statement import Statement
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.cohorts import Cohorts
from lifeworth.workflows.customers import Customers

Array = NDArray[np.float64]
MOST = 40  # items of a kind


@dataclass(frozen=True)
class Firsts:
    """Items of one kind that enough customers began with; code: of each customer, len(items) for others."""

    kind: str
    items: list[str]
    code: NDArray[np.int64]

    @property
    def grouping(self) -> tuple[NDArray[np.int64], int]:
        return self.code, len(self.items) + 1


def firsts_of(orders: Orders, customers: Customers, facts: pa.Table, engine: Engine) -> list[Firsts]:
    """None of a kind where fewer than two items were begun with, the others together being one.

    Args:
        facts: product_id and category of a product file.
    """
    named = first_items(orders, customers.table["customer_id"], facts, customers.day, engine)
    found = (_firsts(kind, words) for kind, words in named.items())
    return [each for each in found if each is not None]


def _firsts(kind: str, words: pa.Array) -> Firsts | None:
    counts = pc.value_counts(words.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda row: (-row["counts"], row["values"]))
    items = [str(row["values"]) for row in ranked if row["counts"] >= LEAST][:MOST]
    if not items or len(counts) < 2:
        return None
    place = pc.fill_null(pc.index_in(words, value_set=pa.array(items, pa.string())), len(items))
    return Firsts(kind, items, place.to_numpy(zero_copy_only=False).astype(np.int64))


def first_products_table(
    firsts: list[Firsts], cohorts: Cohorts, customers: Customers, appraisal: Appraisal | None,
    parts: Statement, drawn: dict[str, Array],
) -> pa.Table | None:  # fmt: skip
    """`results.first_products`; None where no product or category can be told.

    Args:
        drawn: by kind, current value per item and simulated future.
    """
    if not firsts:
        return None
    one = np.ones(len(customers))
    worth = (parts.historical if appraisal is None else parts.lifetime) / 100
    sold = np.maximum(customers.column("gross_sales") - customers.column("discounts"), 0.0)
    again = (customers.column("purchase_days") > 1).astype(np.float64)
    measured = {
        "value": (worth, one), "repeat_share": (again, one),
        "refund_share": (customers.column("refunds"), sold),
    }  # fmt: skip
    service = customers.deducted.get("service")
    rows: list[dict[str, Any]] = []
    for told in firsts:
        items = len(told.items)
        code = np.where(told.code < items, told.code, -1)
        found = {name: contrasts(y, x, code, items, cohorts.place) for name, (y, x) in measured.items()}
        ahead = None if appraisal is None else _ahead(told, appraisal, parts, drawn[told.kind])
        for place, item in enumerate(told.items):
            own = told.code == place
            row: dict[str, Any] = {
                "kind": told.kind, "item": item, "customers": int(own.sum()),
                "historical_value": float(parts.historical[own].sum()) / 100 / int(own.sum()),
                "measure": "historical_value" if appraisal is None else "lifetime_value",
                "service_cost": None if service is None else float(service[own].mean()),
            }  # fmt: skip
            for name, contrast in found.items():
                row |= _columns(name, contrast, place)
            half = NORMAL_95 * float(found["value"].error[place])
            below, above = (half, half) if ahead is None else np.hypot(half, ahead[:, place]).tolist()
            row |= {"value_low": row["value"] - below, "value_high": row["value"] + above}
            rows.append({name: row.get(name) for name in FIRST_PRODUCT_SCHEMA.names})
    return pa.Table.from_pylist(rows, schema=FIRST_PRODUCT_SCHEMA)


def _ahead(told: Firsts, appraisal: Appraisal, parts: Statement, draws: Array) -> Array:
    """Distances per customer from what is to come to its 5 % and 95 % quantiles, (2, items)."""
    code, groups = told.grouping
    count = np.bincount(code, minlength=groups)
    current = np.bincount(code, parts.current / 100, groups)
    further = np.zeros((2, groups))
    if appraisal.potential is not None:
        value, low, high = appraisal.potential.sums(code, groups)
        further = np.stack([value - low, high - value])
    spans = [interval(draws[place], float(current[place])) for place in range(groups)]
    coming = np.array([[span["value"] - span["low"] for span in spans],
                       [span["high"] - span["value"] for span in spans]])  # fmt: skip
    return np.asarray(np.hypot(coming, further) / np.maximum(count, 1))


def _columns(name: str, found: Contrast, place: int) -> dict[str, float]:
    """One figure of an item and its difference, where these are known."""
    row = {
        name: found.value[place],
        f"{name}_difference": found.difference[place],
        f"{name}_difference_low": found.low[place],
        f"{name}_difference_high": found.high[place],
    }
    return {column: float(amount) for column, amount in row.items() if np.isfinite(amount)}

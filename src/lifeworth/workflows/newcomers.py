"""Models of customers by what is known of them, and how well they foresaw earlier newcomers.

The check is what a lead would have gone through: models of the day `cut` value the customers who came
after it, as if they were leads, and are held against what these bought in as many days after their first
purchase, and against the plain mean, which is what the newcomers before the cut brought in such a time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.errors import ModelError
from lifeworth.base.random import generator
from lifeworth.data.attributes import OTHER, UNKNOWN
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import customer_summary
from lifeworth.engines.protocol import Engine
from lifeworth.models import GammaGamma, ParetoNBD
from lifeworth.models.fitting.priors import Prior, wide_priors
from lifeworth.models.newcomers import at_their_first_purchase
from lifeworth.value.model import LEAST_Q, PENALTY
from lifeworth.workflows.attributes import Attributes

Floats = NDArray[np.float64]
LEAST_DAYS, FEWEST, DRAWS, RESAMPLES = 30, 100, 200, 1000

LATER = """
-- one row per customer: net sales on days after the first purchase, up to :days later
WITH starts AS (
  SELECT customer_id, MIN(day) AS first FROM orders WHERE counted AND customer_id IS NOT NULL
  GROUP BY customer_id)
SELECT s.customer_id, CAST(COALESCE(SUM(o.net_sales) FILTER (o.day > s.first AND o.day <= s.first + :days), 0)
       AS DOUBLE) AS later
FROM starts s JOIN orders o USING (customer_id) GROUP BY s.customer_id"""


def fit_known(
    seen: pa.Table, told: Mapping[str, NDArray[Any]], covariates: Sequence[str]
) -> tuple[ParetoNBD, GammaGamma, pa.Table]:
    """Purchases and spend of the customers of a summary, moved by what is told of each; and their table.

    Raises ModelError MODEL-148 where spend varies so much that its mean hardly exists, and where customers
    do not identify the models.
    """
    net = seen["net_sales"].cast(pa.float64()).to_numpy()
    bought = seen["frequency"].to_numpy().astype(np.int64)
    columns: dict[str, Any] = {
        "customer_id": seen["customer_id"], "frequency": bought, "recency": seen["recency"], "T": seen["T"],
        "net_sales": net, **told,
    }  # fmt: skip
    customers = pa.table(columns)
    purchases = ParetoNBD(list(covariates), penalty=PENALTY).fit(customers)
    paid = net > 0
    spent = {name: column[paid] for name, column in told.items()}
    spend = GammaGamma(list(covariates), penalty=PENALTY).fit(
        pa.table({"frequency": bought[paid] + 1, "monetary_value": net[paid] / (bought[paid] + 1), **spent})
    )
    if spend.params_["q"] <= LEAST_Q:
        raise ModelError("MODEL-148", q=spend.params_["q"])
    return purchases, spend, customers


def as_customers(
    told: Mapping[str, NDArray[Any]], cells: Mapping[str, Mapping[str, str]], names: Sequence[str]
) -> tuple[pa.Table, int]:
    """The columns of newcomers as the customers' are: numbers, or levels that customers have; and how many
    newcomers have other cells. These get the customers' mean, "other", "unknown" or the most frequent level.
    """
    columns, guessed = {}, np.zeros(len(names), bool)
    for name, column in told.items():
        given = [cells[name].get(who) for who in names]
        if column.dtype.kind == "f":
            values = np.array([_number(cell) for cell in given])
            guessed |= np.isnan(values)
            columns[name] = np.where(np.isnan(values), column.mean(), values)
            continue
        levels, count = np.unique(column.astype(str), return_counts=True)
        usual = next((each for each in (OTHER, UNKNOWN) if each in levels), str(levels[count.argmax()]))
        blank = UNKNOWN if UNKNOWN in levels else usual
        columns[name] = np.array(
            [blank if cell is None else cell if cell in levels else usual for cell in given], object
        )
        guessed |= np.array([cell not in levels for cell in given])
    return pa.table(columns), int(guessed.sum())


def backtest_newcomers(
    orders: Orders, seen: pa.Table, told: Mapping[str, NDArray[Any]], known: Attributes, day: int,
    horizon: float, covariates: Sequence[str], engine: Engine, random_state: int,
) -> dict[str, Any] | None:  # fmt: skip
    """How the customers who came after a cut were foreseen, in net sales after their first purchase.

    Args:
        seen, told: customers as of the day, and what is known of each.
    Returns:
        days (followed after the first purchase), first and last (days of the cut and of the last newcomer),
        newcomers; forecast, low, high (90 %) and actual totals; mean (the total by the plain mean); skill
        (share of the plain mean's squared error that the model saves) with its 90 % interval over customers;
        top_fifth (share of the actual total brought by the fifth that was foreseen best); held (share of
        newcomers in their 90 % intervals). None where there are too few of them, or no models, for a check.
    """
    age = seen["T"].to_numpy().astype(np.int64)
    days = int(min(horizon, age.max() // 4))
    fresh = np.flatnonzero((age >= days) & (age < 2 * days))
    earlier = np.flatnonzero(age >= 3 * days)
    if days < LEAST_DAYS or min(len(fresh), len(earlier)) < FEWEST:
        return None
    before = customer_summary(orders, day - 2 * days, engine)
    then, ids = known.of(before, day - 2 * days), seen["customer_id"].to_pylist()
    cells = {name: dict(zip(ids, map(str, column), strict=True)) for name, column in told.items()}
    try:
        purchases, spend, _ = fit_known(before, then, covariates)
        people, _ = as_customers(then, cells, [ids[place] for place in fresh.tolist()])
        priors = wide_priors(float(np.median(before["T"].to_numpy())) or 1.0, purchases.params_)
        expected, drawn = _foreseen(purchases, spend, people, days, priors, random_state)
    except ModelError:
        return None
    later = _later(orders, seen["customer_id"], days)
    actual, plain = later[fresh], float(later[earlier].mean())
    low, high = np.quantile(drawn.sum(axis=0), (0.05, 0.95)).tolist()
    best = np.argsort(-expected, kind="stable")[: max(len(fresh) // 5, 1)]
    inside = (actual >= np.quantile(drawn, 0.05, axis=1)) & (actual <= np.quantile(drawn, 0.95, axis=1))
    return {
        "days": days, "first": date_of(day - 2 * days).isoformat(), "last": date_of(day - days).isoformat(),
        "newcomers": len(fresh), "forecast": float(expected.sum()), "low": low, "high": high,
        "actual": float(actual.sum()), "mean": plain * len(fresh),
        "skill": _skill(actual, expected, plain, random_state),
        "top_fifth": float(actual[best].sum() / actual.sum()) if actual.sum() > 0 else None,
        "held": float(inside.mean()),
    }  # fmt: skip


def _foreseen(
    purchases: ParetoNBD,
    spend: GammaGamma,
    people: pa.Table,
    days: int,
    priors: Mapping[str, Prior],
    random_state: int,
) -> tuple[Floats, Floats]:
    """Expected net sales of each newcomer after the first purchase, (n,), and possible ones, (n, DRAWS)."""
    history, rng = at_their_first_purchase(people, purchases, spend), generator(random_state)
    buying = purchases.posterior(1000, rng, priors).parameters(DRAWS)
    spending = spend.posterior(1000, rng).parameters(DRAWS)
    counts = purchases.draw_purchases(history, days, buying, rng)
    expected = purchases.expected_purchases(history, days) * spend.expected_customer_spend(history)
    return expected, spend.draw_spend(history, counts, spending, rng)


def _skill(actual: Floats, expected: Floats, plain: float, random_state: int) -> dict[str, float]:
    """1 less the model's squared error over the plain mean's; 90 % interval over resampled customers."""
    ours, theirs = (actual - expected) ** 2, (actual - plain) ** 2
    rows = np.random.default_rng(random_state).integers(0, len(actual), (RESAMPLES, len(actual)))
    again = 1.0 - ours[rows].sum(axis=1) / np.maximum(theirs[rows].sum(axis=1), 1e-300)
    low, high = np.quantile(again, (0.05, 0.95)).tolist()
    return {"value": float(1.0 - ours.sum() / max(theirs.sum(), 1e-300)), "low": low, "high": high}


def _later(orders: Orders, ids: pa.ChunkedArray, days: int) -> Floats:
    """Net sales of each customer in so many days after the first purchase, (n,)."""
    with orders.workbench() as bench:
        orders.offer(bench)
        found = bench.query(LATER, days=days)
    place = pc.index_in(ids, value_set=found["customer_id"].combine_chunks())
    return np.asarray(found["later"].to_numpy()[place.to_numpy()])


def _number(cell: str | None) -> float:
    try:
        value = float(cell) if cell is not None else np.nan
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan

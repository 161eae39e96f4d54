"""What leads are worth once they buy, from what is known of them, and which customers they resemble.

A Pareto/NBD and a Gamma-Gamma whose parameters covariates move are fitted to the customers; a lead gets what
people like it bring (`models.newcomers`). Nearest customers are those of `models.nearest`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from lifeworth.base.clock import date_of, day_number
from lifeworth.base.errors import DataError, UsageError
from lifeworth.base.levels import NORMAL_95
from lifeworth.data.attributes import read_attributes
from lifeworth.data.sources.orders import Orders
from lifeworth.data.sources.read import read_orders
from lifeworth.data.summary import customer_summary
from lifeworth.data.tables.companions.attributes import LEADS
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.models import look_alikes, newcomer_value
from lifeworth.models.fitting.priors import wide_priors
from lifeworth.value.discounting import horizon_days, rate_per_day
from lifeworth.workflows.attributes import attributes_of
from lifeworth.workflows.newcomers import as_customers, backtest_newcomers, fit_known
from lifeworth.workflows.step import Progress, silent

Floats = NDArray[np.float64]
NEAREST, SHOWN, BEST, DRAWS = 50, 3, 0.2, 200


@dataclass(frozen=True)
class Leads:
    """A row per lead, best first, and what all of them have in common."""

    table: pa.Table
    summary: dict[str, Any]


def value_leads(
    orders: Any,
    leads: Any,
    *,
    covariates: Sequence[str],
    attributes: Any | None = None,
    horizon_months: float = 12,
    discount_rate: float = 0.10,
    margin: float | None = None,
    until: date | str | None = None,
    out: str | Path | None = None,
    random_state: int = 7,
    progress: Progress = silent,
    **reading: Any,
) -> Leads:
    """The value of people who have not bought yet, with intervals, and the customers most like them.

    Args:
        orders: what `read_orders` gave, or anything it reads.
        leads: file or dataframe: a column with the lead, and the columns of `covariates`.
        covariates: what is known of customers and leads, as for `lw.value`: columns of `attributes`, and
            "channel", of a customer's first order.
        margin: share of spend that is profit; None values revenue.
        until: as-of date; default: the day of the last order.
        out: folder for leads.csv; nothing is written without it.
    Returns:
        Leads; `table` has lead, first_purchase (what the first purchase brings), expected_purchases (repeat
        purchases within the horizon), value (discounted, of these), value_low and value_high (90 % interval
        of the mean of people alike), person_low and person_high (of one person), none (chance of no repeat
        purchase), best_share (of the 50 customers most alike, how many are among the fifth with the highest
        net sales so far) with its 90 % interval, and alike (the three nearest customers). Money in major
        units.
    Raises:
        UsageError VALUE-072 without covariates, 003 for a margin that is none, 071, and as `lw.value`;
        DataError as `read_attributes`, DATA-361 without a lead; ModelError MODEL-148 where spend varies so
        much that its mean hardly exists, and where customers do not identify the models.
    """
    if not covariates:
        raise UsageError("VALUE-072")
    if margin is not None and not 0 < margin <= 1:
        raise UsageError("VALUE-003", seen=margin)
    days, rate, engine = horizon_days(horizon_months), rate_per_day(discount_rate), DuckDBEngine()
    progress("read", 0)
    if not isinstance(orders, Orders):
        orders = read_orders(orders, until=until, engine=engine, **reading)
    day = orders.last_day if until is None else day_number(until)
    known = attributes_of(covariates, attributes, orders, engine)
    assert known is not None  # covariates were asked for
    asked = read_attributes(leads, known.names, engine, LEADS)
    progress("fit", 0)
    seen = customer_summary(orders, day, engine)
    told = known.of(seen, day)
    names = list(asked.ids)
    if not names:
        raise DataError("DATA-361", file=asked.name)
    people, guessed = as_customers(told, asked.cells, names)
    purchases, spend, customers = fit_known(seen, told, covariates)
    progress("backtest", 0)
    check = backtest_newcomers(orders, seen, told, known, day, days, covariates, engine, random_state)
    progress("simulate", 0)
    net, age = customers["net_sales"].to_numpy(), float(np.median(seen["T"].to_numpy())) or 1.0
    worth: pa.Table = newcomer_value(
        purchases, spend, people, days, margin=margin or 1.0, discount_rate=rate, draws=DRAWS,
        random_state=random_state, priors=wide_priors(age, purchases.params_),
    )  # fmt: skip
    # of customers equally near some by chance: the first ones would be the oldest
    mixed = customers.take(np.random.default_rng(random_state).permutation(len(net)))
    near: pa.Table = look_alikes(purchases, mixed, people, min(NEAREST, len(net)), ("net_sales",))
    table = _table(names, worth, near, net, margin or 1.0)
    summary = {
        "as_of": date_of(day).isoformat(), "currency": orders.currency, "horizon_months": horizon_months,
        "discount_rate": discount_rate, "basis": "net_revenue" if margin is None else "margin",
        "customers": len(net), "leads": len(names), "guessed": guessed,
        "rejected": 0 if asked.rejected is None else asked.rejected.num_rows,
        "total": float(np.sum(table["value"].to_numpy())), "check": check,
        "models": [purchases.params_, spend.params_],
        "rows": table.to_pylist(),
    }  # fmt: skip
    if out is not None:
        Path(out).mkdir(parents=True, exist_ok=True)
        alike = pa.array([" ".join(each) for each in table["alike"].to_pylist()])
        flat = table.set_column(table.num_columns - 1, "alike", alike)
        pyarrow.csv.write_csv(flat, Path(out) / "leads.csv")
    return Leads(table, summary)


def _table(names: list[str], worth: pa.Table, near: pa.Table, net: Floats, margin: float) -> pa.Table:
    nearest = len(near) // len(names)
    best = np.quantile(net, 1.0 - BEST)
    tied = (BEST * len(net) - (net > best).sum()) / max(int((net == best).sum()), 1)  # a share of these
    shown = near["net_sales"].to_numpy()
    among = (shown > best) + tied * (shown == best)
    share = among.reshape(len(names), nearest).mean(axis=1)
    low, high = _wilson(share, nearest)
    ids = np.array([str(each) for each in near["customer_id"].to_pylist()], object).reshape(len(names), -1)
    value = worth["value"].to_numpy()
    columns = {
        "lead": names,
        "first_purchase": worth["expected_spend"].to_numpy() * margin,
        "expected_purchases": worth["expected_purchases"].to_numpy(),
        "value": value, "value_low": worth["low"].to_numpy(), "value_high": worth["high"].to_numpy(),
        "person_low": worth["person_low"].to_numpy(), "person_high": worth["person_high"].to_numpy(),
        "none": worth["none"].to_numpy(),
        "best_share": share, "best_share_low": low, "best_share_high": high,
        "alike": [list(each) for each in ids[:, :SHOWN]],
    }  # fmt: skip
    return pa.table(columns).take(np.argsort(-value, kind="stable"))


def _wilson(share: Floats, count: int) -> tuple[Floats, Floats]:
    """The 90 % interval of shares of `count`. Source: Wilson (1927), JASA 22(158), 209-212."""
    z = NORMAL_95 * NORMAL_95 / count
    middle = (share + 0.5 * z) / (1.0 + z)
    half = np.sqrt(share * (1.0 - share) * z + 0.25 * z * z) / (1.0 + z)
    return middle - half, middle + half

"""Potential value of a run: gather the evidence, let every stream claim, grant within the wallet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding
from lifeworth.data.holdings import ProductFile, Shelf, shelf
from lifeworth.data.purses import Purses
from lifeworth.data.sources.orders import Orders
from lifeworth.data.summary import customer_summary, purchase_history
from lifeworth.engines.protocol import Engine
from lifeworth.value.model import Base
from lifeworth.value.potential.add_on import add_ons, learned_pairs, parents_of, told_pairs
from lifeworth.value.potential.effects import OfferEffect, offer_effects
from lifeworth.value.potential.growth import Growth, persistence, risen, trend
from lifeworth.value.potential.offers import (
    Standing,
    add_on_claim,
    adoption_model,
    confirmed,
    cross_sell,
    up_sell,
)
from lifeworth.value.potential.potential import (
    Potential,
    combined,
    growth_claim,
    next_owned,
)
from lifeworth.value.potential.purse import purses, wallet_features, wallet_record
from lifeworth.value.potential.streams import STREAMS, Claim
from lifeworth.value.potential.upgrade import ladder, upgrades
from lifeworth.value.potential.windows import Windows, strata, windows
from lifeworth.value.referral.part import ReferralPart
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers
from lifeworth.workflows.settings import Settings

MOST_ITEMS, MOST_PRODUCTS = 48, 120
Counts = NDArray[np.float64]


@dataclass(frozen=True)
class Then:
    """The customers of today as they stood on an earlier day, (n,) each."""

    known: NDArray[np.bool_]
    days: Counts  # purchase days so far
    net_sales: Counts
    silent: NDArray[np.int32]
    base: Base  # only those who were known, in their order


def potential_part(
    products: ProductFile,
    orders: Orders,
    customers: Customers,
    appraisal: Appraisal,
    settings: Settings,
    engine: Engine,
    referral: ReferralPart,
    told: Purses | None = None,
    measured: Mapping[str, OfferEffect] | None = None,
) -> tuple[Potential, list[Finding], pa.Table | None]:
    """Potential value of customers whose current value is appraised already.

    `told`: what customers told of their wallets; `measured`: what offers add, by stream.
    The table has the rows of the product file that were rejected.
    """
    assumed = settings.assumed
    effects = offer_effects(assumed, measured or {})
    first_day = int(customers.column("first_day").min())
    when = windows(first_day, customers.day, settings.days)
    if when is None:
        moved = None
        standing = _standing(customers, appraisal, Windows(customers.day, customers.day, customers.day), [])
        claims: dict[str, Claim] = {}
        missing = dict.fromkeys(STREAMS, "time")
        record: dict[str, Any] = {"windows": None}
        findings: list[Finding] = []
        rejected = None
    else:
        past = [_then(orders, customers, day, engine) for day in (when.oldest, when.first, when.second)]
        standing = _standing(customers, appraisal, when, past)
        rows = shelf(orders, customers.table["customer_id"].combine_chunks(), products, customers.day, engine)
        claims, missing, record = _claims(rows, standing, customers, effects, settings)
        findings, rejected = (rows.findings, rows.rejected) if rows else ([], None)
        _grow(claims, missing, record, standing, customers, appraisal, past)
        moved = _trend(customers, past)
        record["windows"] = {
            "first": date_of(when.first).isoformat(),
            "second": date_of(when.second).isoformat(),
            "days": when.days,
        }
    features = _features(customers)
    wallet, record["wallet_sources"] = purses(standing, features, assumed, told, settings.horizon_months)
    if when is not None:
        recent = customers.base.net_sales - past[2].net_sales
        chosen = past[2].known
        record["wallet"] = wallet_record(
            np.maximum(recent[chosen], 0.0), [feature[chosen] for feature in features], assumed
        )
    found = replace(combined(standing, wallet, claims, missing, referral.stream, assumed), trend=moved)
    said = {
        "assumptions": assumed.to_json(),
        "yours": list(settings.yours),
        "offer_effects": {name: effect.to_json() for name, effect in effects.items()},
    }
    found.record.update(record, **said, order=list(STREAMS), streams=_streams(found))
    return found, findings, rejected


def _claims(
    rows: Shelf | None,
    standing: Standing,
    customers: Customers,
    effects: dict[str, OfferEffect],
    settings: Settings,
) -> tuple[dict[str, Claim], dict[str, str], dict[str, Any]]:
    """Add-on, up-sell and cross-sell, and for each that cannot be claimed what it lacks."""
    if rows is None:
        return {}, dict.fromkeys(("add_on", "up_sell", "cross_sell"), "product_lines"), {"backtest": None}
    claims: dict[str, Claim] = {}
    missing = {"add_on": "pairs", "up_sell": "price_tiers", "cross_sell": "take_ups"}
    when = standing.windows
    holdings = rows.holdings(MOST_ITEMS, when.second)
    learned = adoption_model(holdings, standing)
    grade = confirmed(learned[1]) if learned else "D"
    taken = None
    single = rows.holdings(MOST_PRODUCTS, when.second, "product") if rows.column == "category" else holdings
    if single.items:
        facts = _facts_of(rows.products, single.items)
        above = holdings if rows.column == "category" else None
        parents, first = parents_of(single, facts["category"], above), single.first()
        pairs = told_pairs(parents, facts["add_on_of"]) or learned_pairs(parents, first)
        if pairs:
            found = add_ons(parents, first, pairs, customers.day, settings.days)
            claims["add_on"] = add_on_claim(single, found, standing, effects["add_on"], grade)
            names = facts["category"] if rows.column == "category" else list(single.items)
            place = next_owned(single, names, holdings.items)[found.add_ons]
            taken = np.zeros((len(standing), len(holdings.items)), bool)
            for column in np.flatnonzero(place >= 0).tolist():
                taken[:, place[column]] |= found.chance[:, column] > 0
    rungs = ladder(rows.products)
    if rungs is not None:
        tiers = rows.tiers(rungs.product, rungs.cell, when.second)
        steps = upgrades(
            tiers, rungs, standing.strata[1], when.second, standing.known[2], standing.strata_now
        )
        if steps.learned:
            claims["up_sell"] = up_sell(steps, rungs, tiers, standing, effects["up_sell"], "D")
    if learned:
        claims["cross_sell"] = cross_sell(holdings, learned[0], standing, effects["cross_sell"], grade, taken)
    record: dict[str, Any] = {"items": rows.column, "item_count": len(holdings.items), "backtest": None}
    if learned:
        stretch = {"from": date_of(when.second).isoformat(), "until": date_of(when.last).isoformat()}
        record["backtest"] = {**learned[1], **stretch}
    return claims, missing, record


def _trend(customers: Customers, past: list[Then]) -> NDArray[np.int8]:
    _, early, late = past
    now = (customers.base.history.frequency + 1.0) * customers.bought
    return trend(late.days - early.days, now - late.days, early.known)


def _grow(
    claims: dict[str, Claim],
    missing: dict[str, str],
    record: dict[str, Any],
    standing: Standing,
    customers: Customers,
    appraisal: Appraisal,
    past: list[Then],
) -> None:
    oldest, early, late = past
    rose_then = risen(early.days - oldest.days, late.days - early.days) & oldest.known
    now = customers.base.history.frequency + 1.0
    expected = np.zeros(len(customers))
    if late.known.any():
        forecast = appraisal.model.forecast(late.base, days=standing.windows.days, annual_rate=0)
        expected[late.known] = forecast.expected_purchases
    chosen = oldest.known
    found: Growth = persistence(rose_then[chosen], (now - late.days)[chosen], expected[chosen])
    claim = growth_claim(standing, risen(late.days - early.days, now - late.days) & early.known, found)
    if claim is not None:
        claims["growth"] = claim
    missing["growth"] = "significant_growth"
    record["growth"] = {"risers": found.risers, "measured": found.measured, "rise": found.rise}


def _then(orders: Orders, customers: Customers, day: int, engine: Engine) -> Then:
    table = customer_summary(orders, day, engine)
    place = pc.index_in(customers.table["customer_id"], value_set=table["customer_id"].combine_chunks())
    known = place.is_valid().to_numpy()
    at = place.fill_null(0).to_numpy().astype(np.int64)[known]
    back = np.empty(table.num_rows, np.int64)  # who they are today: all of them still are customers
    back[at] = np.flatnonzero(known)
    traits = {name: column[back] for name, column in customers.base.history.covariates.items()}
    history = replace(purchase_history(table), covariates=traits)
    sales = table["net_sales"].cast(pa.float64()).to_numpy()
    days, net = np.zeros(len(customers)), np.zeros(len(customers))
    silent = np.zeros(len(customers), np.int32)
    days[known], net[known] = history.frequency[at] + 1.0, sales[at]
    silent[known] = (history.T - history.recency)[at]
    return Then(known, days, net, silent, Base(history, sales, np.ones(len(history))))


def _standing(customers: Customers, appraisal: Appraisal, when: Windows, past: list[Then]) -> Standing:
    forecast, base = appraisal.buying, customers.base
    n, history = len(customers), base.history
    stretch = np.ones(n)
    if past:
        short = appraisal.model.forecast(base, days=when.days, annual_rate=0).expected_purchases
        stretch = np.divide(forecast.expected_purchases, short, out=np.ones(n), where=short > 1e-12)
    groups = [strata((then.days - 1).astype(np.int32), then.silent, when.days) for then in past[1:]]
    nobody, nothing = np.zeros(n, bool), np.zeros(n, np.int64)
    alive = appraisal.probability_alive
    return Standing(
        alive=np.ones(n) if alive is None else alive,
        purchases=forecast.expected_purchases,
        spend=forecast.expected_purchases * forecast.expected_spend,
        paid=forecast.discount * base.margin_rates,
        margin=base.margin_rates,
        stretch=np.maximum(stretch, 1.0),
        purchase_days=history.frequency.astype(np.float64) + 1.0,
        current=forecast.value,
        windows=when,
        known=(past[0].known, past[1].known, past[2].known) if past else (nobody, nobody, nobody),
        strata=(groups[0], groups[1]) if past else (nothing, nothing),
        strata_now=strata(history.frequency, history.T - history.recency, when.days) if past else nothing,
    )


def _features(customers: Customers) -> list[NDArray[np.int64]]:
    codes = pc.fill_null(pc.dictionary_encode(customers.channel).indices, -1)
    channel = codes.to_numpy(zero_copy_only=False).astype(np.int64)
    return wallet_features(
        customers.column("first_order_value"), customers.base.history.T.astype(float), channel
    )


def _facts_of(products: pa.Table, items: list[str]) -> dict[str, list[Any]]:
    place = pc.index_in(pa.array(items, pa.string()), value_set=products["product"].combine_chunks())
    return {name: products[name].take(place).to_pylist() for name in ("category", "add_on_of", "title")}


def _streams(found: Potential) -> list[dict[str, Any]]:
    rows = []
    for name, stream in found.streams.items():
        value, low, high = stream.total
        rows.append(
            {
                "stream": name, "value": value, "low": low, "high": high, "grade": stream.grade,
                "needs": stream.needs, "customers": int(np.count_nonzero(stream.value > 0)),
            }
        )  # fmt: skip
    return rows

"""Writes the sample company the way companies have it: CSV files in their language, and the truth."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lifeworth.data.samples.company.beside import Beside, simulate_beside
from lifeworth.data.samples.company.beside_files import (
    BESIDE_WORDS,
    case_rows,
    household_rows,
    marketing_rows,
    subscription_rows,
    survey_rows,
    vehicle_rows,
)
from lifeworth.data.samples.company.cells import START, Rows, day_text, money_text
from lifeworth.data.samples.company.words import PRODUCTS, WORDS, Words
from lifeworth.data.samples.company.world import CHANNELS, DAYS, Company, simulate_company

_ACQUISITION_MINOR = (900, 600, 1400, 300)  # per new customer, by channel
_FULFILMENT_MINOR = 420  # per order that was not cancelled


@dataclass(frozen=True)
class CompanyFiles:
    """Where each file stands, its currency, and the world that it came from."""

    currency: str
    company: Company
    beside: Beside
    truth: Path
    parameters: Path
    orders: Path
    products: Path
    customers: Path
    referrals: Path
    costs: Path
    campaign: Path
    surveys: Path
    cases: Path
    subscriptions: Path
    households: Path
    marketing: Path
    vehicles: Path


def write_company(folder: Path, language: str = "en", seed: int = 7, customers: int = 3000) -> CompanyFiles:
    """Write the company into `folder` (made if missing); same arguments, same bytes."""
    words = WORDS[language]
    company = simulate_company(customers, seed)
    beside, further = simulate_beside(company, seed), BESIDE_WORDS[language]
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.csv" for name in (*words.files, *further.files)]
    rng = np.random.default_rng([seed, words.place])
    names = _names(rng, len(company), words)
    cities = [words.cities[i] for i in rng.integers(0, len(words.cities), len(company))]
    keys = [customer_key(row, language) for row in range(len(company))]
    orders = {"en": _shopify_rows, "zh-Hans": _tmall_rows}.get(language, _line_rows)
    contents: tuple[tuple[Sequence[str], Iterable[Sequence[object]]], ...] = (
        (words.orders, orders(company, words, keys, names, cities)),
        (words.products, _product_rows(words)),
        (
            words.customers,
            (
                (key, names[i], cities[i], words.channels[company.channel[i]], day_text(company.joined[i]))
                for i, key in enumerate(keys)
            ),
        ),
        (
            words.referrals,
            (
                (keys[i], keys[company.parent[i]], day_text(company.joined[i]))
                for i in np.flatnonzero(company.parent >= 0)
            ),
        ),
        (words.costs, _cost_rows(company, words)),
        (words.campaign, _campaign_rows(company, words, keys)),
        (further.surveys, survey_rows(beside, further, keys)),
        (further.cases, case_rows(beside, further, keys)),
        (further.subscriptions, subscription_rows(beside, further, keys)),
        (further.households, household_rows(beside, company, further, keys)),
        (further.marketing, marketing_rows(cost_entries(company), company, words.channels)),
        (further.vehicles, vehicle_rows(beside, further, keys)),
    )
    for path, (headers, rows) in zip(paths, contents, strict=True):
        encoding = further.club_encoding if headers is further.subscriptions else ""
        with path.open("w", encoding=encoding or words.encoding, newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(headers)
            writer.writerows(rows)
    truth, parameters = folder / "truth.parquet", folder / "truth.json"
    pq.write_table(_truth(company, beside, keys), truth)
    told = {**asdict(company.parameters), "beside": asdict(beside.parameters)}
    parameters.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return CompanyFiles(words.currency, company, beside, truth, parameters, *paths)


def customer_key(row: int, language: str) -> str:
    """How the company's files name a customer: Shopify knows an address, the others a number."""
    return f"c{row + 1:05d}@example.com" if language == "en" else f"K{row + 1:05d}"


def _names(rng: np.random.Generator, size: int, words: Words) -> list[str]:
    family, given = rng.integers(0, len(words.family), size), rng.integers(0, len(words.given), size)
    pairs = ((words.family[f], words.given[g]) for f, g in zip(family, given, strict=True))
    return [f + g if words.family_first else f"{g} {f}" for f, g in pairs]


def _moment(order: int, day: int) -> str:
    return f"{day_text(day)} {8 + order % 12:02d}:{order % 60:02d}:00"


def _shopify_rows(
    c: Company, words: Words, keys: list[str], names: list[str], cities: list[str]
) -> Iterable[Sequence[object]]:
    """One row per line; the order's own fields stand on its first line only."""
    amounts = np.bincount(c.line_order, c.line_amount).astype(np.int64).tolist()
    off = np.bincount(c.line_order, c.discount).astype(np.int64).tolist()
    before = -1
    for order, product, quantity in zip(
        c.line_order.tolist(), c.product.tolist(), c.quantity.tolist(), strict=True
    ):
        one, buyer = PRODUCTS[product], int(c.buyer[order])
        number, moment = f"#{order + 1001}", f"{_moment(order, int(c.day[order]))} +0000"
        line = (quantity, one.names[0], money_text(one.price), one.code)
        if order == before:
            yield (number, keys[buyer], *[""] * 8, moment, *line, *[""] * 5)
            continue
        before, amount, refunded = order, amounts[order], bool(c.refunded[order])
        status = words.statuses[2 if c.cancelled[order] else 1 if refunded else 0]
        yield (
            *(number, keys[buyer], status, moment, words.currency, money_text(amount), "0.00", "0.00"),
            *(money_text(amount), money_text(off[order]), moment, *line, names[buyer], cities[buyer]),
            *(moment if c.cancelled[order] else "", money_text(amount if refunded else 0)),
            words.channels[c.channel[buyer]],
        )


def _line_rows(
    c: Company, words: Words, keys: list[str], names: list[str], cities: list[str]
) -> Iterable[Sequence[object]]:
    """One row per line, every field on each."""
    del names  # this export names customers by number alone
    columns = (c.line_order, c.product, c.quantity, c.discount, c.line_amount)
    for order, product, quantity, off, paid in zip(*(column.tolist() for column in columns), strict=True):
        one, buyer, refunded = PRODUCTS[product], int(c.buyer[order]), bool(c.refunded[order])
        status = words.statuses[2 if c.cancelled[order] else 1 if refunded else 0]
        yield (
            *(f"D{order + 100001}", keys[buyer], _moment(order, int(c.day[order])), status, one.code),
            *(
                one.names[words.place],
                words.kinds[one.kind],
                quantity,
                money_text(one.price),
                money_text(off),
            ),
            *(
                money_text(paid),
                money_text(paid if refunded else 0),
                words.channels[c.channel[buyer]],
                cities[buyer],
            ),
        )


def _tmall_rows(
    c: Company, words: Words, keys: list[str], names: list[str], cities: list[str]
) -> Iterable[Sequence[object]]:
    """The line report of 天猫 with the buyer and the shop's own columns; order numbers guarded from Excel."""
    del names  # buyers are known by their member name
    columns = (c.line_order, c.product, c.quantity, c.discount, c.line_amount)
    before, place = -1, 0
    for order, product, quantity, off, paid in zip(*(column.tolist() for column in columns), strict=True):
        one, buyer, cancelled = PRODUCTS[product], int(c.buyer[order]), bool(c.cancelled[order])
        before, place = order, place + 1 if order == before else 1
        refunded = bool(c.refunded[order]) and not cancelled
        number, moment = f"{190_000_000_000_000 + order * 7919}", _moment(order, int(c.day[order]))
        status, back = (
            words.statuses[2 if cancelled else 0],
            words.statuses[1] if refunded else "没有申请退款",
        )
        yield (
            *(f'="{number}"', one.names[words.place], money_text(one.price), quantity, one.code, "", "", ""),
            *(status, one.code, f'="{number}{place:02d}"', f'="{number}"', "" if cancelled else f"P{number}"),
            *(money_text(paid + off), money_text(paid), back, money_text(paid if refunded else 0), moment),
            *("" if cancelled else moment, keys[buyer], words.kinds[one.kind]),
            *(words.channels[c.channel[buyer]], cities[buyer]),
        )


def _campaign_rows(c: Company, words: Words, keys: list[str]) -> Rows:
    """Who was offered what, when, in which arm (A: nothing), and what came of it within the window."""
    p = c.parameters
    kept = (
        ~(c.refunded | c.cancelled)
        & (c.day >= p.campaign_day)
        & (c.day < p.campaign_day + p.campaign_window_days)
    )
    lines = kept[c.line_order]
    spent = np.bincount(c.buyer[c.line_order[lines]], c.line_amount[lines], len(c)).astype(np.int64).tolist()
    for i in np.flatnonzero(c.member).tolist():
        treated = int(c.treated[i])
        yield (
            *(
                keys[i],
                words.offer[0],
                day_text(p.campaign_day),
                words.offer[1] if treated else "",
                "AB"[treated],
            ),
            *(int(c.responded[i]), money_text(spent[i])),
        )


def _product_rows(words: Words) -> Iterable[Sequence[object]]:
    for one in PRODUCTS:
        kind, name = words.kinds[one.kind], one.names[words.place]
        yield one.code, name, kind, money_text(one.price), money_text(one.unit_cost), one.add_on_of


def cost_entries(company: Company) -> list[tuple[int, int, int, int]]:
    """(kind 0..2, minor units, channel or -1, month): acquisition by channel, fulfilment and fees."""
    months = np.array(
        [(d.year - 2022) * 12 + d.month - 1 for d in (START + timedelta(i) for i in range(DAYS))]
    )
    new = np.zeros((36, CHANNELS), dtype=np.int64)
    np.add.at(new, (months[company.joined.astype(np.int64)], company.channel), 1)
    sent = ~company.cancelled
    shipped = np.bincount(months[company.day[sent]], minlength=36)
    paid = np.zeros(36, dtype=np.int64)
    lines = sent[company.line_order]
    np.add.at(paid, months[company.day[company.line_order[lines]]], company.line_amount[lines])
    acquired = [(0, int(new[m, k]) * _ACQUISITION_MINOR[k], k, m) for m in range(36) for k in range(CHANNELS)]
    fulfilled = [(1, int(shipped[m]) * _FULFILMENT_MINOR, -1, m) for m in range(36)]
    fees = [(2, int(paid[m]) * 6 // 1000, -1, m) for m in range(36)]
    return [entry for entry in (*acquired, *fulfilled, *fees) if entry[1]]


def _cost_rows(company: Company, words: Words) -> Iterable[Sequence[object]]:
    for kind, minor, channel, month in cost_entries(company):
        where = "" if channel < 0 else words.channels[channel]
        yield words.cost_kinds[kind], money_text(minor), where, f"{2022 + month // 12}-{month % 12 + 1:02d}"


def _truth(c: Company, beside: Beside, keys: list[str]) -> pa.Table:
    return pa.table(
        {
            "customer_id": keys,
            "orders_per_day": c.rate,
            "exit_rate_per_day": c.exit_rate,
            "lifetime_days": c.lifetime,
            "expected_orders_365": c.expected_orders,
            "referral_reproduction": c.referral_mean,
            "campaign_uplift": c.uplift,
            "mood": beside.mood,
            "household": beside.household,
        }
    )

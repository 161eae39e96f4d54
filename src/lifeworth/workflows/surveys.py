"""What customers say beside what they are worth: shares, two-way value, and the relation over time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.finding import Finding
from lifeworth.data.sources.orders import Orders
from lifeworth.data.surveys import Answers, Scale, read_surveys
from lifeworth.data.tables.companions.surveys import MEASURES, PERCEIVED, REACH
from lifeworth.engines.protocol import Engine
from lifeworth.segments.tiers import TIERS
from lifeworth.value.cents import to_cents
from lifeworth.value.satisfaction import (
    CLASSES,
    FEWEST_CUSTOMERS,
    TwoWay,
    mean_with_interval,
    net_promoter,
    rates_lower,
    relation,
    reliability,
    satisfied_share,
    two_way,
)
from lifeworth.value.statement import as_money
from lifeworth.workflows.appraisal import Appraisal
from lifeworth.workflows.customers import Customers

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
STRETCH_DAYS, STRETCHES = 90, 4  # after an answer
RECOMMENDATION = "recommendation"
VOICES = ("promoter", "passive", "detractor")
QUIET = 0.95  # of the gaps between purchases; who is silent for longer may have left already
LEAKY = 0.05  # share of answers given in such silence

PURCHASES = """
-- one row per customer and day with money up to a day: the money, and whether a purchase counted
SELECT customer_id, day, CAST(SUM(net_sales) AS DOUBLE) AS net_sales,
       MAX(CASE WHEN counted THEN 1 ELSE 0 END) AS counted
FROM orders WHERE customer_id IS NOT NULL AND day <= :until
GROUP BY customer_id, day ORDER BY customer_id, day"""


@dataclass(frozen=True)
class SurveyPart:
    """record: `summary.surveys`; table: `surveys`, one row per customer who answered; answers: each."""

    record: dict[str, Any] | None = None
    table: pa.Table | None = None
    answers: pa.Table | None = None
    rejected: pa.Table | None = None
    findings: list[Finding] = field(default_factory=list)


def answers_of(
    source: Any | None,
    orders: Orders,
    customers: Customers,
    engine: Engine,
    scales: Mapping[str, Scale] | None = None,
) -> Answers | None:
    """Raises DataError DATA-301 for a file without customers, days or answers."""
    if source is None:
        return None
    ids = customers.table["customer_id"].combine_chunks()
    return read_surveys(source, ids, customers.day, engine, orders.zone, scales)


def recommending(answers: Answers | None, customers: Customers) -> dict[str, Array]:
    """What the referral model may know of customers, (n,) each, NaN untold: the last answer to recommending,
    0..1, and the logarithm of one more than the people whom they tell."""
    if answers is None:
        return {}
    asked = next((name for name in ("recommend", "nps") if name in answers.scales), None)
    given = {REACH: np.log1p(answers.reach)} | ({RECOMMENDATION: answers.share(asked)} if asked else {})
    last, known = answers.latest(), {}
    for name, each in given.items():
        told = np.full(len(customers), np.nan)
        told[answers.customer[last]] = each[last]
        if np.isfinite(told).sum() >= FEWEST_CUSTOMERS:
            known[name] = told
    return known


def survey_part(
    answers: Answers | None,
    orders: Orders,
    customers: Customers,
    appraisal: Appraisal | None,
    engine: Engine,
) -> SurveyPart:
    """What was answered, beside what the customers are worth."""
    if answers is None:
        return SurveyPart()
    ids = customers.table["customer_id"].combine_chunks()
    findings = list(answers.findings)
    if not len(answers):
        if not len(answers.purses):
            findings.append(Finding("surveys_nobody", "warn", {"rows": answers.counts["rows"]}))
        return SurveyPart(None, None, answers.each, answers.rejected, findings)
    worth = customers.ledger.historical / 100 if appraisal is None else appraisal.future
    last = answers.latest()
    who, named = answers.customer[last], _value_to(answers, last)
    classes = two_way(worth[who][named[1]], named[2], worth)
    tiers = None if appraisal is None else appraisal.tier.codes[who]
    looked = _relation(answers, orders, customers, engine)
    record = {
        "file": answers.counts,
        "respondents": len(last),
        "customers": len(customers),
        "value_name": "historical_value" if appraisal is None else "future_value",
        "worth": {"respondents": mean_with_interval(worth[who]), "all": float(worth.mean())},
        "scales": {name: list(scale) for name, scale in answers.scales.items()},
        **_voices(answers, last),
        "perceived": _perceived(answers, last),
        "value_to": named[0],
        "thresholds": {"value_of": classes.value_of, "value_to": classes.value_to},
        "classes": [
            {"key": key, **_group(answers, last[named[1]][classes.codes == key], worth)} for key in CLASSES
        ],
        "voices": _by_voice(answers, last, worth),
        "tiers": []
        if tiers is None
        else [{"key": tier, **_group(answers, last[tiers == tier], worth)} for tier in TIERS],
        "relation": looked,
    }
    if looked and looked["leak"]:
        findings.append(Finding("surveys_leak", "warn", looked["leak"]))
    if len(last) < FEWEST_CUSTOMERS:
        findings.append(Finding("surveys_few", "warn", {"customers": len(last)}))
    table = _table(answers, last, worth, named, classes, ids)
    return SurveyPart(record, table, answers.each, answers.rejected, findings)


def _value_to(answers: Answers, last: Rows) -> tuple[str, NDArray[np.bool_], Array]:
    """What value to the customer rests on, who told it among `last`, and how much, 0..1.

    Perceived value where it was asked, else satisfaction, else recommendation: one for all, so that
    customers can be compared.
    """
    parts = _perceived_in(answers, last)
    asked = {"perceived": parts, **{name: [name] for name in ("csat", "nps", "recommend")}}
    told = {}
    for name, measures in asked.items():
        if all(each in answers.scales for each in measures) and measures:
            shares = np.mean([answers.share(each)[last] for each in measures], axis=0)
            told[name] = shares
            if np.isfinite(shares).sum() >= FEWEST_CUSTOMERS:
                break
    name = max(told, key=lambda each: int(np.isfinite(told[each]).sum()) >= FEWEST_CUSTOMERS)
    known = np.isfinite(told[name])
    return name, known, told[name][known]


def _voices(answers: Answers, rows: Rows) -> dict[str, Any]:
    """NPS and CSAT of these answers, with their intervals."""
    scores = answers.values["nps"][rows] if "nps" in answers.scales else np.zeros(0)
    shares = answers.share("csat")[rows] if "csat" in answers.scales else np.zeros(0)
    return {
        "nps": net_promoter(scores[np.isfinite(scores)]),
        "csat": satisfied_share(shares[np.isfinite(shares)]),
    }


def _group(answers: Answers, rows: Rows, worth: Array) -> dict[str, Any]:
    value = mean_with_interval(worth[answers.customer[rows]])
    return {"customers": len(rows), "value": value, **_voices(answers, rows)}


def _by_voice(answers: Answers, last: Rows, worth: Array) -> list[dict[str, Any]]:
    if "nps" not in answers.scales:
        return []
    scores = answers.values["nps"][last]
    chosen = (scores >= 9, (scores > 6) & (scores < 9), scores <= 6)
    return [
        {"key": key, **_group(answers, last[part], worth), "nps": None}
        for key, part in zip(VOICES, chosen, strict=True)
    ]


def _perceived_in(answers: Answers, rows: Rows) -> list[str]:
    """Measures of perceived value that anybody told in these answers."""
    asked = [name for name in PERCEIVED if name in answers.scales]
    return [name for name in asked if np.isfinite(answers.values[name][rows]).any()]


def _perceived(answers: Answers, last: Rows) -> dict[str, Any] | None:
    parts = _perceived_in(answers, last)
    if not parts:
        return None
    shares = np.column_stack([answers.share(name)[last] for name in parts])
    whole = shares[np.isfinite(shares).all(axis=1)]
    means = {name: float(np.nanmean(column)) for name, column in zip(parts, shares.T, strict=True)}
    return {"mean": mean_with_interval(whole.mean(axis=1)), "means": means, "alpha": reliability(whole)}


def _relation(
    answers: Answers, orders: Orders, customers: Customers, engine: Engine
) -> dict[str, Any] | None:
    """Money of each quarter after an answer against the answer, given what came before it."""
    measure = next(
        (name for name in ("csat", "nps", "recommend", *PERCEIVED) if name in answers.scales), None
    )
    if measure is None:
        return None
    bought = purchases_of(orders, customers, engine)
    points = answers.values[measure]
    told, who, day = np.isfinite(points), answers.customer, answers.day
    since = np.asarray(day - bought.last_before(who, day), np.float64)
    quiet = since > bought.quiet_days
    leak = None
    if quiet[told].mean() >= LEAKY and rates_lower(points[told & quiet], points[told & ~quiet]):
        leak = {
            "count": int((told & quiet).sum()), "answers": int(told.sum()), "days": int(bought.quiet_days),
            "low": round(float(points[told & quiet].mean()), 1),
            "high": round(float(points[told & ~quiet].mean()), 1),
        }  # fmt: skip
    chosen, rate = told & ~quiet if leak else told, customers.base.margin_rates
    before = known_before(bought, who, day, customers)
    rows = []
    for stretch in range(1, STRETCHES + 1):
        first, end = day + STRETCH_DAYS * (stretch - 1), day + STRETCH_DAYS * stretch
        seen = chosen & (end <= customers.day)
        outcome = bought.money(who, first, end) * rate[who]
        found = relation(points[seen], outcome[seen], before[seen], who[seen])
        if found is not None:
            rows.append(
                {"from": STRETCH_DAYS * (stretch - 1), "until": STRETCH_DAYS * stretch, **found.to_json()}
            )
    worst, best = answers.scales[measure]
    return {"measure": measure, "scale": [worst, best], "rows": rows, "leak": leak}


def known_before(bought: "Purchases", who: Rows, day: Rows, customers: Customers) -> Array:
    """What was known of each answering customer on the day of the answer, (a, 5)."""
    recent = bought.money(who, day - STRETCH_DAYS, day) * customers.base.margin_rates[who]
    age = np.maximum(day - customers.column("first_day")[who], 0.0)
    silent = np.maximum(day - bought.last_before(who, day), 0)
    count = bought.purchases(who, day)
    return np.column_stack([recent, recent > 0, np.log1p(count), np.log1p(age), np.log1p(silent)])


@dataclass(frozen=True)
class Purchases:
    """Days with money in the order of `key` = customer x SPAN + day, and sums up to each."""

    key: Rows
    day: Rows
    summed: Array  # one longer: 0 first
    counted: Array
    quiet_days: float

    def money(self, who: Rows, after: Rows, until: Rows) -> Array:
        """Net sales of each customer in (after, until]."""
        return self.summed[self._place(who, until)] - self.summed[self._place(who, after)]

    def purchases(self, who: Rows, until: Rows) -> Array:
        return self.counted[self._place(who, until)] - self.counted[self._place(who, np.zeros_like(until))]

    def last_before(self, who: Rows, day: Rows) -> Rows:
        """The last day with money up to a day; the day itself where there is none."""
        place = self._place(who, day) - 1
        there = (place >= 0) & (self.key[np.maximum(place, 0)] // SPAN == who)
        return np.where(there, self.day[np.maximum(place, 0)], day)

    def _place(self, who: Rows, day: Rows) -> Rows:
        return np.searchsorted(self.key, who * SPAN + np.maximum(day, 0), side="right")


SPAN = 1_000_000  # more than days since 1970


def purchases_of(orders: Orders, customers: Customers, engine: Engine) -> Purchases:
    orders.offer(engine)
    found = engine.query(PURCHASES, until=customers.day)
    place = pc.index_in(found["customer_id"], value_set=customers.table["customer_id"].combine_chunks())
    known = place.is_valid().to_numpy()
    who = place.fill_null(0).to_numpy().astype(np.int64)[known]
    day = found["day"].to_numpy().astype(np.int64)[known]
    money, counted = (found[name].to_numpy().astype(np.float64)[known] for name in ("net_sales", "counted"))
    key = who * SPAN + day
    gaps = np.diff(day)[np.diff(who) == 0]
    quiet = float(np.quantile(gaps, QUIET)) if len(gaps) else np.inf
    return Purchases(key, day, np.append(0.0, np.cumsum(money)), np.append(0.0, np.cumsum(counted)), quiet)


def _table(
    answers: Answers, last: Rows, worth: Array, named: tuple[str, NDArray[np.bool_], Array], classes: TwoWay,
    ids: pa.Array,
) -> pa.Table:  # fmt: skip
    """customer_id, day, the answers as given, value_of, value_to, class; sorted by customer."""
    who, (_, known, value_to) = answers.customer[last], named
    filled = np.full(len(last), np.nan)
    filled[known] = value_to
    codes = np.full(len(last), None, object)
    codes[known] = classes.codes
    given = {
        name: answers.values[name][last] if name in answers.scales else np.full(len(last), np.nan)
        for name in MEASURES
    } | {REACH: answers.reach[last]}
    return pa.table(
        {
            "customer_id": ids.take(pa.array(who)),
            "day": pa.array(answers.day[last].astype(np.int32)).cast(pa.date32()),
            **{name: pa.array(column, mask=~np.isfinite(column)) for name, column in given.items()},
            "value_of": as_money(to_cents(worth[who])),
            "value_to": pa.array(filled, mask=~known),
            "class": pa.array(codes.tolist(), pa.string()),
        }
    )

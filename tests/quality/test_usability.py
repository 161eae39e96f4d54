import datetime
import json

import numpy as np
import pytest

from lifeworth.base.clock import date_of, day_number
from lifeworth.data.quality.eligibility import individual_predictions_possible
from lifeworth.data.quality.facts import Customers, Days, Lines, Orders, UsabilityFacts
from lifeworth.data.quality.report import usability
from quality.bases import START, facts, simulate, won_at_launch
from shared_data import needs_shared, shared


def found(given):
    return {finding.code: finding for finding in usability(given)}


def test_a_sound_history_is_called_sound():
    assert list(found(facts(*simulate(1, days=700)))) == ["quality_sound"]


def test_findings_come_worst_first():
    lines = Lines(rows_read=1000, rows_rejected=300, duplicates=5, without_customer=100)
    severities = [finding.severity for finding in usability(facts(*simulate(2, days=120), lines=lines))]
    order = ["bad", "warn", "info"]
    assert severities == sorted(severities, key=order.index)
    assert set(severities) == set(order)


# --- too little to forecast single customers -------------------------------------------------


@pytest.mark.parametrize(
    ("customers", "repeaters", "code"),
    [
        (0, 0, "quality_few_customers"),
        (99, 90, "quality_few_customers"),
        (5000, 0, "quality_no_repeats"),
        (150, 29, "quality_few_repeats"),
        (100_000, 100, "quality_few_repeats"),
    ],
)
def test_too_few_customers_or_repeats_decline_predictions_for_single_customers(customers, repeaters, code):
    finding = individual_predictions_possible(customers, repeaters)
    assert (finding.code, finding.severity) == (code, "bad")
    assert finding.facts["customers"] == customers


@pytest.mark.parametrize(("customers", "repeaters"), [(100, 30), (1500, 30), (2357, 946), (10**6, 20_000)])
def test_enough_customers_and_repeats_are_forecast(customers, repeaters):
    assert individual_predictions_possible(customers, repeaters) is None


def test_a_log_where_nearly_all_buy_once_is_declined_first_of_all():
    customer, day = np.arange(20_000), np.arange(20_000) % 400
    again = np.arange(20)
    report = usability(facts(np.concatenate([customer, again]), np.concatenate([day, day[again] + 3])))
    assert report[0].code == "quality_few_repeats"


# --- a history that begins in the middle -------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_file_that_begins_in_the_middle_of_a_business_is_flagged(seed):
    customer, day = simulate(seed, days=1500)
    late = day >= 1000
    finding = found(facts(customer[late], day[late] - 1000))["quality_left_truncated"]
    assert finding.severity == "warn"
    assert finding.facts["crowd"] > 2
    assert finding.facts["start"] == date_of(START).isoformat()


@pytest.mark.parametrize("seed", range(4))
def test_a_shop_seen_from_its_opening_is_not_flagged(seed):
    assert "quality_left_truncated" not in found(facts(*simulate(seed, days=500)))


@pytest.mark.parametrize("seed", range(4))
def test_a_launch_campaign_alone_is_no_left_truncation(seed):
    shop, launch = simulate(seed, days=500), won_at_launch(*simulate(seed + 9, days=500), factor=20)
    customer = np.concatenate([shop[0], launch[0] + 10**6])
    day = np.concatenate([shop[1], launch[1]])
    assert "quality_left_truncated" not in found(facts(customer, day))


def test_a_panel_that_was_there_before_is_flagged():
    rng = np.random.default_rng(7)
    visits = rng.poisson(60, 400)
    customer = np.repeat(np.arange(400), visits)
    report = found(facts(customer, rng.integers(0, 364, len(customer))))
    assert report["quality_panel"].facts["share"] > 0.9


def test_a_cohort_that_starts_together_and_fades_is_no_panel():
    rng = np.random.default_rng(8)
    visits = 1 + rng.poisson(4, 2000)
    customer = np.repeat(np.arange(2000), visits)
    born = rng.integers(0, 40, 2000)
    after = np.where(np.diff(customer, prepend=-1) > 0, 0, rng.exponential(90, len(customer)))
    day = np.minimum(born[customer] + after, 364).astype(int)
    assert not {"quality_panel", "quality_left_truncated"} & set(found(facts(customer, day)))


# --- seasons, gaps and the span ----------------------------------------------------------------


def season(amplitude):
    return lambda day: np.clip((1 + amplitude * np.cos(2 * np.pi * (day - 330) / 365.25)) / 2, 0, 1)


def test_a_strong_season_is_named_with_its_month():
    finding = found(facts(*simulate(9, days=1100, pace=season(1.0))))["quality_season"]
    month = datetime.date.fromisoformat(finding.facts["month"] + "-01").month
    assert month in (11, 12)
    assert finding.facts["times"] > 1.75


@pytest.mark.parametrize("days", [450, 1100])
def test_a_mild_season_or_none_is_not_called_strong(days):
    assert "quality_season" not in found(facts(*simulate(10, days=days, pace=season(0.15))))


def test_steady_growth_over_years_is_no_season():
    growth = np.exp
    report = found(facts(*simulate(11, days=1100, pace=lambda day: growth((day - 1100) / 600))))
    assert "quality_season" not in report


def test_less_than_a_year_says_nothing_of_seasons():
    assert "quality_season" not in found(facts(*simulate(12, days=300, pace=season(1.0))))


def test_a_festival_week_is_named():
    customer, day = simulate(13, days=500, newcomers_per_day=20)
    rng = np.random.default_rng(1)
    extra = rng.choice(customer[day < 300], 2500)
    report = found(facts(np.concatenate([customer, extra]), np.concatenate([day, 302 + np.arange(2500) % 3])))
    week = day_number(report["quality_peak_week"].facts["week"]) - START
    assert week <= 302 < week + 7


def test_missing_days_are_found_and_dated():
    customer, day = simulate(14, days=700)
    kept = (day < 300) | (day >= 331)
    gap = found(facts(customer[kept], day[kept]))["quality_gap"]
    assert (gap.severity, gap.facts["days"]) == ("warn", 31)
    assert gap.facts["from"] == date_of(START + 300).isoformat()
    assert gap.facts["to"] == date_of(START + 330).isoformat()


def test_quiet_days_of_a_small_shop_are_no_gap():
    customer, day = simulate(15, days=700, newcomers_per_day=0.3)
    assert not {"quality_gap", "quality_stale"} & set(found(facts(customer, day)))


def test_an_export_that_ends_before_the_valuation_date_is_stale():
    customer, day = simulate(16, days=600)
    report = found(facts(customer, day, end=640))
    assert report["quality_stale"].facts["as_of"] == date_of(START + 640).isoformat()
    assert 38 <= report["quality_stale"].facts["days"] <= 42
    assert "quality_stale" not in found(facts(customer, day, end=602))


def test_a_short_history_is_a_warning_where_the_horizon_is_longer():
    customer, day = simulate(17, days=150)
    assert found(facts(customer, day, horizon_days=365))["quality_short_history"].severity == "warn"
    assert found(facts(customer, day, horizon_days=30))["quality_short_history"].severity == "info"
    assert "quality_short_history" not in found(facts(*simulate(17, days=400)))


def test_a_horizon_beyond_twice_the_age_seen_is_a_warning():
    customer, day = simulate(18, days=400)
    assert "quality_horizon" in found(facts(customer, day, horizon_days=3 * 365))
    assert "quality_horizon" not in found(facts(customer, day, horizon_days=2 * 365))
    assert "quality_horizon" not in found(facts(customer, day, horizon_days=None))


# --- amounts and lines -------------------------------------------------------------------------


def test_one_giant_customer_and_one_giant_order_are_named():
    customer, day = simulate(19, days=400)
    n = len(np.unique(customer))
    sales = np.full(n, 50.0)
    sales[3] = 50.0 * n
    orders = Orders(orders=9000, median=20.0, largest=70_000.0, total=300_000.0)
    report = found(facts(customer, day, net_sales=sales, orders=orders))
    assert report["quality_big_customer"].facts["share"] == pytest.approx(n / (2 * n - 1))
    assert report["quality_extreme_order"].facts["times"] == 3500


def test_an_ordinary_best_customer_is_no_outlier():
    customer, day = simulate(20, days=400)
    sales = np.random.default_rng(1).lognormal(3, 1, len(np.unique(customer)))
    assert "quality_big_customer" not in found(facts(customer, day, net_sales=sales))


def test_one_price_for_everything_is_said():
    customer, day = simulate(21, days=400)
    orders = Orders(5000, 9.9, 9.9, 49_500.0, same_amount_share=1.0)
    assert "quality_same_amount" in found(facts(customer, day, orders=orders))


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("rows_rejected", "quality_rejected"),
        ("duplicates", "quality_duplicates"),
        ("without_customer", "quality_without_customer"),
        ("unknown_status", "quality_unknown_status"),
    ],
)
def test_lines_that_could_not_be_used_are_counted_and_grow_louder_with_their_share(field, code):
    customer, day = simulate(22, days=400)
    heard = []
    for count in (0, 1, 80, 600):
        report = found(facts(customer, day, lines=Lines(rows_read=1000, **{field: count})))
        heard.append(report[code].severity if code in report else None)
    assert heard[:3] == [None, "info", "warn"]
    assert heard[3] == ("warn" if field == "duplicates" else "bad")


def test_lines_sold_below_cost_are_shares_of_the_lines_with_a_cost():
    customer, day = simulate(23, days=400)
    lines = Lines(rows_read=1000, with_cost=200, below_cost=10)
    finding = found(facts(customer, day, lines=lines))["quality_negative_margin"]
    assert (finding.severity, finding.facts["share"]) == ("warn", 0.05)


# --- nothing crashes ---------------------------------------------------------------------------


@pytest.mark.parametrize("customers", [0, 1, 2, 70])
@pytest.mark.parametrize("days", [0, 1, 400])
def test_tiny_and_uniform_bases_get_a_report(customers, days):
    day = np.full(customers, START)
    given = UsabilityFacts(
        Customers(day, np.zeros(customers, int), np.full(customers, days), np.zeros(customers)),
        START + days,
        365.0,
        Days(day[:1], np.full(min(customers, 1), customers)),
        Orders(0, 0.0, 0.0, 0.0),
        Lines(0),
    )
    report = usability(given)
    assert report[0].code == "quality_few_customers"
    json.dumps([finding.to_json() for finding in report], allow_nan=False)


def test_what_was_not_counted_is_not_judged():
    full = facts(*simulate(24, days=700))
    bare = UsabilityFacts(full.customers, full.observation_end)
    assert list(found(bare)) == ["quality_sound"]


def test_the_order_of_the_customers_changes_no_finding():
    given = facts(*simulate(25, days=300, pace=season(1.0)))
    shuffled = np.random.default_rng(1).permutation(len(given.customers))
    c = given.customers
    moved = Customers(c.first_day[shuffled], c.frequency[shuffled], c.T[shuffled], c.net_sales[shuffled])
    again = UsabilityFacts(moved, given.observation_end, given.horizon_days, given.days, given.orders)
    assert [finding.to_json() for finding in usability(again)] == [
        finding.to_json() for finding in usability(given)
    ]


# --- real orders -------------------------------------------------------------------------------


def cdnow_visits():
    rows = [line.split() for line in shared("cdnow/CDNOW_master.txt").read_text().splitlines()]
    rows = [row for row in rows if row and row[1].isdigit() and float(row[3]) > 0]
    days = {text: day_number(f"{text[:4]}-{text[4:6]}-{text[6:]}") for text in {row[1] for row in rows}}
    return np.array([int(row[0]) for row in rows]), np.array([days[row[1]] for row in rows]) - START


@needs_shared
def test_cdnow_known_from_everybodys_first_purchase_is_sound():
    assert list(found(facts(*cdnow_visits()))) == ["quality_sound"]


@needs_shared
def test_cdnow_cut_off_on_the_left_is_flagged():
    customer, day = cdnow_visits()
    late = day > day.min() + 200
    assert "quality_left_truncated" in found(facts(customer[late], day[late]))

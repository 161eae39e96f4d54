"""Cohorts of a run: what was observed adds up, and what is expected comes true as often as it says."""

import datetime

import numpy as np
import pandas as pd
import pytest

from lifeworth.base.clock import day_number
from lifeworth.data.cohorts import calendar
from lifeworth.workflows.value import value
from workflows.shops import shop

UNTIL = "2025-02-10"


@pytest.fixture(scope="module")
def orders():
    return shop(cost_share=0.6)


@pytest.fixture(scope="module")
def statement(orders):
    return value(orders, until=UNTIL, currency="USD", model="MBGNBD")


@pytest.fixture(scope="module")
def table(statement):
    return statement.tables["cohorts"].to_pandas()


def test_each_cell_is_what_a_spreadsheet_would_count(orders, table):
    seen = orders[orders["date"] <= UNTIL].copy()
    seen["month"] = seen["date"].dt.to_period("M")
    seen["first"] = seen.groupby("customer_id")["month"].transform("min")
    counted = seen.groupby(["first", "month"]).agg(who=("customer_id", "nunique"), sold=("amount", "sum"))
    size = seen.groupby("first")["customer_id"].nunique()
    observed = table[~table["predicted"]]
    assert set(observed["period"]) == {"month"}
    for row in observed.itertuples():
        first = pd.Period(row.cohort, "M")
        month = first + int(row.age)
        who, sold = counted.loc[(first, month)] if (first, month) in counted.index else (0, 0)
        assert (row.customers, row.active) == (size[first], who)
        assert row.retention == pytest.approx(who / size[first])
        assert row.net_sales * row.customers == pytest.approx(sold, abs=0.005)
        assert row.complete == (month < pd.Period("2025-02", "M"))
    assert len(observed) == sum(range(2, len(size) + 2))  # nobody began in the last month


def test_what_cohorts_brought_adds_up_to_historical_value_to_the_cent(statement, table):
    last = table[~table["predicted"]].groupby("cohort").tail(1)
    total = (last["cumulative_value"] * last["customers"]).sum()
    assert total == pytest.approx(statement.summary["totals"]["historical_value"], abs=0.005)
    steps = table[~table["predicted"]].groupby("cohort")["value"].cumsum()
    np.testing.assert_allclose(steps, table.loc[~table["predicted"], "cumulative_value"], atol=1e-9)


def test_what_is_expected_adds_up_to_current_value(statement, table):
    ahead = table[table["predicted"]]
    assert (ahead["value"] * ahead["customers"]).sum() == pytest.approx(
        statement.summary["totals"]["current_value"], abs=len(statement) * 0.005
    )
    assert (ahead["cumulative_low"] < ahead["cumulative_value"]).all()
    assert (ahead["cumulative_value"] < ahead["cumulative_high"]).all()


def test_the_cost_of_winning_is_told_beside_what_it_brought(orders, statement):
    customers = sorted(set(orders.loc[orders["date"] <= UNTIL, "customer_id"]))
    costs = pd.DataFrame(
        {"kind": "acquisition", "customer_id": customers, "amount": 12.5, "date": "2024-06-01"}
    )
    won = (
        value(orders, until=UNTIL, currency="USD", costs=costs, model="MBGNBD").tables["cohorts"].to_pandas()
    )
    assert won["acquisition_cost"].to_numpy() == pytest.approx(12.5)
    before = statement.tables["cohorts"].to_pandas()
    np.testing.assert_allclose(
        won.loc[~won["predicted"], "cumulative_value"],
        before.loc[~before["predicted"], "cumulative_value"],
        atol=1e-4,
    )  # fmt: skip  value is before the cost of winning
    spend = pd.DataFrame({"channel": "", "period": ["2024-01", "2024-02"], "amount": [540.0, 99.0]})
    spent = value(orders, until=UNTIL, currency="USD", marketing=spend, model="MBGNBD").tables["cohorts"]
    told = {row["cohort"]: (row["acquisition_cost"], row["customers"]) for row in spent.to_pylist()}
    assert told["2024-01"][0] * told["2024-01"][1] == pytest.approx(540)
    assert told["2024-02"][0] * told["2024-02"][1] == pytest.approx(99)
    assert told["2024-03"][0] is None


def test_a_run_without_a_backtest_or_with_the_formula_shows_observations_only(orders):
    young = value(orders, until="2024-03-20", currency="USD")
    formula = value(orders, until=UNTIL, currency="USD", model="formula")
    for made in (young, formula):
        rows = made.tables["cohorts"].to_pylist()
        assert rows
        assert not any(row["predicted"] for row in rows)


@pytest.mark.parametrize(
    ("first", "last", "period", "names"),
    [
        ("2024-02-29", "2024-04-01", "month", ["2024-02", "2024-03", "2024-04"]),
        ("2023-11-30", "2025-12-31", "quarter", ["2023-Q4", "2024-Q1"]),
        ("2015-12-31", "2024-01-01", "year", ["2015", "2016"]),
    ],
)
def test_periods_are_as_fine_as_a_page_can_show(first, last, period, names):
    made = calendar(day_number(first), day_number(last))
    assert made.period == period
    assert [made.name(n) for n in range(len(made))][: len(names)] == names
    assert made.of(np.array([day_number(first)]))[0] == 0
    assert made.of(np.array([day_number(last)]))[0] == len(made) - 1
    assert datetime.date.fromisoformat(last) < datetime.date.fromordinal(
        datetime.date(1970, 1, 1).toordinal() + int(made.starts[-1])
    )


@pytest.mark.slow
def test_what_cohorts_bring_lies_in_nine_of_ten_intervals():
    """20 shops of other sizes, paces and ages. In 32 such shops 93 % were held, 71 % at six tenths of the
    distance from the middle; the standard errors for 20 shops, cohorts of one sharing its luck, are 1.5 and
    2.8 points (70 worlds before: 91 %, 1.7 points). The bounds lie 3.5 of them away: a true program trips
    in fewer than one of 1,000 changes of the draws, intervals that hold four in five nineteen times in 20,
    and those half as wide again as they should be, whose six tenths hold 89 %, nearly always."""
    rng, inside, narrow = np.random.default_rng(5), [], []
    for seed in range(20):
        days = int(rng.integers(500, 900))
        whole = shop(
            int(rng.integers(300, 900)), days + 366, 40_000 + seed, leave=rng.uniform(0.05, 0.25),
            mean_gap=rng.uniform(25, 70),
        )  # fmt: skip
        until = pd.Timestamp("2024-01-01") + pd.Timedelta(days=days)
        made = value(whole, until=until.date(), currency="USD", discount_rate=0.0)
        later = whole[(whole["date"] > until) & (whole["date"] <= until + pd.Timedelta(days=365))]
        first = whole[whole["date"] <= until].groupby("customer_id")["date"].min()
        rows = [row for row in made.tables["cohorts"].to_pylist() if row["predicted"]]
        for row in rows:
            letter = {"month": "M", "quarter": "Q"}[row["period"]]
            period = pd.Period(row["start"], letter)
            who = first.index[first.dt.to_period(letter) == period]
            came = later.loc[later["customer_id"].isin(who), "amount"].sum() / row["customers"]
            so_far = row["cumulative_value"] - row["value"]
            inside.append(row["cumulative_low"] <= so_far + came <= row["cumulative_high"])
            low, middle, high = (row[f"cumulative_{end}"] for end in ("low", "value", "high"))
            narrow.append(0.6 * (low - middle) <= so_far + came - middle <= 0.6 * (high - middle))
    assert len(inside) > 250
    assert np.mean(inside) >= 0.85
    assert np.mean(narrow) <= 0.81

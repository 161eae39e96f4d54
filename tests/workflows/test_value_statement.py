import dataclasses
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

import lifeworth as lw
from lifeworth.base.errors import UsageError
from lifeworth.data.samples import CDNOW
from lifeworth.models.fitting import posterior
from lifeworth.models.fitting.ensemble import Walk
from lifeworth.value.intervals import simulate
from lifeworth.workflows import appraisal
from lifeworth.workflows.value import value_files
from shared_data import needs_shared, shared
from workflows.shops import shop

MONEY = ("historical_value", "current_value", "potential_value", "future_value", "lifetime_value")


@pytest.fixture(scope="module")
def orders():
    return shop()


@pytest.fixture(scope="module")
def statement(orders):
    return lw.value(orders, currency="CNY")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "cdnow"
    return value_files([CDNOW], out, reading={"currency": "USD"})


def test_lifetime_is_historical_current_and_potential_in_every_file_to_the_cent(published):
    table = pq.read_table(published.folder / "customers.parquet").to_pydict()
    written = pa_csv.read_csv(published.folder / "customers.csv").to_pydict()
    totals = json.loads((published.folder / "summary.json").read_text(encoding="utf-8"))["totals"]
    for rows in (table, {name: [Decimal(str(v)) for v in written[name]] for name in MONEY}):
        for historical, current, potential, future, lifetime in zip(*(rows[n] for n in MONEY), strict=True):
            assert future == current + potential
            assert lifetime == historical + future
        for name in MONEY:
            assert sum(rows[name]) == Decimal(str(totals[name]))


def test_the_interval_holds_the_estimate_for_each_customer_and_in_total(published):
    table = pq.read_table(published.folder / "customers.parquet").to_pandas()
    assert (table["current_value_low"] <= table["current_value"]).all()
    assert (table["current_value"] <= table["current_value_high"]).all()
    for figure in published.summary["intervals"].values():
        assert figure["low"] <= figure["value"] <= figure["high"]


def test_segments_split_the_base_and_its_value(published):
    summary = published.summary
    for scheme in ("pattern", "tier", "rfm_class"):
        groups = [group for group in summary["segments"] if group["scheme"] == scheme]
        assert sum(group["customers"] for group in groups) == summary["customers"] == 2357
        assert sum(group["current_value"]["value"] for group in groups) == pytest.approx(
            summary["totals"]["current_value"], abs=0.01
        )
        assert all(group["customers"] > 0 for group in groups)


def test_the_same_run_gives_the_same_numbers_again(orders, statement):
    again = lw.value(orders, currency="CNY")
    assert again.customers.equals(statement.customers)


def test_the_order_of_rows_changes_nothing(orders, statement):
    shuffled = orders.sample(frac=1, random_state=1)
    assert lw.value(shuffled, currency="CNY").customers.equals(statement.customers)


def test_another_seed_changes_intervals_and_nothing_else(orders, statement):
    other = lw.value(orders, currency="CNY", random_state=8).frame
    for name in (
        "historical_value",
        "current_value",
        "probability_alive",
        "expected_purchases",
        "rfm",
        "tier",
    ):
        assert other[name].equals(statement.frame[name])
    assert not other["current_value_high"].equals(statement.frame["current_value_high"])


def test_money_in_fen_is_a_hundred_times_money_in_yuan(orders, statement):
    fen = lw.value(orders.assign(amount=orders["amount"] * 100), currency="CNY").frame
    for name in ("historical_value", "current_value", "current_value_high"):
        assert fen[name].to_numpy() == pytest.approx(statement.frame[name].to_numpy() * 100, rel=1e-5, abs=2)
    assert fen["pattern"].equals(statement.frame["pattern"])


def test_a_flat_margin_takes_its_share_of_every_value(orders, statement):
    third = lw.value(orders, currency="CNY", margin=0.35)
    assert third.summary["basis"] == "profit"
    assert statement.summary["basis"] == "revenue"
    for name in ("historical_value", "current_value", "current_value_high"):
        assert third.frame[name].to_numpy() == pytest.approx(
            statement.frame[name].to_numpy() * 0.35, abs=0.02
        )


def test_no_discount_is_worth_more_and_a_longer_horizon_too(orders, statement):
    current = statement.summary["totals"]["current_value"]
    assert lw.value(orders, discount_rate=0.0).summary["totals"]["current_value"] > current
    assert lw.value(orders, horizon_months=24).summary["totals"]["current_value"] > current


def test_the_forecast_meets_the_truth_of_the_simulated_shop():
    orders = shop(customers=1500, days=900, seed=11)
    seen = orders[orders["date"] <= "2025-06-30"]
    stated = lw.value(seen, until="2025-06-30", horizon_months=11.5, discount_rate=0.0, currency="EUR")
    later = orders[(orders["date"] > "2025-06-30") & orders["customer_id"].isin(seen["customer_id"])]
    later = later[later["date"] <= "2026-06-15"].groupby("customer_id")["amount"].sum()
    actual = later.reindex(stated.frame["customer_id"], fill_value=0.0).to_numpy()
    frame, total = stated.frame, stated.summary["intervals"]["current_value"]
    assert actual.sum() == pytest.approx(total["value"], rel=0.2)  # luck alone has sd 7 %
    inside = (actual >= frame["current_value_low"] - 0.01) & (actual <= frame["current_value_high"] + 0.01)
    assert (
        0.88 <= inside.mean() <= 0.97
    )  # most customers buy nothing: their interval from 0 holds more than 90 %
    assert stated.summary["backtest"]["grade"] == "A"


def test_steady_buyers_who_never_leave_are_foreseen_by_the_formula_too():
    rng = np.random.default_rng(2)
    rows = [
        (f"S{number}", pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(day)), float(price))
        for number, price in enumerate(rng.integers(20, 400, 200))
        for day in np.arange(rng.integers(0, 14), 480, 14)
    ]
    stated = lw.value(pd.DataFrame(rows, columns=["customer_id", "date", "amount"]))
    record = stated.summary["backtest"]
    assert record["baseline_metrics"]["error"] < 0.02
    forecast = stated.frame["current_value"].sum()
    yearly = 365.25 / 14 * sum(price for price in {row[0]: row[2] for row in rows}.values())
    assert forecast == pytest.approx(yearly * 0.953, rel=0.04)


def test_fewer_than_a_hundred_customers_get_no_forecast_of_their_own():
    stated = lw.value(shop(customers=60))
    assert not stated.summary["individual"]
    assert stated.frame["current_value"].isna().all()
    assert stated.frame["historical_value"].sum() == pytest.approx(stated.summary["net_sales"])
    assert stated.summary["totals"]["lifetime_value"] is None
    assert any(finding["code"] == "quality_few_customers" for finding in stated.summary["findings"])


def test_a_base_that_buys_once_is_declined():
    orders = shop(customers=2000, leave=0.9995)
    stated = lw.value(orders)
    assert not stated.summary["individual"]
    assert stated.summary["model"] is None


def test_costs_in_the_orders_make_profit_the_basis():
    stated = lw.value(shop(cost_share=0.6))
    assert stated.summary["basis"] == "profit"
    assert stated.summary["costs"].keys() == {"goods"}
    profit = stated.summary["net_sales"] - stated.summary["costs"]["goods"]
    assert stated.summary["totals"]["historical_value"] == pytest.approx(profit, abs=0.01)


def test_a_margin_stands_for_the_cost_of_goods_and_is_not_deducted_twice(tmp_path):
    seen = shop(cost_share=0.6)
    stated = lw.value(seen, margin=0.35, currency="EUR")
    assert stated.summary["costs"] == {}
    assert stated["historical_value"].sum() == pytest.approx(0.35 * stated["net_sales"].sum(), abs=0.01)
    prices = tmp_path / "prices.csv"
    prices.write_text("product_id,unit_cost\nx,3\n")
    with pytest.raises(UsageError, match="VALUE-006"):
        lw.value(seen, margin=0.35, costs=prices)


def test_a_cost_file_is_deducted_from_whom_it_names(tmp_path, orders):
    path = tmp_path / "costs.csv"
    path.write_text(
        "kind,amount,customer_id,order_id\n"
        "acquisition,¥12.50,C00003,\nservice,7.25,,O000000\nservice,3,C00003,\nrent,1000,,\n",
        encoding="utf-8",
    )
    plain = lw.value(orders).frame.set_index("customer_id")["historical_value"]
    stated = lw.value(orders, costs=str(path))
    costed = stated.frame.set_index("customer_id")["historical_value"]
    owner = orders.loc[orders["order_id"] == "O000000", "customer_id"].item()
    assert plain["C00003"] - costed["C00003"] == pytest.approx(15.50)
    assert plain[owner] - costed[owner] == pytest.approx(7.25)
    assert stated.summary["costs"] == {"acquisition": 12.5, "service": 10.25, "unallocated": 1000.0}
    assert any(finding["code"] == "costs_unallocated" for finding in stated.summary["findings"])


def test_a_list_of_unit_costs_gives_the_cost_of_goods(tmp_path):
    rng = np.random.default_rng(4)
    orders = shop()
    orders["product_id"] = rng.choice(["A", "B"], len(orders))
    orders["quantity"] = 2
    (tmp_path / "list.csv").write_text("product_id,unit_cost\nA,3.00\nB,4.50\n")
    stated = lw.value(orders, costs=str(tmp_path / "list.csv"))
    expected = 2 * (3.0 * (orders["product_id"] == "A").sum() + 4.5 * (orders["product_id"] == "B").sum())
    assert stated.summary["costs"] == {"goods": pytest.approx(expected)}


@pytest.mark.parametrize("ledger_first", [True, False])
def test_products_outside_the_price_lists_keep_the_cost_of_their_lines(tmp_path, ledger_first):
    orders = shop(cost_share=0.6)
    orders["product_id"] = np.resize(["A", "B", "C"], len(orders))
    orders["quantity"] = 2
    for name, cost in (("A", 3.0), ("B", 4.5)):
        (tmp_path / f"{name}.csv").write_text(f"product_id,unit_cost\n{name},{cost}\n")
    (tmp_path / "ledger.csv").write_text("kind,amount,customer_id\ngoods,8.25,C00003\n")
    files = [str(tmp_path / f"{name}.csv") for name in ("A", "B")]
    files.insert(0 if ledger_first else 2, str(tmp_path / "ledger.csv"))
    stated = lw.value(orders, costs=files)
    listed = 2 * (3.0 * (orders["product_id"] == "A").sum() + 4.5 * (orders["product_id"] == "B").sum())
    own = orders.loc[orders["product_id"] == "C", "cost"].sum()
    assert stated.summary["costs"] == {"goods": pytest.approx(listed + own + 8.25, abs=0.01)}
    assert not any(finding["code"] == "costs_unpriced" for finding in stated.summary["findings"])


def test_lines_without_any_cost_are_counted(tmp_path):
    orders = shop()
    orders["product_id"] = np.resize(["A", "B"], len(orders))
    orders["quantity"] = 1
    (tmp_path / "list.csv").write_text("product_id,unit_cost\nA,3.00\n")
    found = lw.value(orders, costs=str(tmp_path / "list.csv")).summary["findings"]
    told = [finding["facts"] for finding in found if finding["code"] == "costs_unpriced"]
    assert told == [{"lines": int((orders["product_id"] == "B").sum())}]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"margin": 0}, "VALUE-003"),
        ({"margin": 35}, "VALUE-003"),
        ({"discount_rate": -0.1}, "VALUE-001"),
        ({"horizon_months": 0}, "VALUE-002"),
        ({"model": "crystal ball"}, "VALUE-004"),
        ({"language": "xx"}, "USE-001"),
    ],
)
def test_settings_out_of_range_are_refused(orders, settings, code):
    with pytest.raises(UsageError, match=code):
        lw.value(orders, **settings)


@pytest.mark.parametrize("name", ["BGNBD", "MBGNBD", "ParetoNBD", "formula"])
def test_the_model_that_was_asked_for_is_used(orders, name):
    assert lw.value(orders, model=name).summary["model"]["name"] == name


def test_reasons_are_written_in_the_language_asked_for(orders):
    chinese = lw.value(orders, language="zh-TW").frame
    assert chinese["reasons"].str.contains("購買").all()
    assert lw.value(orders, language="zh-CN").frame["reasons"].str.contains("购买").all()


def test_every_kind_of_dataframe_comes_back_as_it_came(orders):
    import polars as pl
    import pyarrow as pa

    assert isinstance(lw.value(pl.from_pandas(orders)).frame, pl.DataFrame)
    assert isinstance(lw.value(pa.Table.from_pandas(orders)).frame, pa.Table)


def test_a_wholesale_season_that_no_model_foresees_is_named():
    orders = shop(customers=500, days=400, leave=0.02, mean_gap=30.0)
    boom = orders[orders["date"] >= "2024-10-01"]
    extra = [
        boom.assign(order_id=boom["order_id"] + f"x{n}", date=boom["date"] + pd.Timedelta(days=n))
        for n in range(1, 4)
    ]
    stated = lw.value(pd.concat([orders, *extra]))
    assert "backtest_season" in {finding["code"] for finding in stated.summary["findings"]}


@needs_shared
def test_cdnow_is_the_same_from_the_bundle_and_from_the_original(published):
    again = lw.value(str(shared("cdnow/CDNOW_sample.txt")), currency="USD")
    assert again.summary["net_sales"] == published.summary["net_sales"]


def test_no_number_without_basis_horizon_and_date_and_no_estimate_without_interval(published):
    summary = published.summary
    assert summary["basis"] in ("revenue", "profit")
    assert summary["as_of"] == "1998-06-30"
    assert (summary["horizon_months"], summary["discount_rate"], summary["currency"]) == (12, 0.10, "USD")
    assert {"current_value", "lifetime_value", "expected_purchases", "active_customers"} <= set(
        summary["intervals"]
    )
    for group in summary["segments"]:
        assert {"value", "low", "high"} == set(group["current_value"])
    for name in ("current_value_low", "current_value_high"):
        assert published.customers[name].null_count == 0


def test_a_total_beyond_its_simulated_futures_is_told(orders, monkeypatch):
    """The interval is stretched to hold the point, but not in silence."""
    monkeypatch.setattr(appraisal, "simulate", lambda *args, **more: _halved(simulate(*args, **more)))
    found = lw.value(orders, model="MBGNBD", currency="CNY")
    told = {each["code"]: each["facts"] for each in found.summary["findings"]}
    assert told["value_off_interval"]["below"] == 100
    span = found.summary["intervals"]["current_value"]
    assert span["high"] == pytest.approx(span["value"])


def test_draws_that_came_by_walkers_or_not_at_all_are_told(orders, monkeypatch):
    """Without a posterior the intervals hold the luck of customers alone, and say so."""
    monkeypatch.setattr(posterior, "TRUSTED", -10.0)
    monkeypatch.setattr(posterior, "walk", lambda law, start, enough, rng: Walk(start, 1.0, float(enough)))
    told = {
        each["code"]: each for each in lw.value(orders, model="MBGNBD", currency="CNY").summary["findings"]
    }
    assert told["value_walked"]["facts"]["name"] == "MBGNBD"
    assert told["value_walked"]["severity"] == "info"
    monkeypatch.setattr(posterior, "walk", lambda *_: None)
    refused = lw.value(orders, model="MBGNBD", currency="CNY", language="zh-Hant")
    told = {each["code"]: each for each in refused.summary["findings"]}
    assert told["value_parameters_fixed"]["severity"] == "warn"
    assert "MBGNBD" in told["value_parameters_fixed"]["says"]
    assert told["value_parameters_fixed"]["costs"]
    assert "value_walked" not in told


def _halved(drawn):
    return dataclasses.replace(drawn, total_value=drawn.total_value / 2)

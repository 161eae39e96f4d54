"""Equity by dimension in a run, and why it changed between two."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.reports import comparison_report
from lifeworth.results.read import read_run
from lifeworth.workflows.comparison import compare_folders
from lifeworth.workflows.value import value_files
from workflows.shops import shop

SETTINGS = {"model": "MBGNBD", "margin": 0.4}


@pytest.fixture(scope="module")
def orders():
    table = shop(customers=600, days=600)
    number = table["customer_id"].str[1:].astype(int)
    return table.assign(channel=np.where(number % 3 == 0, "Fair", "App"))


@pytest.fixture(scope="module")
def folders(orders, tmp_path_factory):
    place = tmp_path_factory.mktemp("dimensions")
    orders.to_csv(place / "orders.csv", index=False)
    for name, until in (("first", "2024-12-15"), ("second", "2025-08-10")):
        value_files([place / "orders.csv"], place / name, until=pd.Timestamp(until).date(), **SETTINGS)
    return place / "first", place / "second"


@pytest.fixture(scope="module")
def statement(orders):
    return lw.value(orders, **SETTINGS)


def test_cells_of_each_scheme_are_all_customers_and_their_value_to_the_cent(statement):
    table, totals = statement.tables["dimensions"].to_pandas(), statement.summary["totals"]
    assert set(table["scheme"]) == {"channel", "tier", "pattern"}
    for _, rows in table.groupby("scheme"):
        assert rows["customers"].sum() == len(statement)
        assert sum(rows["current_value"]) == Decimal(str(totals["current_value"]))
    for rows in statement.summary["dimensions"]["schemes"].values():
        for row in rows:
            product = row["customers"] * row["activity"] * row["wallet"] * row["share"] * row["profit"]
            assert product == pytest.approx(row["current_value"]["value"], rel=1e-9)
            assert (
                row["current_value"]["low"] <= row["current_value"]["value"] <= row["current_value"]["high"]
            )
            assert 0 < row["share"] <= 1
            assert 0 < row["activity"] <= 1


def test_channels_are_those_of_the_first_orders_and_pattern_intervals_those_of_the_segments(statement):
    customers = statement.customers.to_pandas()
    rows = {row["cell"]: row for row in statement.summary["dimensions"]["schemes"]["channel"]}
    assert {name: row["customers"] for name, row in rows.items()} == customers[
        "channel"
    ].value_counts().to_dict()
    patterns = {
        row["cell"]: row["current_value"] for row in statement.summary["dimensions"]["schemes"]["pattern"]
    }
    for group in statement.summary["segments"]:
        if group["scheme"] == "pattern" and group["customers"]:
            assert patterns[group["key"]]["low"] == pytest.approx(
                group["current_value"]["low"], rel=1e-6, abs=0.02
            )


def test_one_channel_or_none_is_no_scope(orders):
    found = lw.value(orders.drop(columns="channel"), **SETTINGS).summary["dimensions"]
    assert set(found["schemes"]) == {"tier", "pattern"}


def test_spend_by_channel_and_households_still_find_their_own_futures(orders):
    """Groupings are simulated side by side; none takes another's place."""
    ids = sorted(orders["customer_id"].unique())
    beside = {
        "relationships": pd.DataFrame({"customer_id": ids, "household": ["all"] * len(ids)}),
        "marketing": pd.DataFrame({"channel": ["App", "Fair"], "period": "2024", "spend": 100.0}),
    }
    found = lw.value(orders, **SETTINGS, **beside)
    whole = found.summary["intervals"]["current_value"]
    (row,) = found.tables["groups"].to_pylist()
    assert float(row["current_value_high"]) == pytest.approx(whole["high"], abs=0.02)
    plain = lw.value(orders, **SETTINGS).summary["dimensions"]["schemes"]["channel"]
    assert found.summary["dimensions"]["schemes"]["channel"] == plain
    alone = lw.value(orders, **SETTINGS, marketing=beside["marketing"]).summary["acquisition"]
    assert found.summary["acquisition"]["channels"] == alone["channels"]


def test_the_change_between_two_runs_adds_up_to_the_cent_and_the_page_tells_it(folders):
    told = compare_folders(*folders)["dimensions"]
    assert told["scheme"] == "channel"
    steps = sum(Decimal(str(step["amount"])) for step in told["steps"])
    assert steps == Decimal(str(told["after"])) - Decimal(str(told["before"]))
    for side, folder in zip(("before", "after"), folders, strict=True):
        assert told[side] == read_run(folder).summary["totals"]["current_value"]
        assert sum(Decimal(str(cell[side])) for cell in told["cells"]) == Decimal(str(told[side]))
    parts = {step["key"]: step["amount"] for step in told["steps"]}
    assert parts["customers"] > 0  # the shop won customers meanwhile
    for language in ("en", "zh-Hans", "zh-Hant"):
        page = comparison_report(
            compare_folders(*folders), read_run(folders[0]).summary, read_run(folders[1]), language
        )
        assert "dimension_change" in page
    report = (folders[1] / "report.html").read_text(encoding="utf-8")
    assert 'id="dimensions"' in report

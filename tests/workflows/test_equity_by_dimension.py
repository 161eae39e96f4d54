"""Equity by dimension in a run, and why it changed between two."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import DataError, UsageError
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


def with_industry(orders):
    number = orders["customer_id"].str[1:].astype(int)
    industry = np.select([number % 5 == 0, number % 5 < 3], ["医院", "Hotel"], "")
    return orders.assign(Industry=industry)


def test_a_column_of_the_orders_is_a_scope_and_who_has_none_a_cell_of_its_own(orders):
    told = lw.value(with_industry(orders), scope="industry", **SETTINGS)
    rows = {row["cell"]: row for row in told.summary["dimensions"]["schemes"]["scope:industry"]}
    number = pd.Series(sorted(orders["customer_id"].unique())).str[1:].astype(int)
    counted = {"医院": (number % 5 == 0).sum(), "Hotel": number.mod(5).between(1, 2).sum()}
    assert {name: rows[name]["customers"] for name in counted} == counted
    assert rows[""]["customers"] == len(told) - sum(counted.values())
    table = told.tables["dimensions"].to_pandas()
    own = table[table["scheme"] == "scope:industry"]
    assert sum(own["current_value"]) == Decimal(str(told.summary["totals"]["current_value"]))
    assert list(told.summary["dimensions"]["schemes"]) == ["scope:industry", "channel", "tier", "pattern"]


def test_a_scope_that_no_file_has_is_refused_and_one_after_reading_too(orders):
    with pytest.raises(DataError, match="DATA-302"):
        lw.value(orders, scope="planet", **SETTINGS)
    with pytest.raises(DataError, match="DATA-303"):
        lw.value(orders, scope="customer_id", **SETTINGS)
    with pytest.raises(UsageError, match="VALUE-205"):
        lw.value(lw.read_orders(orders), scope="planet", **SETTINGS)


def test_the_change_between_two_runs_is_told_by_the_scope_of_both_to_the_cent(orders, tmp_path):
    with_industry(orders).to_csv(tmp_path / "orders.csv", index=False)
    for name, until in (("first", "2024-12-15"), ("second", "2025-08-10")):
        until_day = pd.Timestamp(until).date()
        value_files([tmp_path / "orders.csv"], tmp_path / name, until=until_day, scope="Industry", **SETTINGS)
    found = compare_folders(tmp_path / "first", tmp_path / "second")["dimensions"]
    assert found["scheme"] == "scope:Industry"
    assert {row["cell"] for row in found["cells"]} == {"医院", "Hotel", ""}
    steps = sum(Decimal(str(step["amount"])) for step in found["steps"])
    assert steps == Decimal(str(found["after"])) - Decimal(str(found["before"]))


def test_costs_of_a_segment_or_a_department_fall_on_its_own_customers(orders):
    ledger = pd.DataFrame(
        {
            "kind": ["service", "retention", "service", "service"], "amount": [900.0, 300.0, 70.0, 50.0],
            "segment": ["医院", None, None, "Airline"], "department": [None, "HOTEL", "Back office", None],
            "period": "2024",
        }
    )  # fmt: skip
    told = lw.value(with_industry(orders), scope="Industry", costs=ledger, model="formula")
    frame = told.customers.to_pandas()
    cell = frame["customer_id"].map(with_industry(orders).groupby("customer_id")["Industry"].first())
    service, retention = (frame[name].astype(float) for name in ("service_cost", "retention_cost"))
    assert service.sum() == pytest.approx(970, abs=0.01)
    assert 0 < service[cell != "医院"].sum() < 70  # its part of what the back office spent on all
    assert retention[cell == "Hotel"].sum() == pytest.approx(300, abs=0.01)
    assert retention[cell != "Hotel"].sum() == 0
    assert told.summary["costs"]["unallocated"] == pytest.approx(50, abs=0.01)


def known(orders):
    ids = sorted(orders["customer_id"].unique())
    return pd.DataFrame(
        {"Customer ID": ids, "Industry": [["Hotel", "医院", ""][n % 3] for n in range(len(ids))]}
    )


def test_a_column_of_a_customer_file_is_a_scope_as_one_of_the_orders_is(orders):
    people = known(orders)
    by_file = lw.value(orders, scope="industry", attributes=people, **SETTINGS)
    read = lw.value(lw.read_orders(orders), scope="industry", attributes=people, **SETTINGS)
    joined = orders.merge(people.rename(columns={"Customer ID": "customer_id"}), on="customer_id")
    by_order = lw.value(joined, scope="Industry", **SETTINGS)
    cells = by_order.summary["dimensions"]["schemes"]["scope:Industry"]
    assert {row["cell"] for row in cells} == {"Hotel", "医院", ""}
    assert by_file.summary["dimensions"]["schemes"]["scope:industry"] == cells
    assert read.summary["dimensions"]["schemes"]["scope:industry"] == cells
    with pytest.raises(DataError, match="DATA-302"):
        lw.value(orders, scope="planet", attributes=people, **SETTINGS)


@pytest.mark.parametrize(
    "cells",
    [
        lambda n: f"p{n % 9}@example.com",
        lambda n: f"138{n % 9:08d}",
        lambda n: f"+44 20 7946 {n % 9:04d}",
        lambda n: f"0912-345-{n % 9:03d}",
        lambda n: f"王{n}",
        lambda n: "Hotel" if n % 8 else f"guest{n % 3}@example.com",
    ],
)
def test_columns_that_name_persons_are_refused_from_either_file(orders, cells):
    people = known(orders).assign(Contact=lambda rows: [cells(n) for n in range(len(rows))])
    joined = orders.merge(people.rename(columns={"Customer ID": "customer_id"}), on="customer_id")
    with pytest.raises(DataError, match="DATA-303"):
        lw.value(joined, scope="Contact", **SETTINGS)
    with pytest.raises(DataError, match="DATA-303"):
        lw.value(orders, scope="Contact", attributes=people, **SETTINGS)

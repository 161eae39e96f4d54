"""Grades against an earlier run: nobody flips for cents, and the run says who moved."""

import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import DataError
from lifeworth.workflows.value import value_files
from workflows.shops import shop


@pytest.fixture(scope="module")
def orders():
    return shop(customers=600, days=500)


@pytest.fixture(scope="module")
def folder(orders, tmp_path_factory):
    place = tmp_path_factory.mktemp("grades")
    orders.to_csv(place / "orders.csv", index=False)
    value_files(
        [place / "orders.csv"], place / "first", until=pd.Timestamp("2025-04-20").date(), model="MBGNBD"
    )
    return place


@pytest.fixture(scope="module")
def later(orders, folder):
    """Two weeks later, with and without the earlier run."""
    settings = {"until": "2025-05-04", "model": "MBGNBD"}
    return lw.value(orders, **settings), lw.value(orders, previous=folder / "first", **settings)


def test_fewer_flip_than_without_the_earlier_run_and_each_who_keeps_had_that_grade(later, folder):
    plain, held = (each.customers.to_pandas().set_index("customer_id")["customer_grade"] for each in later)
    before = pd.read_parquet(folder / "first" / "customers.parquet").set_index("customer_id")[
        "customer_grade"
    ]
    record = later[1].summary["grades"]
    common = before.index
    kept = held.index[held != plain]
    assert record["kept"] == len(kept) > 0
    assert (held[kept] == before.reindex(kept)).all()
    flips = [(each[common] != before).sum() for each in (plain, held)]
    assert flips[1] < flips[0]
    assert record["new"] == len(held) - len(common)
    assert sum(move["customers"] for move in record["moves"]) == len(common)
    assert sum(move["customers"] for move in record["moves"] if move["before"] != move["after"]) == flips[1]


def test_only_grades_change(later):
    plain, held = (each.customers.drop_columns(["customer_grade"]) for each in later)
    assert plain.equals(held)
    assert later[0].summary["grades"]["previous"] is None
    assert later[1].summary["grades"]["previous"]["as_of"] == "2025-04-20"


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"horizon_months": 6}, ["horizon_months"]),
        ({"margin": 0.4}, ["value_basis"]),
        ({"until": "2025-03-01"}, ["as_of"]),
    ],
)
def test_a_run_that_cannot_be_set_beside_this_one_is_left_aside_and_told(orders, folder, settings, why):
    found = lw.value(orders, previous=folder / "first", model="MBGNBD", **settings).summary
    told = next(finding for finding in found["findings"] if finding["code"] == "grades_anew")
    assert told["facts"]["settings"] == why
    assert found["grades"]["previous"] is None


def test_a_folder_without_a_run_is_refused(orders, tmp_path):
    with pytest.raises(DataError, match="RESULT-002"):
        lw.value(orders, previous=tmp_path, model="MBGNBD")

"""`lifeworth explain`: every number of a customer has a source, and its arithmetic can be checked."""

from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.calls import run
from lifeworth.results.contract import ESTIMATE_COLUMNS, Run
from lifeworth.results.read import read_run
from lifeworth.workflows.explain import customer_anatomy

COSTS = ("goods", "fulfilment", "fees", "service", "retention", "acquisition", "other")
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def folder(orders, tmp_path_factory):
    place = tmp_path_factory.mktemp("explained")
    (place / "costs.csv").write_text(
        "kind,amount,from,to\nacquisition,3000,2024-01-01,2024-03-31\nservice,900,2024-01-01,2024-12-31\n",
        encoding="utf-8",
    )
    done = run("value", orders, "--margin", "0.4", "--costs", "costs.csv", "--out", "run", folder=place)
    assert done.code == 0, done.notes
    return place / "run"


@pytest.fixture(scope="module")
def published(folder):
    return read_run(folder)


def numbers(found):
    return {number["name"]: number for number in found["numbers"]}


def identifiers(published):
    return published.customers["customer_id"].to_pylist()[:40]


def test_the_arithmetic_of_every_customer_closes_to_the_cent(published):
    for customer_id in identifiers(published):
        value = {
            name: each["value"]
            for name, each in numbers(customer_anatomy(published, customer_id, "en")).items()
        }
        taken = sum(value.get(name, 0) for name in ("discounts", "refunds"))
        assert value["net_sales"] == value["gross_sales"] - taken
        costs = sum(value.get(f"{kind}_cost", 0) for kind in COSTS)
        assert value["historical_value"] == value["net_sales"] - costs
        assert value["future_value"] == value["current_value"] + value["potential_value"]
        assert value["lifetime_value"] == value["historical_value"] + value["future_value"]
        assert abs(value["goods_cost"] - value["net_sales"] * Decimal("0.6")) <= CENT


def test_what_is_counted_is_data_what_is_estimated_model_what_is_chosen_assumption(published):
    found = numbers(customer_anatomy(published, identifiers(published)[0], "en"))
    sources = {name: number["source"] for name, number in found.items()}
    assert {sources[name] for name in ("orders", "gross_sales", "net_sales", "acquisition_cost")} == {"data"}
    assert {sources[name] for name in ("expected_purchases", "current_value", "lifetime_value")} == {"model"}
    assert {sources[name] for name in ("goods_cost", "margin", "discount_rate")} == {"assumption"}


def test_each_source_and_formula_is_told_in_each_language(published):
    customer_id = identifiers(published)[0]
    told = {
        tag: customer_anatomy(published, customer_id, tag)["numbers"] for tag in ("en", "zh-Hans", "zh-Hant")
    }
    for lines in zip(*told.values(), strict=True):
        assert len({line["name"] for line in lines}) == 1
        assert all(line["formula"] and line["written"] for line in lines)
    assert told["zh-Hans"][0]["source_label"] == "数据"
    assert told["zh-Hant"][0]["source_label"] == "資料"


def test_a_run_that_declines_predictions_explains_what_happened_only(published):
    customers = published.customers
    for name in ESTIMATE_COLUMNS:
        place = customers.schema.get_field_index(name)
        customers = customers.set_column(
            place, name, pa.nulls(len(customers), customers.schema.field(name).type)
        )
    declined = Run(published.folder, customers, published.summary, published.import_report)
    found = customer_anatomy(declined, identifiers(published)[0], "en")
    assert not found["individual"]
    assert {"historical_value", "net_sales"} <= set(numbers(found))
    assert not set(numbers(found)) & set(ESTIMATE_COLUMNS)


def test_the_terminal_tells_the_lines_and_json_the_parts(folder, call):
    customer_id = pq.read_table(folder / "customers.parquet")["customer_id"][0].as_py()
    told = call("explain", folder, customer_id)
    assert told.code == 0
    assert "Net sales × (1 less the margin assumed)" in told.out
    found = call("explain", folder, customer_id, "--json").json
    assert found["customer_id"] == customer_id
    assert all(number["written"] in told.out for number in found["numbers"])


def test_an_unknown_customer_is_refused_by_name(folder, call):
    answer = call("explain", folder, "nobody")
    assert answer.code == 2
    assert "VALUE-103" in answer.notes
    assert "nobody" in answer.notes

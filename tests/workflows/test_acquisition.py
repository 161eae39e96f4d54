import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import DataError
from lifeworth.workflows.value import value_files
from workflows.shops import shop

MONTHS = pd.period_range("2024-01", "2025-06", freq="M").astype(str)


@pytest.fixture(scope="module")
def orders():
    """Two channels: those of the fair spend three times as much as those of the app."""
    table = shop(customers=500)
    number = table["customer_id"].str[1:].astype(int)
    table["channel"] = np.where(number % 3 == 0, "Fair", "App")
    table.loc[table["channel"] == "Fair", "amount"] *= 3
    return table


@pytest.fixture(scope="module")
def marketing():
    rows = [(month, "fair", 600.0, 3) for month in MONTHS] + [(month, " APP ", 200.0, 30) for month in MONTHS]
    return pd.DataFrame(rows, columns=["month", "channel", "spend", "new customers"])


@pytest.fixture(scope="module")
def statement(orders, marketing):
    return lw.value(orders, currency="CNY", margin=0.4, marketing=marketing, model="MBGNBD")


def rows_of(statement):
    return {row["channel"]: row for row in statement.summary["acquisition"]["channels"]}


def test_cost_per_customer_is_spend_over_those_whose_first_order_came_there(statement, orders):
    first = orders.sort_values(["date", "order_id"]).groupby("customer_id")["channel"].first()
    for name, row in rows_of(statement).items():
        assert row["customers"] == (first == name).sum()
        assert row["cac"] == pytest.approx(row["spend"] / row["customers"])


def test_every_unit_of_money_is_counted_or_set_aside(statement, marketing):
    told = statement.summary["acquisition"]
    counted = sum(row["spend"] for row in told["channels"])
    assert counted + told["set_aside"] + told["undated"] == pytest.approx(marketing["spend"].sum())
    table = statement.tables["channels"].to_pandas()
    months = table[table["cohort"] != ""].groupby("channel")["spend"].sum()
    wholes = table[table["cohort"] == ""].set_index("channel")["spend"]
    assert months.to_dict() == pytest.approx(wholes.to_dict(), abs=0.2)


def test_worth_of_a_channel_is_the_historical_and_current_value_of_its_customers(statement):
    customers = statement.customers.to_pandas()
    worth = (customers["historical_value"] + customers["current_value"]).astype(float)
    for name, row in rows_of(statement).items():
        mean = worth[customers["channel"] == name].mean()
        assert row["worth"]["value"] == pytest.approx(mean, abs=0.01)
        assert row["worth"]["low"] <= row["worth"]["value"] <= row["worth"]["high"]
        assert row["ratio"]["value"] == pytest.approx(row["worth"]["value"] / row["cac"])


def test_the_cheap_channel_of_poor_customers_is_told(statement):
    rows = rows_of(statement)
    assert rows["App"]["quadrant"] == "cheap_poor"
    assert rows["Fair"]["quadrant"] == "dear_rich"
    assert rows["App"]["payback"]["value"] == 1  # the first order alone brings back so small a cost


def test_marketing_changes_no_value(statement, orders):
    without = lw.value(orders, currency="CNY", margin=0.4, model="MBGNBD")
    assert without.customers.equals(statement.customers)
    assert without.summary["acquisition"] is None
    assert set(statement.tables) - set(without.tables) == {"channels"}


def test_a_file_without_channels_is_for_all_customers(orders):
    spend = pd.DataFrame({"from": ["2024-01-01"], "to": ["2025-12-31"], "amount": [7300.0]})
    told = lw.value(orders, margin=0.4, marketing=spend, model="MBGNBD").summary["acquisition"]
    assert told["total"]["customers"] == 500
    assert told["channels"][0]["channel"] == ""
    assert told["set_aside"] > 0
    assert told["total"]["spend"] + told["set_aside"] == pytest.approx(7300.0, abs=0.01)


def test_spend_that_does_not_say_when_is_refused(orders):
    with pytest.raises(DataError) as told:
        lw.value(orders, marketing=pd.DataFrame({"channel": ["App"], "spend": [5.0]}))
    assert told.value.code == "DATA-331"


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_report_shows_channels_and_scenarios(orders, marketing, tmp_path, language):
    file, spend = tmp_path / "orders.csv", tmp_path / "spend.csv"
    orders.to_csv(file, index=False)
    marketing.to_csv(spend, index=False)
    run = value_files(
        [file], tmp_path / "run", language=language, margin=0.4, marketing=spend, model="MBGNBD"
    )
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert 'id="acquisition"' in page
    assert 'id="scenarios"' in page
    assert (run.folder / "tables" / "channels.parquet").exists()
    assert {row["lever"] for row in run.summary["scenarios"]["rows"]} == {
        "churn", "price", "margin", "discount_rate"
    }  # fmt: skip

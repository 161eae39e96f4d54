"""Money of several currencies is never added up without rates."""

import pandas as pd
import pytest

from lifeworth.base.errors import DataError, UsageError
from orders.made import read, total

HEADER = ("order_id", "customer_id", "date", "amount", "currency")
ROWS = [
    ("1", "a", "2024-01-01", "10", "USD"),
    ("2", "a", "2024-02-01", "10", "EUR"),
    ("3", "b", "2024-03-01", "10", "usd"),
]


def test_one_currency_is_recorded():
    assert read(ROWS[:1], HEADER).currency == "USD"


def test_several_currencies_are_refused():
    with pytest.raises(DataError) as error:
        read(ROWS, HEADER)
    assert error.value.code == "DATA-220"
    assert error.value.facts["currencies"] == ["USD", "EUR"]
    assert "--rates" in str(error.value)


def test_rates_convert_to_the_currency_asked_for():
    assert total(read(ROWS, HEADER, rates={"EUR": 1.1}, currency="usd")) == 31
    assert total(read(ROWS, HEADER, rates={"USD": "0.9"}, currency="EUR")) == 28


def test_an_order_takes_the_rate_of_its_day(tmp_path):
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,date,rate\nEUR,2024-01-15,1.1\nEUR,2024-02-01,1.2\nEUR,2024-02-02,1.3\n")
    assert total(read(ROWS, HEADER, rates=rates, currency="USD")) == 32
    table = pd.DataFrame({"currency": ["EUR"], "rate": [1.5]})
    assert total(read(ROWS, HEADER, rates=table, currency="USD")) == 35


def test_a_currency_without_a_rate_is_an_error():
    with pytest.raises(DataError) as error:
        read(ROWS, HEADER, rates={"GBP": 1.3}, currency="USD")
    assert error.value.code == "DATA-221"
    assert error.value.facts["currencies"] == ["EUR"]


@pytest.mark.parametrize("rate", [0, -1, "x", "NaN"])
def test_a_rate_is_a_positive_number(rate):
    with pytest.raises(UsageError) as error:
        read(ROWS, HEADER, rates={"EUR": rate}, currency="USD")
    assert error.value.code == "DATA-222"


def test_asking_for_another_currency_needs_a_rate_too():
    with pytest.raises(DataError):
        read(ROWS[:1], HEADER, currency="CNY")
    assert total(read(ROWS[:1], HEADER, currency="CNY", rates={"USD": 7})) == 70


def test_signs_of_several_currencies_are_refused():
    rows = [("1", "a", "2024-01-01", "$10"), ("2", "a", "2024-02-01", "€10")]
    with pytest.raises(DataError) as error:
        read(rows, HEADER[:4])
    assert error.value.code == "DATA-220"

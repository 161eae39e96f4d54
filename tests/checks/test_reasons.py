"""Reasons as a person would write the numbers."""

import re

import numpy as np
import pytest

from lifeworth.reports import value_report
from lifeworth.text.columns import short, whole
from lifeworth.value.explain import Facts, reasons
from reports import worlds


def test_whole_numbers_have_commas_at_the_thousands():
    numbers = np.array([0.0, 7, 999, 1000, -1234, 1234567, 12345678901, np.nan])
    assert whole(numbers).to_pylist() == [
        "0", "7", "999", "1,000", "-1,234", "1,234,567", "12,345,678,901", "0",
    ]  # fmt: skip
    assert whole(np.array([])).to_pylist() == []
    tiny = np.array([3.04, 2070.4, 0.02541, -0.0012, 0.0])
    assert short(tiny).to_pylist() == ["3.0", "2,070", "0.025", "-0.0012", "0.0"]


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "bought every 1 day, last 1 day ago", "bought every 1,095 days, last 40 days ago"),
        ("zh-Hans", "平均每 1 天购买一次，上次在 1 天前", "平均每 1,095 天购买一次，上次在 40 天前"),
        ("zh-Hant", "平均每 1 天購買一次，上次在 1 天前", "平均每 1,095 天購買一次，上次在 40 天前"),
    ],
)
def test_one_day_is_a_day(language, one, many):
    facts = Facts(
        frequency=np.array([9.0, 2]),
        recency=np.array([9.0, 2190]),
        T=np.array([10.0, 2230]),
        spend=np.array([10.0, 10]),
        refund_share=np.zeros(2),
        probability_alive=None,
        expected_purchases=None,
        expected_spend=None,
    )
    assert reasons(facts, language, 12)[0].to_pylist() == [one, many]


@pytest.mark.parametrize(
    ("language", "pattern"), [("zh-Hans", r"平均每 \d+ 天购买一次"), ("zh-Hant", r"平均每 \d+ 天購買一次")]
)
def test_a_report_in_another_language_says_days_too(language, pattern):
    assert re.search(pattern, value_report(worlds.normal(), language))

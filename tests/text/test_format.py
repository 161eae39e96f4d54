"""Figures as readers of three languages write them."""

import math
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lifeworth.text.format import NOTHING, Format

DOLLARS, YUAN, TAIWAN = Format("en", "USD"), Format("zh-Hans", "CNY"), Format("zh-Hant", "TWD")
FORMATS = (DOLLARS, YUAN, TAIWAN, Format("en"), Format("zh-Hant", "XTS"))
amounts = st.floats(-1e15, 1e15)


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_compact_money_takes_the_units_of_its_language():
    assert spaced(YUAN.compact_money(1.24e8)) == "¥1.24 亿"
    assert spaced(TAIWAN.compact_money(3.12e7)) == "NT$ 3,120 萬"
    assert spaced(DOLLARS.compact_money(1.24e6)) == "$1.24 M"
    assert spaced(DOLLARS.compact_money(49123.4)) == "$49.1 k"


def test_an_estimate_is_written_with_its_interval_and_no_more_digits_than_it_earns():
    assert YUAN.money_interval(1283.47, 899.12, 1711.9) == "¥1,280 (900–1,710)"
    assert spaced(DOLLARS.compact_money_interval(4.12e6, 3.6e6, 4.7e6)) == "$4.1 M (3.6–4.7 M)"
    assert spaced(DOLLARS.compact_range(3.6e6, 4.7e6)) == "$3.6–4.7 M"


def test_rounding_up_moves_to_the_next_unit():
    assert spaced(DOLLARS.compact_money(999_960)) == "$1.00 M"
    assert spaced(YUAN.compact_money(99_996_000)) == "¥1.00 亿"


def test_one_currency_has_one_sign_in_every_language():
    assert Format("en", "CNY").symbol == Format("zh-Hans", "CNY").symbol == "¥"
    assert spaced(Format("zh-Hant", "TWD").symbol) == spaced(Format("en", "TWD").symbol) == "NT$ "
    assert Format("zh-Hans", "JPY").symbol != "¥"


def test_without_a_currency_money_is_a_plain_number():
    assert Format("en").money(1280) == "1,280"
    assert Format("zh-Hans").money_interval(1280, 900, 1710) == "1,280 (900–1,710)"


def test_money_without_cents_has_no_cents():
    assert spaced(Format("en", "JPY").money(12.4)) == "JP¥ 12"
    assert Format("en", "USD").money(12.4) == "$12.40"


def test_a_negative_amount_has_its_sign_before_the_currency():
    assert DOLLARS.money(-1234.5) == "−$1,234"


def test_what_is_not_known_is_a_dash():
    for form in FORMATS:
        for missing in (None, math.nan, math.inf):
            assert form.money(missing) == form.count(missing) == form.percent(missing) == NOTHING
            assert form.compact_money(missing) == form.interval(missing, 1, 2) == NOTHING


def test_a_small_share_is_never_written_as_nothing():
    assert spaced(DOLLARS.percent(0.004)) == "< 1 %"
    assert spaced(DOLLARS.percent(0)) == "0 %"
    assert YUAN.percent(0.184) == "18%"


def test_almost_all_is_never_written_as_all():
    assert spaced(DOLLARS.percent(0.999)) == "> 99 %"
    assert spaced(DOLLARS.percent(0.99999, 1)) == "> 99.9 %"
    assert spaced(DOLLARS.percent(1)) == "100 %"


def test_the_unit_is_that_of_the_value_not_of_its_far_end():
    assert spaced(YUAN.compact_money_interval(468_000, 141_000, 156_000_000)) == "¥47 万 (14–15,600 万)"


def test_prose_has_local_dates():
    assert DOLLARS.date("2026-10-31") == DOLLARS.date(date(2026, 10, 31)) == "October 31, 2026"
    assert YUAN.date("2026-10-31") == TAIWAN.date("2026-10-31") == "2026年10月31日"
    assert DOLLARS.date("soon") == "soon"


def test_short_numbers_lose_zeros_that_say_nothing():
    assert [DOLLARS.short(value) for value in (6.0, 1.44, 0.163, 1200.0)] == ["6", "1.4", "0.16", "1,200"]


def test_lists_are_joined_as_the_language_joins_them():
    assert DOLLARS.listing(["a", "b", "c"]) == "a, b, and c"
    assert YUAN.listing(["a", "b", "c"]) == "a、b和c"


@given(amounts, st.floats(0, 1e6), st.floats(0, 1e6))
def test_any_amount_can_be_written_in_any_language(value, below, above):
    for form in FORMATS:
        for text in (
            form.money(value),
            form.compact_money(value),
            form.money_interval(value, value - below, value + above),
            form.compact_money_interval(value, value - below, value + above),
            form.significant(value),
            form.short(value),
        ):
            assert text
            assert "nan" not in text
            assert text[:2] != "−0" or any(sign in text for sign in "123456789")


@given(st.floats(1, 1e12), st.floats(0.01, 0.9))
def test_the_written_value_lies_near_the_value(value, share):
    low, high = value * (1 - share), value * (1 + share)
    written = Format("en").interval(value, low, high).split(" (")[0].replace(",", "")
    assert abs(float(written) - value) <= (high - low) * 0.06 + 0.01


def test_a_value_far_smaller_than_its_interval_keeps_one_digit():
    assert DOLLARS.money_interval(412_345, 0, 74_000_000) == "$400,000 (0–74,000,000)"
    assert DOLLARS.money_interval(0, 0, 74_000_000) == "$0 (0–74,000,000)"

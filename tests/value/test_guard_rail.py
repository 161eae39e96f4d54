"""The deepest discount: the target is met exactly there, and its ends hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.base.errors import UsageError
from lifeworth.value.guard_rail import Group, Target, chosen_target, deepest, more_needed

GROUP = Group(200, (0.4, 0.36, 0.44), (100_000.0, 90_000.0, 112_000.0), 80.0)


def test_at_the_deepest_discount_the_share_is_left():
    value = deepest(GROUP, Target("keep", 0.75))
    assert value == pytest.approx((0.1, 0.09, 0.11))
    assert (0.4 - value[0]) * 100_000 == pytest.approx(0.75 * 0.4 * 100_000)


def test_at_the_deepest_discount_each_customer_is_worth_the_target():
    value, low, high = deepest(GROUP, Target("customer", 150.0))
    assert (0.4 - value) * 100_000 / 200 == pytest.approx(150.0)
    assert (0.36 - low) * 90_000 / 200 == pytest.approx(150.0)
    assert (0.44 - high) * 112_000 / 200 == pytest.approx(150.0)


def test_at_the_deepest_discount_each_purchase_earns_the_target():
    assert deepest(GROUP, Target("order", 20.0))[0] == pytest.approx(0.4 - 20 / 80)


def test_a_target_beyond_todays_value_leaves_no_room():
    assert deepest(GROUP, Target("customer", 500.0))[1] < 0
    assert deepest(GROUP, Target("keep", 1.0)) == pytest.approx((0.0, 0.0, 0.0))


def test_who_loses_today_has_no_room_whatever_is_kept():
    losing = Group(50, (-0.1, -0.12, -0.08), (1000.0, 900.0, 1100.0), 40.0)
    assert all(each <= 0 for each in deepest(losing, Target("keep", 0.0)))


def test_who_buys_nothing_has_no_discount():
    assert deepest(Group(5, (0.4, 0.4, 0.4), (0.0, 0.0, 0.0), 10.0), Target()) is None


@given(
    st.floats(-0.5, 0.9), st.floats(0, 0.3), st.floats(1, 1e6), st.floats(0, 1), st.floats(1, 3),
    st.sampled_from(["keep", "customer", "order"]), st.floats(0, 1),
)  # fmt: skip
def test_the_ends_hold_the_value(margin, wide, sales, less, more, kind, amount):
    group = Group(7, (margin, margin - wide, margin + wide), (sales, sales * less, sales * more), 30.0)
    value, low, high = deepest(group, Target(kind, amount))
    assert low <= value <= high


def test_further_purchases_make_up_for_a_discount():
    again = more_needed(0.1, 0.4)
    assert (1 + again) * (0.4 - 0.1) == pytest.approx(0.4)
    assert more_needed(0.4, 0.4) is None


@pytest.mark.parametrize(("kind", "amount"), [("keep", 1.2), ("order", -1.0), ("price", 3.0)])
def test_a_target_that_cannot_be_is_refused(kind, amount):
    with pytest.raises(UsageError) as raised:
        Target(kind, amount)
    assert raised.value.code == "VALUE-331"


def test_one_target_at_a_time():
    assert chosen_target() == Target("keep", 0.8)
    assert chosen_target(order=3.0) == Target("order", 3.0)
    with pytest.raises(UsageError) as raised:
        chosen_target(keep=0.5, order=3.0)
    assert raised.value.code == "VALUE-333"

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.value.cents import to_cents

amounts = st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=0, max_size=200).map(np.array)


@given(amounts)
def test_the_parts_add_up_to_the_rounded_whole(values):
    assert to_cents(values).sum() == np.rint(np.round(values.sum() * 100, 1))


@given(amounts)
def test_no_customer_is_more_than_a_cent_from_the_exact_amount(values):
    assert np.all(np.abs(to_cents(values) - values * 100) < 1.001)


def test_amounts_in_whole_cents_stay_as_they_are():
    values = np.array([1999, 5, -250, 0, 12345678901]) / 100
    assert to_cents(values).tolist() == [1999, 5, -250, 0, 12345678901]


def test_three_thirds_of_a_cent_become_one_cent():
    assert to_cents(np.full(3, 0.01 / 3)).sum() == 1

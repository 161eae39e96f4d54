"""Customer grades: shares of the base, ties, and no flipping for cents."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.segments.grade import grades


def test_a_tenth_two_tenths_and_three_tenths():
    codes = grades(np.arange(1.0, 1001)).codes
    assert [int((codes == grade).sum()) for grade in "ABCD"] == [100, 200, 300, 400]


@given(st.lists(st.floats(-100, 1e6), min_size=1, max_size=60))
def test_more_value_is_never_a_worse_grade_and_equals_are_equal(values):
    worth = np.array(values)
    codes = grades(worth).codes
    order = np.argsort(worth, kind="stable")
    assert (np.diff([ord(code) for code in codes[order]]) <= 0).all()
    for value in worth:
        assert len(set(codes[worth == value])) == 1
    assert set(codes[worth <= 0]) <= {"D"}


def test_a_customer_near_a_border_keeps_the_earlier_grade():
    worth = np.arange(1000.0, 0, -1)
    before = grades(worth).codes
    moved = worth.copy()
    moved[95], moved[105] = worth[105], worth[95]  # two neighbours of the border change places
    assert (grades(moved, before).codes[[95, 105]] == before[[95, 105]]).all()
    assert (grades(moved).codes[[95, 105]] == before[[105, 95]]).all()
    moved[50], moved[500] = worth[500], worth[50]
    assert grades(moved, before).codes[500] == "A"
    assert grades(moved).thresholds["A"] == pytest.approx(901)

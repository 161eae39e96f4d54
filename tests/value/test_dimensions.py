"""Time x share x scope: factors multiply to the value, changes add up to the cent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.value.dimensions import FACTORS, SUMS, cell_sums, change, factors


def sums_of(*rows):
    return {name: np.array([row[place] for row in rows], float) for place, name in enumerate(SUMS)}


def by_factors(customers, activity, wallet, share=1.0, profit=1.0):
    active = customers * activity
    purse = active * wallet
    return customers, active, purse, purse * share, purse * share * profit


def test_the_factors_of_each_cell_multiply_to_its_value():
    rng = np.random.default_rng(1)
    n = 500
    code, alive = rng.integers(0, 4, n), rng.random(n)
    spend, room = rng.gamma(1.0, 40.0, n), rng.gamma(1.0, 60.0, n)
    sums = cell_sums(code, 4, alive=alive, spend=spend, room=room, current=0.3 * spend)
    found = factors(sums)
    assert np.prod([found[name] for name in FACTORS], axis=0) == pytest.approx(sums["current_value"])
    assert found["share"] == pytest.approx(
        [spend[code == cell].sum() / (spend + room)[code == cell].sum() for cell in range(4)]
    )
    assert (found["activity"] < 1).all()


def test_the_published_vector_of_the_decomposition():
    """V1.1: (100, .8, 50) to (120, .75, 55): 950 = 812.81555 - 287.72195 + 424.90640."""
    found = change(sums_of(by_factors(100, 0.8, 50)), sums_of(by_factors(120, 0.75, 55)), [(0, 0)])
    wanted = {"customers": 81281.555, "activity": -28772.195, "wallet": 42490.640}
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, abs=1)  # whole cents
    assert found["share"] == found["profit"] == found["scope"] == found["turned"] == 0
    assert sum(found.values()) == 95000


def test_cells_that_come_and_go_are_scope_and_losses_have_no_ratio():
    before = sums_of(by_factors(10, 0.5, 100), by_factors(5, 1.0, 10), (4, 2, 50, 40, -7))
    after = sums_of(by_factors(10, 0.5, 100), by_factors(2, 1.0, 30), (4, 2, 50, 40, 3))
    found = change(before, after, [(0, 0), (1, -1), (-1, 1), (2, 2)])
    assert found["scope"] == 100 * (60 - 50) + 300  # the last cell is none before, and 3 after
    assert found["turned"] == 700
    assert sum(found.values()) == round(100 * (after["current_value"].sum() - before["current_value"].sum()))


amount = st.floats(0.01, 1e5)


@given(
    st.lists(st.tuples(*[amount] * 5), min_size=1, max_size=8), st.lists(st.tuples(*[amount] * 5), min_size=8)
)
def test_changes_add_up_to_the_cent(one, other):
    other = other[: len(one)]
    before, after = sums_of(*one), sums_of(*other)
    found = change(before, after, [(place, place) for place in range(len(one))])
    wanted = 100 * (after["current_value"].sum() - before["current_value"].sum())
    assert sum(found.values()) == pytest.approx(wanted, abs=1)

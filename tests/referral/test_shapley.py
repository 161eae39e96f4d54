import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models.referral import gross_value, net_value, referral_views

PARENTS, VALUES = [None, 0, 0, 1, 1, 3], [5, 3, 2, 7, 1, 4]


@st.composite
def forests(draw, most=40):
    """Rows in any order: parents are drawn among earlier rows, then all rows are shuffled."""
    n = draw(st.integers(1, most))
    above = [draw(st.integers(-1, row - 1)) for row in range(n)]
    place = draw(st.permutations(range(n)))
    parents = [0] * n
    for row, parent in enumerate(above):
        parents[place[row]] = place[parent] if parent >= 0 else -1
    values = draw(st.lists(st.floats(-100, 1000), min_size=n, max_size=n))
    anyway = draw(st.lists(st.floats(0, 1), min_size=n, max_size=n))
    return parents, values, anyway


def chain(parents, row):
    above = []
    while parents[row] >= 0:
        row = parents[row]
        above.append(row)
    return above


def split_by_hand(parents, values, anyway):
    """The definition, ancestor by ancestor."""
    net = np.zeros(len(values))
    for row, value in enumerate(values):
        ancestors = chain(parents, row)
        needed = [1 - anyway[edge] for edge in [row, *ancestors[:-1]]] if ancestors else []
        for length in range(len(ancestors) + 1):
            chance = math.prod(needed[:length])
            if length < len(ancestors):
                chance *= 1 - needed[length]
            for member in [row, *ancestors[:length]]:
                net[member] += value * chance / (length + 1)
    return net


def shapley_by_subsets(parents, values, needed):
    """Shapley's formula over all coalitions; needed[j]: j exists only with its referrer."""
    n = len(values)

    def worth(group):
        def exists(row):
            above = parents[row]
            return row in group and (above < 0 or not needed[row] or exists(above))

        return sum(values[row] for row in range(n) if exists(row))

    result = np.zeros(n)
    for row in range(n):
        others = [each for each in range(n) if each != row]
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for group in itertools.combinations(others, size):
                result[row] += weight * (worth({*group, row}) - worth(set(group)))
    return result


def test_the_published_vector_of_the_split():
    net = net_value(PARENTS, VALUES, 0.3)
    assert net == pytest.approx([8.400, 4.636, 1.300, 4.937, 0.568, 2.159], abs=5e-4)
    assert net.sum() == pytest.approx(22, abs=1e-12)


@given(forests())
@settings(max_examples=80, deadline=None)
def test_the_closed_form_is_the_definition(forest):
    parents, values, anyway = forest
    assert net_value(parents, values, anyway) == pytest.approx(
        split_by_hand(parents, values, anyway), abs=1e-8
    )


@given(forests(most=6), st.data())
@settings(max_examples=15, deadline=None)
def test_with_certain_needs_it_is_the_shapley_value_of_the_game(forest, data):
    parents, values, _ = forest
    needed = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    by_us = net_value(parents, values, [0.0 if need else 1.0 for need in needed])
    assert by_us == pytest.approx(shapley_by_subsets(parents, values, needed), abs=1e-8)


@given(forests(), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_net_values_add_up_to_the_values(forest, share):
    parents, values, _ = forest
    assert math.fsum(net_value(parents, values, share)) == pytest.approx(math.fsum(values), abs=1e-9)


def test_if_all_would_have_come_anyway_everyone_keeps_the_own_value_and_nothing_is_gross():
    assert net_value(PARENTS, VALUES, 1.0) == pytest.approx(VALUES)
    assert gross_value(PARENTS, VALUES, 1.0) == pytest.approx(np.zeros(6))


def test_if_nobody_would_have_come_every_member_of_a_chain_gets_an_equal_part():
    assert net_value([None, 0, 1], [0, 0, 9], 0.0) == pytest.approx([3, 3, 3])
    assert gross_value([None, 0, 1], [0, 0, 9], 0.0) == pytest.approx([9, 9, 0])


def test_gross_falls_as_more_would_have_come_anyway():
    shares = np.linspace(0, 1, 11)
    gross = np.array([gross_value(PARENTS, VALUES, share) for share in shares])
    assert (np.diff(gross, axis=0) <= 1e-12).all()
    assert gross[3] == pytest.approx([0.7 * 5 + 0.49 * 8 + 0.343 * 4, 0.7 * 8 + 0.49 * 4, 0, 2.8, 0, 0])


def test_gross_is_discounted_to_the_day_of_the_customer():
    gross = gross_value([None, 0, 1], [1, 1, 1], 0.0, acquired=[0, 10, 30], discount_rate=0.01)
    assert gross == pytest.approx([np.exp(-0.1) + np.exp(-0.3), np.exp(-0.2), 0])
    with pytest.raises(ModelError, match="MODEL-308"):
        gross_value([None, 0], [1, 1], 0.0, acquired=[5, 0], discount_rate=0.01)


def test_ids_and_positions_say_the_same():
    ids = ["a", "b", "c", "d", "e", "f"]
    named = [None if who is None else ids[who] for who in PARENTS]
    assert net_value(named, VALUES, 0.3, ids=ids) == pytest.approx(net_value(PARENTS, VALUES, 0.3))


def test_cents_or_yuan_change_nothing_but_the_unit():
    assert net_value(PARENTS, np.array(VALUES) * 100.0, 0.3) == pytest.approx(
        100 * net_value(PARENTS, VALUES, 0.3)
    )


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3])
def test_chains_ten_thousand_deep_are_split_to_the_cent(share):
    n = 50_000
    parents = np.arange(n) - 1
    parents[::10_000] = -1
    values = np.random.default_rng(1).normal(100, 40, n)
    net = net_value(parents, values, share)
    assert math.fsum(net) == pytest.approx(math.fsum(values), abs=0.005)
    last = 9_999
    lengths = np.arange(10_000.0)
    if share == 0.0:
        assert net[last] == pytest.approx(values[last] / 10_000)
    else:
        chance = (1 - share) ** lengths * np.where(lengths < last, share, 1.0)
        assert net[last] == pytest.approx(values[last] * (chance / (lengths + 1)).sum(), rel=1e-9)


def test_a_million_customers_are_split():
    rng = np.random.default_rng(2)
    n = 1_000_000
    parents = np.floor(rng.random(n) * np.arange(n)).astype(np.int64)
    parents[rng.random(n) < 0.4] = -1
    parents[0] = -1
    values = rng.lognormal(4, 1, n)
    net = net_value(parents, values, 0.25)
    assert math.fsum(net) == pytest.approx(math.fsum(values), abs=0.005)
    assert (net > 0).all()


def test_the_band_holds_the_value_and_both_views_are_labelled():
    views = referral_views(PARENTS, VALUES, 0.3)
    for view, additive in ((views.net, True), (views.gross, False)):
        assert view.additive is additive
        assert view.label == f"referral.view.{view.name}"
        assert (view.low <= view.value + 1e-12).all()
        assert (view.value <= view.high + 1e-12).all()
    assert views.net_referral.sum() == pytest.approx(0, abs=1e-12)
    assert views.moved[-1] == pytest.approx(0, abs=1e-12)
    assert views.gross.low == pytest.approx(np.zeros(6))


@pytest.mark.parametrize(
    ("code", "parents", "more"),
    [
        ("MODEL-301", [1, 2, 0], {}),
        ("MODEL-302", [None, 7, 0], {}),
        ("MODEL-302", ["x", None, None], {"ids": ["a", "b", "c"]}),
        ("MODEL-303", [0, None, None], {}),
        ("MODEL-304", [None, None, None], {"ids": ["a", "b", "a"]}),
        ("MODEL-311", [None, None], {}),
        ("MODEL-312", ["a", None, None], {}),
    ],
)
def test_faulty_trees_are_refused_by_name(code, parents, more):
    with pytest.raises(ModelError, match=code):
        net_value(parents, [1.0, 2.0, 3.0], 0.5, **more)


def test_values_without_numbers_and_shares_beyond_one_are_refused():
    with pytest.raises(ModelError, match="MODEL-305"):
        net_value([None], [float("nan")], 0.5)
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="MODEL-306"):
            net_value([None], [1.0], share)
    with pytest.raises(ModelError, match="MODEL-311"):
        net_value([None, 0], [1.0, 2.0], [0.1, 0.2, 0.3])


def test_nobody_has_no_value():
    assert net_value([], [], 0.3).shape == (0,)
    assert gross_value([], [], 0.3).shape == (0,)

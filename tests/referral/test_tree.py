import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lifeworth.kernels.graph import depths, levels
from lifeworth.models.referral import mended, referral_tree


def test_depth_counts_the_referrers_above():
    depth, cyclic = depths(np.array([-1, 0, 1, 2, 0]))
    assert depth.tolist() == [0, 1, 2, 3, 1]
    assert not cyclic.any()


@pytest.mark.parametrize("length", [2, 3, 5, 8, 17])
def test_a_cycle_is_told_from_what_hangs_below_it(length):
    ring = [(row + 1) % length for row in range(length)]
    depth, cyclic = depths(np.array([*ring, 0, length, -1, length + 2]))
    assert cyclic.tolist() == [True] * length + [False] * 4
    assert depth.tolist() == [-1] * (length + 2) + [0, 1]


def test_levels_keep_siblings_side_by_side():
    parents = np.array([3, -1, 1, 1, 3, 1, -1])
    sorted_ = levels(parents, depths(parents)[0])
    for places, begins, parents_at in sorted_.above():
        rows = sorted_.order[places]
        heads = sorted_.order[sorted_.parent[places.start + begins]]
        assert heads.tolist() == sorted_.order[parents_at].tolist()
        assert np.unique(parents[rows]).tolist() == sorted(heads.tolist())


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, pl.Series, pa.array])
def test_nothing_is_written_in_many_ways(kind):
    given = [None, 0.0, 1.0] if kind is not list else [None, 0, 1]
    if kind is np.array:
        given = [np.nan, 0.0, 1.0]
    assert referral_tree(kind(given)).parents.tolist() == [-1, 0, 1]
    assert referral_tree(kind(["", "a", "b"]), kind(["a", "b", "c"])).parents.tolist() == [-1, 0, 1]


def test_minus_one_is_nobody():
    assert referral_tree([-1, 0, 0]).depth.tolist() == [0, 1, 1]


def test_faults_are_cut_and_told():
    ids = ["a", "b", "c", "d", "e", "f"]
    tree, findings = mended(["b", "a", "a", "d", "stranger", "c"], ids)
    assert tree.parents.tolist() == [-1, -1, 0, -1, -1, 2]
    told = {each.code: each.facts["count"] for each in findings}
    assert told == {"referral_unknown_referrer": 1, "referral_self": 1, "referral_cycle": 2}


def test_a_sound_tree_is_left_alone():
    tree, findings = mended([None, 0, 1])
    assert tree.parents.tolist() == [-1, 0, 1]
    assert findings == []
    assert tree.referrals.tolist() == [1, 1, 0]

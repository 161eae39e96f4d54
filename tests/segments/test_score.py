"""The value score: places among all customers, weighted; ends that hold the truth."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import UsageError
from lifeworth.data.samples.company import write_company
from lifeworth.segments.score import Part, ScoreWeights, composite, score_weights
from workflows.shops import shop


def sure(values):
    values = np.asarray(values, float)
    return Part(values, values, values)


def test_a_place_is_the_share_below_and_half_of_those_who_tie():
    found = composite(ScoreWeights(1.0, 0.0, 0.0), {"transaction": sure([5, 1, 5, 9])})
    assert found.value.tolist() == [50.0, 12.5, 50.0, 87.5]
    assert found.record["used"] == ["transaction"]


def test_weights_are_proportions_and_parts_that_are_not_known_count_nothing():
    parts = {"transaction": sure([1, 2, 3, 4]), "loyalty": sure([4, np.nan, 2, 1])}
    found = composite(ScoreWeights(3.0, 1.0, 9.0), parts)
    places = {"transaction": [12.5, 37.5, 62.5, 87.5], "loyalty": [500 / 6, np.nan, 50, 100 / 6]}
    expected = [0.75 * t + 0.25 * p for t, p in zip(*places.values(), strict=True)]
    expected[1] = 37.5
    assert found.value == pytest.approx(expected)
    assert found.record["used"] == ["transaction", "loyalty"]
    again = composite(ScoreWeights(0.3, 0.1, 0.9), {name: _times(part, 1000) for name, part in parts.items()})
    assert again.value == pytest.approx(found.value)


def _times(part, factor):
    return Part(part.value * factor, part.low * factor, part.high * factor)


def test_nine_true_scores_in_ten_and_more_lie_between_the_ends():
    """Errors of the parts hang together or not; places of the truth among what is expected of others."""
    for shared in (0.0, 0.7, 1.0):
        rng = np.random.default_rng(3)
        n, parts, true = 4000, {}, {}
        common = rng.standard_normal(n)
        for name in ("transaction", "loyalty", "referral"):
            value = rng.gamma(2.0, 1.0, n)
            noise = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.standard_normal(n)
            parts[name] = Part(value, value - 1.645 * 0.3, value + 1.645 * 0.3)
            true[name] = Part(value, value + 0.3 * noise, value + 0.3 * noise)
        found, truth = composite(ScoreWeights(), parts), composite(ScoreWeights(), true)
        moved = np.where(truth.low < found.value, truth.low, truth.high)
        held = ((found.low <= moved) & (moved <= found.high)).mean()
        assert held >= 0.88


@pytest.mark.parametrize(
    "told",
    [",", "transaction", "transaction=-1", "charm=1", "loyalty=1, loyalty=2", "referral=0", {"loyalty": -1}],
)
def test_what_is_no_weights_is_refused(told):
    with pytest.raises(UsageError) as caught:
        score_weights(told)
    assert caught.value.code == "VALUE-074"


def test_weights_are_read_as_people_write_them():
    assert score_weights(" transaction=0.5；loyalty: 1 ") == ScoreWeights(0.5, 1.0, 0.0)
    assert score_weights({"referral": 2}) == ScoreWeights(0.0, 0.0, 2.0)
    assert score_weights("") == ScoreWeights()


def test_by_transaction_alone_it_is_the_rank_of_past_and_current_value():
    told = lw.value(shop(), currency="CNY", margin=0.4, model="MBGNBD", score_weights="transaction=1")
    table = told.customers.to_pandas()
    worth = (table["historical_value"] + table["current_value"]).astype(float)
    rank = (worth.rank(method="average") - 0.5) / len(worth) * 100
    assert table["value_score"].to_numpy() == pytest.approx(rank.to_numpy(), abs=0.1)  # ties to the cent
    assert (table["value_score_low"] <= table["value_score"]).all()
    assert (table["value_score"] <= table["value_score_high"]).all()
    assert told.summary["value_score"]["used"] == ["transaction"]


def test_a_run_takes_every_part_that_it_knows(tmp_path):
    files = write_company(tmp_path, "en", customers=1500)
    plain = lw.value(str(files.orders), currency=files.currency, model="MBGNBD")
    found = lw.value(
        str(files.orders), currency=files.currency, model="MBGNBD", referrals=str(files.referrals)
    )
    assert plain.summary["value_score"]["used"] == ["transaction", "loyalty"]
    assert found.summary["value_score"]["used"] == ["transaction", "loyalty", "referral"]
    score = pd.DataFrame(
        {
            "with": found.customers["value_score"].to_numpy(),
            "without": plain.customers["value_score"].to_numpy(),
        }
    )
    brought = found.tables["referrals"].to_pandas()["referrals"]
    gained = (score["with"] - score["without"]).to_numpy()
    assert gained[brought >= 2].mean() > gained[brought == 0].mean() + 5
    assert score["with"].between(0, 100).all()

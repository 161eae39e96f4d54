import json

import numpy as np
import pytest

from lifeworth.base.clock import date_of, day_number
from lifeworth.base.finding import Finding
from lifeworth.monitoring.backtest import backtest
from lifeworth.monitoring.cutoff import choose_cutoff
from lifeworth.monitoring.metrics import CandidateForecast
from lifeworth.results.summary import Backtest, Candidate
from lifeworth.text.messages import finding_text
from monitoring.worlds import shop

DAY = day_number("2024-06-30")


def judge(world, *, factor=1.0, formula=None, low=0.0, high=np.inf, **more):
    value = world.truth * factor
    ends = (value * low, np.minimum(value * high, 1e12))
    said = [
        CandidateForecast("BGNBD", value, *ends),
        CandidateForecast("formula", world.past if formula is None else formula),
    ]
    return backtest(said, world.actual, cutoff_day=DAY, holdout_days=182, **more)


def codes(result):
    return [finding.code for finding in result.findings]


def test_the_record_has_the_published_shape_and_is_plain_json():
    result = judge(shop(1, mean_purchases=2), declined={"ParetoNBD": None}, tracking=[])
    assert set(result.record) == set(Backtest.__annotations__)
    assert all(set(row) == set(Candidate.__annotations__) for row in result.record["candidates"])
    assert json.loads(json.dumps(result.record, allow_nan=False)) == result.record
    assert result.record["cutoff"] == "2024-06-30"
    assert [row["name"] for row in result.record["candidates"]] == ["BGNBD", "formula", "ParetoNBD"]


def test_a_model_that_fits_leaves_nothing_to_warn_of():
    result = judge(shop(2, mean_purchases=2), low=0.0, high=3.0)
    assert result.chosen == "BGNBD"
    assert codes(result) == []


def test_a_season_that_no_method_foresaw_is_named_and_comes_first():
    world = shop(3, mean_purchases=5)
    result = judge(world, factor=2.0, formula=world.past * 2)
    assert codes(result)[0] == "backtest_season"
    assert result.findings[0].severity == "bad"
    assert result.findings[0].facts["miss"] >= 0.4


def test_one_method_that_comes_near_the_total_means_it_was_no_season():
    world = shop(3, mean_purchases=5)
    assert "backtest_season" not in codes(judge(world, factor=2.0, formula=world.past * 0.7))


def test_models_that_all_missed_are_named_though_the_formula_came_near():
    world = shop(3, mean_purchases=5)
    peak = backtest(
        [
            CandidateForecast("BGNBD", world.truth * 0.5),
            CandidateForecast("ParetoNBD", world.truth * 0.55),
            CandidateForecast("formula", world.past * 0.7),
        ],
        world.actual,
        cutoff_day=DAY,
        holdout_days=90,
    )
    assert codes(peak)[0] == "backtest_models_off"
    assert peak.findings[0].facts["miss"] <= -0.4
    assert abs(peak.findings[0].facts["formula"]) < 0.4
    assert "backtest_models_off" not in codes(judge(world, factor=0.9))


def test_a_total_missed_by_a_fifth_is_a_warning():
    assert "backtest_bias" in codes(judge(shop(4, mean_purchases=5), factor=1.3, high=3.0))


def test_the_formula_winning_is_said_and_done():
    world = shop(5, mean_purchases=2)
    result = judge(world, factor=3.0, formula=world.truth)
    assert result.chosen == "formula"
    assert result.record["grade"] == "C"
    assert result.record["gain"] < 0
    assert "backtest_formula" in codes(result)


def test_intervals_that_miss_their_customers_are_a_warning():
    assert "backtest_coverage" in codes(judge(shop(6, mean_purchases=5), low=0.95, high=1.05))


def test_intervals_from_zero_may_cover_nearly_all_where_most_buy_nothing():
    assert "backtest_coverage" not in codes(judge(shop(7, mean_purchases=0.2)))
    assert "backtest_coverage" in codes(judge(shop(7, mean_purchases=20, alive=1.0)))


def test_a_holdout_without_sales_cannot_judge():
    world = shop(8, mean_purchases=2)
    said = [CandidateForecast("formula", world.past)]
    result = backtest(said, world.actual * 0, cutoff_day=DAY, holdout_days=28)
    assert (result.record, result.chosen, codes(result)) == (None, None, ["backtest_empty"])


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_every_finding_says_what_it_costs_and_what_to_do_in_three_languages(language):
    found = [
        Finding("backtest_season", "bad", {"miss": 0.45, "candidates": 4}),
        Finding("backtest_bias", "warn", {"name": "BGNBD", "bias": -0.25}),
        Finding("backtest_formula", "warn", {"name": "BGNBD", "gain": -0.03}),
        Finding("backtest_ranking", "warn", {"name": "BGNBD", "gini": 0.6, "formula_gini": 0.7}),
        Finding("backtest_coverage", "warn", {"coverage": 0.7, "nominal": 0.9}),
        Finding("backtest_short", "warn", {"days": 40, "wanted_days": 84}),
        Finding("backtest_few_repeats", "warn", {"repeats": 40, "wanted": 50}),
        Finding("backtest_empty", "warn", {"cutoff": "2024-06-30", "days": 28}),
    ]
    for finding in found:
        for part in ("says", "costs", "do"):
            sentence = finding_text(finding, language, part)
            assert sentence, (finding.code, part)
            assert "{" not in sentence


def test_a_third_of_the_span_is_held_out_in_whole_weeks():
    cut = choose_cutoff(0, 544, horizon_days=365)
    assert (cut.holdout_days, cut.day, cut.finding) == (175, 369, None)


def test_the_holdout_is_never_longer_than_the_horizon_nor_shorter_than_four_weeks():
    assert choose_cutoff(0, 2000, horizon_days=91).holdout_days == 91
    assert choose_cutoff(0, 2000, horizon_days=7).holdout_days == 28
    assert choose_cutoff(0, 83, horizon_days=365).holdout_days == 28


def test_too_short_a_file_is_not_cut_and_says_so():
    cut = choose_cutoff(0, 82, horizon_days=365)
    assert cut.day is None
    assert cut.finding.code == "backtest_short"
    assert choose_cutoff(5, 4, horizon_days=365).finding.facts["days"] == 0


def test_scarce_repeat_purchases_move_the_cut_until_both_parts_have_enough():
    late = np.arange(0, 600, 5)  # 120 repeats, spread evenly: a third of the file holds only 40
    cut = choose_cutoff(0, 599, horizon_days=100, repeat_days=late)
    assert cut.holdout_days > 100
    assert np.count_nonzero(late > cut.day) >= 50
    assert np.count_nonzero(late <= cut.day) >= 50


def test_counts_stand_for_as_many_repeat_purchases():
    days, counts = np.array([10, 590]), np.array([60, 60])
    assert choose_cutoff(0, 599, horizon_days=200, repeat_days=days, repeat_counts=counts).day is not None
    few = choose_cutoff(0, 599, horizon_days=200, repeat_days=days)
    assert few.finding.code == "backtest_few_repeats"


def test_the_cut_lies_inside_the_file_and_the_date_can_be_read():
    first, last = day_number("1997-01-01"), day_number("1998-06-30")
    cut = choose_cutoff(first, last, horizon_days=365)
    assert date_of(cut.day).isoformat() == "1997-12-30"

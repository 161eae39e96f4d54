import numpy as np
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.monitoring.grade import choose, gain, grade
from lifeworth.monitoring.metrics import CandidateForecast, bias, error, metrics
from lifeworth.results.summary import Metrics
from monitoring.worlds import shop

BUSY = (0.7, 2.5, 20.0)


def candidates(formula, **models):
    named = [CandidateForecast(name, value) for name, value in models.items()]
    return [*named, CandidateForecast("formula", formula)]


def test_metrics_have_the_published_shape():
    world = shop(1, mean_purchases=2)
    said = CandidateForecast("BGNBD", world.truth, world.truth * 0, world.truth * 9, total=(0.0, 1e9))
    figures = metrics(said, world.actual)
    assert set(figures) == set(Metrics.__annotations__)
    assert figures["total_inside"] is True
    assert 0.5 < figures["coverage"] <= 1
    assert metrics(CandidateForecast("formula", world.past), world.actual)["coverage"] is None


def test_bias_mae_and_rmse_in_a_case_done_by_hand():
    figures = metrics(CandidateForecast("m", np.array([1.0, 2, 6])), np.array([0.0, 2, 4]))
    assert figures["bias"] == pytest.approx(0.5)
    assert figures["mae"] == pytest.approx(1)
    assert figures["rmse"] == pytest.approx(np.sqrt(5 / 3))


@pytest.mark.parametrize("mean_purchases", BUSY)
@pytest.mark.parametrize("factor", [0.0, 0.5, 0.7, 1.3, 2.0])
def test_the_true_expectation_beats_its_distortions(mean_purchases, factor):
    for seed in range(3):
        world = shop(seed, mean_purchases=mean_purchases)
        assert error(world.truth, world.actual) < error(factor * world.truth, world.actual)


@pytest.mark.parametrize("mean_purchases", [0.15, *BUSY])
def test_the_true_expectation_beats_saying_nothing_and_saying_the_same_of_all(mean_purchases):
    for seed in range(3):
        world = shop(seed, mean_purchases=mean_purchases)
        truth = error(world.truth, world.actual)
        assert truth < error(np.zeros(len(world.actual)), world.actual)
        assert truth < error(np.full(len(world.actual), world.actual.mean()), world.actual)


def test_absolute_error_alone_would_prefer_half_the_truth():
    world = shop(4, mean_purchases=0.7)
    half = np.abs(0.5 * world.truth - world.actual).mean()
    assert half < np.abs(world.truth - world.actual).mean()
    nothing = np.abs(world.actual).mean()
    assert nothing < np.abs(world.truth - world.actual).mean()


def test_a_forecast_of_nothing_has_error_one_and_a_perfect_one_zero():
    world = shop(5, mean_purchases=2)
    assert error(np.zeros(len(world.actual)), world.actual) == pytest.approx(1)
    assert error(world.actual, world.actual) == pytest.approx(0)


def test_money_in_cents_changes_no_share_and_no_grade():
    world = shop(6, mean_purchases=2)
    one = choose(candidates(world.past, m=world.truth), world.actual)
    other = choose(candidates(world.past * 100, m=world.truth * 100), world.actual * 100)
    assert (one.chosen, one.grade) == (other.chosen, other.grade)
    assert one.gain == pytest.approx(other.gain)
    assert one.metrics["m"]["mae"] * 100 == pytest.approx(other.metrics["m"]["mae"])


def test_grades_follow_the_gain():
    assert [grade(gain) for gain in (-0.01, 0.0, 0.049, 0.05, 0.5)] == ["C", "B", "B", "A", "A"]
    assert grade(0.5, ranks_worse=True) == "B"
    assert grade(0.5, bias=-0.63) == "B"
    assert [grade(0.9, bias=-0.27, spearman=order) for order in (0.02, 0.2)] == ["B", "A"]
    assert grade(0.9, bias=-0.25, spearman=0.02) == "A"


def test_a_good_model_gets_an_a_and_is_chosen_among_worse_ones():
    world = shop(7, mean_purchases=2)
    choice = choose(candidates(world.past, bad=world.truth * 3, good=world.truth), world.actual)
    assert (choice.chosen, choice.best_model, choice.grade) == ("good", "good", "A")
    by_mean = 1 - choice.metrics["good"]["error"] / choice.metrics["formula"]["error"]
    assert 0.05 < choice.gain <= by_mean


def test_one_figure_alone_carries_no_model():
    formula = {"mae": 10.0, "decile_error": 0.3, "normalised_gini": 0.8, "error": 0.5}
    better = {"mae": 9.0, "decile_error": 0.15, "normalised_gini": 0.82, "error": 0.4}
    assert gain(better, formula) == pytest.approx(0.1)  # the middle of .1, .5 and .1; by the mean .2
    tenths_only = {**better, "mae": 10.2, "normalised_gini": 0.79}
    assert gain(tenths_only, formula) == pytest.approx(-0.02)
    assert gain({**better, "error": 0.51}, formula) == pytest.approx(-0.02)
    assert gain(formula, formula) == 0


def test_a_model_worse_than_the_formula_is_graded_c_and_the_formula_is_used():
    world = shop(8, mean_purchases=2)
    choice = choose(candidates(world.truth, model=world.past * 2), world.actual)
    assert (choice.chosen, choice.best_model, choice.grade) == ("formula", "model", "C")
    assert choice.gain < 0


def test_a_model_that_ranks_clearly_worse_gets_no_a_however_well_its_totals_fit():
    world = shop(9, mean_purchases=2)
    rng = np.random.default_rng(0)
    muddled = world.truth * rng.lognormal(0, 0.9, len(world.truth)) / np.exp(0.405)
    choice = choose(candidates(world.past * 3, model=muddled), world.actual)
    assert choice.ranks_worse
    assert choice.gain > 0.05
    assert choice.grade == "B"


def test_a_model_equal_to_the_formula_is_preferred_with_no_gain():
    world = shop(10, mean_purchases=2)
    choice = choose(candidates(world.truth, model=world.truth), world.actual)
    assert (choice.chosen, choice.grade, choice.gain) == ("model", "B", 0.0)


def test_where_every_model_declined_the_formula_is_used():
    choice = choose(candidates(np.ones(3)), np.array([0.0, 1, 2]))
    assert (choice.chosen, choice.best_model, choice.grade) == ("formula", None, "C")


@pytest.mark.parametrize(
    ("forecast", "actual"),
    [([1.0], [1.0]), ([0.0, 0.0], [0.0, 0.0]), ([2.0, 2.0], [0.0, 0.0]), ([3.0, 3, 3], [5.0, 5, 5])],
)
def test_degenerate_bases_are_graded_without_a_crash(forecast, actual):
    choice = choose(candidates(np.array(forecast), m=np.array(forecast) * 2), np.array(actual))
    assert choice.grade in "ABC"
    assert not np.isnan(choice.gain)


def test_bias_without_sales_is_infinite_unless_nothing_was_said():
    assert bias(np.ones(2), np.zeros(2)) == float("inf")
    assert bias(np.zeros(2), np.zeros(2)) == 0


def test_the_formula_must_compete_and_names_must_differ():
    with pytest.raises(UsageError, match="VALUE-061"):
        choose([CandidateForecast("m", np.ones(2))], np.ones(2))
    with pytest.raises(UsageError, match="VALUE-061"):
        choose([*candidates(np.ones(2), m=np.ones(2)), CandidateForecast("m", np.ones(2))], np.ones(2))


def test_forecasts_of_other_lengths_or_without_numbers_are_refused():
    with pytest.raises(UsageError, match="VALUE-062"):
        metrics(CandidateForecast("m", np.ones(3)), np.ones(2))
    with pytest.raises(UsageError, match="VALUE-063"):
        metrics(CandidateForecast("m", np.array([1.0, np.nan])), np.ones(2))


def test_a_formula_that_meets_a_peak_by_chance_does_not_win():
    world = shop(7, mean_purchases=2.5)
    peak = world.actual * 2.2
    choice = choose(candidates(world.past, one=world.truth, other=world.truth * 1.05), peak)
    assert choice.metrics["other"]["bias"] < -0.4
    assert abs(choice.metrics["formula"]["bias"]) < abs(choice.metrics["other"]["bias"])
    assert choice.metrics["formula"]["error"] < choice.metrics["other"]["error"]
    assert (choice.chosen, choice.grade) == ("other", "B")


def test_in_a_peak_a_formula_that_shares_better_still_wins():
    world = shop(8, mean_purchases=2.5)
    muddled = np.full(len(world.truth), world.truth.mean())
    choice = choose(candidates(world.truth * 1.8, m=muddled), world.actual * 2.2)
    assert (choice.chosen, choice.grade) == ("formula", "C")

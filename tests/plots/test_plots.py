"""Plots of models: published figures of CDNOW, identities with the models, and every way to draw them."""

import builtins
import json

import matplotlib
import matplotlib.pyplot as pyplot
import numpy as np
import polars as pl
import pytest

import lifeworth as lw
from lifeworth.base.errors import LifeworthError
from lifeworth.data.samples import CDNOW
from lifeworth.models import (
    BGBB,
    BGNBD,
    MBGCNBD,
    BetaDiscreteWeibull,
    GammaGamma,
    ParetoGGG,
    ParetoNBD,
    ShiftedBetaGeometric,
)
from lifeworth.models.spend.gamma_gamma import log_likelihood

matplotlib.use("Agg")
CUTOFF, END = "1997-09-30", "1998-06-30"
LANGUAGES = ("en", "zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def orders():
    return lw.read_orders(CDNOW)


@pytest.fixture(scope="module")
def split(orders):
    return lw.rfm_train_test_split(orders, CUTOFF, time_unit="W")


@pytest.fixture(scope="module")
def bg(split):
    return BGNBD().fit(split)


@pytest.fixture(scope="module")
def pareto(split):
    return ParetoNBD().fit(split)


@pytest.fixture(scope="module")
def again(split):
    return split[(split["frequency"] > 0) & (split["monetary_value"] > 0)]


@pytest.fixture(scope="module")
def subscribers():
    return ShiftedBetaGeometric.with_parameters(alpha=0.668, beta=3.806).simulate(3000, 7, 1)


@pytest.fixture(scope="module")
def every(orders, split, bg, again, subscribers):
    """One plot of each kind, with and without a band."""
    post = bg.posterior(random_state=1)
    customer = split["customer_id"].iloc[int(split["frequency"].argmax())]
    sbg = ShiftedBetaGeometric().fit(subscribers)
    return {
        "tracking": lw.plots.tracking(bg, orders, CUTOFF),
        "tracking all": lw.plots.tracking(bg, orders, until=CUTOFF),
        "cumulative": lw.plots.tracking(bg, orders, CUTOFF, cumulative=True, posterior=post),
        "frequencies": lw.plots.frequencies(bg, split),
        "frequencies band": lw.plots.frequencies(bg, split, most=3, posterior=post),
        "by frequency": lw.plots.conditional_expectation(bg, split, posterior=post, random_state=1),
        "by recency": lw.plots.conditional_expectation(bg, split, by="recency", groups=10),
        "matrix": lw.plots.matrix(bg, T=39),
        "purchases": lw.plots.matrix(bg, T=38.5, future_t=10, posterior=post),
        "history": lw.plots.alive_history(bg, orders, customer, until=CUTOFF),
        "spend": lw.plots.spend_distribution(GammaGamma().fit(again), again),
        "survival": lw.plots.survival([sbg, BetaDiscreteWeibull().fit(subscribers)], subscribers, 12),
        "survival band": lw.plots.survival(
            {"sBG": sbg}, subscribers, posterior=sbg.posterior(random_state=1)
        ),
    }


# --- the numbers ---


def test_the_frequencies_of_cdnow_are_those_of_the_paper(bg, split):
    """Actual: Fader, Hardie & Lee (2005), figure 2. Expected: computed here; the paper only draws them."""
    found = lw.plots.frequencies(bg, split).frame
    assert found["actual"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert found["expected"].sum() == pytest.approx(2357)
    assert found["expected"].tolist() == pytest.approx(
        [1407.7, 460.3, 192.5, 101.2, 59.8, 38.1, 25.5, 71.9], abs=0.06
    )


def test_expected_frequencies_are_those_of_simulated_customers(bg, split):
    copies = 60
    made = bg.simulate(copies * len(split), np.tile(split["T"].to_numpy(), copies), 3)
    seen = np.bincount(np.minimum(made["frequency"], 7)) / copies
    wanted = lw.plots.frequencies(bg, split).frame["expected"].to_numpy()
    assert np.abs(seen - wanted).max() < 4 * np.sqrt(wanted.max() / copies)


def test_conditional_expectations_of_cdnow_are_those_of_the_btyd_vignette(pareto, split):
    found = lw.plots.conditional_expectation(pareto, split).frame
    assert found["customers"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    actual = [0.2367, 0.6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594]
    expected = [0.1385, 0.5996, 1.1960, 1.7140, 2.3985, 2.9075, 3.8189, 6.4034]
    assert found["actual"].tolist() == pytest.approx(actual, abs=6e-5)
    assert found["expected"].tolist() == pytest.approx(
        expected, abs=5e-4
    )  # ages there: weeks to two decimals


@pytest.mark.parametrize("by", ["frequency", "recency"])
def test_groups_add_up_to_the_whole_base(by, pareto, split):
    found = lw.plots.conditional_expectation(pareto, split, by=by, groups=9).frame
    assert found["customers"].sum() == len(split)
    assert found["customers"] @ found["actual"] == pytest.approx(1882)
    assert found["customers"] @ found["expected"] == pytest.approx(1665.513, abs=0.01)  # published


def test_tracking_is_the_sum_over_customers_of_what_a_new_one_buys(pareto, orders, split):
    added = lw.plots.tracking(pareto, orders, CUTOFF, cumulative=True).frame
    single = lw.plots.tracking(pareto, orders, CUTOFF).frame
    assert np.cumsum(single["actual"]).to_numpy() == pytest.approx(added["actual"].to_numpy())
    last = np.datetime64(added["end"].iloc[-1])
    births = np.datetime64(CUTOFF) - np.rint(split["T"].to_numpy() * 7).astype("timedelta64[D]")
    ages = (last - births).astype(float) / 7
    assert added["expected"].iloc[-1] == pytest.approx(pareto.expected_purchases_new_customer(ages).sum())
    weeks = lw.rfm_summary(orders, observation_period_end=str(last))
    assert added["actual"].iloc[-1] == weeks["frequency"].sum()
    held = single[single["held_out"]]
    assert held["start"].min() > CUTOFF
    assert held["actual"].sum() == 1882
    assert len(held) == 39


def test_an_alive_history_knows_only_what_came_before(bg, orders, split):
    customer = split["customer_id"].iloc[int(split["frequency"].argmax())]
    plot = lw.plots.alive_history(bg, orders, customer, until=CUTOFF)
    found = plot.frame.set_index("day")["probability_alive"]
    for day in [*found.index[::37], found.index[-1]]:
        then = lw.rfm_summary(orders, observation_period_end=day, time_unit="W")
        row = then[then["customer_id"] == customer]
        assert found[day] == pytest.approx(bg.expected_probability_alive(row)[0], rel=1e-12)


def test_an_alive_history_of_a_regular_buyer_uses_the_gaps(orders):
    rfm = lw.rfm_summary(orders, observation_period_end=CUTOFF, time_unit="W", log_gaps=True)
    model = MBGCNBD(k=2).fit(rfm)
    busy = rfm.iloc[[int(rfm["frequency"].argmax())]]
    found = lw.plots.alive_history(model, orders, busy["customer_id"].iloc[0], until=CUTOFF).frame
    assert found["probability_alive"].iloc[-1] == pytest.approx(model.expected_probability_alive(busy)[0])


def test_the_matrix_says_what_the_model_says(bg):
    found = lw.plots.matrix(bg, T=39, most_frequency=10).frame
    assert set(found["frequency"]) == set(range(11))
    assert found["probability_alive"].to_numpy() == pytest.approx(bg.expected_probability_alive(found))
    bought = lw.plots.matrix(bg, T=39, future_t=13).frame
    assert bought["expected_purchases"].to_numpy() == pytest.approx(bg.expected_purchases(bought, 13))


def test_a_model_of_each_ones_rhythm_has_frequencies_and_a_matrix():
    """With k near 1 for all, Pareto/GGG is Pareto/NBD; regular buyers who fell silent are gone sooner."""
    truth = {"r": 0.8, "alpha": 10.0, "s": 0.7, "beta": 12.0}
    plain = ParetoNBD.with_parameters(**truth)
    chance = ParetoGGG.with_parameters({"futures": 400}, **truth, t=2000.0, gamma=2000.0)
    data = plain.simulate(60, 30.0, 1)
    found, wanted = (lw.plots.frequencies(model, data, most=3).frame["expected"] for model in (chance, plain))
    assert found.to_numpy() == pytest.approx(wanted.to_numpy(), abs=0.12 * 60)
    assert found.sum() == pytest.approx(60)
    even = ParetoGGG.with_parameters({"futures": 400}, **truth, t=40.0, gamma=10.0)
    cells = [lw.plots.matrix(model, T=30, most_frequency=6, steps=3).frame for model in (chance, even)]
    early = (cells[0]["frequency"] == 6) & (cells[0]["recency"] == 10)
    assert cells[1]["probability_alive"][early].item() < cells[0]["probability_alive"][early].item()


def test_occasions_have_their_plots_too():
    made = BGBB.with_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8).simulate(4000, 6, 5)
    model = BGBB().fit(made)
    found = lw.plots.matrix(model, T=6, most_frequency=6).frame
    assert len(found) == 22  # the cells of the donations data
    assert found["probability_alive"].to_numpy() == pytest.approx(model.expected_probability_alive(found))
    seen = lw.plots.frequencies(model, made, most=6).frame
    assert (np.abs(seen["actual"] - seen["expected"]) < 4 * np.sqrt(seen["expected"])).all()


def test_the_spend_distribution_is_the_law_of_the_mean(again):
    model = GammaGamma().fit(again)
    found = lw.plots.spend_distribution(model, again, bins=12).frame
    assert found["actual"].sum() == 946
    assert found["expected"].sum() == pytest.approx(946)
    edges, x = found["to"].to_numpy()[:3], again["frequency"].to_numpy()
    points = np.linspace(1e-9, edges[-1], 20_001)
    density = sum(
        np.exp(log_likelihood(np.full(20_001, n), points, **model.params_)) * (x == n).sum()
        for n in set(x.astype(int))
    )
    below = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(points))])
    assert np.cumsum(found["expected"])[:3].to_numpy() == pytest.approx(
        np.interp(edges, points, below), rel=1e-4
    )


def test_survival_shows_kaplan_meier_beside_the_models(subscribers):
    sbg = ShiftedBetaGeometric().fit(subscribers)
    found = lw.plots.survival(sbg, subscribers, 12).frame
    assert found["ShiftedBetaGeometric"].to_numpy() == pytest.approx(sbg.survival(range(13)))
    assert found["observed"].isna().sum() == 5
    inside = found["ShiftedBetaGeometric"].between(found["observed_low"], found["observed_high"])
    assert inside[1:8].sum() >= 5


def test_two_models_of_one_kind_are_both_drawn(subscribers):
    one, other = (
        ShiftedBetaGeometric().fit(subscribers),
        ShiftedBetaGeometric.with_parameters(alpha=1, beta=9),
    )
    plot = lw.plots.survival([one, other, BetaDiscreteWeibull().fit(subscribers)], subscribers, 12)
    names = ["ShiftedBetaGeometric", "ShiftedBetaGeometric 2", "BetaDiscreteWeibull"]
    assert plot.facts["models"] == names
    assert plot.frame[names[0]].to_numpy() == pytest.approx(one.survival(range(13)))
    assert plot.frame[names[1]].to_numpy() == pytest.approx(other.survival(range(13)))
    assert {*names} <= {series.name for series in plot.chart().series}


def test_a_band_holds_its_middle_and_widens_with_fewer_customers(split, every):
    for name in ("cumulative", "frequencies band", "by frequency"):
        columns = every[name].columns
        assert (columns["expected_low"] <= columns["expected"]).all()
        assert (columns["expected"] <= columns["expected_high"]).all()
    few = split.iloc[::8]
    model = BGNBD().fit(few)
    found = lw.plots.frequencies(model, few, most=3, posterior=model.posterior(random_state=1)).columns
    many = every["frequencies band"].columns
    wide, narrow = ((each["expected_high"] - each["expected_low"])[0] for each in (found, many))
    assert wide / len(few) > 1.5 * narrow / len(split)


@pytest.fixture(scope="module")
def moved(split):
    """Customers with covariates, and a model that has them."""
    rng = np.random.default_rng(1)
    known = split.assign(age=rng.normal(40, 10, len(split)), channel=rng.choice(["web", "shop"], len(split)))
    return known, ParetoNBD(covariates=["age", "channel"]).fit(known)


def test_customers_with_covariates_are_each_expected_what_they_are(moved, orders):
    known, model = moved
    found = lw.plots.frequencies(model, known, most=2).frame["expected"]
    new = known.assign(frequency=0, recency=0.0, T=0.0)
    none = sum(
        float(model.purchase_probabilities(new.iloc[[row]], age, 0)[0, 0])
        for row, age in enumerate(known["T"].iloc[:40])
    )
    some = lw.plots.frequencies(model, known.iloc[:40], most=2).frame["expected"]
    assert some[0] == pytest.approx(none)
    assert found.sum() == pytest.approx(len(known))
    added = lw.plots.tracking(model, orders, CUTOFF, cumulative=True, covariates=known).frame
    last = (np.datetime64(added["end"].iloc[-1]) - np.datetime64(CUTOFF)).astype(float) / 7
    wanted = sum(
        model.expected_purchases_new_customer(age + last, covariates=part).sum()
        for age, part in known.groupby("T")
    )
    assert added["expected"].iloc[-1] == pytest.approx(wanted)


def test_a_customer_with_covariates_has_an_alive_history_and_a_matrix(moved, orders):
    known, model = moved
    row = known.iloc[[7]]
    plot = lw.plots.alive_history(model, orders, row["customer_id"].iloc[0], until=CUTOFF, covariates=known)
    assert plot.columns["probability_alive"][-1] == pytest.approx(model.expected_probability_alive(row)[0])
    kind = {"age": 30.0, "channel": "shop"}
    cells = lw.plots.matrix(model, 39, covariates=kind).frame
    assert cells["probability_alive"].to_numpy() == pytest.approx(
        model.expected_probability_alive(cells.assign(**kind))
    )
    draws = model.posterior(500, random_state=1)
    band = lw.plots.frequencies(model, known.iloc[:200], most=1, posterior=draws).columns
    assert (band["expected_low"] <= band["expected"]).all()


def test_covariates_that_do_not_fit_the_model_are_refused(moved, bg, orders):
    known, model = moved
    plots = lw.plots
    assert refused(lambda: plots.tracking(model, orders, CUTOFF)) == "MODEL-132"
    assert refused(lambda: plots.tracking(bg, orders, CUTOFF, covariates=known)) == "MODEL-132"
    assert refused(lambda: plots.matrix(model, 39)) == "MODEL-132"
    assert refused(lambda: plots.tracking(model, orders, CUTOFF, covariates=known.iloc[1:])) == "MODEL-610"


# --- the pictures ---

KINDS = [
    "tracking", "tracking all", "cumulative", "frequencies", "frequencies band", "by frequency", "by recency",
    "matrix", "purchases", "history", "spend", "survival", "survival band",
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", KINDS)
def test_echarts_options_stand_alone(name, language, every):
    plot = every[name]
    for mode in ("light", "dark"):
        options = plot.echarts(language, mode)
        text = json.dumps(options, allow_nan=False, ensure_ascii=False)
        assert "$" not in text
        assert options["title"]["text"] == plot.chart(language).title
    marks = [part for part in options["series"] if part["name"] or part["type"] == "heatmap"]
    assert marks
    assert all(len(part["data"]) for part in marks)


@pytest.mark.parametrize("name", KINDS)
def test_matplotlib_draws_every_plot_where_told(name, every):
    figure, ax = pyplot.subplots()
    plot = every[name]
    assert plot.axes(ax) is ax
    assert ax.get_title(loc="left").startswith(plot.chart().title)
    drawn = len(ax.lines) + len(ax.patches) + len(ax.images)
    assert drawn >= len([series for series in plot.chart().series if series.name])
    figure.canvas.draw()
    pyplot.close(figure)


def test_drawn_lines_hold_the_numbers(every):
    plot = every["cumulative"]
    ax = plot.axes()
    drawn = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert list(drawn["expected"]) == pytest.approx(list(plot.columns["expected"]))
    bars = every["frequencies"].axes().patches
    assert [bar.get_height() for bar in bars[:8]] == [1411, 439, 214, 100, 62, 38, 29, 64]
    pyplot.close("all")


def test_without_matplotlib_there_is_a_coded_error(every, monkeypatch):
    real = builtins.__import__

    def absent(name, *rest):
        if name.partition(".")[0] == "matplotlib":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(LifeworthError) as caught:
        every["tracking"].axes()
    assert caught.value.code == "MODEL-606"
    assert every["tracking"].frame is not None


def test_the_frame_is_of_the_kind_the_model_was_fitted_to(split):
    model = BGNBD().fit(pl.from_pandas(split))
    assert isinstance(lw.plots.frequencies(model, split).frame, pl.DataFrame)


# --- what is refused ---


def refused(call):
    with pytest.raises(LifeworthError) as caught:
        call()
    assert str(caught.value).startswith(caught.value.code)
    return caught.value.code


def test_what_cannot_be_drawn_is_refused_with_a_code(bg, orders, split, subscribers):
    plots = lw.plots
    sbg = ShiftedBetaGeometric().fit(subscribers)
    known = BGNBD.with_parameters(r=0.24, alpha=4.4, a=0.8, b=2.4)
    uneven = split.assign(test_T=np.linspace(10, 39, len(split)))
    assert refused(lambda: plots.tracking(bg, orders, CUTOFF, step_days=9999)) == "MODEL-601"
    assert refused(lambda: plots.conditional_expectation(bg, uneven)) == "MODEL-602"
    assert refused(lambda: plots.alive_history(bg, orders, "0001", until="1996-01-01")) == "MODEL-608"
    assert refused(lambda: plots.survival([sbg, bg], subscribers, posterior=1)) == "MODEL-604"
    assert refused(lambda: plots.survival([sbg, sbg], subscribers, posterior=1)) == "MODEL-604"
    assert refused(lambda: plots.survival([], subscribers)) == "MODEL-611"
    assert refused(lambda: plots.survival({}, subscribers)) == "MODEL-611"
    assert refused(lambda: plots.conditional_expectation(bg, split, by="spend")) == "MODEL-605"
    assert refused(lambda: plots.tracking(known, orders, CUTOFF)) == "MODEL-607"
    assert refused(lambda: plots.alive_history(bg, orders, "nobody")) == "MODEL-608"
    assert refused(lambda: plots.frequencies(bg, split).echarts(mode="sepia")) == "MODEL-609"
    assert refused(lambda: plots.spend_distribution(bg, split)) == "MODEL-603"
    assert refused(lambda: plots.frequencies(bg, split, most=0)) == "MODEL-023"
    assert len(plots.tracking(known, orders, CUTOFF, time_unit="W").frame) == 78

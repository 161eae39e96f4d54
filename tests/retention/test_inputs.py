"""Every coding of subscribers tells the same likelihood, and impossible ones are refused by row."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lifeworth.base.errors import LifeworthError, ModelError, UsageError
from lifeworth.models import BetaDiscreteWeibull, ShiftedBetaGeometric, fit_cohorts, observed_survival
from lifeworth.models.retention.inputs import renewal_counts, tenures
from lifeworth.text.messages import error_text
from retention.worlds import HIGH_END, REGULAR, simulated, survivors


@pytest.fixture
def rows():
    return simulated("BdW", 600)


def same(data, rows, weight=None):
    one, other = renewal_counts(data, weight), renewal_counts(rows)
    return (
        np.allclose(one.stayed, other.stayed, rtol=1e-13)
        and np.allclose(one.left, other.left, rtol=1e-13)
        and one.subscribers == pytest.approx(other.subscribers)
    )


def test_dates_seen_and_renewals_made_say_the_same(rows):
    seen = rows["renewals"] + rows["churned"]
    for name in ("T", "periods"):
        assert same({name: seen, "churned": rows["churned"]}, rows)
        assert same({name: seen.astype(float), "churned": rows["churned"] == 1}, rows)


def test_the_coding_of_pymc_marketing_says_the_same(rows):
    left = rows["churned"] == 1
    recency = rows["renewals"] + 1
    assert same({"recency": recency, "T": recency + np.where(left, 3, 0)}, rows)


def test_a_table_of_survivors_says_the_same_as_its_subscribers():
    counts = (1000 * np.array(REGULAR[:8]) / 100).round().astype(int)
    left = -np.diff(counts)
    data = {
        "renewals": np.repeat(np.arange(8), [*left, counts[-1]]),
        "churned": np.repeat([1] * 7 + [0], [*left, counts[-1]]),
    }
    table = survivors(REGULAR, 7)
    assert same({**table, "survivors": np.round(table["survivors"])}, data)
    order = np.array([3, 1, 7, 0, 2, 6, 5, 4])
    assert same({key: np.round(column[order]) for key, column in table.items()}, data)


def test_cohorts_in_one_table_of_survivors_add_up():
    regular, high_end = survivors(REGULAR, 7), survivors(HIGH_END, 4)
    both = {
        "cohort": ["regular"] * 8 + ["high end"] * 5,
        **{key: np.concatenate([regular[key], high_end[key]]) for key in regular},
    }
    together, one, other = (renewal_counts(each) for each in (both, regular, high_end))
    assert together.left[:4] == pytest.approx(one.left[:4] + other.left)
    assert together.stayed[4:] == pytest.approx(one.stayed[4:])
    assert together.subscribers == pytest.approx(2000)


def test_any_dataframe_is_read(rows):
    frame = pd.DataFrame(rows)
    connection = duckdb.connect()
    kinds = [frame, pl.DataFrame(rows), pl.LazyFrame(rows), pa.table(rows), connection.from_df(frame)]
    assert all(same(each, rows) for each in kinds)


def test_weights_of_a_compressed_table_count_subscribers(rows):
    few = pd.DataFrame(rows).value_counts().reset_index()
    assert same(few, rows, few["count"])


def test_those_who_left_before_the_records_begin_are_not_missed():
    entered = {"renewals": [5, 3, 9], "churned": [1, 0, 0], "entry": [3, 3, 0]}
    counts = renewal_counts(entered)
    assert counts.stayed.tolist() == [1, 1, 1, 2, 2, 1, 1, 1, 1]
    assert counts.left.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_observed_survival_is_the_product_of_what_was_seen():
    table = observed_survival({"renewals": [0, 1, 1, 2, 3], "churned": [1, 0, 1, 1, 0]})
    assert table["at_risk"].tolist() == [5, 5, 3, 2]
    assert table["survival"].tolist() == pytest.approx([1, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3 * 1 / 2])
    assert table["standard_error"].tolist()[1] == pytest.approx(np.sqrt(0.8 * 0.2 / 5))
    assert table["left"].tolist() == [0, 1, 1, 1]


def test_tenures_may_be_plain_numbers_of_renewals_made():
    model = ShiftedBetaGeometric.with_parameters(alpha=0.7, beta=1.2)
    wanted = model.discounted_expected_residual_lifetime({"renewals": [2, 4]}, 0.1)
    for given in ([2, 4], (2, 4), np.array([2, 4]), pd.DataFrame({"T": [2, 4]})):
        assert np.array_equal(model.discounted_expected_residual_lifetime(given, 0.1), wanted)
    assert len(tenures(3)) == 1


@pytest.mark.parametrize(
    ("code", "data", "at"),
    [
        ("MODEL-201", {"renewals": [1, 2]}, None),
        ("MODEL-201", {"months": [1, 2], "churned": [0, 1]}, None),
        ("MODEL-002", {"renewals": [], "churned": []}, None),
        ("MODEL-011", {"renewals": [1, 2, 3], "churned": [0, 1]}, None),
        ("MODEL-003", {"renewals": [1, np.nan, 2], "churned": [0, 1, 1]}, [1]),
        ("MODEL-003", {"renewals": [1, 4, 2], "churned": [0, None, 1]}, [1]),
        ("MODEL-004", {"renewals": [1, 4, -2], "churned": [0, 1, 1]}, [2]),
        ("MODEL-202", {"renewals": [1, 4.5, 2], "churned": [0, 1, 1]}, [1]),
        ("MODEL-203", {"renewals": [1, 4, 2], "churned": [0, 2, 0.5]}, [1, 2]),
        ("MODEL-013", {"renewals": [1, 4], "churned": ["yes", "no"]}, None),
        ("MODEL-204", {"renewals": [1, 4], "churned": [0, 1], "entry": [2, 4]}, [0]),
        ("MODEL-205", {"T": [1, 0, 2], "churned": [0, 1, 1]}, [1]),
        ("MODEL-206", {"recency": [1, 0, 9], "T": [8, 8, 8]}, [1, 2]),
        ("MODEL-207", {"period": [0, 1, 2], "survivors": [10, 8, 9]}, [2]),
        ("MODEL-208", {"period": [0, 1, 3], "survivors": [10, 8, 7]}, [2]),
        ("MODEL-208", {"period": [0, 1, 1], "survivors": [10, 8, 7]}, [2]),
        ("MODEL-210", {"renewals": [1, 10**9], "churned": [0, 1]}, [1]),
        ("MODEL-012", 3.5, None),
    ],
)
def test_impossible_subscribers_are_refused_by_row(code, data, at):
    with pytest.raises(ModelError) as caught:
        ShiftedBetaGeometric().fit(data)
    assert caught.value.code == code
    if at is not None:
        assert caught.value.facts["rows"] == at
    for language in ("en", "zh-Hans", "zh-Hant"):
        text = error_text(caught.value, language)
        assert text.startswith(code)
        assert "{" not in text


def test_customers_at_fault_are_named(rows):
    data = pd.DataFrame({"customer_id": ["Ada", "Ben"], "renewals": [1, -1], "churned": [0, 1]})
    with pytest.raises(ModelError) as caught:
        ShiftedBetaGeometric().fit(data)
    assert caught.value.facts["customers"] == ["Ben"]


def test_what_cannot_be_learned_is_refused_with_a_reason():
    cases = [
        ("MODEL-211", ShiftedBetaGeometric, {"renewals": [1, 2, 3], "churned": [0, 0, 0]}),
        ("MODEL-212", ShiftedBetaGeometric, {"renewals": [0, 0, 0], "churned": [1, 1, 1]}),
        ("MODEL-213", ShiftedBetaGeometric, {"renewals": [0, 1, 1], "churned": [1, 0, 0]}),
        ("MODEL-213", BetaDiscreteWeibull, {"renewals": [0, 1, 2], "churned": [1, 1, 0]}),
    ]
    for code, kind, data in cases:
        with pytest.raises(ModelError) as caught:
            kind().fit(data)
        assert caught.value.code == code
        assert "{" not in str(caught.value)


def test_weights_have_no_meaning_beside_survivors():
    with pytest.raises(ModelError) as caught:
        ShiftedBetaGeometric().fit(survivors(REGULAR, 4), np.ones(5))
    assert caught.value.code == "MODEL-209"


def test_settings_out_of_range_are_refused():
    model = ShiftedBetaGeometric.with_parameters(alpha=0.7, beta=1.2)
    calls = {
        "MODEL-217": lambda: model.expected_lifetime(-0.1),
        "MODEL-215": lambda: model.expected_probability_alive([1], 2.5),
        "MODEL-023": lambda: model.survival(-1),
        "MODEL-024": lambda: model.quantiles([1], 1.5),
        "MODEL-020": lambda: ShiftedBetaGeometric.with_parameters(alpha=-1, beta=2),
        "MODEL-216": lambda: BetaDiscreteWeibull().fit(survivors(REGULAR, 7)).test_against(
            ShiftedBetaGeometric().fit(survivors(REGULAR, 7, of=500))
        ),
    }  # fmt: skip
    for code, call in calls.items():
        with pytest.raises(UsageError) as caught:
            call()
        assert caught.value.code == code
        assert "{" not in str(caught.value)
    with pytest.raises(UsageError) as caught:
        model.retention_rate(0)
    assert caught.value.code == "MODEL-215"


def test_an_unfitted_or_loaded_model_says_so():
    for code, call in {
        "MODEL-106": lambda: ShiftedBetaGeometric().survival(3),
        "MODEL-107": lambda: ShiftedBetaGeometric.with_parameters(alpha=1, beta=1).posterior(),
    }.items():
        with pytest.raises(ModelError) as caught:
            call()
        assert caught.value.code == code


def test_a_cohort_too_small_to_stand_alone_is_named():
    data = {**simulated("sBG", 300), "plan": np.array(["monthly"] * 298 + ["yearly"] * 2)}
    data["churned"] = np.where(data["plan"] == "yearly", 0, data["churned"])
    with pytest.raises(LifeworthError) as caught:
        fit_cohorts(ShiftedBetaGeometric, data, by="plan")
    assert caught.value.code == "MODEL-218"
    assert caught.value.facts["cohort"] == "yearly"
    with pytest.raises(LifeworthError) as caught:
        fit_cohorts(ShiftedBetaGeometric, data, by="channel")
    assert caught.value.code == "MODEL-001"


def test_cohorts_keep_their_weights_and_their_kind_of_table():
    data = pl.DataFrame({**simulated("sBG", 400), "plan": ["a", "b"] * 200})
    weight = np.tile([1.0, 3.0], 200)
    fits = fit_cohorts(ShiftedBetaGeometric, data, by="plan", sample_weight=weight)
    assert fits.models["a"].n_customers_ == 200
    assert fits.models["b"].n_customers_ == 600
    alone = ShiftedBetaGeometric().fit(data.filter(pl.col("plan") == "b"), np.full(200, 3.0))
    assert fits.models["b"].params_ == alone.params_
    assert isinstance(fits.summary(), pl.DataFrame)
    assert fits.log_likelihood >= fits.pooled.log_likelihood_


def test_looking_far_beyond_the_oldest_subscriber_is_said():
    model = ShiftedBetaGeometric().fit(survivors(REGULAR, 4))
    assert model.horizon_findings(8) == []
    assert [finding.code for finding in model.horizon_findings(9)] == ["model.horizon"]

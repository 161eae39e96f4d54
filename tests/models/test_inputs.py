"""What models accept, what they refuse, and that a refusal names the rows."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.history import PurchaseHistory
from lifeworth.models import BGNBD, GammaGamma, ParetoNBD
from lifeworth.models.inputs import histories, spends
from models.worlds import known, simulated

GOOD = {"frequency": [0, 1, 3], "recency": [0, 5, 20], "T": [30, 30, 25]}
KINDS = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "lazy polars": lambda data: pl.DataFrame(data).lazy(),
    "duckdb": lambda data: duckdb.from_arrow(pa.table(data)),
}


def refusal(data, of=histories, **more):
    with pytest.raises(ModelError) as caught:
        of(data, **more)
    return caught.value


@pytest.mark.parametrize(
    ("code", "wrong", "rows"),
    [
        ("MODEL-003", {"recency": [0, np.nan, 20]}, [1]),
        ("MODEL-003", {"frequency": [np.nan, 1, 3]}, [0]),
        ("MODEL-003", {"T": [30, 30, np.inf]}, [2]),
        ("MODEL-003", {"T": [30, None, 25]}, [1]),
        ("MODEL-004", {"T": [30, -1, 25]}, [1]),
        ("MODEL-004", {"frequency": [0, -1, 3]}, [1]),
        ("MODEL-005", {"frequency": [0, 1, 2.7]}, [2]),
        ("MODEL-006", {"T": [30, 4, 19]}, [1, 2]),
        ("MODEL-007", {"recency": [2, 5, 20]}, [0]),
        ("MODEL-008", {"recency": [0, 0, 20]}, [1]),
    ],
)
def test_impossible_rows_are_refused_by_number_and_customer(code, wrong, rows):
    error = refusal({**GOOD, **wrong, "customer_id": ["ann", "bo", "cy"]})
    assert error.code == code
    assert error.facts["rows"] == rows
    assert error.facts["count"] == len(rows)
    assert error.facts["customers"] == [["ann", "bo", "cy"][row] for row in rows]
    assert code in str(error)
    assert str(rows[0]) in str(error)


def test_only_the_first_rows_are_listed_but_all_are_counted():
    error = refusal({"frequency": [1] * 100, "recency": [9] * 100, "T": [5] * 100})
    assert error.facts["rows"] == [0, 1, 2, 3, 4]
    assert error.facts["count"] == 100


def test_missing_columns_are_named():
    error = refusal({"frequency": [1], "recency": [2]})
    assert error.code == "MODEL-001"
    assert error.facts["missing"] == ["T"]


def test_no_customers_are_refused():
    assert refusal(pd.DataFrame({name: [] for name in GOOD})).code == "MODEL-002"


def test_columns_of_unequal_length_are_refused():
    assert refusal({**GOOD, "T": [30, 30]}).code == "MODEL-011"


def test_something_that_is_no_table_is_refused():
    assert refusal([1, 2, 3]).code == "MODEL-012"


def test_words_among_numbers_are_refused():
    error = refusal({**GOOD, "T": ["30", "x", "25"]})
    assert error.code == "MODEL-013"


@pytest.mark.parametrize("weights", [[1, -1, 1], [1, np.nan, 1], [0, 0, 0]])
def test_impossible_weights_are_refused(weights):
    assert refusal(GOOD, sample_weight=weights).code == "MODEL-009"


def test_weights_of_another_length_are_refused():
    assert refusal(GOOD, sample_weight=[1, 1]).code == "MODEL-011"


@pytest.mark.parametrize("model", [BGNBD, ParetoNBD])
def test_no_repeat_purchase_is_refused_with_a_reason(model):
    error = refusal({"frequency": [0] * 50, "recency": [0] * 50, "T": list(range(50))}, model().fit)
    assert error.code == "MODEL-101"
    assert "50" in str(error)


@pytest.mark.parametrize("model", [BGNBD, ParetoNBD])
def test_a_single_customer_is_refused_with_a_reason(model):
    assert refusal({"frequency": [3], "recency": [20], "T": [25]}, model().fit).code == "MODEL-102"


def test_an_age_of_0_is_legal():
    assert histories({"frequency": [0, 2], "recency": [0, 3], "T": [0, 9]}).T.tolist() == [0, 9]


def test_recency_above_T_by_rounding_is_forgiven():
    seen = histories({"frequency": [2, 1], "recency": [0.3 + 1e-13, 1.5], "T": [0.3, 2.25]})
    assert (seen.recency <= seen.T).all()


@pytest.mark.parametrize(
    ("unit", "days"), [(1.0, 1.0), (7.0, 7.0), (30.4375, 30.4375), (365.25, 365.25), (1 / 86_400, 1 / 86_400)]
)
def test_times_become_the_same_whole_days_in_every_unit(unit, days):
    data = simulated("BGNBD", 500)
    seen = histories({**data, "recency": data["recency"] / unit, "T": data["T"] / unit})
    assert np.array_equal(seen.recency, data["recency"])
    assert np.array_equal(seen.T, data["T"])
    assert seen.days_per_unit == pytest.approx(days)
    assert seen.tick == pytest.approx(1 / unit)


def test_times_off_every_lattice_stay_as_they_are():
    seen = histories({"frequency": [1, 2], "recency": [np.pi, 1.0], "T": [5.0, np.e]})
    assert seen.recency.tolist() == [np.pi, 1.0]
    assert seen.tick == 1.0
    assert seen.days_per_unit is None


def test_one_time_off_the_lattice_among_many_leaves_all_as_they_are():
    data = simulated("BGNBD", 5000)
    T = data["T"].astype(float)
    T[4321] += 0.1234567
    seen = histories({**data, "T": T})
    assert np.array_equal(seen.T, T)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_answer(kind):
    data = simulated("BGNBD", 300)
    model = BGNBD().fit(KINDS[kind](data))
    assert model.params_ == BGNBD().fit(data).params_
    assert np.array_equal(model.expected_purchases(KINDS[kind](data), 9), model.expected_purchases(data, 9))


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_tables_come_back_as_the_kind_given(kind):
    model = BGNBD().fit(KINDS[kind](simulated("BGNBD", 300)))
    wanted = type(KINDS[kind](GOOD))
    assert isinstance(model.summary(), wanted)
    assert isinstance(model.simulate(5, 10, 1), wanted)
    post = model.posterior(draws=200, random_state=1)
    assert isinstance(post.frame, wanted)
    assert isinstance(post.summary(), wanted)


def test_a_purchase_history_is_taken_in_days():
    data = simulated("BGNBD", 300)
    history = PurchaseHistory(
        range(300), *(data[name].astype(np.int32) for name in ("frequency", "recency", "T")), np.zeros(300)
    )
    model = BGNBD().fit(history)
    assert model.params_ == BGNBD().fit(data).params_
    assert model.unit_days_ == 1.0


def test_nullable_and_narrow_columns_are_taken():
    data = simulated("BGNBD", 300)
    narrow = pd.DataFrame(
        {
            "frequency": pd.array(data["frequency"], dtype="Int64"),
            "recency": data["recency"].astype(np.float32),
            "T": data["T"].astype(np.uint16),
        }
    )
    assert BGNBD().fit(narrow).params_ == BGNBD().fit(data).params_


def test_a_missing_value_in_a_nullable_column_is_named():
    frame = pd.DataFrame({**GOOD, "frequency": pd.array([0, None, 3], dtype="Int64")})
    error = refusal(frame)
    assert error.code == "MODEL-003"
    assert error.facts["rows"] == [1]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda model: model.expected_purchases(GOOD, -1), "MODEL-021"),
        (lambda model: model.expected_purchases(GOOD, np.nan), "MODEL-021"),
        (lambda model: model.discounted_expected_purchases(GOOD, 0.0), "MODEL-022"),
        (lambda model: model.discounted_expected_purchases(GOOD, -0.1, 5), "MODEL-022"),
        (lambda model: model.purchase_probabilities(GOOD, 5, [0.5]), "MODEL-023"),
        (lambda model: model.purchase_probabilities(GOOD, 5, -1), "MODEL-023"),
        (lambda model: model.quantiles(GOOD, 5, 1.0), "MODEL-024"),
        (lambda model: BGNBD(time_unit="fortnight").fit(GOOD), "MODEL-025"),
        (lambda model: model.set_params(colour="red"), "MODEL-026"),
        (lambda model: BGNBD.with_parameters(r=1, alpha=2, a=3), "MODEL-020"),
        (lambda model: BGNBD.with_parameters(r=1, alpha=2, a=3, b=-1), "MODEL-020"),
        (lambda model: model.draw_purchases(GOOD, 5, {"r": [1.0]}), "MODEL-020"),
    ],
)
def test_impossible_questions_are_refused(ask, code):
    with pytest.raises(UsageError) as caught:
        ask(known("BGNBD"))
    assert caught.value.code == code
    assert code in str(caught.value)


def test_a_model_that_was_not_fitted_says_so():
    with pytest.raises(ModelError) as caught:
        BGNBD().expected_purchases(GOOD, 5)
    assert caught.value.code == "MODEL-106"


@pytest.mark.parametrize("amount", [0.0, -3.0, np.nan, np.inf])
def test_repeat_buyers_without_positive_spend_are_refused_by_row(amount):
    data = {"frequency": [0, 2, 3], "monetary_value": [0.0, 12.5, amount]}
    error = refusal(data, spends)
    assert error.code == "MODEL-010"
    assert error.facts["rows"] == [2]
    assert refusal(data, GammaGamma().fit).code == "MODEL-010"


def test_a_forecast_beyond_twice_the_oldest_customer_is_remarked():
    model = BGNBD().fit(simulated("BGNBD", 300, T=100))
    assert model.horizon_findings(200) == []
    assert [each.code for each in model.horizon_findings(201)] == ["model.horizon"]

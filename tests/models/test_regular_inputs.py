"""What the models of regular buyers learn from: log_gaps, told by orders, refused where it cannot be."""

import numpy as np
import pandas as pd
import pytest

import lifeworth
from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.history import PurchaseHistory
from lifeworth.models import BGCNBD, BGNBD, MBGCNBD, MBGNBD
from models.cdnow_customers import END, cdnow, purchase_days
from models.worlds import scaled
from shared_data import needs_shared

PARAMS = {"r": 1.3, "alpha": 8.5, "a": 0.7, "b": 2.1}
GOOD = {"frequency": [0, 1, 3], "recency": [0, 5, 21], "T": [30, 30, 25]}


def simulated(model, size):
    table = model.with_parameters({"k": 3}, **PARAMS).simulate(size, 300.0, 1)
    return {name: table[name].to_numpy() for name in table.columns}


def test_an_order_file_becomes_a_model_of_regular_buyers():
    rng = np.random.default_rng(8)
    rows = []
    for who in range(150):
        day, mean = 0, rng.uniform(8, 40)
        for _ in range(rng.geometric(0.15)):
            rows.append((f"c{who}", np.datetime64("2024-01-01") + day, 10.0))
            day += max(1, round(rng.gamma(5) * mean / 5))
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    table = lifeworth.rfm_summary(orders, log_gaps=True)
    fitted = BGCNBD().fit(table)
    weeks = BGCNBD().fit(lifeworth.rfm_summary(orders, log_gaps=True, time_unit="W"))
    assert fitted.k_ >= 3
    assert weeks.k_ == fitted.k_
    assert weeks.params_["alpha"] == pytest.approx(fitted.params_["alpha"] / 7, rel=1e-8)
    assert set(fitted.simulate(20, 100.0, 1).columns) == {"frequency", "recency", "T", "log_gaps"}


@needs_shared
@pytest.mark.parametrize(("regular", "random"), [(BGCNBD, BGNBD), (MBGCNBD, MBGNBD)])
def test_cdnow_shows_no_rhythm(regular, random):
    data, _ = cdnow()
    days = purchase_days()
    gaps = {who: np.diff([day for day in seen if day <= END]) for who, seen in days.items()}
    data["log_gaps"] = np.array([np.log(gaps[who]).sum() for who in data["customer_id"]])
    fitted = regular().fit(data)
    assert fitted.k_ == 1
    assert fitted.log_likelihood_ == pytest.approx(random().fit(data).log_likelihood_, rel=1e-12)
    profile = list(fitted.log_likelihoods_by_k_.values())
    assert profile == sorted(profile, reverse=True)
    assert profile[1] < profile[0] - 250


@pytest.mark.parametrize(
    ("code", "log_gaps", "rows"),
    [
        ("MODEL-003", [0, np.nan, 5], [1]),
        ("MODEL-015", [0.5, np.log(5), 5], [0]),
        ("MODEL-015", [0, 1.0, 5], [1]),
        ("MODEL-015", [0, np.log(5), 3 * np.log(7) + 0.01], [2]),
    ],
)
def test_gaps_that_cannot_be_are_refused_by_row(code, log_gaps, rows):
    with pytest.raises(ModelError) as caught:
        BGCNBD().fit({**GOOD, "log_gaps": log_gaps, "customer_id": ["ann", "bo", "cy"]})
    assert caught.value.code == code
    assert caught.value.facts["rows"] == rows
    assert caught.value.facts["customers"] == [["ann", "bo", "cy"][row] for row in rows]
    assert code in str(caught.value)


def test_gaps_in_another_unit_than_recency_are_refused():
    data = simulated(BGCNBD, 300)
    with pytest.raises(ModelError) as caught:
        BGCNBD().fit({**scaled(data, 1 / 7), "log_gaps": data["log_gaps"]})
    assert caught.value.code == "MODEL-015"


def test_evenly_spaced_purchases_are_possible_ones():
    even = {**GOOD, "log_gaps": [0, np.log(5), 3 * np.log(7)]}
    assert BGCNBD(k=2).fit(even).n_customers_ == 3


def test_a_missing_column_of_gaps_says_where_it_comes_from():
    history = PurchaseHistory(["a"], *(np.array([each]) for each in (1, 5, 9)), np.array([3.0]))
    for data in (GOOD, pd.DataFrame(GOOD), history):
        with pytest.raises(ModelError) as caught:
            MBGCNBD().fit(data)
        assert caught.value.code == "MODEL-014"
        assert "log_gaps=True" in str(caught.value)
    with pytest.raises(ModelError) as caught:
        MBGCNBD().fit({"recency": [1.0], "log_gaps": [0.0]})
    assert caught.value.code == "MODEL-001"


@pytest.mark.parametrize("k", [0, -1, 21, 2.0, "3", True])
def test_a_number_of_stages_that_is_none_is_refused(k):
    with pytest.raises(UsageError) as caught:
        BGCNBD(k=k).fit({**GOOD, "log_gaps": [0, np.log(5), 5]})
    assert caught.value.code == "MODEL-029"


def test_a_forecast_wants_to_know_k_and_no_gaps():
    with pytest.raises(UsageError) as caught:
        BGCNBD.with_parameters(**PARAMS).expected_purchases(GOOD, 10)
    assert caught.value.code == "MODEL-029"
    assert (BGCNBD.with_parameters({"k": 4}, **PARAMS).expected_purchases(GOOD, 10) > 0).all()


def test_the_chosen_k_and_its_profile_survive_saving(tmp_path):
    data = simulated(MBGCNBD, 800)
    fitted = MBGCNBD().fit(data)
    fitted.save(tmp_path / "m.json")
    back = lifeworth.load(tmp_path / "m.json")
    assert (back.k, back.k_) == (None, 3)
    assert back.log_likelihoods_by_k_ == fitted.log_likelihoods_by_k_
    assert np.array_equal(back.expected_purchases(data, 60), fitted.expected_purchases(data, 60))

"""Orders and dated covariates become periods: every purchase in the period of its day."""

import pandas as pd
import polars as pl
import pytest

import lifeworth as lw

ORDERS = pd.DataFrame({
    "customer_id": ["a", "a", "a", "b", "b", "a"],
    "date": ["2024-01-03", "2024-01-08", "2024-01-20", "2024-01-15", "2024-01-15", "2024-01-31"],
    "amount": [10.0, 5.0, 6.0, 7.0, 8.0, 9.0],
})  # fmt: skip
WEEKS = pd.DataFrame({
    "period_start": pd.date_range("2024-01-01", periods=8, freq="7D"), "promotion": [0, 1, 0, 0, 1, 0, 1, 0],
})  # fmt: skip
END = "2024-02-01"


def made(covariates=WEEKS, end=END, **settings):
    return lw.covariate_periods(ORDERS, covariates, observation_period_end=end, **settings)


def test_each_purchase_falls_in_the_period_of_its_day_and_the_last_is_cut_at_the_end():
    a = made().query("customer_id == 'a'")
    assert a.start.tolist() == [0, 5, 12, 19, 26, 29, 33, 40, 47]
    assert a.stop.tolist() == [5, 12, 19, 26, 29, 33, 40, 47, 54]
    assert a.purchases.dropna().tolist() == [0, 1, 1, 0, 1]
    assert a.last_purchase.dropna().tolist() == [5, 17, 28]
    assert a.promotion.tolist() == [0, 1, 0, 0, 1, 1, 0, 1, 0]


def test_the_sums_are_those_of_the_summary():
    rows, rfm = made(time_unit="W"), lw.rfm_summary(ORDERS, observation_period_end=END, time_unit="W")
    known = rows[rows.purchases.notna()].groupby("customer_id")
    assert known.purchases.sum().tolist() == rfm.frequency.tolist()
    assert known.last_purchase.max().fillna(0).tolist() == rfm.recency.tolist()
    assert known.stop.max().tolist() == pytest.approx(rfm["T"].tolist())


def test_customers_may_have_covariates_of_their_own_in_any_kind_of_frame_and_any_order():
    both = pd.concat([WEEKS.assign(customer_id=each) for each in "ba"]).sample(frac=1, random_state=1)
    given = pl.from_pandas(both.rename(columns={"period_start": "week"}))
    rows = made(given, period_start_col="week")
    assert isinstance(rows, pl.DataFrame)
    pd.testing.assert_frame_equal(rows.to_pandas(), made(), check_dtype=False)


def test_the_customers_of_covariates_may_stand_in_the_column_of_the_orders():
    both = pd.concat([WEEKS.assign(buyer=each) for each in "ab"])  # with an index that says nothing
    orders = ORDERS.rename(columns={"customer_id": "buyer"})
    rows = lw.covariate_periods(orders, both, observation_period_end=END, customer_id_col="buyer")
    pd.testing.assert_frame_equal(rows, made())


def test_a_purchase_on_the_day_a_period_begins_belongs_to_it():
    rows = made(end="2024-01-08").query("customer_id == 'a' and purchases.notna()")
    assert rows.purchases.tolist() == [0, 1]
    assert (rows.start.tolist(), rows.stop.tolist()) == ([0, 5], [5, 5])


@pytest.mark.parametrize(
    ("code", "covariates", "rows"),
    [
        ("DATA-240", WEEKS.rename(columns={"period_start": "week"}), None),
        ("DATA-241", WEEKS.assign(period_start=["2024-01-01", "?", *["2024-02-01"] * 6]), [1]),
        ("DATA-242", pd.concat([WEEKS, WEEKS.iloc[:1]]), [8]),
        ("DATA-243", WEEKS.drop(index=2), [1]),
        ("DATA-244", WEEKS.iloc[:3], None),
    ],
)
def test_what_is_missing_is_named(code, covariates, rows):
    with pytest.raises(lw.errors.DataError) as error:
        made(covariates)
    assert error.value.code == code
    assert error.value.facts.get("rows") == rows
    assert code in str(error.value)


def test_the_periods_go_straight_into_the_model():
    model = lw.models.DynamicParetoNBD.with_parameters(
        {"covariates": ["promotion"]}, r=1.0, alpha=20.0, s=1.0, beta=50.0,
        **{"purchase.promotion": 0.5, "dropout.promotion": 0.0},
    )  # fmt: skip
    table = model.predict(made(), 14.0)
    assert table.customer_id.tolist() == ["a", "b"]
    assert table.frequency.tolist() == [3, 0]
    assert (table.expected_purchases > 0).all()

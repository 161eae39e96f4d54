"""What is known of customers joins the competition, and is used only where it forecasts better."""

import json

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.reports.documents import model_card
from lifeworth.value.model import WITH_COVARIATES
from lifeworth.workflows.value import value_files

END = "2024-12-31"
KNOWN = ["channel", "age", "region"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """1,200 customers: those from the web buy e times as often and stay longer; age and region do nothing."""
    rng, n, folder = np.random.default_rng(4), 1200, tmp_path_factory.mktemp("shop")
    channel = rng.choice(["web", "store"], n, p=[0.5, 0.5])
    web, age_days = channel == "web", rng.integers(250, 900, n)
    rate = rng.gamma(0.9, 1 / 90, n) * np.exp(web)
    life = rng.exponential(1, n) / (rng.gamma(0.7, 1 / 300, n) * np.exp(-0.5 * web))
    mean, end, rows = rng.gamma(6, 8, n), pd.Timestamp(END), []
    for i in range(n):
        day = 0.0
        while day < min(life[i], age_days[i]):
            when = end - pd.Timedelta(days=int(age_days[i] - day))
            rows.append(
                (f"k{i:04d}", when.date().isoformat(), round(mean[i] * rng.gamma(5, 0.2), 2), channel[i])
            )
            day += rng.exponential(1 / rate[i])
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount", "channel"])
    people = pd.DataFrame({
        "Customer": [f"k{i:04d}" for i in range(n)], "Age": rng.normal(45, 12, n).round(),
        "Region": rng.choice(["north", "south", None], n),
    })  # fmt: skip
    orders.to_csv(folder / "orders.csv", index=False)
    people.to_csv(folder / "people.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def run(shop):
    return value_files([shop / "orders.csv"], shop / "run", covariates=KNOWN, attributes=shop / "people.csv")


def test_the_model_that_knows_them_wins_where_they_tell(run):
    candidates = {each["name"]: each for each in run.summary["backtest"]["candidates"]}
    assert run.summary["model"]["name"] == WITH_COVARIATES
    assert candidates[WITH_COVARIATES]["metrics"]["mae"] < candidates["ParetoNBD"]["metrics"]["mae"]


def test_their_coefficients_are_those_of_the_truth(run):
    values, errors = (run.summary["model"][name] for name in ("params", "standard_errors"))
    truth = {"purchase.channel": -1.0, "dropout.channel": 0.5}
    for name, value in values.items():
        if "." in name:
            turned = -1.0 if name.endswith("=web") else 1.0
            assert abs(value * turned - truth.get(name.partition("=")[0], 0.0)) < 3 * errors[name], name


def test_the_report_says_them_as_factors_with_intervals(run):
    from lifeworth.reports.documents.reading import Reading

    blocks = model_card.section(Reading(run, "en")).blocks
    [table] = [each for each in blocks if getattr(each, "name", "") == "covariates"]
    row = next(each for each in table.rows if each[0] == "age")
    assert row[1] == "per unit"
    assert row[3] < row[2] < row[4]
    assert row[2] == pytest.approx(np.exp(run.summary["model"]["params"]["purchase.age"]))


def test_it_is_not_chosen_where_they_tell_nothing(shop):
    people = pd.read_csv(shop / "people.csv")
    statement = lw.value(shop / "orders.csv", covariates=["Region"], attributes=people)
    names = [each["name"] for each in statement.summary["backtest"]["candidates"]]
    assert WITH_COVARIATES in names
    best = min(
        statement.summary["backtest"]["candidates"],
        key=lambda each: np.inf if each["metrics"] is None else each["metrics"]["error"],
    )
    assert statement.summary["model"]["name"] == best["name"]


def test_the_channel_needs_no_file(shop):
    statement = lw.value(shop / "orders.csv", covariates=["channel"], model=WITH_COVARIATES)
    assert any(name.startswith("purchase.channel=") for name in statement.summary["model"]["params"])
    total = statement.summary["intervals"]["current_value"]
    assert total["low"] < statement.summary["totals"]["current_value"] < total["high"]


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("VALUE-071", {"covariates": ["age"]}),
        ("DATA-360", {"covariates": ["height"], "attributes": "people.csv"}),
        ("VALUE-004", {"model": WITH_COVARIATES}),
    ],
)
def test_what_cannot_be_is_refused_in_words(shop, code, settings):
    if "attributes" in settings:
        settings = {**settings, "attributes": shop / settings["attributes"]}
    with pytest.raises(lw.errors.LifeworthError) as error:
        lw.value(shop / "orders.csv", **settings)
    assert error.value.code == code
    assert code in str(error.value)


def test_a_run_that_knows_them_says_why_it_cannot_be_recalculated(run):
    from lifeworth.value.published import published_model

    with pytest.raises(lw.errors.UsageError, match="VALUE-070"):
        published_model(WITH_COVARIATES, {}, run.customers)


def test_the_summary_is_plain_json(run):
    assert (
        json.loads((run.folder / "summary.json").read_text(encoding="utf-8"))["model"]["name"]
        == WITH_COVARIATES
    )

"""People who have not bought yet: worth what people like them bring, and like the best where they are."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import lifeworth as lw
from lifeworth import value_leads
from lifeworth.cli.main import app

END = "2024-12-31"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """500 customers: plan "pro" buys e times as often and spends half as much again; age says nothing."""
    rng, folder, rows, people = np.random.default_rng(9), tmp_path_factory.mktemp("shop"), [], []
    end = pd.Timestamp(END)
    for number in range(500):
        who, pro, age = f"k{number:03d}", rng.random() < 0.4, int(rng.integers(250, 800))
        rate = max(rng.gamma(1.2, 1 / 120), 1e-6) * np.exp(float(pro))
        life, day = rng.exponential(1) / max(rng.gamma(0.9, 1 / 400), 1e-9), 0.0
        mean = rng.gamma(6, 8) * (1.5 if pro else 1.0)
        people.append((who, "pro" if pro else "free", round(rng.normal(45, 12))))
        while day < min(life, age):
            when = (end - pd.Timedelta(days=int(age - day))).date().isoformat()
            rows.append((who, when, round(mean * rng.gamma(5, 0.2), 2)))
            day += rng.exponential(1 / rate)
    pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).to_csv(folder / "orders.csv", index=False)
    pd.DataFrame(people, columns=["customer", "plan", "age"]).to_csv(folder / "people.csv", index=False)
    leads = [("a", "pro", 40), ("b", "free", 40), ("c", "free", ""), ("d", "gold", 51)]
    pd.DataFrame(leads, columns=["lead", "plan", "age"]).to_csv(folder / "leads.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def found(shop):
    return value_leads(
        shop / "orders.csv", shop / "leads.csv", covariates=["plan", "age"], attributes=shop / "people.csv",
        out=shop / "out", margin=0.5,
    )  # fmt: skip


def test_leads_are_worth_what_people_like_them_bring(found, shop):
    rows = {each["lead"]: each for each in found.table.to_pylist()}
    assert next(iter(rows)) == "a"  # best first
    # truth over a year after the first purchase, by simulation of the shop's own story
    rng, worth = np.random.default_rng(1), {}
    for plan, times, spend in (("pro", np.e, 72.0), ("free", 1.0, 48.0)):
        rate = rng.gamma(1.2, 1 / 120, 200_000) * times
        life = rng.exponential(1, 200_000) / np.maximum(rng.gamma(0.9, 1 / 400, 200_000), 1e-9)
        at = np.minimum(life, 365.25)
        discounted = rate * -np.expm1(-np.log(1.1) / 365.25 * at) / (np.log(1.1) / 365.25)
        worth[plan] = 0.5 * spend * discounted.mean()
    assert rows["a"]["value"] == pytest.approx(worth["pro"], rel=0.3)
    assert rows["b"]["value"] == pytest.approx(worth["free"], rel=0.3)
    for lead, plan in (("a", "pro"), ("b", "free")):  # within twice the half-width: 3.3 standard errors
        width = rows[lead]["value_high"] - rows[lead]["value_low"]
        assert abs(rows[lead]["value"] - worth[plan]) < width
    for each in rows.values():
        assert each["value_low"] < each["value"] < each["value_high"]
        assert each["person_low"] <= each["value"] <= each["person_high"]
        assert 0 < each["none"] < 1
    assert rows["a"]["first_purchase"] == pytest.approx(36.0, rel=0.15)


def test_who_resembles_the_best_is_said_with_an_interval(found, shop):
    rows = {each["lead"]: each for each in found.table.to_pylist()}
    plans = pd.read_csv(shop / "people.csv").set_index("customer")["plan"]
    assert rows["a"]["best_share_low"] > 0.2 > rows["b"]["best_share"]
    assert all(
        0 <= row["best_share_low"] <= row["best_share"] <= row["best_share_high"] <= 1
        for row in rows.values()
    )
    assert [plans[who] for who in rows["a"]["alike"]] == ["pro"] * 3
    written = pd.read_csv(shop / "out" / "leads.csv")
    assert written["lead"].tolist() == list(rows)
    assert written["value"].to_numpy() == pytest.approx([each["value"] for each in rows.values()])


def test_a_lead_that_lacks_something_is_like_the_usual_customer_and_counted(found):
    rows = {each["lead"]: each for each in found.table.to_pylist()}
    assert found.summary["guessed"] == 2
    assert rows["d"]["value"] == pytest.approx(rows["b"]["value"], rel=0.2)  # most customers are on free


def orders_of(net, days=300, seed=3):
    """A shop in which customers k000, k001, ... joined in this order and spent this much in all."""
    rng, rows = np.random.default_rng(seed), []
    for number, total in enumerate(net):
        joined = number * days // len(net)
        for day in (joined, joined + int(rng.integers(20, 60)))[: 1 + number % 2]:
            when = pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)
            rows.append((f"k{number:03d}", when.date().isoformat(), total / (1 + number % 2)))
    people = pd.DataFrame(
        {
            "customer": [f"k{number:03d}" for number in range(len(net))],
            "plan": rng.choice(["a", "b"], len(net)),
        }
    )
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"]), people


def test_a_plan_that_says_nothing_is_like_the_best_by_chance():
    """The oldest customers spent most: that those come first in the file says nothing of a lead."""
    rng = np.random.default_rng(4)
    orders, people = orders_of(np.linspace(200, 20, 600) * rng.gamma(8, 1 / 8, 600))
    leads = pd.DataFrame({"lead": ["x", "y"], "plan": ["a", "b"]})
    found = value_leads(orders, leads, covariates=["plan"], attributes=people).table.to_pylist()
    assert all(row["best_share_low"] < 0.2 < row["best_share_high"] for row in found)


def test_of_customers_with_equal_sales_a_share_is_among_the_best():
    rng = np.random.default_rng(5)
    orders, people = orders_of(np.where(rng.random(600) < 0.1, 58.0, 29.0))
    orders["amount"] *= rng.gamma(300, 1 / 300, len(orders))
    orders["amount"] = orders["amount"].round(-1)
    leads = pd.DataFrame({"lead": ["x", "y"], "plan": ["a", ""]})
    found = value_leads(orders, leads, covariates=["plan"], attributes=people)
    assert all(row["best_share"] < 0.5 for row in found.table.to_pylist())
    assert (found.summary["leads"], found.summary["guessed"]) == (2, 1)


def test_a_mean_that_hardly_exists_is_no_value_of_a_lead():
    orders, people = orders_of(20 * np.random.default_rng(6).pareto(0.9, 400) + 5)
    leads = pd.DataFrame({"lead": ["x"], "plan": ["a"]})
    with pytest.raises(lw.errors.ModelError) as caught:
        value_leads(orders, leads, covariates=["plan"], attributes=people)
    assert caught.value.code == "MODEL-148"


def test_the_terminal_tells_them(shop):
    asked = ["--leads", str(shop / "leads.csv"), "--attributes", str(shop / "people.csv")]
    asked += ["--covariates", "plan"]
    result = CliRunner().invoke(app, ["leads", str(shop / "orders.csv"), *asked])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "4" in lines[0]
    assert lines[3].startswith("a ")  # best first
    assert "k" in lines[3].split()[-1]
    told = CliRunner().invoke(app, ["leads", str(shop / "orders.csv"), *asked, "--json"])
    record = json.loads(told.stdout[told.stdout.index("{") :])
    assert record["rows"][0]["lead"] == "a"
    assert record["basis"] == "net_revenue"


def test_leads_of_whom_nothing_is_known_are_refused(shop):
    with pytest.raises(lw.errors.UsageError) as caught:
        value_leads(shop / "orders.csv", shop / "leads.csv", covariates=[])
    assert caught.value.code == "VALUE-072"
    with pytest.raises(lw.errors.DataError) as lacking:
        value_leads(
            shop / "orders.csv", shop / "leads.csv", covariates=["height"], attributes=shop / "people.csv"
        )
    assert lacking.value.code == "DATA-360"


def test_earlier_newcomers_show_how_well_leads_are_foreseen(found, shop):
    """What came is counted again here, from the file; the plan tells more than the plain mean does."""
    check, orders = found.summary["check"], pd.read_csv(shop / "orders.csv", parse_dates=["date"])
    first = orders.groupby("customer_id")["date"].transform("min")
    after = (orders["date"] - first).dt.days
    began, age = first.groupby(orders["customer_id"]).first(), check["days"]
    end = orders["date"].max()
    new = began[(began <= end - pd.Timedelta(days=age)) & (began > end - pd.Timedelta(days=2 * age))].index
    old = began[began <= end - pd.Timedelta(days=3 * age)].index
    later = orders["amount"].where((after > 0) & (after <= age), 0.0).groupby(orders["customer_id"]).sum()
    assert check["newcomers"] == len(new) > 100
    assert check["actual"] == pytest.approx(later[new].sum())
    assert check["mean"] == pytest.approx(later[old].mean() * len(new))
    assert check["low"] < check["actual"] < check["high"]
    assert 0 < check["skill"]["low"] < check["skill"]["value"] < check["skill"]["high"] < 1
    assert 0.85 < check["held"] <= 1
    assert check["top_fifth"] > 0.3


@pytest.mark.parametrize(
    ("language", "better", "same", "unchecked"),
    [
        ("en", "saves", "beyond chance", "Not checked"),
        ("zh-Hans", "均方误差比", "未明显优于", "未能用早期新客户检验"),
        ("zh-Hant", "均方誤差比", "未明顯優於", "未能用早期新客戶檢驗"),
    ],
)
def test_the_terminal_says_whether_what_is_known_foresees(shop, language, better, same, unchecked, tmp_path):
    def told(orders, covariates):
        asked = ["--leads", str(shop / "leads.csv"), "--attributes", str(shop / "people.csv")]
        asked += ["--covariates", covariates]
        return (
            CliRunner().invoke(app, ["leads", str(orders), *asked], env={"LIFEWORTH_LANG": language}).stdout
        )

    short = pd.read_csv(shop / "orders.csv")
    short[short["date"] >= "2024-10-01"].to_csv(tmp_path / "short.csv", index=False)
    assert better in told(shop / "orders.csv", "plan")
    assert same in told(shop / "orders.csv", "age")
    assert unchecked in told(tmp_path / "short.csv", "plan")

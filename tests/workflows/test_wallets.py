"""Wallets that customers told: by money, by share, by rank; in a world where every wallet is known."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.base.errors import UsageError
from lifeworth.data.surveys import survey_scales
from lifeworth.models.wallet.allocation_rule import (
    share_of_rank,
    spread_of_rank,
    wallet_allocation_rule,
)
from lifeworth.value.potential.purse import RECALL_CV
from lifeworth.workflows.explain import explain_customer
from lifeworth.workflows.value import value_files

DAYS, MONTH = 730, 30.4375


@pytest.fixture(scope="module")
def world():
    """Customers who buy at a steady pace: wallets per month, the split over brands, orders and answers."""
    rng = np.random.default_rng(11)
    size = 900
    wallet = rng.gamma(3.0, 40.0, size)
    brands = rng.integers(1, 5, size)
    splits = [rng.dirichlet(np.ones(many)) for many in brands]
    ours = np.array([rng.permutation(split)[0] for split in splits])
    rank = np.array([(split > mine).sum() + 1 for split, mine in zip(splits, ours, strict=True)])
    keys = np.array([f"K{row:04d}" for row in range(size)])
    rate = np.maximum(wallet * ours / 20.0, 0.25) / MONTH  # orders of about 20
    counts = rng.poisson(rate * DAYS) + 1
    who = np.repeat(np.arange(size), counts)
    days = rng.uniform(0, DAYS, len(who))
    orders = pd.DataFrame(
        {
            "customer_id": keys[who], "order_id": [f"O{row}" for row in range(len(who))],
            "date": np.datetime64("2022-01-01") + days.astype(int).astype("timedelta64[D]"),
            "amount": rng.gamma(20.0, 1.0, len(who)).round(2),
        }
    )  # fmt: skip
    asked = pd.DataFrame({"客户编号": keys, "日期": "2023-12-01", "使用品牌数": brands, "我们的排名": rank})
    recalled = wallet * np.exp(rng.normal(0, np.sqrt(np.log1p(RECALL_CV**2)), size))
    asked["月均品类消费"] = np.where(np.arange(size) % 3 == 0, recalled.round(2), np.nan)
    asked.loc[asked.index % 3 == 2, ["使用品牌数", "我们的排名"]] = np.nan
    return {"orders": orders, "asked": asked, "wallet": dict(zip(keys, wallet, strict=True))}


@pytest.fixture(scope="module")
def statement(world):
    return lw.value(world["orders"], surveys=world["asked"], model="MBGNBD", margin=0.4)


@pytest.fixture(scope="module")
def table(statement, world):
    found = statement.customers.to_pandas()
    money = [*("wallet", "wallet_low", "wallet_high", "potential_value", "base_value", "current_value")]
    found[money] = found[money].astype(float)
    found["truth"] = found["customer_id"].map(world["wallet"]) * 12
    return found


def test_who_told_is_taken_by_the_word_and_the_others_are_estimated(statement, table):
    counts = table["wallet_source"].value_counts().to_dict()
    assert counts == {"survey_spend": 300, "survey_rank": 300, "estimate": 300}
    told = statement.summary["potential"]["wallet_sources"]
    assert told["sources"] == {"survey_share": 0, **counts}
    assert statement.summary["dimensions"]["told_wallets"] == 600


def test_money_that_was_told_finds_the_wallet_and_its_interval_holds_it(table):
    told = table[table["wallet_source"] == "survey_spend"]
    away = told["truth"] / told["wallet"] - 1
    assert abs(np.median(away)) < 0.06
    inside = (told["truth"] >= told["wallet_low"]) & (told["truth"] <= told["wallet_high"])
    assert 0.83 <= inside.mean() <= 0.97  # 300 customers: three standard errors are .05
    guessed = table[table["wallet_source"] == "estimate"]
    errors = [np.abs(np.log(part["wallet"] / part["truth"])).median() for part in (told, guessed)]
    assert errors[0] < 0.6 * errors[1]


def test_a_rank_finds_the_wallets_of_those_who_split_them_in_any_way(table):
    told = table[(table["wallet_source"] == "survey_rank") & (table["share_of_wallet"] < 1)]
    assert np.corrcoef(np.log(told["wallet"]), np.log(told["truth"]))[0, 1] > 0.5
    only = table[(table["wallet_source"] == "survey_rank") & (table["share_of_wallet"] == 1)]
    assert len(only) > 50
    assert (only["potential_value"] == 0).all()


def test_potential_value_stays_within_the_wallet_in_use(table):
    room = (table["wallet"] * (1 - table["share_of_wallet"])) * 0.4
    assert (table["potential_value"] <= room + 0.02).all()
    assert (table["wallet_low"] <= table["wallet"]).all()
    assert (table["wallet"] <= table["wallet_high"]).all()


def test_the_rule_gives_the_published_shares_and_ties_take_the_mean_rank():
    assert share_of_rank([1, 2], 2) == pytest.approx([2 / 3, 1 / 3])
    assert share_of_rank([1, 2, 3], 3) == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert share_of_rank([1.5, 1.5, 3], 3) == pytest.approx([0.41667, 0.41667, 0.16667], abs=1e-5)
    assert wallet_allocation_rule([5, 5, 1]) == pytest.approx(share_of_rank([1.5, 1.5, 3], 3))


def test_the_spread_of_a_rank_is_that_of_splits_drawn_at_random():
    rng = np.random.default_rng(3)
    for brands in (2, 3, 5):
        drawn = np.sort(rng.dirichlet(np.ones(brands), 40_000), axis=1)[:, ::-1]
        found = spread_of_rank(np.arange(1, brands + 1), brands)
        assert found == pytest.approx(drawn.std(axis=0), rel=0.02)
    assert spread_of_rank(1, 1) == 0


def test_a_share_or_spend_elsewhere_is_read_and_contradictions_are_counted(world):
    keys = sorted(world["wallet"])[:8]
    asked = pd.DataFrame(
        {
            "customer": keys, "date": "2023-11-05",
            "share of wallet": ["25%", "50%", "0", "120%", "", "", "", ""],
            "spent elsewhere": ["", "", "", "", "600", "¥1,200.00", "", ""],
            "rank": ["", "", "", "", "", "", "3", "1"], "brands": ["", "", "", "", "", "", "2", "2"],
        }
    )  # fmt: skip
    found = lw.value(world["orders"], surveys=asked, model="formula", margin=0.4, horizon_months=6)
    told = found.frame.set_index("customer_id")
    assert told.loc[keys, "wallet_source"].tolist() == [
        *("survey_share", "survey_share", "estimate", "estimate", "survey_spend", "survey_spend"),
        *("estimate", "survey_rank"),
    ]
    assert told.loc[keys[:2], "share_of_wallet"].tolist() == pytest.approx([0.25, 0.5])
    room = told.loc[keys[5], "wallet"]
    assert float(room) * (1 - told.loc[keys[5], "share_of_wallet"]) == pytest.approx(600, abs=0.01)
    codes = {one["code"]: one["facts"] for one in found.summary["findings"]}
    assert codes["surveys_wallet_contradicts"]["count"] == 3
    assert "surveys_nobody" not in codes


def test_a_scale_that_was_told_is_kept_and_rows_against_it_are_rejected(world):
    keys = sorted(world["wallet"])[:40]
    asked = pd.DataFrame({"customer": keys, "date": "2023-11-05", "csat": ["4"] * 39 + ["6"], "nps": "9"})
    found = lw.value(world["orders"], surveys=asked, survey_scale={"csat": "1-5"}, model="formula")
    record = found.summary["surveys"]
    assert record["scales"] == {"csat": [1.0, 5.0], "nps": [0.0, 10.0]}
    assert (record["file"]["rejected"], record["file"]["used"]) == (1, 39)
    (row,) = [row for row in found.rejected.to_pylist() if row["reason"] == "beyond_scale"]
    assert row["text"].startswith(keys[-1])
    wide = lw.value(world["orders"], surveys=asked, survey_scale="1-7", model="formula").summary["surveys"]
    assert wide["scales"]["csat"] == [1.0, 7.0]
    assert wide["file"]["rejected"] == 0


@pytest.mark.parametrize("wrong", ["5", "7-1", "mood=1-5", "1-5, 1-7", "csat=1-5; csat=1-7", "nps=1-5"])
def test_what_is_no_scale_is_refused(wrong):
    with pytest.raises(UsageError, match="VALUE-204"):
        survey_scales(wrong)


def test_a_scale_is_understood_as_people_write_it():
    assert survey_scales("csat=1-5, 0–10") == {"csat": (1.0, 5.0), "": (0.0, 10.0)}
    assert survey_scales({"csat": (1, 5), "": "1-7"}) == {"csat": (1.0, 5.0), "": (1.0, 7.0)}
    assert survey_scales(None) == {}


def test_explain_tells_each_answer_with_day_scale_and_use(world, tmp_path):
    key = world["orders"]["customer_id"].iloc[0]
    rows = [("2023-03-01", "3", ""), ("2023-11-05", "4", "200"), ("2031-01-01", "1", "")]
    asked = pd.DataFrame(rows, columns=["date", "csat", "monthly category spend"]).assign(customer=key)
    others = asked.iloc[[1]].assign(csat="5")
    asked = pd.concat([asked, *(others.assign(customer=f"K{n:04d}") for n in range(1, 9))])
    world["orders"].to_csv(tmp_path / "orders.csv", index=False)
    asked.to_csv(tmp_path / "survey.csv", index=False)
    value_files([tmp_path / "orders.csv"], tmp_path / "run", surveys=tmp_path / "survey.csv", model="formula")
    told = explain_customer(tmp_path / "run", key, "en")["numbers"]
    found = {one["name"]: one for one in told}
    answers = [one for one in told if one["name"].startswith("answer.")]
    assert [(one["name"], one["value"], one["source"]) for one in answers] == [
        ("answer.csat.2023-03-01", 3.0, "data"), ("answer.csat.2023-11-05", 4.0, "data"),
        ("answer.category_spend.2023-11-05", 200.0, "data"), ("answer.csat.2031-01-01", 1.0, "data"),
    ]  # fmt: skip
    assert [
        word in one["formula"] for one, word in zip(answers, ("Older", "Used", "Used", "late"), strict=True)
    ]
    assert "too late" in answers[3]["formula"]
    assert "Scale: 1 to 5" in answers[0]["formula"]
    assert found["wallet"]["value"] == pytest.approx(2400, abs=0.01) or found["share_of_wallet"]["value"] == 1
    assert found["wallet"]["source"] == "data"

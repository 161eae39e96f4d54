"""A measured effect in a value statement: in the place of the assumed one, labelled, with its interval."""

import numpy as np
import pandas as pd
import pytest

import lifeworth as lw
from cli.calls import run
from lifeworth.base.errors import DataError
from lifeworth.results.read import read_run
from lifeworth.workflows.comparison import compare_folders
from lifeworth.workflows.explain import customer_anatomy
from lifeworth.workflows.value import value_files
from value.test_potential import stocked_shop

SETTINGS = {"model": "MBGNBD", "margin": 0.4}
DAY = pd.Timestamp("2024-07-01")
OFFERS = ("add_on", "up_sell", "cross_sell")


def campaign(seed=2):
    """Orders and the campaign file: a third of the treated bought a lamp of a kind that was new to them."""
    table, rng = stocked_shop(), np.random.default_rng(seed)
    people = np.sort(table.loc[table["date"] < DAY, "customer_id"].unique())
    treated = rng.random(len(people)) < 0.5
    moved = people[treated & (rng.random(len(people)) < 0.33)]
    extra = pd.DataFrame(
        {
            "customer_id": moved, "date": DAY + pd.to_timedelta(rng.integers(0, 28, len(moved)), unit="D"),
            "order_id": [f"E{row}" for row in range(len(moved))], "product_id": "lamp-9", "category": "lamp",
            "amount": 30.0, "quantity": 1,
        }
    )  # fmt: skip
    file = pd.DataFrame(
        {
            "customer_id": people,
            "arm": np.where(treated, "offer", "control"),
            "date": DAY,
            "campaign": "Lamps",
        }
    )
    return pd.concat([table, extra], ignore_index=True), file


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaign")
    orders, file = campaign()
    orders.to_csv(folder / "orders.csv", index=False)
    file.to_csv(folder / "campaign.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def valued(files):
    return value_files(
        [files / "orders.csv"], files / "run", campaigns=str(files / "campaign.csv"),
        reading={"currency": "EUR"}, **SETTINGS,
    )  # fmt: skip


@pytest.fixture(scope="module")
def assumed():
    return lw.value(campaign()[0], **SETTINGS)


def test_the_measured_effect_takes_the_place_of_the_assumed_one(valued, assumed):
    (told,) = valued.summary["campaigns"]
    effects = valued.summary["potential"]["offer_effects"]
    assert told["use"] == "used"
    assert told["effects"][0]["response"]["low"] > 0.1
    assert {name: each["measured"] for name, each in effects.items()} == dict.fromkeys(OFFERS, True)
    share = 30 / (12 * 30.4375)
    assert effects["cross_sell"]["value"] == pytest.approx(told["take_up_lift"]["value"] * share, rel=0.1)
    assert effects["cross_sell"]["low"] == pytest.approx(told["take_up_lift"]["low"] * share)
    # the same chances and goods, another effect; claims are far below the room of the wallets
    by = [
        statement["totals"]["cross_sell_value"] / effect
        for statement, effect in ((valued.summary, effects["cross_sell"]["value"]), (assumed.summary, 0.3))
    ]
    assert by[0] == pytest.approx(by[1], rel=0.05)


def test_without_a_campaign_the_effect_is_assumed_and_nothing_is_told(assumed):
    assert assumed.summary["campaigns"] is None
    for each in assumed.summary["potential"]["offer_effects"].values():
        assert each == {"value": 0.3, "cv": 0.5, "campaigns": [], "measured": False}


def test_a_measured_effect_lifts_the_grade_where_the_chances_are_confirmed(valued, assumed):
    grades = [
        {row["stream"]: row["grade"] for row in summary["potential"]["streams"]}
        for summary in (assumed.summary, valued.summary)
    ]
    for name in OFFERS:
        assert (grades[0][name], grades[1][name]) in {("C", "A"), ("D", "D")}
    assert "A" in grades[1].values()


@pytest.mark.parametrize(
    ("language", "label", "word"),
    [("en", "measured", "measured by Lamps"), ("zh-Hans", "实测", "Lamps"), ("zh-Hant", "實測", "Lamps")],
)
def test_the_anatomy_says_measured_with_the_interval(valued, language, label, word):
    rows = valued.customers.to_pandas()
    who = rows.loc[rows["cross_sell_value"] > 0, "customer_id"].iloc[0]
    numbers = {each["name"]: each for each in customer_anatomy(valued, who, language)["numbers"]}
    told = numbers["cross_sell_value"]
    assert (told["source"], told["source_label"]) == ("measured", label)
    assert word in told["formula"]
    assert numbers["potential_value"]["source"] == "model"
    if "base_value" in numbers:
        assert numbers["base_value"]["source"] == "assumption"
        assert "10" in numbers["base_value"]["formula"]


def test_report_and_terminal_tell_the_campaign(valued, files):
    page = (valued.folder / "report.html").read_text(encoding="utf-8")
    for words in (
        "Campaigns by lot: each arm against its control",
        "offer against control",
        "measured by Lamps",
    ):
        assert words in page
    assert "take-ups that an offer adds to those" not in page  # no offer rests on the assumption any more
    answer = run(
        "value", files / "orders.csv", "--campaigns", files / "campaign.csv", "--campaign-days", "20",
        "--model", "MBGNBD", "--margin", "0.4", "--currency", "EUR", "--out", files / "again", folder=files,
    )  # fmt: skip
    assert answer.code == 0
    assert "Campaigns by lot\n  Lamps: " in answer.out


def test_a_file_that_is_no_lot_is_refused_before_anything_is_valued():
    orders, file = campaign()
    with pytest.raises(DataError, match="DATA-370"):
        lw.value(orders, campaigns=file.replace({"arm": {"control": "grey"}}), **SETTINGS)


def test_two_runs_are_compared_and_the_measured_effect_is_told(valued, files):
    value_files([files / "orders.csv"], files / "plain", reading={"currency": "EUR"}, **SETTINGS)
    told = compare_folders(files / "plain", valued.folder)
    effects = valued.summary["potential"]["offer_effects"]
    assert told["comparable"]
    assert told["settings"]["offer_effect_up_sell"] == {
        "before": None, "after": effects["up_sell"]["value"],
    }  # fmt: skip
    same = compare_folders(valued.folder, valued.folder)
    assert same["settings"] == {}
    # of one campaign and one assumption nothing is shared, of one campaign twice its error is
    ends = [
        read_run(folder).summary["intervals"]["potential_value"]
        for folder in (files / "plain", valued.folder)
    ]
    apart = np.hypot(*((each["high"] - each["low"]) / 2 for each in ends))
    assert _width(told) == pytest.approx(apart, rel=1e-3)
    alone = np.sqrt(2) * (ends[1]["high"] - ends[1]["low"]) / 2
    assert _width(same) < 0.98 * alone


def _width(told):
    (step,) = (each for each in told["bridge"]["steps"] if each["key"] == "potential")
    return (step["high"] - step["low"]) / 2

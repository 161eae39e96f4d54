"""Segments with a model each, small ones leaning on the others: from the terminal to the report."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import lifeworth as lw
from lifeworth.cli.main import app
from lifeworth.reports.documents import model_card
from lifeworth.reports.documents.reading import Reading
from lifeworth.value.model import POOLED
from lifeworth.workflows.attributes import MOST_SEGMENTS, _with_few_segments
from lifeworth.workflows.value import value_files

END = "2024-12-31"
SIZES = {"north": 260, "south": 220, "east": 160, "west": 60, "isle": 24}
PACE = {"north": 0.0, "south": 1.2, "east": -0.8, "west": 1.0, "isle": -0.6}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Five regions whose customers buy e^PACE times as often."""
    rng, folder, rows, people = np.random.default_rng(11), tmp_path_factory.mktemp("shop"), [], []
    end = pd.Timestamp(END)
    for region, size in SIZES.items():
        for number in range(size):
            who, age = f"{region}{number:03d}", int(rng.integers(250, 800))
            rate = rng.gamma(1.2, 1 / 90) * np.exp(PACE[region])
            life, mean, day = rng.exponential(1) / rng.gamma(0.9, 1 / 400), rng.gamma(6, 8), 0.0
            people.append((who, region))
            while day < min(life, age):
                when = (end - pd.Timedelta(days=int(age - day))).date().isoformat()
                rows.append((who, when, round(mean * rng.gamma(5, 0.2), 2)))
                day += rng.exponential(1 / rate)
    pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).to_csv(folder / "orders.csv", index=False)
    known = pd.DataFrame(people, columns=["customer", "region"])
    known.iloc[:-1].to_csv(folder / "people.csv", index=False)  # of the last one nothing is known
    return folder


@pytest.fixture(scope="module")
def run(shop):
    return value_files(
        [shop / "orders.csv"], shop / "run", pool_by="region", attributes=shop / "people.csv", model=POOLED
    )


def test_each_segment_has_a_model_and_the_order_of_the_truth(run):
    told = {each["segment"]: each for each in run.summary["model"]["segments"]}
    assert {name: each["customers"] for name, each in told.items()} == {
        **SIZES, "isle": SIZES["isle"] - 1, "unknown": 1
    }  # fmt: skip
    pace = {name: each["params"]["r"] / each["params"]["alpha"] for name, each in told.items()}
    assert pace["south"] > pace["north"] > pace["east"]
    for name in ("south", "east"):
        assert np.log(pace[name] / pace["north"]) == pytest.approx(PACE[name], abs=0.45)
    centre = run.summary["model"]["params"]
    assert set(centre) == {"r", "alpha", "s", "beta"}


def test_its_intervals_hold_its_forecast(run):
    total = run.summary["intervals"]["current_value"]
    assert total["low"] < run.summary["totals"]["current_value"] < total["high"]


def test_the_report_tells_the_segments(run):
    for language in ("en", "zh-Hans", "zh-Hant"):
        blocks = model_card.section(Reading(run, language)).blocks
        [table] = [each for each in blocks if getattr(each, "name", "") == "pooled"]
        assert [row[0] for row in table.rows] == sorted([*SIZES, "unknown"])


def test_the_backtest_at_the_terminal_lets_it_compete_and_it_beats_one_model_for_all(shop):
    asked = ["--pool-by", "region", "--attributes", str(shop / "people.csv"), "--json"]
    result = CliRunner().invoke(app, ["backtest", str(shop / "orders.csv"), *asked])
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout[result.stdout.index("{") :])["backtest"]
    candidates = {each["name"]: each["metrics"] for each in record["candidates"]}
    assert candidates[POOLED]["mae"] < candidates["ParetoNBD"]["mae"]


def test_segments_without_a_file_are_refused(shop):
    with pytest.raises(lw.errors.LifeworthError) as caught:
        lw.value(shop / "orders.csv", pool_by="region")
    assert caught.value.code == "VALUE-071"


def test_segments_that_name_persons_are_refused(shop):
    people = pd.read_csv(shop / "people.csv")
    people["contact"] = people["customer"] + "@example.com"
    with pytest.raises(lw.errors.DataError) as caught:
        lw.value(shop / "orders.csv", pool_by="contact", attributes=people)
    assert caught.value.code == "DATA-303"


def test_the_smallest_of_many_segments_share_one():
    cells = {f"c{number}": f"s{min(number % 40, number // 3)}" for number in range(400)}
    kept = Counter(_with_few_segments(cells).values())
    assert len(kept) == MOST_SEGMENTS + 1
    assert sum(kept.values()) == len(cells)


def test_a_file_that_is_not_there_is_named_also_with_a_scope(shop):
    with pytest.raises(lw.errors.DataError) as caught:
        lw.value(shop / "none.csv", scope="region", attributes=shop / "people.csv")
    assert caught.value.code == "DATA-001"

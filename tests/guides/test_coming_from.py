"""The page for those who come from other libraries: our columns run, and lifetimes' agree."""

import json
import re
import subprocess

import numpy as np
import pandas as pd
import pytest
from bench.environments import peer

from guides.column import totals
from lifeworth.data.samples import CDNOW
from lifeworth.models import BGBB, ParetoNBD
from structure.places import ROOT, blocks

PAGE = ROOT / "docs" / "guides" / "coming_from.md"
ROW = re.compile(r"^\| `(.+?)` \| `(.+?)` \|$", re.MULTILINE)
LOOSE = {"customer_lifetime_value": 0.02, "ParetoNBD": 0.02, "corr": None}  # relative; None: another figure


def rows(part):
    """(old, new) of every row under the heading `## From <part>`."""
    text = PAGE.read_text(encoding="utf-8").split(f"## From {part}\n")[1]
    return ROW.findall(text.split("\n## ")[0])


def split_plots(pairs):
    """The rows to run on both sides, and those of plots, whose left side is a name of lifetimes.plotting."""
    plots = [pair for pair in pairs if pair[0].startswith("plot_")]
    return [pair for pair in pairs if pair not in plots], plots


def named(pair):
    """1.0 where the plot on the left takes these arguments; the peer has no Matplotlib to draw with."""
    name, _, arguments = pair[0].partition("(")
    return f"inspect.signature(lifetimes.plotting.{name}).bind({arguments} and 1.0"


def setup(library):
    (block,) = (each for each in blocks(PAGE, "python") if each.startswith(f"# {library}\n"))
    return block


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the orders and occasions the page speaks of, and we are in it."""
    lines = [line.split() for line in CDNOW.read_text().splitlines() if line.split()[0].isdigit()]
    orders = pd.DataFrame(
        [(each[1], each[2], each[-1]) for each in lines], columns=["customer_id", "date", "amount"]
    )
    orders["date"] = pd.to_datetime(orders["date"]).dt.strftime("%Y-%m-%d")
    orders.to_csv(tmp_path / "orders.csv", index=False)
    made = BGBB.with_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8).simulate(3000, 6, 5)
    made.to_csv(tmp_path / "chances.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_call_of_lifetimes_has_one_of_ours_that_answers_the_same(folder):
    calls, plots = split_plots(rows("lifetimes"))
    old, new = zip(*calls, strict=True)
    assert len(old) > 30
    found = peer("lifetimes")
    assert found.python is not None, found.trouble
    job = folder / "job.json"
    job.write_text(
        json.dumps(
            {
                "setup": setup("lifetimes") + "import inspect, lifetimes.plotting\n",
                "cells": [*old, *map(named, plots)],
            }
        )
    )
    ran = subprocess.run(
        [str(found.python), str(ROOT / "tests" / "guides" / "column.py"), str(job)],
        capture_output=True, text=True, cwd=folder, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    theirs = json.loads(ran.stdout.splitlines()[-1])
    assert theirs[len(old) :] == [1.0] * len(plots)
    ours = totals(setup("lifeworth"), [*new, *(f"len(({ours}).frame) * 1.0" for _, ours in plots)])
    assert min(ours[len(old) :]) > 1
    compared, apart = 0, []
    for line, they, we in zip(old, theirs, ours, strict=False):
        assert (they is None) == (we is None), line
        tolerance = next((value for name, value in LOOSE.items() if name in line), 2e-3)
        if they is not None and tolerance is not None:
            compared += 1
            apart += [(line, they, we)] if we != pytest.approx(they, rel=tolerance) else []
    assert apart == []
    assert compared >= 18


def test_every_call_of_ours_beside_pymc_marketing_runs(folder):
    new = [ours for _, ours in rows("PyMC-Marketing")]
    answers = totals(setup("lifeworth"), new)
    assert len(new) > 15
    assert sum(each is not None for each in answers) >= 8


@pytest.fixture
def apparel(tmp_path, monkeypatch):
    """A folder with files as those of CLVTools' example: who buys more where the channel is 1."""
    rng, first = np.random.default_rng(11), pd.Timestamp("2005-01-02")
    static = pd.DataFrame({"Id": range(1, 241), "Gender": rng.integers(0, 2, 240), "Channel": 0})
    static["Channel"] = rng.integers(0, 2, 240)
    truth = {"r": 1.5, "alpha": 20.0, "s": 0.8, "beta": 20.0, "dropout.Channel": 0.0, "purchase.Channel": 0.7}
    model = ParetoNBD.with_parameters({"covariates": ["Channel"]}, **truth)
    made = model.simulate(240, 104.0, 3, covariates=static[["Channel"]])
    days = [
        np.append(0, np.sort(rng.integers(1, max(int(each.recency * 7), 2), max(int(each.frequency) - 1, 0))))
        for each in made.itertuples()
    ]
    last = [[int(each.recency * 7)] if each.frequency else [] for each in made.itertuples()]
    bought = [
        (who, first + pd.Timedelta(days=int(day)))
        for who, *past in zip(static["Id"], days, last, strict=True)
        for day in np.concatenate(past)
    ]
    trans = pd.DataFrame(bought, columns=["Id", "Date"])
    trans.assign(Price=rng.gamma(3.0, 10.0, len(trans)).round(2)).to_csv(tmp_path / "trans.csv", index=False)
    static.to_csv(tmp_path / "static.csv", index=False)
    weeks = pd.DataFrame({"Cov.Date": pd.date_range(first, periods=135, freq="7D")})
    weeks["High.Season"] = (weeks.index % 52 > 40).astype(int)
    static.merge(weeks, how="cross").to_csv(tmp_path / "weekly.csv", index=False)
    monkeypatch.chdir(tmp_path)


def test_every_call_of_ours_beside_clvtools_runs(apparel):
    new = [ours for _, ours in rows("CLVTools")]
    answers = totals(setup("beside CLVTools"), new)
    assert len(new) > 15
    assert sum(each is not None for each in answers) >= 8

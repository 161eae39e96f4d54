"""90 % predictive intervals hold nine customers in ten, for every model of the catalogue, new ones too."""

import re
from pathlib import Path

import numpy as np
import pytest

from models import coverage_worlds as worlds

GUIDE = Path(__file__).resolve().parents[2] / "docs/guides/uncertainty.md"
QUICK = [name for name in worlds.names() if name not in worlds.SLOW]


def rows():
    """The table of the guide: name -> its figures as numbers."""
    found = {}
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] in worlds.names():
            found[cells[0]] = [
                float(re.sub(r" %.*", "", cell)) if "%" in cell else None for cell in cells[1:]
            ]
    return found


@pytest.mark.parametrize("name", QUICK)
def test_nine_customers_in_ten_are_held_in_worlds_of_the_model(name):
    """12 worlds of 400: three Monte-Carlo errors are 1.3 points, and the parameters add theirs."""
    found = worlds.simulated(name, 12, 400, seed=3)
    assert found.worlds >= 10
    assert 0.88 <= found.customers <= 0.92
    assert found.totals > 0.9 - 4 * np.sqrt(0.09 / found.worlds)


@pytest.mark.slow
@pytest.mark.parametrize("name", worlds.names())
def test_customers_and_totals_are_held_as_the_guide_says(name):
    """Where a posterior takes seconds, the first four of the guide's worlds: three errors more apart."""
    many = 4 if name in worlds.SLOW else worlds.size_of(name)
    found, told = worlds.simulated(name, many, worlds.customers_of(name)), rows()[name]
    error = np.sqrt(0.09 / (many * worlds.customers_of(name))) if name in worlds.SLOW else 0.0
    assert 0.88 - 3 * error <= found.customers <= 0.92 + 3 * error
    assert abs(found.totals - 0.9) < 3 * np.sqrt(0.09 / found.worlds)
    assert 100 * found.customers == pytest.approx(told[0], abs=0.6 + 300 * error)
    if many == worlds.size_of(name):
        assert 100 * found.totals == pytest.approx(told[1], abs=100 * 3 / found.worlds)


def test_the_guide_tells_the_coverage_of_every_model():
    """A model that is new: `.venv/bin/python tools/coverage.py NAME`."""
    told = rows()
    assert list(told) == worlds.names()
    assert all(88 <= figures[0] <= 92 for figures in told.values())


@pytest.mark.parametrize("name", [name for name in QUICK if worlds.has_holdout(name)])
def test_real_holdouts_are_held_as_the_guide_says(name):
    found, told = worlds.real(name), rows()[name]
    assert [100 * each for each in found] == pytest.approx(told[2:], abs=1.0)


def test_the_judge_says_no_to_intervals_too_narrow_or_too_wide():
    rng = np.random.default_rng(1)
    rate = rng.gamma(2.0, 2.0, 4_000)
    happened = rng.poisson(rate)
    honest = rng.poisson(rate[:, None], (4_000, worlds.DRAWS))
    sure = np.repeat(np.round(rate)[:, None], worlds.DRAWS, axis=1)
    unsure = rng.poisson(rate[:, None] * rng.gamma(0.5, 2.0, (4_000, worlds.DRAWS)))
    shares = [worlds.judged(draws, happened, rng)[0] for draws in (honest, sure, unsure)]
    assert shares[0] == pytest.approx(0.9, abs=0.015)
    assert shares[1] < 0.8
    assert shares[2] > 0.92


def test_every_model_of_the_catalogue_is_asked():
    for name in worlds.names():
        assert callable(worlds.family_of(name))

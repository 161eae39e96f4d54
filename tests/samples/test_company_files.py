"""The club's, the vans' and the campaign's files say in each language what the simulation knows."""

import csv

import numpy as np
import pytest

from lifeworth.data.campaigns import read_campaigns
from lifeworth.data.contracts.subscribers import read_subscribers
from lifeworth.data.samples.company import write_company
from lifeworth.data.samples.company.club import PAUSED
from lifeworth.data.samples.company.files import customer_key
from lifeworth.data.samples.company.words import WORDS
from lifeworth.data.samples.company.world import DAYS, FIRST_DAY
from lifeworth.data.vehicles import vehicle_averages
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.value.calculator.calculate import calculate

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
LAST = FIRST_DAY + DAYS - 1


@pytest.fixture(scope="module", params=LANGUAGES)
def files(request, tmp_path_factory):
    return write_company(tmp_path_factory.mktemp(request.param), request.param, seed=5, customers=3000)


def rows_of(path, encoding):
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))[1:]


def test_the_club_is_read_to_the_cent_with_its_pauses_and_add_ons(files):
    club = files.beside.club
    found = read_subscribers(str(files.subscriptions), LAST, DuckDBEngine())
    assert found.rejected.num_rows == 0
    assert len(found) == len(files.beside.member)
    assert found.bills.cents.sum() == club.fee()[club.day <= LAST].sum()
    last = (club.day <= LAST).sum(axis=1) - 1
    state = club.state[np.arange(len(last)), last]
    told = {name: int((found.state == name).sum()) for name in ("active", "paused", "churned")}
    on = (state >= 0) & (state < PAUSED)
    assert told == {
        "active": on.sum(), "paused": (state == PAUSED).sum(), "churned": (state < 0).sum(),
    }  # fmt: skip
    extras = club.extra[np.arange(len(last)), last] & on
    assert sum(bool(names) for names in found.add_ons) == extras.sum()


def test_the_club_shows_its_moves_of_plans_and_its_leaving_within_three_standard_errors(files):
    found = read_subscribers(str(files.subscriptions), LAST, DuckDBEngine())
    p, chain = files.beside.club.parameters, PlanMarkov().fit(*found.learning.moves[1])
    away = chain.counts_[chain.states_.index("paused")]
    for state, truth in (("churned", p.leaves_paused), ("paused", 1 - p.resumes - p.leaves_paused)):
        error = np.sqrt(truth * (1 - truth) / away.sum())
        assert abs(away[chain.states_.index(state)] / away.sum() - truth) < 3 * error, state
    pauses = moved = 0
    for plan in set(chain.states_) - {"paused", "churned"}:
        row = chain.counts_[chain.states_.index(plan)]
        pauses += row[chain.states_.index("paused")]
        moved += row.sum() - row[chain.states_.index("churned")]
    truth = p.moves[0][3]
    assert abs(pauses / moved - truth) < 3 * np.sqrt(truth * (1 - truth) / moved)


def test_the_traditional_club_is_written_in_big5(files):
    if files.currency == "TWD":
        assert "客戶編號" in files.subscriptions.read_bytes().decode("big5")
    else:
        assert files.subscriptions.read_bytes().decode(WORDS[language_of(files)].encoding)


def language_of(files):
    return next(name for name, words in WORDS.items() if words.currency == files.currency)


def test_the_vans_average_to_their_truth_and_fill_the_automotive_template(files):
    vans, found = files.beside.vehicles, vehicle_averages(str(files.vehicles))
    p, size = vans.parameters, len(vans.owner)
    assert (found.vehicles, found.owners) == (size, size)
    spread = np.sqrt(np.expm1(p.price_spread**2) / size)
    assert abs(found.inputs["vehicle_price"] * 100 / p.price - 1) < 3 * spread
    years = (DAYS - vans.bought) / 365.25
    error = np.sqrt(np.expm1(p.service_spread**2) * (years**2).sum()) / years.sum()
    assert abs(found.inputs["parts_service_per_year"] * 100 / p.service_per_year - 1) < 3 * error
    truth = p.financed_share * p.interest_share * p.price
    around = (
        p.interest_share
        * p.price
        * np.sqrt(p.financed_share * (1 - p.financed_share + p.price_spread**2) / size)
    )
    assert abs(found.inputs["interest_per_vehicle"] * 100 - truth) < 3 * around
    filled = calculate("automotive", **found.inputs)
    assert filled.inputs["vehicle_price"] == pytest.approx(vans.price.mean() / 100, abs=0.01)


def test_the_arms_of_the_campaign_differ_by_the_true_uplift(files):
    rows = rows_of(files.campaign, WORDS[language_of(files)].encoding)
    company = files.company
    assert len(rows) == company.member.sum()
    assert {row[2] for row in rows} == {"2024-07-05"}
    assert all(bool(row[3]) == (row[4] == "B") for row in rows)
    arm, responded = np.array([row[4] for row in rows]), np.array([int(row[5]) for row in rows])
    low, high = responded[arm == "A"].mean(), responded[arm == "B"].mean()
    error = np.sqrt(low * (1 - low) / (arm == "A").sum() + high * (1 - high) / (arm == "B").sum())
    assert abs(high - low - company.uplift[company.member].mean()) < 3 * error
    spent = np.array([float(row[6]) for row in rows])
    assert (spent[responded == 0] == 0).all()
    assert spent[arm == "B"].mean() > 0


def test_the_campaign_is_read_as_it_was_drawn(files):
    (lot,) = read_campaigns(str(files.campaign), DuckDBEngine()).campaigns
    company, words = files.company, WORDS[language_of(files)]
    keys = [customer_key(row, language_of(files)) for row in np.flatnonzero(company.member)]
    assert (lot.name, lot.arms, lot.objective, lot.two_arms) == (words.offer[0], ["A", "B"], None, 0)
    drawn = dict(zip(lot.customers, lot.arm.tolist(), strict=True))
    assert [drawn[key] for key in keys] == company.treated[company.member].astype(int).tolist()
    assert set(lot.day.tolist()) == {FIRST_DAY + company.parameters.campaign_day}
    assert (lot.offered == (lot.arm == 1)).all()

"""The sample company: its hidden truth is recovered from what it shows, and its files reconcile."""

import numpy as np
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from lifeworth.data.samples.company import simulate_company, write_company
from lifeworth.data.samples.company.beside import simulate_beside
from lifeworth.data.samples.company.files import cost_entries
from lifeworth.data.samples.company.world import DAYS, FIRST_DAY
from lifeworth.data.sources.read import read_orders
from lifeworth.models.purchase.pareto_nbd import ParetoNBD
from lifeworth.workflows.demo import value_company

LANGUAGES = ("en", "zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def company():
    return simulate_company(6000, 3)


def test_referrals_show_the_reproduction_number_within_three_standard_errors(company):
    p = company.parameters
    seen = -np.expm1(-(DAYS - company.joined) / p.referral_delay_days)  # share of recruits who came in time
    referred = company.parent >= 0
    estimate = referred.sum() / seen.sum()
    mean = p.reproduction * seen
    error = np.sqrt((mean + mean**2 / p.reproduction_shape).sum()) / seen.sum()
    assert error < 0.02
    assert abs(estimate - p.reproduction) < 3 * error
    assert (company.joined[referred] > company.joined[company.parent[referred]]).all()


def test_the_two_arms_differ_by_the_true_uplift(company):
    control, treated = company.member & ~company.treated, company.treated
    low, high = company.responded[control].mean(), company.responded[treated].mean()
    error = np.sqrt(low * (1 - low) / control.sum() + high * (1 - high) / treated.sum())
    truth = company.uplift[company.member].mean()
    assert truth > 3 * error
    assert high > low
    assert abs(high - low - truth) < 3 * error


def test_repeat_orders_come_at_the_hidden_rates(company):
    expected = (company.rate * np.minimum(company.lifetime, DAYS - company.joined)).sum()
    pushed = company.uplift[company.treated].sum()
    repeats = len(company.buyer) - len(company)
    assert abs(repeats - expected - pushed) < 4 * np.sqrt(expected + pushed)


def test_pareto_nbd_forecasts_the_true_orders_of_the_next_year(company):
    """Within a tenth of the total that only the simulation knows."""
    last = np.zeros(len(company))
    np.maximum.at(last, company.buyer, company.day.astype(float))
    joined = company.joined.astype(np.int64)
    frequency = np.bincount(company.buyer, minlength=len(company)) - 1
    recency = np.where(frequency > 0, np.maximum(last - joined, 1), 0).astype(np.int64)
    data = {"frequency": frequency, "recency": recency, "T": DAYS - joined}
    forecast = ParetoNBD().fit(data).expected_purchases(data, 365).sum()
    assert forecast == pytest.approx(company.expected_orders.sum(), rel=0.10)


@pytest.fixture(scope="module")
def beside(company):
    return simulate_beside(company, 3)


def test_unhappy_customers_complain_more_by_the_hidden_factor(company, beside):
    p = beside.parameters
    days = np.minimum(company.lifetime, DAYS - company.joined)
    counts = np.bincount(beside.case_of, minlength=len(company))
    rate = p.cases_per_day * days
    slope = p.case_mood  # one Newton step of the Poisson likelihood from the truth moves it by chance only
    expected = rate * np.exp(slope * beside.mood)
    step = ((counts - expected) * beside.mood).sum() / (expected * beside.mood**2).sum()
    error = 1 / np.sqrt((expected * beside.mood**2).sum())
    assert error < 0.02
    assert abs(step) < 3 * error


def test_mood_goes_with_staying_and_answers_with_mood(company, beside):
    rank = np.argsort(np.argsort(company.exit_rate))
    assert np.corrcoef(rank, beside.mood)[0, 1] == pytest.approx(-beside.parameters.mood_weight, abs=0.03)
    assert abs(beside.mood.mean()) < 0.05
    assert beside.mood.std() == pytest.approx(1, abs=0.03)
    for answers in beside.answers.values():
        assert np.corrcoef(beside.mood[beside.who], answers)[0, 1] > 0.5
    assert (company.joined[beside.who] + company.lifetime[beside.who] > beside.day).all()


def test_households_have_two_to_four_who_share_nobody(company, beside):
    members = np.bincount(beside.household[beside.household >= 0])
    assert set(members.tolist()) <= {2, 3, 4}
    assert (beside.household >= 0).mean() == pytest.approx(beside.parameters.household_share, abs=0.01)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_importer_reads_the_files_to_the_cent(language, tmp_path):
    files = write_company(tmp_path, language, customers=400)
    orders = read_orders(str(files.orders), currency=files.currency)
    assert round(orders.report.net * 100) == files.company.net_sales
    assert orders.report.files[0].preset == {"en": "shopify", "zh-Hans": "tmall"}.get(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_same_seed_same_bytes_and_another_seed_others(language, tmp_path):
    one, two, other = (
        write_company(tmp_path / name, language, seed, 200) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    names = sorted(path.name for path in one.orders.parent.iterdir())
    assert len(names) == 14
    for name in names:
        assert (one.orders.parent / name).read_bytes() == (two.orders.parent / name).read_bytes()
    assert one.orders.read_bytes() != other.orders.read_bytes()


def test_the_truth_has_one_row_per_customer(tmp_path):
    files = write_company(tmp_path, "en", customers=200)
    truth, customers = pq.read_table(files.truth), pacsv.read_csv(files.customers)
    assert truth["customer_id"].to_pylist() == customers["customer id"].to_pylist()
    assert truth.num_rows == len(files.company)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_valued_whole_with_costs_goods_and_referrals(language, tmp_path):
    summary = value_company(tmp_path, language=language, customers=400).summary
    totals = summary["totals"]
    parts = [totals[f"{part}_value"] for part in ("historical", "current", "potential")]
    assert sum(round(100 * part) for part in parts) == round(100 * totals["lifetime_value"])
    assert summary["value_basis"] == "contribution_margin"
    codes = {finding["code"] for finding in summary["findings"]}
    assert not codes & {"referrals_nobody", "referral_backwards", "costs_kind_unknown"}
    written = [0, 0, 0]
    for kind, minor, _, _ in cost_entries(simulate_company(400)):
        written[kind] += minor
    assert [round(100 * summary["costs"][kind]) for kind in ("acquisition", "fulfilment", "fees")] == written
    company = simulate_company(400)
    cases = simulate_beside(company, 7)
    never = set(range(len(company))) - set(company.buyer[~(company.refunded | company.cancelled)].tolist())
    spent = cases.case_minutes * cases.parameters.minute_cost
    # customers without an order that counts have no row, unless they are in the club
    theirs = np.isin(cases.case_of, list(never - set(cases.member.tolist())))
    assert round(100 * summary["costs"]["service"]) == spent[~theirs].sum()
    assert summary["acquisition"]["total"]["spend"] == written[0] / 100
    assert summary["surveys"]["respondents"] > 100
    assert summary["subscriptions"]["customers"] == len(cases.member)
    paid = cases.club.fee()[cases.club.day < FIRST_DAY + DAYS].sum()
    assert round(100 * summary["subscriptions"]["paid_beside_orders"]) == paid

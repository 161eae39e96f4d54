"""Histories of subscriptions are read to the cent, whichever way a file tells them, and show the truth."""

import numpy as np
import pyarrow as pa
import pytest

from contracts import clubs
from lifeworth.base.errors import DataError
from lifeworth.data.contracts.subscribers import read_subscribers
from lifeworth.data.samples.company.club import PAUSED
from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric
from lifeworth.value.mrr import mrr_bridge


@pytest.fixture(scope="module")
def club():
    return clubs.club(1500, 4)


@pytest.fixture(scope="module")
def found(club):
    return clubs.subscribers(club)


def read(rows, day=clubs.TODAY):
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    return read_subscribers(table, day, DuckDBEngine())


def test_bills_are_what_each_member_paid_to_the_cent(club, found):
    billed = np.zeros(len(found), np.int64)
    np.add.at(billed, found.bills.sub, found.bills.cents)
    assert billed.tolist() == clubs.paid(club).tolist()
    assert billed.sum() > 100_000


def test_a_member_is_on_a_plan_paused_or_gone_as_in_truth(club, found):
    last = (club.day <= clubs.TODAY).sum(axis=1) - 1
    state = club.state[np.arange(len(last)), last]
    truth = np.where(state < 0, "churned", np.where(state == PAUSED, "paused", "active"))
    assert found.state.tolist() == truth.tolist()
    assert {"active", "paused", "churned"} == set(truth)
    on = truth == "active"
    fee = club.fee()[np.arange(len(last)), last]
    assert found.charge[on].tolist() == fee[on].tolist()


def test_the_bridge_adds_up_and_ends_at_what_is_charged_now(found):
    bridge = mrr_bridge(found.monthly)
    change = bridge.new + bridge.reactivation + bridge.expansion - bridge.contraction - bridge.churn
    assert (bridge.start + change == bridge.end).all()
    assert (bridge.end[:-1] == bridge.start[1:]).all()
    assert bridge.end[-1] == found.charge[found.state == "active"].sum()
    assert bridge.reactivation.sum() > 0


def test_plan_moves_lie_within_three_standard_errors_of_the_truth(club, found):
    chain = PlanMarkov(prior=0.2).fit(*found.learning.moves[1])
    names, p = [*clubs.PLANS, "paused"], club.parameters
    for row, name in enumerate(clubs.PLANS):
        counts = np.array([chain.counts_[chain.states_.index(name), chain.states_.index(to)] for to in names])
        stayed, truth = counts.sum(), np.array(p.moves[row])
        error = np.sqrt(truth * (1 - truth) / stayed)
        assert (np.abs(counts / stayed - truth) < 3 * error).all(), name
    away = chain.counts_[chain.states_.index("paused")]
    for to, truth in (("paused", 1 - p.resumes - p.leaves_paused), ("churned", p.leaves_paused)):
        share = away[chain.states_.index(to)] / away.sum()
        assert abs(share - truth) < 3 * np.sqrt(truth * (1 - truth) / away.sum()), to


def test_leaving_shows_the_hidden_beta_where_nobody_pauses_or_returns():
    """Within three standard errors. Who pauses ages at no risk, and who returns brings his chance along."""
    steady = tuple((*row[:3], 0.0) for row in clubs.ClubParameters().moves)
    p = clubs.ClubParameters(moves=steady, returns=(0.0, 0.0))
    model = ShiftedBetaGeometric().fit(clubs.subscribers(clubs.club(4000, 8, p)).learning.tenures)
    for name, truth in (("alpha", p.alpha), ("beta", p.beta)):
        error = model.standard_errors_[name] / model.params_[name]
        assert abs(np.log(model.params_[name] / truth)) < 3 * error, name


def test_pauses_are_no_leaving(club, found):
    left = sum(state == "churned" for state in found.learning.moves[1][1])
    last = (club.day <= clubs.TODAY).sum(axis=1)
    truth = sum(
        int(((row[1:k] < 0) & (row[: k - 1] >= 0)).sum()) for row, k in zip(club.state, last, strict=True)
    )
    assert left == truth


def test_events_and_months_tell_the_same_as_periods():
    by_period = [
        {"customer": "a", "plan": "S", "start": "2024-01-10", "end": "2024-04-10", "mrr": 10},
        {"customer": "a", "plan": "L", "start": "2024-04-10", "end": "2024-06-10", "mrr": 20},
        {"customer": "a", "plan": "L", "start": "2024-06-10", "end": "2024-08-10", "mrr": 20,
         "status": "paused"},
        {"customer": "a", "plan": "L", "start": "2024-08-10", "end": None, "mrr": 20},
        {"customer": "b", "plan": "S", "start": "2024-03-10", "end": "2024-05-10", "mrr": 10},
    ]  # fmt: skip
    by_event = [
        {"customer": "a", "date": "2024-01-10", "event": "start", "plan": "S", "mrr": 10},
        {"customer": "a", "date": "2024-04-10", "event": "upgrade", "plan": "L", "mrr": 20},
        {"customer": "a", "date": "2024-06-10", "event": "pause", "plan": None, "mrr": None},
        {"customer": "a", "date": "2024-08-10", "event": "resume", "plan": None, "mrr": None},
        {"customer": "b", "date": "2024-03-10", "event": "start", "plan": "S", "mrr": 10},
        {"customer": "b", "date": "2024-05-10", "event": "cancel", "plan": None, "mrr": None},
    ]
    months = [("a", m, "S" if m < 4 else "L", "paused" if m in (6, 7) else "active") for m in range(1, 13)]
    months += [("b", 3, "S", "active"), ("b", 4, "S", "active")]
    by_month = [
        {"customer": who, "month": f"2024-{m:02d}-10", "plan": plan, "status": status,
         "mrr": 10 if plan == "S" else 20}
        for who, m, plan, status in months
    ]  # fmt: skip
    one, *others = (read(rows) for rows in (by_period, by_event, by_month))
    assert one.bills.cents.tolist() == [1000] * 3 + [2000] * 2 + [2000] * 5 + [1000] * 2
    for other in others:
        assert other.bills.day.tolist() == one.bills.day.tolist()
        assert other.bills.cents.tolist() == one.bills.cents.tolist()
        assert (other.state.tolist(), other.plan, other.age.tolist()) == (
            one.state.tolist(), one.plan, one.age.tolist(),
        )  # fmt: skip
        assert other.monthly.tolist() == one.monthly.tolist()


def test_an_annual_contract_is_billed_once_a_year_and_counts_a_twelfth_a_month():
    found = read(
        [
            {
                "customer": "a",
                "plan": "Y",
                "start": "2022-05-01",
                "end": None,
                "price": 1200,
                "interval": "annual",
            }
        ]
    )
    assert found.bills.cents.tolist() == [120_000] * 3
    assert found.charge.tolist() == [10_000]
    assert found.monthly[0, -1] == 10_000
    assert found.renewal.tolist() == [np.datetime64("2025-05-01").astype(int)]


def test_what_comes_after_the_as_of_day_is_not_known():
    rows = [
        {"customer": "a", "plan": "S", "start": "2024-01-10", "end": "2025-03-10", "mrr": 10},
        {"customer": "b", "plan": "S", "start": "2025-01-10", "end": None, "mrr": 10},
    ]
    found = read(rows)
    assert (found.customers, found.state.tolist()) == (["a"], ["active"])


def test_a_column_written_by_hindsight_is_left_out_and_told(club):
    table = clubs.periods(club)
    left = [end is not None and status == "active" for end, status in
            zip(table["end"].to_pylist(), table["status"].to_pylist(), strict=True)]  # fmt: skip
    usage = np.random.default_rng(1).integers(1, 40, table.num_rows)
    told = table.append_column("cancel reason", pa.array(["price" if each else "" for each in left]))
    told = told.append_column("logins", pa.array(usage))
    found = read_subscribers(told, clubs.TODAY, DuckDBEngine())
    assert ("cancel reason", "told") in found.learning.covariates.left_out
    assert "logins" in found.learning.covariates.numbers
    assert "contracts.leakage" in {finding.code for finding in found.findings}


def test_rows_that_cannot_be_used_are_rejected_with_their_reason():
    rows = [
        {"customer": "a", "plan": "S", "start": "2024-01-10", "end": None, "mrr": 10, "status": "active"},
        {"customer": "b", "plan": "S", "start": "2024-01-10", "end": None, "mrr": 10, "status": "cancelled"},
        {"customer": "c", "plan": "S", "start": "2024-03-10", "end": "2024-01-10", "mrr": 10, "status": ""},
        {"customer": "d", "plan": "S", "start": "2024-03-10", "end": None, "mrr": -5, "status": ""},
    ]
    found = read(rows)
    assert found.rejected["reason"].to_pylist() == ["no_end", "ends_before_it_starts", "negative_price"]
    with pytest.raises(DataError, match="DATA-341"):
        read(rows[1:])


def test_flags_beside_dates_are_read_and_told_where_they_differ():
    rows = [
        {"customer": who, "plan tier": "S", "start": "2024-01-10", "end": end, "mrr amount": paid,
         "churn flag": flag, "is trial": trial}
        for who, end, paid, flag, trial in (
            ("a", None, 10, "False", "False"), ("b", "2024-05-10", 10, "True", "False"),
            ("c", "2024-06-10", 10, "False", "False"), ("d", None, 10, "True", "False"),
            ("e", None, 0, "False", "True"),
        )
    ]  # fmt: skip
    found = read(rows)
    assert found.rejected["reason"].to_pylist() == ["no_end"]
    assert found.state.tolist() == ["active", "churned", "churned"]
    assert found.counts["trials"] == 1
    told = {finding.code: finding.facts for finding in found.findings}
    assert told["contracts.ended_but_here"]["count"] == 1


def test_a_single_plan_is_left_out_and_told_as_in_a_file_of_accounts():
    rows = [
        {"customer": f"m{each}", "plan": "S", "start": f"2024-0{1 + each % 6}-10", "mrr": 10,
         "end": None if each % 3 else "2024-10-10"} for each in range(40)
    ]  # fmt: skip
    assert ("plan", "one") in read(rows).learning.covariates.left_out

"""Who is assigned to whom: drafted, applied, undone; teams; what is left of an erased customer."""

import datetime

import pytest
import sqlalchemy as sa

from lifeworth.store import accounts, assignments
from lifeworth.store.tables import assignment_changes

START = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
A, B, C = ("000000000000000a", "000000000000000b", "000000000000000c")


@pytest.fixture
def people(database):
    with database.begin() as connection:
        made = {
            name: accounts.add_user(
                connection, login=name, name=name, password="a long password", role="service", now=START
            )
            for name in ("ann", "ben", "cleo")
        }
        for name in ("ann", "ben"):
            accounts.change_user(connection, made[name], team="north", sees="team")
    return made


def draft(connection, wanted, **more):
    return assignments.draft_batch(connection, wanted, kind="rows", by="user:1", now=START, **more)


def give(database, wanted):
    with database.begin() as connection:
        batch = draft(connection, wanted)
        return assignments.apply_batch(connection, batch["id"], START)["id"]


def held(database, ref):
    with database.read() as connection:
        found = assignments.assigned_to(connection, ref)
    return found and found["login"]


def test_a_draft_tells_what_would_change_and_changes_nothing(database, people):
    give(database, {A: people["ann"]})
    with database.begin() as connection:
        wanted = {A: people["ann"], B: people["ann"], C: None}
        batch = draft(connection, wanted, unmatched=[{"row": 4, "customer": "x"}])
    assert batch["counts"] == {"matched": 3, "changed": 1, "unmatched": 1}
    assert (held(database, A), held(database, B)) == ("ann", None)
    with database.begin() as connection:
        assert assignments.drop_draft(connection, batch["id"])
        assert not assignments.drop_draft(connection, batch["id"])
        assert assignments.apply_batch(connection, batch["id"], START) is None


def test_an_applied_batch_moves_customers_and_forgets_what_it_could_not_match(database, people):
    give(database, {A: people["ann"], B: people["ann"]})
    with database.begin() as connection:
        wanted = {A: people["ben"], B: None, C: people["cleo"]}
        batch = draft(connection, wanted, unmatched=[{"row": 2, "customer": "x"}])
        done = assignments.apply_batch(connection, batch["id"], START)
        assert assignments.apply_batch(connection, batch["id"], START) is None
    assert done["unmatched"] is None
    assert [held(database, ref) for ref in (A, B, C)] == ["ben", None, "cleo"]
    with database.read() as connection:
        assert assignments.counts_of(connection) == {people["ben"]: 1, people["cleo"]: 1}
        assert assignments.applied_batches(connection)[0]["id"] == batch["id"]


def test_undoing_gives_back_who_was_there_except_where_somebody_moved_on(database, people):
    give(database, {A: people["ann"], B: people["ann"]})
    second = give(database, {A: people["ben"], B: people["ben"], C: people["ben"]})
    give(database, {B: people["cleo"]})
    with database.begin() as connection:
        undone = assignments.undo_batch(connection, second, START)
        assert assignments.undo_batch(connection, second, START) is None
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (2, 1)
    assert [held(database, ref) for ref in (A, B, C)] == ["ann", "cleo", None]


def undo(database, batch):
    with database.begin() as connection:
        return assignments.undo_batch(connection, batch, START)["counts"]


def test_undoing_oldest_first_ends_with_who_was_there_before_both(database, people):
    give(database, {A: people["cleo"]})
    first, second = give(database, {A: people["ann"]}), give(database, {A: people["ben"]})
    assert undo(database, first)["kept"] == 1
    assert held(database, A) == "ben"
    assert undo(database, second)["undone"] == 1
    assert held(database, A) == "cleo"


def test_undoing_leaves_what_a_later_batch_said_again(database, people):
    first = give(database, {A: people["ann"]})
    give(database, {A: people["ben"]})
    give(database, {A: people["ann"]})
    assert undo(database, first)["kept"] == 1
    assert held(database, A) == "ann"


def test_of_two_drafts_that_say_the_same_the_second_changes_nothing(database, people):
    with database.begin() as connection:
        drafts = [draft(connection, {A: people["ann"]})["id"] for _ in range(2)]
        done = [assignments.apply_batch(connection, each, START) for each in drafts]
    assert [each["counts"]["changed"] for each in done] == [1, 0]


def test_a_draft_is_good_for_a_day(database, people):
    later = START + datetime.timedelta(hours=assignments.DRAFT_HOURS, seconds=1)
    with database.begin() as connection:
        old = draft(connection, {A: people["ann"]})
        assert assignments.apply_batch(connection, old["id"], later) is None
        assignments.drop_drafts(connection, later)
        assert assignments.batch_of(connection, old["id"]) is None


def test_undoing_takes_back_what_was_given_to_nobody(database, people):
    give(database, {A: people["ann"]})
    second = give(database, {A: None})
    assert held(database, A) is None
    with database.begin() as connection:
        assignments.undo_batch(connection, second, START)
    assert held(database, A) == "ann"


def test_a_team_sees_what_its_members_hold_and_nobody_else_does(database, people):
    give(database, {A: people["ann"], B: people["ben"], C: people["cleo"]})
    with database.read() as connection:
        assert assignments.refs_of(connection, people["ann"]) == [A]
        assert set(assignments.refs_of(connection, people["ann"], "north")) == {A, B}
        assert assignments.refs_of(connection, people["cleo"], "") == [C]


def test_every_change_of_who_sees_whom_changes_the_state(database, people):
    seen = []

    def look():
        with database.read() as connection:
            seen.append(assignments.state_of(connection))

    look()
    batch = give(database, {A: people["ann"]})
    look()
    with database.begin() as connection:
        assignments.undo_batch(connection, batch, START)
    look()
    with database.begin() as connection:
        accounts.change_user(connection, people["cleo"], team="north")
    look()
    assert len(set(seen)) == 4


def test_an_erased_customer_is_in_no_assignment_and_no_undo_brings_it_back(database, people):
    give(database, {A: people["ann"]})
    second = give(database, {A: people["ben"]})
    with database.begin() as connection:
        waiting = draft(connection, {}, unmatched=[{"row": 2, "customer": "ann@example.com"}])
        assignments.forget_customer(connection, A)
        assert assignments.batch_of(connection, waiting["id"])["unmatched"] is None
        assignments.undo_batch(connection, second, START)
        left = connection.execute(sa.select(sa.func.count()).select_from(assignment_changes)).scalar_one()
    assert (held(database, A), left) == (None, 0)


def test_old_drafts_are_dropped_when_a_new_one_is_made(database, people):
    with database.begin() as connection:
        old = draft(connection, {A: people["ann"]})
        later = START + datetime.timedelta(hours=assignments.DRAFT_HOURS, seconds=1)
        assignments.draft_batch(connection, {B: None}, kind="rows", by="", now=later)
        assert assignments.batch_of(connection, old["id"]) is None

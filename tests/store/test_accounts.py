"""People, sessions, tokens and keys; the audit log."""

import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from lifeworth.store import accounts, audit
from lifeworth.store.audit import broken_at, broken_lately, write_audit
from lifeworth.store.options import all_options
from lifeworth.store.tables import api_keys, audit_events, sessions, users

START = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def user_id(database):
    with database.begin() as connection:
        return accounts.add_user(
            connection,
            login="Ann@Example.com",
            name="Ann",
            password="a long password",
            role="owner",
            now=START,
        )


def test_a_login_is_one_whatever_its_capitals(database, user_id):
    with database.read() as connection:
        assert accounts.user_by_login(connection, " ann@EXAMPLE.com ")["id"] == user_id
    with pytest.raises(IntegrityError), database.begin() as connection:
        accounts.add_user(
            connection, login="ANN@example.com", name="", password="x", role="viewer", now=START
        )


def test_a_password_is_kept_as_argon2_and_fits_only_itself(database, user_id):
    with database.read() as connection:
        user = accounts.user_by_id(connection, user_id)
    assert user["password_hash"].startswith("$argon2id$")
    assert accounts.password_fits(user, "a long password")
    assert not accounts.password_fits(user, "a long passwore")
    assert not accounts.password_fits(None, "nobody has this password")


def test_no_secret_is_kept_as_it_is(database, user_id):
    with database.begin() as connection:
        secret = accounts.open_session(connection, user_id, ip="", agent="", now=START)
        _, key = accounts.add_key(
            connection, name="k", user_id=user_id, scopes=None, expires_at=None, now=START
        )
        kept = [str(dict(row)) for table in (users, sessions, api_keys)
                for row in connection.execute(sa.select(table)).mappings()]  # fmt: skip
    assert not any(hidden in row for row in kept for hidden in (secret, key.partition(".")[2], "a long"))


def test_a_session_ends_by_time_by_hand_and_with_a_new_password(database, user_id):
    with database.begin() as connection:
        first, second, third = (
            accounts.open_session(connection, user_id, ip="", agent="", now=START) for _ in range(3)
        )
        found = accounts.session_user(connection, first, START + DAY)
        assert found["id"] == user_id
        assert accounts.session_user(connection, first, START + 15 * DAY) is None
        assert accounts.revoke_session(connection, found["session_id"], user_id, START)
        assert accounts.session_user(connection, first, START) is None
        assert accounts.session_user(connection, second, START) is not None
        assert accounts.change_user(connection, user_id, 1, password="another password")
        assert accounts.session_user(connection, second, START) is None
        assert accounts.session_user(connection, third, START) is None


def test_a_token_works_once_and_not_too_late(database):
    with database.begin() as connection:
        old = accounts.issue_token(connection, "first_owner", START)
        token = accounts.issue_token(connection, "first_owner", START)
        assert not accounts.use_token(connection, old, "first_owner", START)
        assert not accounts.use_token(connection, token, "other", START)
        assert not accounts.use_token(connection, token, "first_owner", START + 3 * DAY)
        assert accounts.use_token(connection, token, "first_owner", START)
        assert not accounts.use_token(connection, token, "first_owner", START)


def test_a_key_carries_its_scopes_expires_and_can_be_revoked(database, user_id):
    with database.begin() as connection:
        key_id, key = accounts.add_key(
            connection, name="k", user_id=user_id, scopes=["runs:read"], expires_at=START + DAY, now=START
        )
        found = accounts.key_user(connection, key, START)
        assert (found["id"], found["scopes"], found["key_id"]) == (user_id, ["runs:read"], key_id)
        assert accounts.key_user(connection, key + "x", START) is None
        assert accounts.key_user(connection, key, START + 2 * DAY) is None
        assert accounts.revoke_key(connection, key_id, START)
        assert accounts.key_user(connection, key, START) is None


def test_changes_of_a_row_that_moved_on_are_refused(database, user_id):
    with database.begin() as connection:
        assert accounts.change_user(connection, user_id, 1, name="Anna")
        assert not accounts.change_user(connection, user_id, 1, name="Annie")
        assert accounts.user_by_id(connection, user_id)["version"] == 2


def test_the_audit_log_shows_every_change_made_to_it(database):
    for number in range(5):
        with database.begin() as connection:
            write_audit(connection, "run.started", now=START, actor="user:1", detail={"number": number})
    with database.begin() as connection:
        assert broken_at(connection) is None
        third = audit_events.c.number == 3
        connection.execute(sa.update(audit_events).where(third).values(actor="user:2"))
        assert broken_at(connection) == 3
        connection.execute(sa.update(audit_events).where(third).values(actor="user:1"))
        assert broken_at(connection) is None
        connection.execute(sa.delete(audit_events).where(audit_events.c.number == 2))
        assert broken_at(connection) == 2


def note(database, count):
    for number in range(count):
        with database.begin() as connection:
            write_audit(connection, "run.started", now=START, actor="user:1", detail={"number": number})


def test_only_what_was_added_is_checked_again(database, monkeypatch):
    hashed, plain = [], audit._hash
    monkeypatch.setattr(audit, "_hash", lambda entry: hashed.append(entry["number"]) or plain(entry))
    note(database, 30)
    hashed.clear()
    with database.begin() as connection:
        assert broken_lately(connection) is None
    assert hashed == list(range(1, 31))
    note(database, 2)
    hashed.clear()
    with database.begin() as connection:
        assert broken_lately(connection) is None
        assert broken_at(connection) is None
    assert hashed[:3] == [30, 31, 32]
    assert all_options_are_untouched(database)


def all_options_are_untouched(database):
    with database.read() as connection:
        return all_options(connection) == {}


def test_what_was_added_wrongly_or_cut_off_since_shows(database):
    note(database, 6)
    with database.begin() as connection:
        assert broken_lately(connection) is None
    note(database, 3)
    with database.begin() as connection:
        last = audit_events.c.number == 8
        connection.execute(sa.update(audit_events).where(last).values(actor="user:2"))
        assert broken_lately(connection) == 8
        connection.execute(sa.delete(audit_events).where(audit_events.c.number > 4))
        assert broken_lately(connection) == 5
        assert broken_at(connection) == 5

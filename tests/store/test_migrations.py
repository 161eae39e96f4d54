"""A database of the first version, with rows in every table, comes up to today and loses nothing."""

import datetime
from itertools import pairwise

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lifeworth.store import accounts, jobs
from lifeworth.store.audit import broken_at, write_audit
from lifeworth.store.database import MIGRATIONS, Database
from lifeworth.store.ids import digest
from lifeworth.store.options import all_options
from lifeworth.store.tables import metadata

FIRST = "0001"
NOW = datetime.datetime(2025, 3, 30, 1, 59, 59, 123456)
DAY = datetime.timedelta(days=1)
TOKEN = "a token of a session"
# what a shop that has worked for a while holds; of each table one row as full as can be, one as bare
ROWS = {
    "settings": [
        {"key": "company", "value": "茶與人 «Tea & Co»", "version": 3},
        {"key": "margin", "value": 0.35, "version": 1},
        {"key": "offer_effect", "value": None, "version": 1},
    ],
    "users": [
        {"id": "u1", "login": "anna@example.com", "name": "安娜", "password_hash": "$argon2id$…",
         "role": "owner", "language": "zh-Hant", "active": True, "created_at": NOW,
         "last_login_at": NOW + DAY, "version": 4},
        {"id": "u2", "login": "ben@example.com", "name": "", "password_hash": "", "role": "service",
         "language": "", "active": False, "created_at": NOW, "last_login_at": None, "version": 1},
    ],
    "sessions": [
        {"id": "s1", "token_hash": digest(TOKEN), "user_id": "u1", "ip": "::1", "agent": "Firefox",
         "created_at": NOW, "expires_at": NOW + 30 * DAY, "revoked_at": None},
        {"id": "s2", "token_hash": "b" * 64, "user_id": "u2", "ip": "", "agent": "", "created_at": NOW,
         "expires_at": NOW, "revoked_at": NOW},
    ],
    "one_time_tokens": [
        {"token_hash": "c" * 64, "purpose": "first_owner", "expires_at": NOW, "used_at": NOW},
        {"token_hash": "d" * 64, "purpose": "first_owner", "expires_at": NOW + DAY, "used_at": None},
    ],
    "login_failures": [{"id": "f1", "login": "anna@example.com", "ip": "192.0.2.7", "at": NOW}],
    "api_keys": [
        {"id": "k1", "name": "CRM", "prefix": "lw_abc", "secret_hash": "e" * 64, "scopes": ["runs:read"],
         "user_id": "u1", "created_at": NOW, "expires_at": NOW + DAY, "last_used_at": NOW, "revoked_at": NOW},
        {"id": "k2", "name": "", "prefix": "lw_def", "secret_hash": "f" * 64, "scopes": None, "user_id": "u2",
         "created_at": NOW, "expires_at": None, "last_used_at": None, "revoked_at": None},
    ],
    "jobs": [
        {"id": "j1", "kind": "value", "status": "done", "payload": {"settings": {"margin": 0.3}},
         "result": {"run_id": "20250330T015959Z", "customers": 2357}, "error": None, "step": "index",
         "progress": 1.0, "attempts": 1, "max_attempts": 3, "cancel_requested": False, "worker": "w:1",
         "lease_until": None, "run_after": NOW, "created_by": "user:u1", "created_at": NOW, "started_at": NOW,
         "finished_at": NOW + DAY},
        {"id": "j2", "kind": "backup", "status": "waiting", "payload": {}, "result": None,
         "error": {"code": "APP-025", "facts": {}}, "step": "", "progress": 0.0, "attempts": 2,
         "max_attempts": 3, "cancel_requested": False, "worker": "", "lease_until": None, "run_after": NOW,
         "created_by": "", "created_at": NOW, "started_at": None, "finished_at": None},
    ],
    "schedules": [
        {"id": "c1", "name": "每晚", "cron": "0 3 * * *", "kind": "value", "payload": {}, "active": True,
         "next_at": NOW + DAY, "last_at": NOW, "version": 2},
        {"id": "c2", "name": "never yet", "cron": "0 0 29 2 *", "kind": "backup", "payload": None,
         "active": False, "next_at": NOW + DAY, "last_at": None, "version": 1},
    ],
    "uploads": [
        {"id": "p1", "name": "訂單 2024.csv", "file": "uploads/p1/訂單 2024.csv", "size": 5_000_000_000,
         "sha256": "1" * 64, "created_by": "user:u1", "created_at": NOW},
    ],
    "imports": [
        {"id": "i1", "upload_id": "p1", "kind": "orders", "status": "active", "sha256": "1" * 64,
         "header_hash": "2" * 64, "options": {"columns": {"amount": "實付金額"}}, "created_by": "user:u1",
         "report": {"rows_read": 10, "problem": None}, "created_at": NOW, "activated_at": NOW,
         "undone_at": None, "version": 2},
        {"id": "i2", "upload_id": "p1", "kind": "costs", "status": "undone", "sha256": "1" * 64,
         "header_hash": "", "options": None, "created_by": "", "report": None, "created_at": NOW,
         "activated_at": NOW, "undone_at": NOW, "version": 1},
    ],
    "mapping_templates": [
        {"header_hash": "2" * 64, "kind": "orders", "options": {"dates": "dmy"}, "saved_at": NOW},
    ],
    "tombstones": [
        {"person_hash": "3" * 64, "erased_by": "user:u1", "reason": "asked by letter", "erased_at": NOW,
         "counts": {"rows": 3, "files": 1, "runs": 2}},
    ],
    "webhooks": [
        {"id": "h1", "url": "https://crm.example.com/in", "events": ["run.completed", "job.failed"],
         "secret": "s" * 43, "active": True, "created_at": NOW, "version": 1},
    ],
    "webhook_deliveries": [
        {"id": "d1", "webhook_id": "h1", "event": "run.completed", "body": {"data": {"run_id": "r"}},
         "status": "delivered", "attempts": 1, "response_status": 200, "response_text": "ok",
         "created_at": NOW, "next_at": None, "delivered_at": NOW},
        {"id": "d2", "webhook_id": "h1", "event": "job.failed", "body": None, "status": "waiting",
         "attempts": 0, "response_status": None, "response_text": "", "created_at": NOW, "next_at": NOW,
         "delivered_at": None},
    ],
    "idempotent_answers": [
        {"key": "4" * 64, "request_hash": "5" * 64, "status": 201, "headers": {"etag": '"1"'},
         "body": '{"id": "x"}', "at": NOW},
    ],
    "saved_views": [
        {"id": "v1", "user_id": "u1", "page": "customers", "name": "金子",
         "query": "pattern=gold&sort=-orders", "created_at": NOW},
    ],
}  # fmt: skip


def steps():
    """Revisions from the first to the newest."""
    found = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return [revision.revision for revision in found][::-1]


def read(connection, like):
    """The rows of the tables `like`, in the columns they had there."""
    found = {}
    for table in like.sorted_tables:
        rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
        found[table.name] = [dict(row) for row in rows]
    return found


@pytest.fixture
def old(url):
    """(a database at the first revision with rows in every table, its tables as they were, the rows)."""
    database, tables = Database(url), sa.MetaData()
    database.migrate(FIRST)
    with database.begin() as connection:
        tables.reflect(connection)
        tables.remove(tables.tables["alembic_version"])
        for table in tables.sorted_tables:
            if table.name in ROWS:
                connection.execute(sa.insert(table), ROWS[table.name])
        for number in range(3):
            moment = NOW.replace(tzinfo=datetime.UTC) + number * DAY
            write_audit(connection, "run.started", now=moment, actor="user:u1", detail={"數": number})
    with database.read() as connection:
        rows = read(connection, tables)
    yield database, tables, rows
    database.close()


def test_the_rows_are_in_every_table_and_read_as_they_were_written(old):
    _, tables, rows = old
    assert {name for name, found in rows.items() if found} == set(tables.tables) == {*ROWS, "audit_events"}
    assert {name: rows[name] for name in ROWS} == ROWS


def test_every_step_up_keeps_every_row(old):
    database, tables, rows = old
    assert steps()[0] == FIRST
    for _, revision in pairwise(steps()):
        database.migrate(revision)
        with database.read() as connection:
            assert read(connection, tables) == rows, revision


def test_at_the_end_the_tables_are_those_of_the_program(old):
    database, _, _ = old
    database.migrate()
    with database.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == steps()[-1]
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_program_goes_on_with_what_it_finds(old):
    database, _, _ = old
    database.migrate()
    moment = NOW.replace(tzinfo=datetime.UTC)
    with database.begin() as connection:
        assert broken_at(connection) is None
        assert all_options(connection)["company"] == "茶與人 «Tea & Co»"
        assert accounts.session_user(connection, TOKEN, moment)["login"] == "anna@example.com"
        assert [user["id"] for user in accounts.all_users(connection)] == ["u1", "u2"]
        assert jobs.claim(connection, "w:2", moment + DAY)["id"] == "j2"

"""Every table of the application database, the same on SQLite and PostgreSQL.

Moments are UTC; `Moment` stores them without a zone, because SQLite drops zones. `version`
counts the changes of a row, so that two people cannot overwrite each other unseen.
"""

import datetime
from typing import Any

import sqlalchemy as sa


class Moment(sa.types.TypeDecorator[datetime.datetime]):
    """A moment in UTC: aware in Python, without a zone in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return value.astimezone(datetime.UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return value.replace(tzinfo=datetime.UTC) if value is not None else None


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *columns: Any) -> sa.Table:
    return sa.Table(name, metadata, *columns)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(40), primary_key=True)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=more.pop("nullable", False), **more)


def _moment(name: str, nullable: bool = False) -> sa.Column[datetime.datetime]:
    return sa.Column(name, Moment, nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=True)


def _version() -> sa.Column[int]:
    return sa.Column("version", sa.Integer, nullable=False, default=1)


settings = _table("settings", sa.Column("key", sa.String(80), primary_key=True), _json("value"), _version())
users = _table(
    "users",
    _id(),
    _text("login", unique=True),
    _text("name"),
    _text("password_hash"),
    _text("role"),
    _text("language", default=""),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    _moment("created_at"),
    _moment("last_login_at", nullable=True),
    _version(),
    sa.Column("team", sa.Text, nullable=False, server_default=""),
    sa.Column("sees", sa.String(10), nullable=False, server_default="all"),  # customers: all, team or own
)
sessions = _table(
    "sessions",
    _id(),
    _text("token_hash", unique=True),
    sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False, index=True),
    _text("ip"),
    _text("agent"),
    _moment("created_at"),
    _moment("expires_at"),
    _moment("revoked_at", nullable=True),
)
one_time_tokens = _table(
    "one_time_tokens",
    sa.Column("token_hash", sa.String(64), primary_key=True),
    _text("purpose"),
    _moment("expires_at"),
    _moment("used_at", nullable=True),
)
login_failures = _table(
    "login_failures",
    _id(),
    sa.Column("login", sa.Text, nullable=False, index=True),
    sa.Column("ip", sa.Text, nullable=False, index=True),
    _moment("at"),
)
api_keys = _table(
    "api_keys",
    _id(),
    _text("name"),
    _text("prefix", unique=True),
    _text("secret_hash"),
    _json("scopes"),
    sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False, index=True),
    _moment("created_at"),
    _moment("expires_at", nullable=True),
    _moment("last_used_at", nullable=True),
    _moment("revoked_at", nullable=True),
)
jobs = _table(
    "jobs",
    _id(),
    _text("kind"),
    sa.Column("status", sa.String(20), nullable=False),
    _json("payload"),
    _json("result"),
    _json("error"),
    _text("step", default=""),
    sa.Column("progress", sa.Float, nullable=False, default=0.0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("max_attempts", sa.Integer, nullable=False, default=3),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    _text("worker", default=""),
    _moment("lease_until", nullable=True),
    _moment("run_after"),
    _text("created_by", default=""),
    _moment("created_at"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True),
    sa.Index("ix_jobs_status_run_after", "status", "run_after"),
)
schedules = _table(
    "schedules",
    _id(),
    _text("name"),
    _text("cron"),
    _text("kind"),
    _json("payload"),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    _moment("next_at"),
    _moment("last_at", nullable=True),
    _version(),
)
uploads = _table(
    "uploads",
    _id(),
    _text("name"),
    _text("file"),  # path inside the workspace
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    _text("created_by", default=""),
    _moment("created_at"),
)
imports = _table(
    "imports",
    _id(),
    sa.Column("upload_id", sa.String(40), sa.ForeignKey("uploads.id"), nullable=False, index=True),
    _text("kind"),  # orders, costs, referrals, ...
    sa.Column("status", sa.String(20), nullable=False),  # uploaded, checked, active, undone, failed
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    _text("header_hash", default=""),
    _json("options"),
    _json("report"),
    _text("created_by", default=""),
    _moment("created_at"),
    _moment("activated_at", nullable=True),
    _moment("undone_at", nullable=True),
    _version(),
)
mapping_templates = _table(
    "mapping_templates",
    sa.Column("header_hash", sa.String(64), primary_key=True),
    _text("kind"),
    _json("options"),
    _moment("saved_at"),
)
tombstones = _table(
    "tombstones",
    sa.Column("person_hash", sa.String(64), primary_key=True),  # keyed with the secret of the workspace
    _text("erased_by"),
    _text("reason"),
    _moment("erased_at"),
    _json("counts"),
)
webhooks = _table(
    "webhooks",
    _id(),
    _text("url"),
    _json("events"),
    _text("secret"),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    _moment("created_at"),
    _version(),
)
deliveries = _table(
    "webhook_deliveries",
    _id(),
    sa.Column("webhook_id", sa.String(40), sa.ForeignKey("webhooks.id"), nullable=False, index=True),
    _text("event"),
    _json("body"),
    sa.Column("status", sa.String(20), nullable=False),  # waiting, delivered, failed
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("response_status", sa.Integer, nullable=True),
    _text("response_text", default=""),
    _moment("created_at"),
    _moment("next_at", nullable=True),
    _moment("delivered_at", nullable=True),
)
idempotent_answers = _table(
    "idempotent_answers",
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("request_hash", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    _json("headers"),
    _text("body"),
    _moment("at"),
)
audit_events = _table(
    "audit_events",
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    _moment("at"),
    _text("actor"),
    _text("ip"),
    _text("action"),
    _text("entity"),
    _json("detail"),
    _text("request_id"),
    sa.Column("previous_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
saved_views = _table(
    "saved_views",
    _id(),
    sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False, index=True),
    _text("page"),
    _text("name"),
    _text("query"),
    _moment("created_at"),
    sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()),
)
assignments = _table(
    "assignments",
    sa.Column("ref", sa.String(16), primary_key=True),  # pseudonym of a customer, see results.index
    sa.Column("user_id", sa.String(40), sa.ForeignKey("users.id"), nullable=False, index=True),
)
assignment_batches = _table(
    "assignment_batches",
    _id(),
    _text("kind"),  # selection, file, rows or one
    _json("unmatched"),  # rows of a draft that say nobody or nothing we know; gone when it is applied
    _json("counts"),
    _text("created_by"),
    _moment("created_at"),
    _moment("applied_at", nullable=True),  # null: a draft
    _moment("undone_at", nullable=True),
)
assignment_changes = _table(
    "assignment_changes",
    sa.Column("batch_id", sa.String(40), sa.ForeignKey("assignment_batches.id"), primary_key=True),
    sa.Column("ref", sa.String(16), primary_key=True, index=True),
    sa.Column("before", sa.String(40), nullable=True),  # null: nobody
    sa.Column("after", sa.String(40), nullable=True),
    sa.Column("undone", sa.Boolean, nullable=False, default=False),
)

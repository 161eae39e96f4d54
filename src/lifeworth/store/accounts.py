"""People and keys: users, sessions, one-time tokens, API keys. Secrets are stored as hashes only."""

import datetime
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from lifeworth.store.ids import digest, new_id, new_secret
from lifeworth.store.rows import Row, changed, many, one
from lifeworth.store.tables import api_keys, login_failures, one_time_tokens, sessions, users

SESSION_DAYS = 14
TOKEN_HOURS = 48
KEY_PREFIX = "lw_"
RESET = "password:"  # purpose of the token with which a user sets a new password; the id of the user follows
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")  # so that an unknown name takes as long as a known one
_OF_SESSION = (
    sa.select(users, sessions.c.id.label("session_id"))
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(
        sessions.c.token_hash == sa.bindparam("token_hash"),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > sa.bindparam("now"),
        users.c.active,
    )
)
_OF_KEY = (
    sa.select(users, api_keys.c.id.label("key_id"), api_keys.c.scopes, api_keys.c.last_used_at)
    .join(api_keys, api_keys.c.user_id == users.c.id)
    .where(
        api_keys.c.prefix == sa.bindparam("prefix"),
        api_keys.c.secret_hash == sa.bindparam("secret_hash"),
        api_keys.c.revoked_at.is_(None),
        sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > sa.bindparam("now")),
        users.c.active,
    )
)


def add_user(
    connection: sa.Connection, *, login: str, name: str, password: str, role: str, now: datetime.datetime,
    team: str = "", sees: str = "all",
) -> str:  # fmt: skip
    """The id of the new user. `login` is kept in lower case and is unique (the database insists)."""
    user = {"id": new_id(), "login": login.strip().lower(), "name": name, "role": role, "language": ""}
    user |= {"team": team, "sees": sees}
    secret = _hasher.hash(password)
    connection.execute(
        sa.insert(users).values(**user, password_hash=secret, active=True, created_at=now, version=1)
    )
    return user["id"]


def user_by_id(connection: sa.Connection, user_id: str) -> Row | None:
    return one(connection, sa.select(users).where(users.c.id == user_id))


def user_by_login(connection: sa.Connection, login: str) -> Row | None:
    return one(connection, sa.select(users).where(users.c.login == login.strip().lower()))


def all_users(connection: sa.Connection) -> list[Row]:
    return many(connection, sa.select(users).order_by(users.c.login))


def active_owners(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(users.c.role == "owner", users.c.active)
    return int(connection.execute(query).scalar_one())


def change_user(connection: sa.Connection, user_id: str, version: int | None = None, **values: Any) -> bool:
    """False where the user is not there, or is no longer at `version`. A new password or role, or leaving,
    ends all sessions and takes back a link for a new password.
    """
    password = values.pop("password", None)
    if password is not None:
        values["password_hash"] = _hasher.hash(password)
    done = changed(connection, users, users.c.id == user_id, version, values)
    if done and (password is not None or values.get("active") is False or "role" in values):
        revoke_sessions(connection, user_id)
        connection.execute(sa.delete(one_time_tokens).where(one_time_tokens.c.purpose == RESET + user_id))
    return done


def password_fits(user: Row | None, password: str) -> bool:
    """Takes the same time for a name that nobody has."""
    try:
        return _hasher.verify(user["password_hash"] if user else _NOBODY, password) and user is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


# --- sessions -----------------------------------------------------------------------------------------
def open_session(
    connection: sa.Connection, user_id: str, *, ip: str, agent: str, now: datetime.datetime
) -> str:
    """The secret that goes into the cookie."""
    secret = new_secret()
    connection.execute(
        sa.insert(sessions).values(
            id=new_id(), token_hash=digest(secret), user_id=user_id, ip=ip, agent=agent[:200],
            created_at=now, expires_at=now + datetime.timedelta(days=SESSION_DAYS),
        )
    )  # fmt: skip
    connection.execute(sa.update(users).where(users.c.id == user_id).values(last_login_at=now))
    return secret


def session_user(connection: sa.Connection, secret: str, now: datetime.datetime) -> Row | None:
    """The active user of a session that is open, with `session_id`."""
    return one(connection, _OF_SESSION, token_hash=digest(secret), now=now)


def open_sessions(connection: sa.Connection, user_id: str, now: datetime.datetime) -> list[Row]:
    columns = [sessions.c[name] for name in ("id", "ip", "agent", "created_at", "expires_at")]
    query = sa.select(*columns).where(
        sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now
    )
    return many(connection, query.order_by(sessions.c.created_at.desc()))


def revoke_session(connection: sa.Connection, session_id: str, user_id: str, now: datetime.datetime) -> bool:
    mine = (sessions.c.id == session_id) & (sessions.c.user_id == user_id)
    done = connection.execute(
        sa.update(sessions).where(mine, sessions.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    return done.rowcount > 0


def revoke_sessions(
    connection: sa.Connection, user_id: str, now: datetime.datetime | None = None, *, keep: str | None = None
) -> int:
    """All sessions of a user, but for the one to `keep`."""
    moment: Any = now or sa.func.current_timestamp()
    query = sa.update(sessions).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    if keep is not None:
        query = query.where(sessions.c.id != keep)
    return connection.execute(query.values(revoked_at=moment)).rowcount


# --- failures to sign in -----------------------------------------------------------------------------
def note_failure(connection: sa.Connection, login: str, ip: str, now: datetime.datetime) -> None:
    connection.execute(
        sa.insert(login_failures).values(id=new_id(), login=login.strip().lower()[:200], ip=ip, at=now)
    )
    connection.execute(
        sa.delete(login_failures).where(login_failures.c.at < now - datetime.timedelta(days=1))
    )


def failures(connection: sa.Connection, login: str, ip: str, since: datetime.datetime) -> tuple[int, int]:
    """Failures since then: of this name, and from this address."""
    recent = sa.select(sa.func.count()).select_from(login_failures).where(login_failures.c.at >= since)
    of_name = recent.where(login_failures.c.login == login.strip().lower()[:200])
    of_address = recent.where(login_failures.c.ip == ip)
    return int(connection.execute(of_name).scalar_one()), int(connection.execute(of_address).scalar_one())


def forget_failures(connection: sa.Connection, login: str) -> None:
    connection.execute(sa.delete(login_failures).where(login_failures.c.login == login.strip().lower()))


# --- one-time tokens -----------------------------------------------------------------------------------
def issue_token(connection: sa.Connection, purpose: str, now: datetime.datetime) -> str:
    """A fresh token; earlier ones for the same purpose stop working."""
    connection.execute(sa.delete(one_time_tokens).where(one_time_tokens.c.purpose == purpose))
    secret = new_secret()
    until = now + datetime.timedelta(hours=TOKEN_HOURS)
    connection.execute(
        sa.insert(one_time_tokens).values(token_hash=digest(secret), purpose=purpose, expires_at=until)
    )
    return secret


def use_token(connection: sa.Connection, secret: str, purpose: str, now: datetime.datetime) -> bool:
    """True once."""
    good = _works(secret, now) & (one_time_tokens.c.purpose == purpose)
    return connection.execute(sa.update(one_time_tokens).where(good).values(used_at=now)).rowcount == 1


def use_reset(connection: sa.Connection, secret: str, now: datetime.datetime) -> str | None:
    """Once: the id of the user who may set a new password with this token."""
    good = _works(secret, now) & one_time_tokens.c.purpose.startswith(RESET)
    used = sa.update(one_time_tokens).where(good).values(used_at=now).returning(one_time_tokens.c.purpose)
    purpose = connection.execute(used).scalar()
    return purpose.removeprefix(RESET) if purpose else None


def _works(secret: str, now: datetime.datetime) -> sa.ColumnElement[bool]:
    fresh = (one_time_tokens.c.expires_at > now) & one_time_tokens.c.used_at.is_(None)
    return (one_time_tokens.c.token_hash == digest(secret)) & fresh


# --- API keys -------------------------------------------------------------------------------------------
def add_key(
    connection: sa.Connection,
    *,
    name: str,
    user_id: str,
    scopes: list[str] | None,
    expires_at: datetime.datetime | None,
    now: datetime.datetime,
) -> tuple[str, str]:
    """(id, the key itself): it is shown once. `scopes` None: whatever its user may do."""
    prefix, secret = KEY_PREFIX + new_id()[-10:], new_secret()
    key_id = new_id()
    connection.execute(
        sa.insert(api_keys).values(
            id=key_id, name=name, prefix=prefix, secret_hash=digest(secret), scopes=scopes,
            user_id=user_id, created_at=now, expires_at=expires_at,
        )
    )  # fmt: skip
    return key_id, f"{prefix}.{secret}"


def key_user(connection: sa.Connection, key: str, now: datetime.datetime) -> Row | None:
    """The active user of a valid key, with `key_id` and `scopes`; notes that it was used (once a minute)."""
    prefix, _, secret = key.partition(".")
    return one(connection, _OF_KEY, prefix=prefix, secret_hash=digest(secret), now=now)


def note_key_use(connection: sa.Connection, key_id: str, now: datetime.datetime) -> None:
    connection.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now))


def keys(connection: sa.Connection, user_id: str | None = None) -> list[Row]:
    shown = [column for column in api_keys.c if column.name != "secret_hash"]
    query = sa.select(*shown).order_by(api_keys.c.id)
    return many(connection, query if user_id is None else query.where(api_keys.c.user_id == user_id))


def revoke_key(
    connection: sa.Connection, key_id: str, now: datetime.datetime, user_id: str | None = None
) -> bool:
    query = sa.update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    if user_id is not None:
        query = query.where(api_keys.c.user_id == user_id)
    return connection.execute(query.values(revoked_at=now)).rowcount == 1

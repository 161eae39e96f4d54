"""Users of a workspace: made, changed, never without an owner."""

from typing import Any

from sqlalchemy.exc import IntegrityError

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.store import accounts
from lifeworth.workflows.workspace import Workspace

LEAST_CHARACTERS = 10


def checked_password(password: str) -> str:
    """
    Raises:
        AppError: APP-014 for a password that is short, or one character over and over.
    """
    if len(password) < LEAST_CHARACTERS or len(set(password)) < 4:
        raise AppError("APP-014", least=LEAST_CHARACTERS)
    return password


def add_user(
    workspace: Workspace,
    *,
    login: str,
    name: str,
    password: str,
    role: str,
    team: str = "",
    sees: str = "all",
) -> dict[str, Any]:
    """`sees`: which customers, "all", "team" or "own".

    Raises:
        AppError: APP-014 for the password, APP-015 when the login is taken.
    """
    checked_password(password)
    try:
        with workspace.database.begin() as connection:
            user_id = accounts.add_user(
                connection, login=login, name=name or login, password=password, role=role, now=now(),
                team=team, sees=sees,
            )  # fmt: skip
            user = accounts.user_by_id(connection, user_id)
    except IntegrityError:
        raise AppError("APP-015", seen=login) from None
    assert user is not None
    return user


def reset_password(workspace: Workspace, token: str, password: str) -> dict[str, Any]:
    """Set a new password with a one-time token; the user whose it is.

    Raises:
        AppError: APP-014 for the password, APP-013 when the token does not work or its user may not sign in.
    """
    checked_password(password)
    with workspace.database.begin() as connection:
        user_id = accounts.use_reset(connection, token, now())
        user = accounts.user_by_id(connection, user_id) if user_id else None
        if user is None or not user["active"]:
            raise AppError("APP-013")
        accounts.change_user(connection, user["id"], password=password)
        accounts.forget_failures(connection, user["login"])
    return user


def change_user(workspace: Workspace, user_id: str, version: int | None, **values: Any) -> dict[str, Any]:
    """
    Raises:
        AppError: APP-003 no such user, APP-009 changed meanwhile, APP-014 for the password, APP-026 when
            no active owner would be left.
    """
    if "password" in values:
        checked_password(values["password"])
    with workspace.database.begin() as connection:
        if accounts.user_by_id(connection, user_id) is None:
            raise AppError("APP-003", kind="user", seen=user_id)
        if not accounts.change_user(connection, user_id, version, **values):
            raise AppError("APP-009")
        if not accounts.active_owners(connection):
            raise AppError("APP-026")
        user = accounts.user_by_id(connection, user_id)
    assert user is not None
    return user

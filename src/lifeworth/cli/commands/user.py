"""`lifeworth user add|list|password|disable`: who may sign in."""

import getpass
import sys
from typing import Annotated, Literal

import typer

from lifeworth.base.errors import AppError
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace

ROLES = ("owner", "administrator", "analyst", "marketer", "service", "viewer", "auditor")


def run(
    action: Annotated[
        Literal["add", "list", "password", "disable"],
        typer.Argument(metavar="add|list|password|disable", help=options.text("user_action")),
    ],
    login: Annotated[str, typer.Argument(metavar="LOGIN", help=options.text("login"))] = "",
    workspace: Folder = None,
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=options.text("role"))] = "viewer",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help=options.text("user_name"))] = "",
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.store import accounts
    from lifeworth.workflows import people

    opened = open_workspace(workspace)
    if action == "list":
        with opened.database.read() as connection:
            users = accounts.all_users(connection)
        shown = [{part: user[part] for part in ("login", "name", "role", "active")} for user in users]
        if json:
            answer_json({"users": shown})
        else:
            for user in shown:
                answer(f"{user['login']}  {user['role']}" + ("" if user["active"] else "  -"))
        return
    if action == "add":
        if not login.strip() or role not in ROLES:
            raise AppError("APP-007", fields=["login" if not login.strip() else "role"])
        people.add_user(opened, login=login, name=name, password=_password(), role=role)
    else:
        with opened.database.read() as connection:
            found = accounts.user_by_login(connection, login)
        if found is None:
            raise AppError("APP-003", kind="user", seen=login)
        change = {"password": _password()} if action == "password" else {"active": False}
        people.change_user(opened, found["id"], None, **change)
    if json:
        answer_json({"login": login, "action": action})
    else:
        answer(words().text("service.user_done", login=login))


def _password() -> str:
    """Asked at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(words().text("service.password") + ": ")
    return sys.stdin.readline().rstrip("\r\n")

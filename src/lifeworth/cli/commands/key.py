"""`lifeworth key create|list|revoke`: keys for programs."""

import datetime
from typing import Annotated, Literal

import typer

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(
    action: Annotated[
        Literal["create", "list", "revoke"],
        typer.Argument(metavar="create|list|revoke", help=options.text("key_action")),
    ],
    name: Annotated[str, typer.Argument(metavar="NAME|ID", help=options.text("key_name"))] = "",
    workspace: Folder = None,
    user: Annotated[str, typer.Option("--user", metavar="LOGIN", help=options.text("key_user"))] = "",
    scope: Annotated[
        list[str], typer.Option("--scope", metavar="RESOURCE:ACTION", help=options.text("key_scope"))
    ] = [],  # noqa: B006
    days: Annotated[int, typer.Option("--days", metavar="N", help=options.text("days"), min=0)] = 0,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.store import accounts

    opened, moment = open_workspace(workspace), now()
    with opened.database.begin() as connection:
        if action == "list":
            shown = [
                {part: key[part] for part in ("id", "name", "prefix", "scopes", "expires_at", "revoked_at")}
                for key in accounts.keys(connection)
            ]
        elif action == "revoke":
            if not accounts.revoke_key(connection, name, moment):
                raise AppError("APP-003", kind="key", seen=name)
            shown = [{"id": name}]
        else:
            owner = accounts.user_by_login(connection, user)
            if owner is None:
                raise AppError("APP-003", kind="user", seen=user)
            until = moment + datetime.timedelta(days=days) if days else None
            key_id, secret = accounts.add_key(
                connection, name=name or "key", user_id=owner["id"], scopes=scope or None,
                expires_at=until, now=moment,
            )  # fmt: skip
            shown = [{"id": key_id, "key": secret}]
    if json:
        answer_json({"keys": shown})
    elif action == "create":
        answer(words().text("service.key_once"))
        answer(shown[0]["key"])
    else:
        for key in shown:
            answer("  ".join(str(part) for part in key.values() if part))

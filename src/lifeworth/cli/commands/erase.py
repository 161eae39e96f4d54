"""`lifeworth erase CUSTOMER`: one person out of everything, for good."""

from typing import Annotated

import typer

from lifeworth.base.clock import now
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=options.text("customer"))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=options.text("reason"))],
    workspace: Folder = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.store.audit import write_audit
    from lifeworth.workflows.erasure import erase_person

    opened = open_workspace(workspace)
    counts = erase_person(opened, customer, by="cli", reason=reason)
    with opened.database.begin() as connection:
        write_audit(connection, "person.erased", now=now(), actor="cli", detail=dict(counts))
    if json:
        answer_json(counts)
    else:
        answer(words().text("service.erased", **counts))

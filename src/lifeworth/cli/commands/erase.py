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
    found = erase_person(opened, customer, by="cli", reason=reason)
    files = found["not_searched"]
    counts = {name: count for name, count in found.items() if name != "not_searched"}
    with opened.database.begin() as connection:
        write_audit(connection, "person.erased", now=now(), actor="cli", detail=counts)
    if json:
        answer_json(found)
    else:
        answer(words().text("service.erased", **counts))
        if files:
            answer(words().text("service.not_searched", files=", ".join(files)))

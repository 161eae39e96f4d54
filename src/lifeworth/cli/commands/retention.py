"""`lifeworth retention`: what the rules of the workspace would take away; with `--apply` they do."""

from typing import Annotated

import typer

from lifeworth.base.clock import now
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(
    apply: Annotated[bool, typer.Option("--apply", help=options.text("apply"))] = False,
    workspace: Folder = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows.retention import due, follow

    opened = open_workspace(workspace)
    found = follow(opened, now(), by="cli") if apply else due(opened, now())
    if json:
        rules = {each.rule: {"keep": each.keep, "what": each.what} for each in found}
        answer_json({"applied": apply, "rules": rules})
        return
    for each in found:
        state = "off" if not each.keep else "done" if apply else "due"
        facts = {"setting": each.rule, "keep": f"{each.keep:,}", "number": f"{len(each.what):,}"}
        answer(words().text(f"retention.{each.rule}.{state}", **facts))

"""`lifeworth backup`: the workspace in one file."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help=options.text("backup_to"))] = Path(),
    workspace: Folder = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows.backup import backup

    with Progress() as progress:
        made = backup(open_workspace(workspace), target, progress)
    if json:
        answer_json({"file": str(made)})
    else:
        answer(words().text("service.backed_up", file=made))

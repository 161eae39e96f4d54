"""`lifeworth restore FILE`: a workspace from a backup."""

from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, folder_of


def run(
    source: Annotated[Path, typer.Argument(metavar="FILE", help=options.text("backup_from"))],
    workspace: Folder = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.workflows.backup import restore

    made = restore(source, folder_of(workspace))
    if json:
        answer_json({"folder": str(made.folder)})
    else:
        answer(words().text("service.made", folder=made.folder))

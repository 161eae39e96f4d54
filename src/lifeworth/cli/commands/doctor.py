"""`lifeworth doctor`: is the workspace well? Exit code 1 where it is not."""

import typer

from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(workspace: Folder = None, lang: options.Lang = "", json: options.Json = False) -> None:
    from lifeworth.workflows.doctor import examine

    lines = examine(open_workspace(workspace))
    if json:
        answer_json({"checks": lines})
    else:
        for line in lines:
            key = f"doctor.{line['check']}.{'ok' if line['ok'] else 'bad'}"
            answer(("✓ " if line["ok"] else "✗ ") + words().text(key, **line["facts"]))
    if not all(line["ok"] for line in lines):
        raise typer.Exit(1)

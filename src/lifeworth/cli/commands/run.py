"""`lifeworth run`: value everything that was imported, here and now."""

from lifeworth.base.clock import now
from lifeworth.cli import options
from lifeworth.cli.output import Progress, answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(workspace: Folder = None, lang: options.Lang = "", json: options.Json = False) -> None:
    from lifeworth.cli.summary import summary_lines
    from lifeworth.workflows.recalculate import value_workspace

    opened = open_workspace(workspace)
    with Progress() as progress:
        found = value_workspace(opened, opened.new_run_id(now()), {}, progress)
    if json:
        answer_json({**found.summary, "folder": str(found.folder)})
    else:
        answer("\n".join(summary_lines(found, words())))

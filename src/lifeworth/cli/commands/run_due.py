"""`lifeworth run-due`: a tick for cron; queues the schedules that are due."""

from lifeworth.base.clock import now
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(workspace: Folder = None, lang: options.Lang = "", json: options.Json = False) -> None:
    from lifeworth.workflows.schedules import run_due

    started = run_due(open_workspace(workspace), now())
    if json:
        answer_json({"jobs": started})
    else:
        answer(words().text("service.queued", count=len(started)))

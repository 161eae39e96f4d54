"""`lifeworth worker`: work on the jobs of a workspace; several may do so side by side."""

import os
import signal
import threading
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.workspace_options import Folder, open_workspace

LOOK_SECONDS = 2.0
PARENT = "LIFEWORTH_PARENT"  # process id of the server that started this worker


def run(
    workspace: Folder = None,
    once: Annotated[bool, typer.Option("--once", help=options.text("once"))] = False,
    lang: options.Lang = "",
) -> None:
    from lifeworth.workflows.worker import Worker

    worker = Worker(open_workspace(workspace))
    if once:
        worker.run_all()
        return
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    parent = int(os.environ.get(PARENT, "0"))
    worker.start()
    while not stopping.wait(LOOK_SECONDS):
        if parent and os.getppid() != parent:  # the server is gone
            break
    worker.stop()

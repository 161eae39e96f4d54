"""`lifeworth serve`: the web application and its workers, until Ctrl-C."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from lifeworth.cli import options
from lifeworth.cli.commands.worker import PARENT
from lifeworth.cli.output import answer, words
from lifeworth.cli.workspace_options import Folder, open_workspace


def run(
    workspace: Folder = None,
    port: Annotated[int, typer.Option("--port", metavar="PORT", help=options.text("port"))] = 8321,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help=options.text("host"))] = "127.0.0.1",
    workers: Annotated[int, typer.Option("--workers", metavar="N", help=options.text("workers"), min=0)] = 1,
    lang: options.Lang = "",
) -> None:
    import pyarrow
    import uvicorn

    from lifeworth.web.app import create_app
    from lifeworth.web.security import Quiet

    pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # gives back what it no longer needs
    opened = open_workspace(workspace, create=True)
    app = create_app(opened)
    token = opened.first_owner_token()
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
    answer(words().text("service.serving", address=address, folder=opened.folder))
    if token:
        answer(words().text("service.first_visit", address=f"{address}/setup?token={token}"))
    sys.stdout.flush()
    crew = [Helper(opened.folder) for _ in range(workers)]
    try:
        # no access log: addresses may hold what someone searched for
        uvicorn.run(
            Quiet(app), host=host, port=port, log_level="warning", access_log=False, server_header=False
        )
    finally:
        for helper in crew:
            helper.stop()


class Helper:
    """A worker in a process of its own, so that long sums never slow down pages; started again if it dies."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "lifeworth.cli.main", "worker", "--workspace", str(folder)]
        self._environment = {**os.environ, PARENT: str(os.getpid())}
        self._stopping = False
        self._process = self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._stopping:
            self._process.wait()
            if not self._stopping:
                time.sleep(1)
                self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdin=subprocess.DEVNULL, env=self._environment)

    def stop(self) -> None:
        self._stopping = True
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()

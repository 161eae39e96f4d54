"""The command line, called as people call it: its own process, or `main` in this one, which is faster."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from lifeworth.cli.main import main


@dataclass(frozen=True)
class Answer:
    """What came back: exit code, stdout, stderr."""

    code: int
    out: str
    notes: str

    @property
    def json(self):
        return json.loads(self.out)


def run(*arguments, folder: Path, language: str = "en") -> Answer:
    """`lifeworth ...` in a process of its own, in `folder`."""
    entry = Path(sys.executable).with_name("lifeworth")
    environment = {**os.environ, "LIFEWORTH_LANG": language, "COLUMNS": "100"}
    done = subprocess.run(
        [entry, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def caller(monkeypatch, capsys, folder: Path):
    """A function that runs `main` in this process; its own import hook goes with the test."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LIFEWORTH_LANG", "en")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))

    def call(*arguments) -> Answer:
        monkeypatch.setattr(sys, "argv", ["lifeworth", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            code = end.code
        streams = capsys.readouterr()
        return Answer(code, streams.out, streams.err)

    return call

"""What a command costs from start to finish: CPU seconds of the whole program."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.data import SAMPLE
from bench.environments import ROOT
from bench.running import failure, say


@dataclass(frozen=True)
class Command:
    """One command; `cpu` is the quickest of `runs` after one uncounted run."""

    shown: str
    trouble: str = ""
    runs: int = 0
    cpu: float = 0.0


def measure(rounds: int) -> list[Command]:
    with tempfile.TemporaryDirectory() as folder:
        value = ["value", str(SAMPLE), "--out", folder, "--until", "1998-06-30"]
        return [
            _command("lifeworth --help", ["--help"], rounds),
            _command("lifeworth value CDNOW_sample.txt", value, rounds),
        ]


def _command(shown: str, arguments: list[str], rounds: int) -> Command:
    say(f"  {shown}")
    program = str(Path(sys.executable).with_name("lifeworth"))
    times = []
    for run in range(rounds + 1):
        cpu, trouble = _cpu_of([program, *arguments])
        if trouble:
            return Command(shown, trouble=trouble)
        if run:
            times.append(cpu)
    return Command(shown, runs=rounds, cpu=min(times))


def _cpu_of(command: list[str]) -> tuple[float, str]:
    """(CPU seconds of the program and what it started, why it failed)."""
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, cwd=ROOT)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        trouble = failure(said.read(), started.returncode) if started.returncode else ""
    return used.ru_utime + used.ru_stime, trouble

"""What a reader must know of the machine and the run: processor, versions, what else was running."""

import datetime
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bench.fits import Fit
from bench.plan import Plan

BUSY_SHARE = 0.3


def load() -> float:
    """Programs that wanted a core over the last minute, before the bench began."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def facts(command: str, load_before: float, plan: Plan, fits: list[Fit]) -> dict[str, str]:
    """The words that page.md asks for."""
    cores = os.cpu_count() or 1
    busy = load_before > BUSY_SHARE * cores
    return {
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{_processor()}, {cores} cores",
        "versions": ", ".join(_versions(fits)),
        "load": f"Other work ran at the same time (load {load_before:.1f} at the start)." if busy else "",
        "completeness": "" if plan.complete else " A part of the bench, or smaller sizes.",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions(fits: list[Fit]) -> list[str]:
    peers = {fit.library: fit.version for fit in fits if fit.version and fit.library != "lifeworth"}
    own = {"Python": platform.python_version()}
    own |= {name: version(name) for name in ("lifeworth", "numpy", "duckdb", "pyarrow", "pandas")}
    return [f"{name} {number}" for name, number in (own | peers).items()]


if sys.platform == "win32":  # os.wait4 and resource are POSIX; say it at once rather than half-way
    raise SystemExit("the bench measures CPU time the POSIX way; run it on Linux or macOS")

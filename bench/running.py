"""One piece of work in one process; and rounds that alternate between libraries.

Every worker gets one thread for linear algebra and an environment without surprises. A worker
that fails, or takes too long, gives its reason instead of figures.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.environments import ROOT, Interpreter

WORKERS = Path(__file__).resolve().parent / "workers"
ONE_THREAD = {
    f"{library}_NUM_THREADS": "1"
    for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM", "NUMBA")
}
Facts = dict[str, Any]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def work(interpreter: Interpreter, worker: str, job: Facts, limit_s: float) -> Facts:
    """What the worker measured, or {"trouble": reason}."""
    if interpreter.python is None:
        return {"trouble": interpreter.trouble}
    command = [str(interpreter.python), str(WORKERS / worker), json.dumps(job)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, env=_environment(interpreter), cwd=ROOT
        )
    except subprocess.TimeoutExpired:
        return {"trouble": f"stopped after {limit_s:.0f} s"}
    if done.returncode != 0:
        return {"trouble": failure(done.stderr, done.returncode)}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def failure(stderr: str, code: int) -> str:
    """The last line a program said; without the path of this checkout, which is nobody's business."""
    said = stderr.strip().splitlines() or [f"ended with {code}"]
    return f"failed: {said[-1].replace(str(ROOT), '.')[:160]}"


def _environment(interpreter: Interpreter) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    home = interpreter.python.parent.parent if interpreter.python else ROOT
    compiled = {"PYTENSOR_FLAGS": f"base_compiledir={home / 'pytensor'}"}
    return {**kept, **ONE_THREAD, **compiled, "MPLBACKEND": "Agg", "PYTHONWARNINGS": "ignore"}


def alternate(
    contestants: dict[str, Callable[[], Facts]], *, rounds: int, budget_s: float
) -> dict[str, list[Facts]]:
    """Each contestant once per round, in turn, until `rounds` or `budget_s` is used up.

    One that alone takes over a third of the budget, or fails, runs once.
    """
    found: dict[str, list[Facts]] = {name: [] for name in contestants}
    again = dict(contestants)
    begin = time.monotonic()
    for _ in range(rounds):
        for name, run in list(again.items()):
            start = time.monotonic()
            facts = run()
            found[name].append(facts)
            took = time.monotonic() - start
            say(f"    {name}: {facts.get('trouble') or f'{took:.1f} s'}")
            if "trouble" in facts or took > budget_s / 3:
                del again[name]
        if time.monotonic() - begin > budget_s or not again:
            break
    return found


def median(runs: list[Facts], name: str) -> float:
    return statistics.median(float(facts[name]) for facts in runs)

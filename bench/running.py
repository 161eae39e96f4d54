"""One piece of work in one process; and rounds that alternate between libraries.

Every worker gets one thread for linear algebra and an environment without surprises. A worker
that fails, or takes too long, gives its reason instead of figures.
"""

import json
import math
import os
import statistics
import subprocess
import sys
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


def cpu_so_far() -> float:
    """CPU seconds of this program and all it has waited for: on an idle machine, about the time."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def alternate(
    contestants: dict[str, Callable[[], Facts]], *, rounds: int, budget_s: float
) -> dict[str, list[Facts]]:
    """Each contestant once per round, in turn, up to `rounds` times.

    A contestant is left out of the next round where it failed, or where its own CPU seconds would go
    over `budget_s`; the first, ours, takes part as long as any other does.
    """
    found: dict[str, list[Facts]] = {name: [] for name in contestants}
    spent = dict.fromkeys(contestants, 0.0)
    ours, *_ = again = list(contestants)
    for done in range(1, rounds + 1):
        for name in again:
            start = cpu_so_far()
            facts = contestants[name]()
            took = cpu_so_far() - start
            found[name].append(facts)
            spent[name] += took if "trouble" not in facts else math.inf
            say(f"    {name}: {facts.get('trouble') or f'{took:.1f} CPU s'}")
        affordable = [name for name in again if spent[name] * (done + 1) / done <= budget_s]
        others = [name for name in affordable if name != ours]
        if not others and len(contestants) > 1:
            break
        again = [ours, *others] if others and spent[ours] < math.inf else affordable
    return found


def median(runs: list[Facts], name: str) -> float:
    return statistics.median(float(facts[name]) for facts in runs)

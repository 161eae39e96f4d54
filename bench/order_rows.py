"""Order rows to purchase histories, beside a plain scan, pandas and the peers."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.data import order_rows_file
from bench.environments import Interpreter
from bench.plan import Plan
from bench.running import Facts, alternate, median, say, work

UNTIL = "2024-12-30"
MEMORY_LIMIT = "4GB"
UNCHECKED_SHARE = 10
CLEANING = "lifeworth, cleaning included"
PEER_WORKERS = {"lifetimes": "peer_lifetimes.py", "pymc-marketing": "peer_pymc.py"}


@dataclass(frozen=True)
class Summary:
    """One way from rows to histories: CPU seconds, peak memory of the program, what came out."""

    way: str
    rows: int
    trouble: str = ""
    version: str = ""
    rounds: int = 0
    cpu: float = 0.0
    peak_mb: float = 0.0
    customers: int | None = None
    repeats: int | None = None


def measure(plan: Plan, libraries: list[Interpreter], folder: Path, rounds) -> list[Summary]:
    """All ways over `plan.rows` clean rows; then ours over a tenth of them, as rows nobody has checked."""
    ours, *peers = libraries

    def run(interpreter: Interpreter, worker: str, task: str, rows: int = plan.rows) -> Facts:
        job = {"path": str(order_rows_file(folder, rows)), "until": UNTIL, "memory_limit": MEMORY_LIMIT}
        return work(interpreter, worker, {**job, "task": task}, plan.worker_s)

    say(f"  {plan.rows:,} order rows")

    contestants = {
        "lifeworth": partial(run, ours, "our_rows.py", "summarise"),
        "plain scan": partial(run, ours, "plain.py", "scan"),
        "pandas": partial(run, ours, "plain.py", "pandas"),
    }
    for each in peers:
        contestants[each.library] = partial(run, each, PEER_WORKERS[each.library], "summarise")
    found = alternate(contestants, rounds=min(3, rounds()), budget_s=2 * plan.library_s)
    summaries = [_summary(way, plan.rows, runs) for way, runs in found.items()]
    fewer = plan.rows // UNCHECKED_SHARE
    say(f"  {fewer:,} order rows, cleaning included")
    return [*summaries, _summary(CLEANING, fewer, [run(ours, "our_rows.py", "clean", fewer)])]


def _summary(way: str, rows: int, runs: list[Facts]) -> Summary:
    good = [facts for facts in runs if "trouble" not in facts]
    if not good:
        return Summary(way, rows, trouble=runs[0]["trouble"])
    return Summary(
        way,
        rows,
        version=good[0]["version"],
        rounds=len(good),
        cpu=median(good, "cpu"),
        peak_mb=median(good, "peak_mb"),
        customers=good[0].get("customers"),
        repeats=good[0].get("repeats"),
    )

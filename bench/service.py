"""The web application under load: a server of its own, a large company, people at work.

The clock suffers from whatever else runs on the machine; CPU seconds of the server per request do not,
and they say how many requests a core can answer.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.company import company
from bench.environments import ROOT
from bench.plan import SEED, Plan
from bench.running import say
from bench.visitors import Answered, Visit, visits
from lifeworth.base.clock import now
from lifeworth.results.customers import customers_of
from lifeworth.results.question import Question
from lifeworth.store import accounts
from lifeworth.web.access import COOKIE
from lifeworth.workflows.people import add_user
from lifeworth.workflows.workspace import Workspace

LISTS, ONE, OVERVIEW = "customer list", "one customer", "overview"
PER_SECOND, OVERVIEW_SHARE, OLDER_RUN_SHARE, API_SHARE = 50, 0.04, 0.1, 0.2
SORTS = (
    *("-lifetime_value", "-current_value", "-historical_value"),
    *("-orders", "last_purchase", "customer_grade"),
)
FILTERS = (
    *("", "", "", "customer_grade=A", "pattern=gold", "channel=shop", "tier=low&rfm_class=111"),
    "q=1234",
)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Service:
    """One kind of page among all that were asked for together."""

    kind: str
    customers: int
    runs: int
    requests: int = 0
    errors: int = 0
    median_ms: float = 0.0
    p95_ms: float = 0.0
    cpu_ms: float = 0.0  # of the server, per request of any kind
    per_second: float = 0.0
    peak_mb: float = 0.0  # of the server, all kinds together


def measure(plan: Plan, folder: Path) -> list[Service]:
    """Serve a company of `plan.served` customers and visit it for `plan.visit_s` seconds."""
    rng = np.random.default_rng([SEED, plan.served])
    say(f"  a company of {plan.served:,} customers, {plan.served_runs} runs")
    workspace = company(folder / "company", plan.served, plan.served_runs, rng)
    return visit(workspace, plan.visit_s, rng)


def visit(workspace: Workspace, visit_s: float, rng: np.random.Generator) -> list[Service]:
    """Serve a workspace, visit it, and say what that took."""
    wanted = _wanted(workspace, int(PER_SECOND * visit_s), rng)
    session = _session(workspace)
    with _server(workspace) as (process, port):
        headers = {"cookie": f"{COOKIE}={session}", "accept-language": "en"}
        visits(port, headers, [Visit(OVERVIEW, "/"), *wanted[:5]], 5)
        cpu, begin = _cpu_s(process.pid), time.monotonic()
        answered = visits(port, headers, wanted, PER_SECOND)
        cpu, took = _cpu_s(process.pid) - cpu, time.monotonic() - begin
        memory = _memory_mb(process.pid)
    return [_service(kind, workspace, answered, cpu, took, memory) for kind in (LISTS, ONE, OVERVIEW)]


def _service(
    kind: str, workspace: Workspace, answered: list[Answered], cpu: float, took: float, memory: float
) -> Service:
    mine = sorted(one.seconds * 1000 for one in answered if one.kind == kind)
    return Service(
        kind,
        customers=workspace.run().summary["customers"],
        runs=len(workspace.runs()),
        requests=len(mine),
        errors=sum(one.status != 200 for one in answered if one.kind == kind),
        median_ms=statistics.median(mine),
        p95_ms=mine[int(0.95 * len(mine))],
        cpu_ms=1000 * cpu / len(answered),
        per_second=len(answered) / took,
        peak_mb=memory,
    )


def _wanted(workspace: Workspace, count: int, rng: np.random.Generator) -> list[Visit]:
    """Lists by many orders and filters and single customers in equal parts, some overviews between."""
    runs = workspace.runs()
    known = customers_of(runs[0], workspace.secret)
    places = rng.integers(0, max(1, len(known) - 100), -(-count // 100))
    pages = [known.page(Question(), offset=int(place), limit=100) for place in places]
    refs = [row["ref"] for page in pages for row in page.rows]
    found = []
    for number in range(count):
        old = rng.random() < OLDER_RUN_SHARE
        run = f"run={runs[rng.integers(0, len(runs))].id}" if old else ""
        api = rng.random() < API_SHARE
        if rng.random() < OVERVIEW_SHARE:
            found.append(Visit(OVERVIEW, f"/?{run}"))
        elif rng.random() < 0.5:
            base = "/api/v1/customers" if api else "/customers"
            found.append(Visit(ONE, f"{base}/{refs[number % len(refs)]}?{run}"))
        else:
            sort = SORTS[rng.integers(0, len(SORTS))]
            chosen = FILTERS[rng.integers(0, len(FILTERS))]
            if api:
                found.append(Visit(LISTS, f"/api/v1/customers?sort={sort}&limit=50&{run}"))
            else:
                page = int(rng.integers(1, 4) if rng.random() < 0.8 else rng.integers(1, 500))
                found.append(Visit(LISTS, f"/customers?sort={sort}&page={page}&{chosen}&{run}"))
    return found


def _session(workspace: Workspace) -> str:
    with workspace.database.read() as connection:
        user = accounts.user_by_login(connection, "bench@example.com")
    if user is None:
        user = add_user(
            workspace, login="bench@example.com", name="Bench", password="correct horse battery", role="owner"
        )
    with workspace.database.begin() as connection:
        return accounts.open_session(connection, user["id"], ip="127.0.0.1", agent="bench", now=now())


@contextlib.contextmanager
def _server(workspace: Workspace) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).with_name("lifeworth"))
    command = [program, "serve", "--workspace", str(workspace.folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT)
    try:
        _wait(port)
        yield process, port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("the server did not start")


def _cpu_s(pid: int) -> float:
    """User and system time of one process, its workers left out."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _memory_mb(pid: int) -> float:
    """The most that was in memory at once, in millions of bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 / 1e6

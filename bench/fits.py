"""Fits and forecasts beside the peers, every fit judged by the same exact log-likelihood."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.data import CDNOW_CUSTOMERS, customers_file
from bench.environments import Interpreter
from bench.plan import HORIZON_WEEKS, Plan, waits_for_full
from bench.running import Facts, alternate, median, say, work

WORKERS = {
    "lifeworth": "ours.py",
    "lifetimes": "peer_lifetimes.py",
    "pymc-marketing": "peer_pymc.py",
}


@dataclass(frozen=True)
class Fit:
    """One library on one data set: medians over rounds, or why there are none."""

    model: str
    customers: int
    library: str
    trouble: str = ""
    note: str = ""
    version: str = ""
    rounds: int = 0
    import_cpu: float = 0.0
    fit_cpu: float = 0.0
    predict_cpu: float = 0.0
    log_likelihood: float = 0.0
    forecast_total: float = 0.0
    params: dict[str, float] | None = None


def measure(plan: Plan, libraries: list[Interpreter], folder: Path, rounds) -> list[Fit]:
    """All models on CDNOW and on each simulated size. `rounds()` tells how many are left to afford."""
    fits = []
    for model in plan.models:
        for size in (None, *plan.customers):
            customers = CDNOW_CUSTOMERS if size is None else size
            say(f"  {model}, {customers:,} customers")
            path = customers_file(folder, model, size)
            fits += _compare(plan, model, customers, path, libraries, rounds())
    return fits


def _compare(plan, model, customers, path, libraries: list[Interpreter], rounds) -> list[Fit]:
    job = {"task": "fit", "model": model, "path": str(path), "horizon": HORIZON_WEEKS}
    waiting = {each.library: waits_for_full(plan, each.library, model, customers) for each in libraries}
    contestants = {
        each.library: partial(work, each, WORKERS[each.library], job, plan.worker_s)
        for each in libraries
        if not waiting[each.library]
    }
    found = alternate(contestants, rounds=rounds, budget_s=plan.library_s)
    likelihoods = _judge(plan, model, path, libraries[0], found)
    fits = []
    for each in libraries:
        name = each.library
        if waiting[name]:
            fits.append(Fit(model, customers, name, trouble=waiting[name]))
        else:
            fits.append(_fit(model, customers, name, found[name], likelihoods.get(name)))
    return fits


def _judge(plan, model, path, ours: Interpreter, found: dict[str, list[Facts]]) -> dict[str, float]:
    reached = {name: runs[0]["params"] for name, runs in found.items() if "params" in runs[0]}
    if not reached:
        return {}
    job = {"task": "evaluate", "model": model, "path": str(path), "params": list(reached.values())}
    facts = work(ours, WORKERS["lifeworth"], job, plan.worker_s)
    if "trouble" in facts:
        say(f"    the judge: {facts['trouble']}")
        return {}
    return dict(zip(reached, facts["log_likelihoods"], strict=True))


def _fit(model: str, customers: int, library: str, runs: list[Facts], likelihood: float | None) -> Fit:
    good = [facts for facts in runs if "trouble" not in facts]
    if not good:
        return Fit(model, customers, library, trouble=runs[0]["trouble"])
    return Fit(
        model,
        customers,
        library,
        note=good[0].get("note", ""),
        version=good[0]["version"],
        rounds=len(good),
        import_cpu=median(good, "import_cpu"),
        fit_cpu=median(good, "fit_cpu"),
        predict_cpu=median(good, "predict_cpu"),
        log_likelihood=float("nan") if likelihood is None else likelihood,
        forecast_total=good[0]["forecast_total"],
        params=good[0]["params"],
    )

"""Posteriors beside PyMC-Marketing's samplers: CPU per effective draw, and whether they agree."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.data import customers_file
from bench.environments import Interpreter
from bench.plan import Plan
from bench.running import Facts, alternate, median, say, work

DRAWS = 4_000
WORKERS = {"lifeworth": "our_posterior.py", "pymc-marketing": "peer_pymc.py"}
# what each peer is asked for: chains, tuning and kept draws of a chain
SAMPLED = {
    "bg_nbd": {"chains": 4, "tune": 1_000, "draws": 1_000},
    "pareto_nbd": {"chains": 1, "tune": 150, "draws": 150},
}
Marks = dict[str, dict[str, list[float]]]  # parameter -> mean, sd, q05, ... -> [value, its error]


@dataclass(frozen=True)
class Draws:
    """One library's posterior on CDNOW: CPU from customers to draws, and what the draws are worth."""

    model: str
    library: str
    trouble: str = ""
    how: str = ""
    rounds: int = 0
    cpu: float = 0.0
    effective: float = 0.0
    marks: Marks | None = None

    @property
    def per_draw(self) -> float:
        return self.cpu / self.effective


def measure(plan: Plan, libraries: list[Interpreter], folder: Path, rounds) -> list[Draws]:
    found = []
    asked = [each for each in libraries if each.library in WORKERS]
    path = str(customers_file(folder, "bg_nbd", None))
    for model in (each for each in plan.models if each in SAMPLED):
        say(f"  {model}, CDNOW")
        job = {"task": "posterior", "model": model, "path": path, "size": DRAWS, **SAMPLED[model]}
        contestants = {
            each.library: partial(work, each, WORKERS[each.library], job, plan.worker_s) for each in asked
        }
        runs = alternate(contestants, rounds=rounds(), budget_s=plan.library_s)
        found += [_draws(model, name, facts) for name, facts in runs.items()]
    return found


def disagreement(ours: Draws, theirs: Draws) -> float:
    """The largest difference of a mean, deviation or quantile, in standard errors of the two runs."""
    return max(
        abs(value - theirs.marks[name][mark][0]) / (error**2 + theirs.marks[name][mark][1] ** 2) ** 0.5
        for name, marks in (ours.marks or {}).items()
        for mark, (value, error) in marks.items()
    )


def _draws(model: str, library: str, runs: list[Facts]) -> Draws:
    good = [facts for facts in runs if "trouble" not in facts]
    if not good:
        return Draws(model, library, trouble=runs[0]["trouble"])
    first = good[0]
    cpu = median(good, "cpu")
    return Draws(model, library, "", first["how"], len(good), cpu, first["effective"], first["marks"])

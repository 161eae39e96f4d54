"""One line for each model of the catalogue: what a fit and a forecast cost.

A model is fitted to a small real data set, makes customers of its own at what it found, and is fitted
to those. So a model that is new to the catalogue takes part by itself.
"""

from dataclasses import dataclass

from bench.data import CDNOW_CUSTOMERS
from bench.environments import Interpreter
from bench.plan import SEED, Plan
from bench.running import say, work
from lifeworth.models import catalog

SMALL = {*catalog.SAMPLED_MODELS, "ParetoAbe"}  # a pass costs a hundred times one of the others


@dataclass(frozen=True)
class Line:
    """One model: customers made and fitted, CPU of fit and forecast."""

    model: str
    customers: int
    trouble: str = ""
    fit_cpu: float = 0.0
    forecast: str = ""
    predict_cpu: float = 0.0


def measure(plan: Plan, ours: Interpreter) -> list[Line]:
    found = []
    for name in (*catalog.EVERY_MODEL, *catalog.HAZARD_MODELS):
        customers = min(plan.customers)
        if name in SMALL:
            customers = min(customers, CDNOW_CUSTOMERS)
        say(f"  {name}, {customers:,} customers")
        job = {"model": name, "customers": customers, "seed": SEED}
        facts = work(ours, "our_every_model.py", job, plan.worker_s)
        if "trouble" in facts:
            found.append(Line(name, customers, trouble=facts["trouble"]))
            continue
        found.append(Line(name, customers, "", facts["fit_cpu"], facts["forecast"], facts["predict_cpu"]))
    return found

"""How many customers a second one core forecasts."""

from dataclasses import dataclass
from pathlib import Path

from bench.data import customers_file
from bench.environments import Interpreter
from bench.plan import HORIZON_WEEKS, Plan
from bench.running import alternate, say, work

FITTED_ON = 100_000


@dataclass(frozen=True)
class Forecast:
    """One model's throughput over `customers`, and a fit to them all: CPU seconds, the quickest round."""

    model: str
    customers: int
    trouble: str = ""
    rounds: int = 0
    alive_cpu: float = 0.0
    purchases_cpu: float = 0.0
    fit_cpu: float = 0.0


def measure(plan: Plan, ours: Interpreter, folder: Path, rounds) -> list[Forecast]:
    forecasts = []
    for model in plan.models:
        if model == "gamma_gamma":
            continue
        say(f"  {model}, {plan.predictions:,} customers")
        job = {
            "task": "forecast",
            "model": model,
            "fit_path": str(customers_file(folder, model, min(FITTED_ON, plan.predictions))),
            "path": str(customers_file(folder, model, plan.predictions)),
            "horizon": HORIZON_WEEKS,
        }
        runs = alternate(
            {"lifeworth": lambda job=job: work(ours, "ours.py", job, plan.worker_s)},
            rounds=rounds(),
            budget_s=plan.library_s,
        )["lifeworth"]
        good = [facts for facts in runs if "trouble" not in facts]
        if not good:
            forecasts.append(Forecast(model, plan.predictions, trouble=runs[0]["trouble"]))
            continue
        quickest = (min(facts[name] for facts in good) for name in ("alive_cpu", "purchases_cpu", "fit_cpu"))
        forecasts.append(Forecast(model, plan.predictions, "", len(good), *quickest))
    return forecasts

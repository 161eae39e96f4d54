"""Static covariates: twenty columns that move purchases and leaving, on many customers."""

from dataclasses import dataclass

from bench.environments import Interpreter
from bench.plan import HORIZON_WEEKS, SEED, Plan
from bench.running import alternate, median, say, work

COLUMNS = 20
FEW = 600  # customers of the data set on which CLVTools was timed
CLVTOOLS_CPU_S = 0.8  # its own Pareto/NBD with static covariates there, measured elsewhere in R
COVARIATE_MODELS = ("bg_nbd", "pareto_nbd")


@dataclass(frozen=True)
class Columns:
    """One model on customers made by the model itself, so that the coefficients are known."""

    model: str
    customers: int
    trouble: str = ""
    rounds: int = 0
    fit_cpu: float = 0.0
    predict_cpu: float = 0.0
    peak_mb: float = 0.0
    worst_z: float = 0.0  # the coefficient furthest from the truth, in its standard errors


def measure(plan: Plan, ours: Interpreter, rounds) -> list[Columns]:
    found = []
    for model in (each for each in plan.models if each in COVARIATE_MODELS):
        for customers in (FEW, max(plan.customers)):
            say(f"  {model}, {customers:,} customers, {COLUMNS} columns")
            job = {
                "model": model, "customers": customers, "columns": COLUMNS, "seed": SEED,
                "horizon": HORIZON_WEEKS,
            }  # fmt: skip
            runs = alternate(
                {"lifeworth": lambda job=job: work(ours, "our_columns.py", job, plan.worker_s)},
                rounds=rounds(),
                budget_s=plan.library_s,
            )["lifeworth"]
            good = [facts for facts in runs if "trouble" not in facts]
            if not good:
                found.append(Columns(model, customers, trouble=runs[0]["trouble"]))
                continue
            figures = [median(good, each) for each in ("fit_cpu", "predict_cpu", "peak_mb")]
            found.append(Columns(model, customers, "", len(good), *figures, good[0]["worst_z"]))
    return found

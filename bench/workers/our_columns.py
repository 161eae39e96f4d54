"""lifeworth with many covariates: customers from the model's own story, then fit and forecast."""

import numpy as np
import pandas as pd
from measuring import answer, cpu_of, read_job

from lifeworth.models import BGNBD, ParetoNBD

# CDNOW's parameters, in weeks
MODELS = {
    "bg_nbd": (BGNBD, {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}),
    "pareto_nbd": (ParetoNBD, {"r": 0.5533, "alpha": 10.5777, "s": 0.6062, "beta": 11.6687}),
}
YOUNGEST, OLDEST, STRONGEST = 28, 728, 0.3


def columns_of(names, customers, rng):
    """Every other one is yes or no, the others are numbers; all tell customers apart."""
    return pd.DataFrame(
        {
            name: rng.standard_normal(customers)
            if number % 2
            else (rng.random(customers) < 0.3).astype(float)
            for number, name in enumerate(names)
        }
    )


def main(job):
    kind, base = MODELS[job["model"]]
    names = [f"column_{number:02d}" for number in range(job["columns"])]
    strength = np.linspace(-STRONGEST, STRONGEST, len(names))
    truth = {f"purchase.{name}": value for name, value in zip(names, strength, strict=True)}
    truth |= {f"dropout.{name}": value / 2 for name, value in zip(names, strength[::-1], strict=True)}
    rng = np.random.default_rng([job["seed"], job["customers"]])
    known = kind.with_parameters({"covariates": names}, **base, **truth)
    ages = rng.integers(YOUNGEST, OLDEST + 1, job["customers"]) / 7
    made = known.simulate(job["customers"], ages, rng, covariates=columns_of(names, job["customers"], rng))
    fit_cpu, model = cpu_of(lambda: kind(covariates=names, threads=1).fit(made))
    predict_cpu, _ = cpu_of(lambda: model.expected_purchases(made, future_t=job["horizon"]))
    away = [abs(model.params_[name] - value) / model.standard_errors_[name] for name, value in truth.items()]
    answer(fit_cpu=fit_cpu, predict_cpu=predict_cpu, worst_z=float(max(away)))


if __name__ == "__main__":
    main(read_job())

"""What PyMC-Marketing does for the bench, inside its own environment.

Its fit is the mode of the posterior under its default priors (`method="map"`), the quickest it
offers. The uncounted warm-up fit lets PyTensor compile; the counted one is the second in the process.
"""

import time
import warnings

from measuring import answer, cpu_of, read_job

warnings.filterwarnings("ignore")
start = time.process_time()
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pymc_marketing  # noqa: E402
import pytensor  # noqa: E402
from pymc_marketing import clv  # noqa: E402

IMPORT_CPU = time.process_time() - start
MODELS = {
    "bg_nbd": (clv.BetaGeoModel, ("r", "alpha", "a", "b")),
    "mbg_nbd": (clv.ModifiedBetaGeoModel, ("r", "alpha", "a", "b")),
    "pareto_nbd": (clv.ParetoNBDModel, ("r", "alpha", "s", "beta")),
    "gamma_gamma": (clv.GammaGammaModel, ("p", "q", "v")),
}
WARM_UP = 1_000


def fit(model, frame):
    fitted = MODELS[model][0](data=frame)
    fitted.fit(method="map", progressbar=False)
    return fitted


def predict(model, fitted, frame, horizon):
    if model == "gamma_gamma":
        return fitted.expected_customer_spend(frame)
    fitted.expected_probability_alive(frame)
    return fitted.expected_purchases(frame, future_t=horizon)


def fit_and_predict(job):
    frame = pd.read_parquet(job["path"])
    columns = ["customer_id", "frequency", "recency", "T"]
    if job["model"] == "gamma_gamma":
        frame = frame[frame["monetary_value"] > 0]
        columns = ["customer_id", "frequency", "monetary_value"]
    frame = frame[columns]
    fit(job["model"], frame.head(WARM_UP))
    fit_cpu, fitted = cpu_of(lambda: fit(job["model"], frame))
    predict_cpu, forecast = cpu_of(lambda: predict(job["model"], fitted, frame, job["horizon"]))
    posterior = fitted.idata.posterior
    answer(
        version=pymc_marketing.__version__,
        import_cpu=IMPORT_CPU,
        fit_cpu=fit_cpu,
        predict_cpu=predict_cpu,
        params={name: float(posterior[name].mean()) for name in MODELS[job["model"]][1]},
        forecast_total=float(forecast.sum()),
        note="" if pytensor.config.cxx else "without a C++ compiler",
    )


def posterior(job):
    """NUTS, one chain after the other in this process; the warm-up lets PyTensor compile."""
    import arviz as az

    kind, names = MODELS[job["model"]]
    frame = pd.read_parquet(job["path"])[["customer_id", "frequency", "recency", "T"]]

    def sampled(rows, **size):
        fitted = kind(data=rows)
        return fitted.fit(method="mcmc", cores=1, random_seed=1, progressbar=False, **size)

    sampled(frame.head(WARM_UP), chains=1, tune=5, draws=5)
    start = time.process_time()
    size = {name: job[name] for name in ("chains", "tune", "draws")}
    drawn = sampled(frame, **size)
    cpu = time.process_time() - start
    ess = az.ess(drawn, var_names=list(names), method="bulk")
    marks = {}
    for name in names:
        draws, effective = drawn.posterior[name].to_numpy(), az.ess(drawn, var_names=[name], method="sd")
        spread = float(draws.std())
        marks[name] = {
            "mean": (float(draws.mean()), float(az.mcse(drawn, var_names=[name], method="mean")[name])),
            "sd": (spread, spread / (2.0 * float(effective[name])) ** 0.5),
        }
        for q in (0.05, 0.5, 0.95):
            error = float(az.mcse(drawn, var_names=[name], method="quantile", prob=q)[name])
            marks[name][f"q{100 * q:02.0f}"] = (float(np.quantile(draws, q)), error)
    how = f"NUTS, {size['chains']} x {size['draws']:,} draws after {size['tune']:,}"
    answer(cpu=cpu, effective=min(float(ess[name]) for name in names), marks=marks, how=how)


def summarise(job):
    def work():
        rows = pd.read_parquet(job["path"], columns=["customer_id", "ordered_at", "amount"])
        return clv.rfm_summary(
            rows, "customer_id", "ordered_at", "amount", observation_period_end=job["until"], time_unit="D"
        )

    cpu, summary = cpu_of(work)
    answer(
        version=pymc_marketing.__version__,
        import_cpu=IMPORT_CPU,
        cpu=cpu,
        customers=len(summary),
        repeats=int(summary["frequency"].sum()),
    )


if __name__ == "__main__":
    job = read_job()
    {"fit": fit_and_predict, "posterior": posterior, "summarise": summarise}[job["task"]](job)

"""What `lifetimes` does for the bench, inside its own environment."""

import time
import warnings

from measuring import answer, cpu_of, read_job

warnings.filterwarnings("ignore")
start = time.process_time()
import lifetimes  # noqa: E402
import pandas as pd  # noqa: E402
from lifetimes.utils import summary_data_from_transaction_data  # noqa: E402

IMPORT_CPU = time.process_time() - start
FITTERS = {
    "bg_nbd": lifetimes.BetaGeoFitter,
    "mbg_nbd": lifetimes.ModifiedBetaGeoFitter,
    "pareto_nbd": lifetimes.ParetoNBDFitter,
    "gamma_gamma": lifetimes.GammaGammaFitter,
}
WARM_UP = 1_000


def fit(model, frame):
    fitter = FITTERS[model]()
    if model == "gamma_gamma":
        return fitter.fit(frame["frequency"], frame["monetary_value"])
    return fitter.fit(frame["frequency"], frame["recency"], frame["T"])


def predict(model, fitter, frame, horizon):
    if model == "gamma_gamma":
        return fitter.conditional_expected_average_profit(frame["frequency"], frame["monetary_value"])
    arguments = frame["frequency"], frame["recency"], frame["T"]
    fitter.conditional_probability_alive(*arguments)
    return fitter.conditional_expected_number_of_purchases_up_to_time(horizon, *arguments)


def fit_and_predict(job):
    frame = pd.read_parquet(job["path"])
    if job["model"] == "gamma_gamma":
        frame = frame[frame["monetary_value"] > 0]
    fit(job["model"], frame.head(WARM_UP))
    fit_cpu, fitter = cpu_of(lambda: fit(job["model"], frame))
    predict_cpu, forecast = cpu_of(lambda: predict(job["model"], fitter, frame, job["horizon"]))
    params = {name: float(value) for name, value in fitter.params_.items()}
    answer(
        version=lifetimes.__version__,
        import_cpu=IMPORT_CPU,
        fit_cpu=fit_cpu,
        predict_cpu=predict_cpu,
        params=params,
        forecast_total=float(forecast.sum()),
    )


def summarise(job):
    def work():
        rows = pd.read_parquet(job["path"], columns=["customer_id", "ordered_at", "amount"])
        return summary_data_from_transaction_data(
            rows, "customer_id", "ordered_at", "amount", observation_period_end=job["until"], freq="D"
        )

    cpu, summary = cpu_of(work)
    answer(
        version=lifetimes.__version__,
        import_cpu=IMPORT_CPU,
        cpu=cpu,
        customers=len(summary),
        repeats=int(summary["frequency"].sum()),
    )


if __name__ == "__main__":
    job = read_job()
    {"fit": fit_and_predict, "summarise": summarise}[job["task"]](job)

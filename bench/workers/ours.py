"""What lifeworth does for the bench: the same work as the peers, and the judging of their fits."""

import time

from measuring import answer, cpu_of, read_job

JOB = read_job()
NAMES = {"bg_nbd": "BGNBD", "mbg_nbd": "MBGNBD", "pareto_nbd": "ParetoNBD", "gamma_gamma": "GammaGamma"}
start = time.process_time()
import lifeworth  # noqa: E402

MODEL = getattr(lifeworth.models, NAMES[JOB["model"]])
IMPORT_CPU = time.process_time() - start
import pandas as pd  # noqa: E402

WARM_UP = 1_000


def one_thread():
    """The model as the peers run theirs: on one thread."""
    return MODEL() if JOB["model"] == "gamma_gamma" else MODEL(threads=1)


def predict(name, model, frame, horizon):
    if name == "gamma_gamma":
        return model.expected_customer_spend(frame)
    model.expected_probability_alive(frame)
    return model.expected_purchases(frame, future_t=horizon)


def fit_and_predict(job):
    frame = pd.read_parquet(job["path"])
    if job["model"] == "gamma_gamma":
        frame = frame[frame["monetary_value"] > 0]
    one_thread().fit(frame.head(WARM_UP))
    fit_cpu, model = cpu_of(lambda: one_thread().fit(frame))
    predict_cpu, forecast = cpu_of(lambda: predict(job["model"], model, frame, job["horizon"]))
    answer(
        version=lifeworth.__version__,
        import_cpu=IMPORT_CPU,
        fit_cpu=fit_cpu,
        predict_cpu=predict_cpu,
        params={name: float(value) for name, value in model.params_.items()},
        forecast_total=float(forecast.sum()),
    )


def evaluate(job):
    """The one judge: the exact log-likelihood at each of several sets of parameters."""
    from judge import log_likelihood

    frame = pd.read_parquet(job["path"])
    if job["model"] == "gamma_gamma":
        frame = frame[frame["monetary_value"] > 0]
    answer(log_likelihoods=[log_likelihood(MODEL, frame, each) for each in job["params"]])


def forecast_many(job):
    """CPU of each forecast for many customers, on one thread, from arrays in memory."""
    some = pd.read_parquet(job["fit_path"])
    model = one_thread().fit(some)
    frame = pd.read_parquet(job["path"])
    many = {name: frame[name].to_numpy() for name in ("frequency", "recency", "T")}
    predict(job["model"], model, some.head(WARM_UP), job["horizon"])
    alive_cpu, _ = cpu_of(lambda: model.expected_probability_alive(many), min)
    purchases_cpu, _ = cpu_of(lambda: model.expected_purchases(many, future_t=job["horizon"]), min)
    fit_cpu, _ = cpu_of(lambda: one_thread().fit(many), min)
    answer(alive_cpu=alive_cpu, purchases_cpu=purchases_cpu, fit_cpu=fit_cpu, customers=len(frame))


if __name__ == "__main__":
    {"fit": fit_and_predict, "evaluate": evaluate, "forecast": forecast_many}[JOB["task"]](JOB)

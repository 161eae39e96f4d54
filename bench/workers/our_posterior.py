"""lifeworth's posterior for the bench: from customers to weighted draws, fit included."""

import numpy as np
import pandas as pd
from measuring import answer, cpu_of, read_job

import lifeworth

MODELS = {"bg_nbd": lifeworth.models.BGNBD, "pareto_nbd": lifeworth.models.ParetoNBD}
QUANTILES = (0.05, 0.5, 0.95)
BATCHES = 20


def marks_of(values, weight):
    """Mean, deviation and quantiles of weighted draws."""
    mean = weight @ values
    order = np.argsort(values)
    edges = np.cumsum(weight[order]) / weight.sum()
    found = {"mean": mean, "sd": np.sqrt(weight @ (values - mean) ** 2)}
    at = np.searchsorted(edges, QUANTILES)
    return found | {f"q{100 * q:02.0f}": values[order][i] for q, i in zip(QUANTILES, at, strict=True)}


def errors_of(values, weight):
    """Standard error of each mark: from batches of draws, which are independent."""
    parts = [slice(i, None, BATCHES) for i in range(BATCHES)]
    found = [marks_of(values[part], weight[part] / weight[part].sum()) for part in parts]
    return {mark: np.std([each[mark] for each in found], ddof=1) / BATCHES**0.5 for mark in found[0]}


def main(job):
    frame = pd.read_parquet(job["path"])

    def work(seed):
        return MODELS[job["model"]](threads=1).fit(frame).posterior(job["size"], random_state=seed)

    work(1)
    cpu, drawn = cpu_of(lambda: work(2))
    marks = {}
    for name, values in drawn.values.items():
        errors = errors_of(values, drawn.weight)
        whole = marks_of(values, drawn.weight)
        marks[name] = {mark: (float(value), float(errors[mark])) for mark, value in whole.items()}
    how = f"{job['size']:,} draws, k_hat {drawn.k_hat:.2f}"
    answer(cpu=cpu, effective=float(drawn.ess), marks=marks, how=how)


if __name__ == "__main__":
    main(read_job())

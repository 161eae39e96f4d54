"""One model per cohort (or plan, or channel), and whether they differ at all.

A fit already takes cohorts of different age together: each is censored where it ends. Here each
value of a column gets its own parameters; the likelihood-ratio test against one model for all says
whether that is worth it. Small cohorts are better left pooled.
"""

from typing import Any

import numpy as np

from lifeworth.base.errors import ModelError
from lifeworth.models.fitting.comparison import LikelihoodRatio, ratio_test
from lifeworth.models.retention.inputs import column, columns_of
from lifeworth.models.retention.model import RetentionModel
from lifeworth.models.tables import frame


class CohortFits:
    """models: cohort -> fitted model; pooled: one model for all; test: separate against pooled."""

    def __init__(self, models: dict[Any, RetentionModel], pooled: RetentionModel) -> None:
        self.models = models
        self.pooled = pooled

    @property
    def log_likelihood(self) -> float:
        return float(sum(model.log_likelihood_ for model in self.models.values()))

    @property
    def test(self) -> LikelihoodRatio:
        """Likelihood ratio of separate parameters against the same for all."""
        extra = (len(self.models) - 1) * len(self.pooled.parameters)
        return ratio_test(self.log_likelihood, self.pooled.log_likelihood_, max(extra, 1))

    def summary(self) -> Any:
        """A table: cohort, parameter, estimate, standard_error."""
        rows = [
            (cohort, name, value, model.standard_errors_[name])
            for cohort, model in self.models.items()
            for name, value in model.params_.items()
        ]
        titles = ("cohort", "parameter", "estimate", "standard_error")
        columns = {title: [row[i] for row in rows] for i, title in enumerate(titles)}
        return frame(columns, self.pooled._backend)


def fit_cohorts(
    model: type[RetentionModel], data: Any, by: str = "cohort", sample_weight: Any = None
) -> CohortFits:
    """Fit `model` to each value of column `by` and to all together.

    Raises ModelError MODEL-001 where there is no such column, MODEL-218 naming the cohort that
    cannot be fitted on its own; otherwise as `RetentionModel.fit`.
    """
    names = columns_of(data)
    if by not in names:
        raise ModelError("MODEL-001", missing=[by], seen=names)
    codes = column(data, by)
    table = {name: column(data, name) for name in names if name != by}
    weight = None if sample_weight is None else np.asarray(sample_weight, np.float64)
    pooled = model().fit(data, sample_weight)
    fits: dict[Any, RetentionModel] = {}
    for cohort in sorted(set(codes.tolist()), key=str):
        rows = np.flatnonzero(codes == cohort)
        part = {name: each[rows] for name, each in table.items()}
        try:
            fits[cohort] = model().fit(part, None if weight is None else weight[rows])
        except ModelError as error:
            raise ModelError("MODEL-218", cohort=str(cohort), reason=error.code) from error
    return CohortFits(fits, pooled)

"""Default priors of the retention models, and how they may be replaced.

phi = alpha/(alpha + beta), the mean chance of leaving, is uniform. For the shifted beta-geometric,
kappa = alpha + beta is Pareto(1, 1), as in PyMC-Marketing, for comparison. With c, which trades
against kappa, both are log-normal: kappa with median 3 and standard deviation 1 in logarithms, c
with median 1 (the urge to leave does not change) and 0.5.
"""

from collections.abc import Mapping

from lifeworth.models.fitting.beta_pairs import BetaPairs
from lifeworth.models.fitting.posterior import Coordinates
from lifeworth.models.fitting.priors import Beta, LogNormal, ParetoAboveOne, Prior, replace
from lifeworth.models.retention.formulas import Values

SHIFTED: Mapping[str, Prior] = {"phi": Beta(1.0, 1.0), "kappa": ParetoAboveOne(1.0)}
WEIBULL: Mapping[str, Prior] = {
    "phi": Beta(1.0, 1.0), "kappa": LogNormal(3.0, 1.0), "c": LogNormal(1.0, 0.5)
}  # fmt: skip


def beta_coordinates(defaults: Mapping[str, Prior], replaced: Values | None) -> Coordinates:
    """Coordinates of (alpha, beta[, c]). Raises UsageError MODEL-028 for an unknown name."""
    priors = replace(defaults, replaced)
    return BetaPairs([(priors["phi"], priors["kappa"])], [priors["c"]] if "c" in priors else [])

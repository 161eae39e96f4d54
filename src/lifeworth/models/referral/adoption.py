"""How many will have adopted in later years: Bass and SIR growth fitted to cumulative adoption.

Story: in each period whoever is still open adopts with the hazard p + q * talkers / market: p by
itself, q by word of mouth. Bass: adopters talk for ever; SIR: they fall silent at rate r. Periods
are rougher than chance alone: the hazard carries a gamma noise of variance phi, and its level
drifts from period to period. The market is given (some of it may never be won), or unknown and
then guessed from the growth, with the honest consequence that early forecasts are wide.
The posterior is drawn by adaptive importance sampling (tempered, Student proposals), and each draw
lives one future, so the interval holds parameters, roughness and drift.
Fails when: the innovation itself changes (a subsidy, a better seed) more than the drift allows.
Sources: methods.md 5.2 (e); Bass (1969), Management Science 15(5), 215-227.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.kernels.special import log_gamma

Floats = NDArray[np.float64]
FREEDOM, ROUNDS = 6.0, 8
# centre and standard deviation of ln p, ln q, ln phi, ln r; of ln(room beyond those who adopted) where
# the market is unknown, and of the logit of the part of a known market's rest that can be won at all
PRIORS = {
    "p": (-3.5, 1.2), "q": (-1.1, 1.0), "phi": (-2.5, 1.0), "r": (-2.5, 1.0), "room": (1.5, 1.6),
    "winnable": (2.0, 1.5),
}  # fmt: skip


@dataclass(frozen=True)
class AdoptionForecast:
    """cumulative, low, high: (h,) customers by the end of each later period, 90 % interval;
    per_period: (h,) expected new ones; market: mean, low, high; parameters: posterior medians by
    name; draws: (d, h) cumulative.
    """

    cumulative: Floats
    low: Floats
    high: Floats
    per_period: Floats
    market: dict[str, float]
    parameters: dict[str, float]
    draws: NDArray[np.int64]
    effective_draws: float


def forecast_adoption(
    adopted: Any,
    periods: int,
    *,
    market: int | None = None,
    kind: Literal["bass", "sir"] = "bass",
    draws: int = 4000,
    random_state: int | np.random.Generator | None = 0,
) -> AdoptionForecast:
    """Forecast adoption.

    Args:
        adopted: (s,) new adopters in each period so far, s >= 4. Take periods (months, years) in
            which the whole growth spans some 5 to 50.
        periods: how many to look ahead.
        market: how many could adopt in all; None: unknown.
    Raises:
        ModelError MODEL-305 (negative or not whole), MODEL-314 (fewer than 4 periods or 5 adopters);
        UsageError MODEL-315.
    """
    counts = _checked(adopted, periods, market, draws)
    names = ["p", "q", "phi", *(["r"] if kind == "sir" else []), "room" if market is None else "winnable"]
    rng = generator(random_state)
    world = _Adoption(counts, names, market)
    points, weights = _sample(world, draws, rng)
    chosen = points[rng.choice(len(points), draws, p=weights)]
    drawn = world.values(chosen)
    paths = _live(counts, drawn, periods, rng)
    low, high = np.quantile(paths, (0.05, 0.95), axis=0)
    cumulative = paths.mean(axis=0)
    sizes = drawn["market"]
    return AdoptionForecast(
        cumulative, low, high, np.diff(cumulative, prepend=counts.sum()),
        {"value": float(sizes.mean()), "low": float(np.quantile(sizes, 0.05)),
         "high": float(np.quantile(sizes, 0.95))},
        {name: float(np.median(drawn[name])) for name in ("p", "q", "phi", "r")},
        paths, float(1.0 / (weights**2).sum()),
    )  # fmt: skip


class _Adoption:
    """The posterior over ln p, ln q, ln phi (and ln r), ln room or logit winnable, given the counts."""

    def __init__(self, counts: Floats, names: list[str], market: int | None) -> None:
        self.counts, self.names, self.market = counts, names, market
        self.centre = np.array([PRIORS[name][0] for name in names])
        self.spread = np.array([PRIORS[name][1] for name in names])

    def values(self, points: Floats) -> dict[str, Floats]:
        found = {name: np.exp(points[:, place]) for place, name in enumerate(self.names)}
        found.setdefault("r", np.zeros(len(points)))
        total = self.counts.sum()
        if self.market is None:
            found["market"] = np.ceil(total * (1.0 + found["room"]))
        else:
            odds = found["winnable"]
            found["market"] = np.round(total + (self.market - total) * odds / (1.0 + odds))
        return found

    def log_prior(self, points: Floats) -> Floats:
        return -0.5 * (((points - self.centre) / self.spread) ** 2).sum(axis=1)

    def log_likelihood(self, points: Floats) -> Floats:
        """Negative binomial counts with mean of the hazard and variance m + phi m^2, (d,)."""
        v = self.values(points)
        shape = 1.0 / v["phi"]
        talking, before = np.zeros(len(points)), 0.0
        total = -len(self.counts) * log_gamma(shape)
        for count in self.counts.tolist():
            hazard = v["p"] + v["q"] * talking / v["market"]
            mean = np.maximum((v["market"] - before) * -np.expm1(-hazard), 1e-9)
            total += log_gamma(count + shape) - shape * np.log1p(mean / shape)
            total += count * (np.log(mean) - np.log(mean + shape))
            talking = talking * np.exp(-v["r"]) + count
            before += count
        return np.where(v["market"] >= before, total, -np.inf)


def _sample(world: _Adoption, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Points and weights; the proposal follows the tempered posterior until its temperature is 1."""
    centre, root = world.centre, np.diag(world.spread)
    size = max(1000, draws // 2)
    for _ in range(ROUNDS):
        points, log_proposal = _student(centre, root, size, rng)
        log_ratio = world.log_prior(points) + world.log_likelihood(points) - log_proposal
        weights = _tempered(log_ratio, size / 8.0)
        centre = weights @ points
        spread = np.cov(points.T, aweights=weights) + 1e-6 * np.eye(len(centre))
        root = np.linalg.cholesky(spread)
    points, log_proposal = _student(centre, root, draws, rng)
    log_ratio = world.log_prior(points) + world.log_likelihood(points) - log_proposal
    return points, _tempered(log_ratio, draws / 50.0)


def _tempered(log_ratio: Floats, fewest: float) -> Floats:
    """Weights ratio^t with the largest t <= 1 that leaves so many effective draws."""
    low, high = 0.0, 1.0
    for _ in range(30):
        weights = _normalised(log_ratio, high)
        if 1.0 / (weights**2).sum() >= fewest:
            break
        high = 0.5 * (low + high)
    return _normalised(log_ratio, high)


def _normalised(log_ratio: Floats, temperature: float) -> Floats:
    weights = np.exp(temperature * (log_ratio - log_ratio.max()))
    return weights / weights.sum()


def _student(centre: Floats, root: Floats, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    noise = rng.standard_normal((size, len(centre)))
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, size))
    unit = noise * stretch[:, None]
    log_density = -0.5 * (FREEDOM + len(centre)) * np.log1p((unit**2).sum(axis=1) / FREEDOM)
    return centre + unit @ root.T, log_density


def _live(counts: Floats, v: dict[str, Floats], periods: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """One future per draw: cumulative adopters, (d, periods)."""
    size = len(v["p"])
    seen = np.full(size, int(counts.sum()), np.int64)
    market = np.maximum(v["market"].astype(np.int64), seen)
    talking = np.zeros(size)
    for count in counts.tolist():
        talking = talking * np.exp(-v["r"]) + count
    level, drift = np.zeros(size), 0.8 * np.sqrt(v["phi"])
    paths = np.empty((size, periods), np.int64)
    for period in range(periods):
        level += drift * rng.standard_normal(size)
        rough = rng.gamma(1.0 / v["phi"], v["phi"])
        hazard = (v["p"] + v["q"] * talking / v["market"]) * np.exp(level) * rough
        new = rng.binomial(market - seen, -np.expm1(-hazard))
        seen += new
        talking = talking * np.exp(-v["r"]) + new
        paths[:, period] = seen
    return paths


def _checked(adopted: Any, periods: int, market: int | None, draws: int) -> Floats:
    counts = np.asarray(adopted, np.float64)
    if counts.ndim != 1 or len(counts) < 4:
        raise ModelError("MODEL-314", what="periods", seen=int(counts.size), wanted=4)
    wrong = np.flatnonzero(~((counts >= 0) & (counts == np.floor(counts))))
    if len(wrong):
        raise ModelError("MODEL-305", column="adopted", count=len(wrong), rows=wrong[:5].tolist())
    if counts.sum() < 5:
        raise ModelError("MODEL-314", what="adopters", seen=int(counts.sum()), wanted=5)
    if periods < 1 or draws < 100:
        raise UsageError("MODEL-315", name="periods", seen=f"{periods}, {draws}")
    if market is not None and market < counts.sum():
        raise UsageError("MODEL-315", name="market", seen=str(market))
    return counts

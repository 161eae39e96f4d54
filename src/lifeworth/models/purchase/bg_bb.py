"""BG/BB: buyers with a chance at each of some occasions (cruises, donation drives, conferences).

Story: at each occasion a customer who is still one buys with a private chance p, Beta(alpha, beta)
across customers. Before each occasion a coin says leave with probability theta, Beta(gamma, delta)
across customers, independent of p; who left never buys again.
Fails when: there are no natural occasions (weeks of a shop are not; see BG/NBD), or when buying at
one occasion makes buying at the next less likely.
Source: Fader, Hardie & Shang (2010), Marketing Science 29(6), 1086-1108; methods.md 2.7.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.finding import Finding
from lifeworth.base.random import generator
from lifeworth.kernels.newton import in_logs, maximise
from lifeworth.models import settings
from lifeworth.models.discrete_time import periodic_rate, periods
from lifeworth.models.fitting import posterior as posteriors
from lifeworth.models.fitting.beta_pairs import BetaPairs
from lifeworth.models.fitting.maximum_likelihood import estimate
from lifeworth.models.fitting.priors import Beta, ParetoAboveOne, Prior, replace
from lifeworth.models.parameters import draws as checked_draws
from lifeworth.models.parameters import positive
from lifeworth.models.protocols import Model
from lifeworth.models.purchase import bg_bb_likelihood as likelihood
from lifeworth.models.purchase.opportunities import Opportunities, opportunities
from lifeworth.models.retention.residual import residual, residual_within
from lifeworth.models.retention.shifted_beta_geometric import ShiftedBetaGeometric
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Values = Mapping[str, Any]
LIFE = ShiftedBetaGeometric()  # how many further occasions a customer stays: theta never changes
DRAWS_AVERAGED = 200


def log_likelihood(x: Numbers, t_x: Numbers, n: Numbers, p: Values) -> Floats:
    """ln L of each customer: x purchases, the last at occasion t_x, of n occasions."""
    out = np.empty(len(x))
    for span, terms in likelihood.parts(x, t_x, n):
        out[span] = terms.total(terms.logs(p))[0]
    return out


def log_alive(x: Numbers, t_x: Numbers, n: Numbers, p: Values) -> Floats:
    """ln P(still a customer at occasion n): the share of the last term of the likelihood."""
    out = np.empty(len(x))
    for span, terms in likelihood.parts(x, t_x, n):
        logs = terms.logs(p)
        out[span] = logs[~terms.gone] - terms.total(logs)[0]
    return out


def stays(p: Values) -> dict[str, Any]:
    """The parameters of how long a customer stays."""
    return {"alpha": p["gamma"], "beta": p["delta"]}


def chance_if_alive(x: Numbers, n: Numbers, p: Values) -> Floats:
    """Mean chance of buying at an occasion, given still a customer: p ~ Beta(alpha + x, beta + n - x)."""
    return (p["alpha"] + x) / (p["alpha"] + p["beta"] + n)


def mass_if_alive(x: Numbers, n: Numbers, ahead: int, p: Values) -> Floats:
    """P(N = k) in `ahead` more occasions, k = 0..ahead, given still a customer: (m, ahead + 1).

    Purchases among j occasions follow Polya's urn; j is how many of them the customer stays for.
    """
    k = np.arange(ahead + 1.0)
    bought = (p["alpha"] + np.asarray(x, np.float64))[:, None]
    missed = (p["beta"] + np.asarray(n, np.float64) - x)[:, None]
    urn = np.zeros((len(bought), ahead + 1))
    urn[:, 0] = 1.0
    here, mass = np.ones((len(bought), 1)), np.zeros_like(urn)
    for j in range(ahead):
        tossed = p["gamma"] + p["delta"] + np.asarray(n, np.float64)[:, None] + j
        mass += urn * (here * (p["gamma"] / tossed))
        here = here * (1.0 - p["gamma"] / tossed)
        taken = urn * (bought + k)
        urn = urn * np.maximum(missed + j - k, 0.0)
        urn[:, 1:] += taken[:, :-1]
        urn /= bought + missed + j
    return mass + urn * here


@final
class BGBB(Model):
    """Buyers with a chance at each occasion. Parameters alpha, beta (buying), gamma, delta (leaving).

    Customers have frequency, recency and T counted in occasions (`purchase/opportunities.py`). With
    `posterior=` a forecast is the mean over 200 draws.
    """

    parameters = positive("alpha", "beta", "gamma", "delta")

    def fit(self, data: Any, sample_weight: Any = None) -> Self:
        """Maximum likelihood.

        Args:
            data: n customers with frequency, recency, T.
            sample_weight: (n,), how many customers a row stands for; None: one.
        Raises:
            ModelError: MODEL-0xx and 2xx for rows at fault, MODEL-101 where nobody bought again,
            MODEL-102 with a single customer.
        """
        h = opportunities(data, sample_weight)
        customers = float(h.cells.weight.sum())
        if not (h.cells.weight[h.cells.x > 0] > 0).any():
            raise ModelError("MODEL-101", customers=int(customers))
        if customers <= 1.0:
            raise ModelError("MODEL-102", customers=int(customers))
        optimum = maximise(in_logs(likelihood.objective(h.cells)), np.log([1.0, 1.0, 0.5, 2.0]), customers)
        self.keep(estimate(optimum, np.zeros(4)), optimum.value, optimum.converged, customers)
        self._backend, self._cells = h.backend, h.cells
        self.passes_ = optimum.passes
        self.oldest_ = int(h.T.max())
        return self

    def told_of(self, data: Any, sample_weight: Any = None) -> tuple[float, float]:
        cells = opportunities(data, sample_weight).cells
        p = {name: np.array([value]) for name, value in self.require_fit().items()}
        return float(likelihood.log_likelihoods(cells, p)[0]), float(cells.weight.sum())

    def posterior(
        self, draws: int = 4000, random_state: Any = None, priors: Values | None = None
    ) -> posteriors.Posterior:
        """Draws of the parameters given the data, by Laplace and Pareto-smoothed importance sampling.

        Default priors are PyMC-Marketing's: phi_purchase = alpha/(alpha + beta) and phi_dropout =
        gamma/(gamma + delta) uniform, kappa_purchase = alpha + beta and kappa_dropout = gamma + delta
        Pareto(1, 1); `priors` replaces them by name. Raises ModelError MODEL-105, MODEL-107.
        """
        fitted = np.array(list(self.require_fit().values()))
        if not hasattr(self, "_cells"):
            raise ModelError("MODEL-107", model=type(self).__name__)
        occasions = int((self._cells.T.astype(np.int64) - self._cells.t_x + 1).sum())
        target = posteriors.Target(
            objective=likelihood.objective(self._cells),
            log_likelihoods=lambda p: likelihood.log_likelihoods(self._cells, p),
            coordinates=_coordinates(priors),
            scale=np.ones(4),
            names=[parameter.name for parameter in self.parameters],
            customers=self.n_customers_,
            cells=occasions,
        )
        return posteriors.sample(target, fitted, draws, generator(random_state), self._backend, "BGBB")

    def expected_probability_alive(self, data: Any, future_t: int = 1, posterior: Any = None) -> Floats:
        """P(still a customer at occasion T + future_t), (n,). The published one is at the next, 1."""
        h, ahead = opportunities(data), periods(future_t, "future_t")

        def alive(x: Floats, t_x: Floats, n: Floats, p: Values) -> Floats:
            return np.exp(log_alive(x, t_x, n, p) + LIFE.log_stay(n, n + ahead, stays(p)))

        return self._by_history(h, posterior, alive)

    def expected_purchases(self, data: Any, future_t: int, posterior: Any = None) -> Floats:
        """Expected purchases at the next `future_t` occasions, (n,)."""
        h, ahead = opportunities(data), periods(future_t, "future_t")

        def expected(x: Floats, t_x: Floats, n: Floats, p: Values) -> Floats:
            occasions = residual_within(LIFE, n.astype(np.int64), 0.0, ahead, stays(p))
            return np.exp(log_alive(x, t_x, n, p)) * chance_if_alive(x, n, p) * occasions

        return self._by_history(h, posterior, expected)

    def expected_purchases_new_customer(self, t: Any, posterior: Any = None) -> Any:
        """Expected repeat purchases of a new customer at the first t occasions: a float, or (k,)."""
        none = {"frequency": [0], "recency": [0], "T": [0]}
        found = [float(self.expected_purchases(none, each, posterior)[0]) for each in np.atleast_1d(t)]
        return found[0] if np.ndim(t) == 0 else np.array(found)

    def discounted_expected_purchases(
        self, data: Any, discount_rate: float, future_t: int | None = None, posterior: Any = None
    ) -> Floats:
        """Expected purchases to come, the j-th next occasion worth 1/(1 + d)^j, (n,).

        `discount_rate` is d, per occasion and periodic as in the paper (0.10: 10 % from one occasion
        to the next). Without `future_t` the whole future (DERT); inf where d = 0 and gamma <= 1.
        """
        h, rate = opportunities(data), periodic_rate(discount_rate)
        ahead = None if future_t is None else periods(future_t, "future_t")

        def worth(x: Floats, t_x: Floats, n: Floats, p: Values) -> Floats:
            made, life = n.astype(np.int64), stays(p)
            whole = ahead is None
            sums = residual(LIFE, made, rate, life) if whole else _within(made, rate, ahead, life)
            return np.exp(log_alive(x, t_x, n, p)) * chance_if_alive(x, n, p) * sums / (1.0 + rate)

        return self._by_history(h, posterior, worth)

    def purchase_probabilities(self, data: Any, future_t: int, n: Any, posterior: Any = None) -> Floats:
        """P(N = n) for purchases at the next `future_t` occasions, (customers, len(n))."""
        h, ahead, wanted = opportunities(data), periods(future_t, "future_t"), settings.counts(n)
        reached = np.minimum(wanted, ahead)
        found = self._mass(h, ahead, posterior)[:, reached]
        return np.where(wanted > ahead, 0.0, found)

    def quantiles(self, data: Any, future_t: int, q: Any, posterior: Any = None) -> NDArray[np.int64]:
        """Smallest k with P(N(future_t) <= k) >= q, shape (customers, len(q))."""
        h, ahead, levels = opportunities(data), periods(future_t, "future_t"), settings.levels(q)
        mass = self._mass(h, ahead, posterior)
        tails = mass[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        return np.stack([(tails > (1.0 - q) * (1.0 + 1e-13)).sum(axis=1) for q in levels], axis=1)

    def draw_purchases(
        self, data: Any, future_t: int, parameters: Values, random_state: Any = None
    ) -> NDArray[np.int32]:
        """One possible N(future_t) per customer and draw of the parameters, shape (n, draws)."""
        h, ahead, rng = opportunities(data), periods(future_t, "future_t"), generator(random_state)
        p = checked_draws(self.parameters, parameters)
        x, n = h.frequency.astype(np.float64), h.T.astype(np.float64)
        out = np.zeros((len(next(iter(p.values()))), len(h)), np.int32)
        for index in range(len(out)):
            one = {name: float(each[index]) for name, each in p.items()}
            alive = self._by_history(h, None, lambda *cell: np.exp(log_alive(*cell)), one)
            rows = np.flatnonzero(rng.random(len(h)) < alive)
            stay = np.minimum(LIFE.draw_renewals(n[rows], stays(one), rng), ahead).astype(np.int64)
            chance = rng.beta(one["alpha"] + x[rows], one["beta"] + n[rows] - x[rows])
            out[index, rows] = rng.binomial(stay, chance)
        return out.T

    def simulate(self, size: int, T: Any, random_state: Any = None) -> Any:
        """`size` new customers with T occasions (a number or (size,)): frequency, recency, T in a table."""
        p, rng = self.require_fit(), generator(random_state)
        seen = np.broadcast_to(settings.counts(T), (size,))
        stay = np.minimum(LIFE.draw_renewals(np.zeros(size), stays(p), rng), seen).astype(np.int64)
        chance = np.maximum(rng.beta(p["alpha"], p["beta"], size), 1e-300)
        last = np.maximum(stay - (rng.geometric(chance) - 1), 0)  # misses after the last purchase
        bought = (last > 0) + rng.binomial(np.maximum(last - 1, 0), chance)
        return frame({"frequency": bought, "recency": last, "T": seen}, self._backend)

    def horizon_findings(self, future_t: int) -> list[Finding]:
        """A warning where the forecast looks further ahead than twice the oldest customer seen."""
        oldest = getattr(self, "oldest_", np.inf)
        if periods(future_t, "future_t") <= 2 * oldest:
            return []
        return [Finding("model.horizon", "warn", {"future_t": future_t, "oldest": oldest})]

    def _mass(self, h: Opportunities, ahead: int, posterior: Any) -> Floats:
        """P(N = k), k = 0..ahead, per customer: (n, ahead + 1)."""

        def mass(x: Floats, t_x: Floats, n: Floats, p: Values) -> Floats:
            alive = log_alive(x, t_x, n, p)
            found = np.exp(alive)[:, None] * mass_if_alive(x, n, ahead, p)
            found[:, 0] -= np.expm1(alive)
            return found

        return self._by_history(h, posterior, mass)

    def _by_history(
        self, h: Opportunities, posterior: Any, answer: Callable[..., Floats], given: Values | None = None
    ) -> Floats:
        """The answer per different history, averaged over draws, looked up per customer."""
        different, place = h.histories
        several = [given] if given is not None else self._several(posterior)
        total = sum(answer(*different, p) for p in several)
        return np.asarray(total / len(several))[place]

    def _several(self, posterior: Any) -> list[dict[str, Any]]:
        if posterior is None:
            return [self.require_fit()]
        p = checked_draws(self.parameters, posterior.parameters(DRAWS_AVERAGED))
        return [{name: float(each[i]) for name, each in p.items()} for i in range(DRAWS_AVERAGED)]


def _within(made: NDArray[np.int64], rate: float, ahead: int | None, p: Values) -> Floats:
    return residual_within(LIFE, made, rate, int(ahead or 0), p)


def _coordinates(replaced: Values | None) -> posteriors.Coordinates:
    defaults: dict[str, Prior] = {}
    for process in ("purchase", "dropout"):
        defaults |= {f"phi_{process}": Beta(1.0, 1.0), f"kappa_{process}": ParetoAboveOne(1.0)}
    priors = replace(defaults, replaced)
    return BetaPairs([
        (priors[f"phi_{process}"], priors[f"kappa_{process}"]) for process in ("purchase", "dropout")
    ])  # fmt: skip

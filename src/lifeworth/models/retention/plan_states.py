"""Plan states: a subscriber moves between plans, pauses and leaves, as a Markov chain.

Story: from one period to the next a subscriber in plan i moves to plan j with probability P_ij, whatever
came before. Churned is a state that nobody leaves; paused subscribers pay nothing and may come back.
Each state pays its margin at the start of a period. Then

    value = (I - P / (1 + d))^-1 margin,   expected periods still in each state = (I - P)^-1

Fails when: the chance to leave depends on how long somebody has been there; see discrete_hazard or
beta_discrete_weibull, or give early periods states of their own.
Source: Pfeifer & Carraway (2000), J. Interactive Marketing 14(2), 43-55.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.base.random import generator
from lifeworth.kernels.special import beta_quantile
from lifeworth.models.discrete_time import periods as count
from lifeworth.models.estimator import Estimator
from lifeworth.models.tables import DEFAULT_BACKEND, frame
from lifeworth.models.writing import write

Floats = NDArray[np.float64]
CHURNED = "churned"


@final
class PlanMarkov(Estimator):
    """Plans as states of a Markov chain. Estimates come with Dirichlet draws for their uncertainty.

    Fitted attributes: `states_` (the last is "churned"), `counts_` (k, k) observed moves,
    `transitions_` (k, k) their shares, each row adding up to 1.

    Args:
        prior: added to each observed move from a state that was seen; .5 by default (Jeffreys).
    """

    states_: list[str]
    counts_: Floats
    transitions_: Floats

    def __init__(self, prior: float = 0.5) -> None:
        self.prior = prior

    def fit(self, moves_from: Sequence[str], moves_to: Sequence[str]) -> Self:
        """Count the moves of all subscribers from one period to the next; "churned" is the end.

        Raises ModelError MODEL-251: no moves, lengths that differ, or a move out of "churned".
        """
        if len(moves_from) != len(moves_to) or not len(moves_from) or CHURNED in set(moves_from):
            raise ModelError("MODEL-251", seen=f"{len(moves_from)} / {len(moves_to)}")
        plans = sorted((set(moves_from) | set(moves_to)) - {CHURNED})
        self.states_ = [*plans, CHURNED]
        place = {state: index for index, state in enumerate(self.states_)}
        counts = np.zeros((len(self.states_),) * 2)
        np.add.at(counts, ([place[each] for each in moves_from], [place[each] for each in moves_to]), 1.0)
        self.counts_ = counts
        self.transitions_ = _rows(self._smoothed())
        return self

    @classmethod
    def with_transitions(cls, states: Sequence[str], transitions: Any) -> Self:
        """Known chances to move. The last state must be the one that nobody leaves.

        Raises ModelError MODEL-252 unless rows are probabilities and the last state keeps its own.
        """
        model, table = cls(), np.asarray(transitions, np.float64)
        fine = table.shape == (len(states),) * 2 and (table >= 0).all()
        if not (fine and np.allclose(table.sum(axis=1), 1.0, atol=1e-9) and table[-1, -1] == 1.0):
            raise ModelError("MODEL-252", seen=str(table.shape))
        model.states_, model.transitions_ = list(states), table
        model.counts_ = np.zeros_like(table)
        return model

    def summary(self) -> Any:
        """A table of moves: from_state, to_state, moves (as counted), share, low and high (90 %)."""
        low, high = self.transition_interval()
        start, end = (each.ravel() for each in np.indices(low.shape))
        columns = {
            "from_state": [self.states_[i] for i in start], "to_state": [self.states_[i] for i in end],
            "moves": self.counts_.ravel(), "share": self.transitions_.ravel(),
            "low": low.ravel(), "high": high.ravel(),
        }  # fmt: skip
        return frame(columns, DEFAULT_BACKEND)

    def states_after(self, periods: int) -> Floats:
        """Chance to be in each state so many periods later, (k, k): a row per state to start from."""
        self._fitted()
        return np.linalg.matrix_power(self.transitions_, count(periods, "periods"))

    def simulate(self, start: Sequence[str], periods: int, random_state: Any = None) -> Any:
        """Subscribers followed from the states `start` on, (n,): a table subscriber, period, from_state,
        to_state, with a row per period until churned, as `fit` takes its last two columns.

        Raises UsageError MODEL-254 for a state that is none, or "churned".
        """
        self._fitted()
        place = {state: index for index, state in enumerate(self.states_[:-1])}
        unknown = sorted(set(start) - set(place))
        if unknown:
            raise UsageError("MODEL-254", seen=unknown, known=list(place))
        rng, edges = generator(random_state), self.transitions_.cumsum(axis=1)
        who, now = np.arange(len(start)), np.array([place[state] for state in start], np.intp)
        moves: list[tuple[Any, ...]] = []
        for period in range(1, count(periods, "periods") + 1):
            reached = (edges[now, :-1] <= rng.random(len(now))[:, None]).sum(axis=1)
            moves.append((who, np.full(len(who), period), now, reached))
            here = reached < len(self.states_) - 1
            who, now = who[here], reached[here]
        nobody = (np.zeros(0, np.int64),) * 4
        whose, when, before, after = (np.concatenate(each) for each in zip(nobody, *moves, strict=True))
        columns = {
            "subscriber": whose, "period": when,
            "from_state": [self.states_[i] for i in before], "to_state": [self.states_[i] for i in after],
        }  # fmt: skip
        return frame(columns, DEFAULT_BACKEND)

    def log_likelihood(self, moves_from: Sequence[str], moves_to: Sequence[str]) -> float:
        """ln chance of moves, those held out for instance. Raises UsageError MODEL-254 for unknown states."""
        self._fitted()
        place = {state: index for index, state in enumerate(self.states_)}
        unknown = sorted((set(moves_from) | set(moves_to)) - set(place))
        if unknown:
            raise UsageError("MODEL-254", seen=unknown, known=list(place))
        rows = [[place[each] for each in moves] for moves in (moves_from, moves_to)]
        with np.errstate(divide="ignore"):
            return float(np.log(self.transitions_[rows[0], rows[1]]).sum())

    def save(self, path: str | Path) -> None:
        """Write settings and estimates as plain JSON; `lifeworth.load` reads them back."""
        self._fitted()
        write(self, path)

    def value(self, margins: Any, discount_rate: float) -> dict[str, float]:
        """Expected discounted margin of a subscriber now in each state, this period's margin included.

        Args:
            margins: per state but "churned", in the order of `states_`; per period.
            discount_rate: per period, effective.
        Raises UsageError MODEL-253 for other lengths or a value without an end.
        """
        worth = _solve(self.transitions_, self._margins(margins), discount_rate)
        return dict(zip(self.states_, worth.tolist(), strict=True))

    def value_interval(
        self, margins: Any, discount_rate: float, *, draws: int = 1000, random_state: Any = None
    ) -> dict[str, tuple[float, float]]:
        """The 90 % interval of `value`, from Dirichlet draws of each row of moves."""
        self._fitted()
        rng, pay, smoothed = generator(random_state), self._margins(margins), self._smoothed()
        found = np.empty((draws, len(self.states_)))
        for draw in range(draws):
            found[draw] = _solve(_rows(rng.standard_gamma(np.maximum(smoothed, 1e-300))), pay, discount_rate)
        low, high = np.quantile(found, (0.05, 0.95), axis=0)
        return {state: (float(low[i]), float(high[i])) for i, state in enumerate(self.states_)}

    def transition_interval(self) -> tuple[Floats, Floats]:
        """The 90 % interval of each of `transitions_`, (k, k) low and high: each share's beta law."""
        self._fitted()
        smoothed = self._smoothed()
        rest = smoothed.sum(axis=1, keepdims=True) - smoothed
        sure = (smoothed <= 0) | (rest <= 0)
        one, other = np.where(sure, 1.0, smoothed), np.where(sure, 1.0, rest)
        low, high = (beta_quantile(q, one, other) for q in (0.05, 0.95))
        return np.where(sure, self.transitions_, low), np.where(sure, self.transitions_, high)

    def draw_transitions(self, draws: int, random_state: Any = None) -> Floats:
        """Dirichlet draws of `transitions_`, (draws, k, k)."""
        self._fitted()
        gammas = generator(random_state).standard_gamma(
            np.maximum(self._smoothed(), 1e-300), (draws, *self.transitions_.shape)
        )
        return np.asarray(gammas / gammas.sum(axis=2, keepdims=True))

    def expected_periods(self) -> dict[str, float]:
        """Periods until churn from each state, this one included."""
        self._fitted()
        worth = _solve(self.transitions_, np.append(np.ones(len(self.states_) - 1), 0.0), 0.0)
        return dict(zip(self.states_, worth.tolist(), strict=True))

    def _smoothed(self) -> Floats:
        seen = self.counts_.sum(axis=1, keepdims=True) > 0
        smoothed = np.where(seen, self.counts_ + self.prior, 0.0)
        smoothed[~seen[:, 0], -1] = 1.0  # a plan nobody was seen to leave or keep, and churned itself
        return np.asarray(smoothed)

    def _margins(self, margins: Any) -> Floats:
        self._fitted()
        pay = np.asarray(margins, np.float64)
        if pay.shape != (len(self.states_) - 1,):
            raise UsageError("MODEL-253", seen=str(pay.shape), wanted=len(self.states_) - 1)
        return np.append(pay, 0.0)

    def _fitted(self) -> None:
        if not hasattr(self, "transitions_"):
            raise ModelError("MODEL-106", model=type(self).__name__)


def _rows(table: Floats) -> Floats:
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def _solve(transitions: Floats, margins: Floats, discount_rate: float) -> Floats:
    """Among the states that can be left; churned is worth 0."""
    if not discount_rate >= 0:
        raise UsageError("MODEL-253", seen=str(discount_rate), wanted=">= 0")
    inside = transitions[:-1, :-1] / (1.0 + discount_rate)
    system = np.eye(len(inside)) - inside
    if np.linalg.cond(system) > 1e14:
        raise UsageError("MODEL-253", seen="1", wanted="< 1")
    return np.append(np.linalg.solve(system, margins[:-1]), 0.0)

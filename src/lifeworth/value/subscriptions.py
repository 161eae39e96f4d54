"""Current value of subscriptions: what they will pay over the horizon, expected and simulated.

At each renewal date a subscription on a plan leaves with a chance that depends on its age and its covariates
(the model of staying that foretold held-out subscriptions best, `value.contracts`), else moves between plans
and pause as a Markov chain (`models.retention.plan_states`); a paused one comes back or leaves as the chain
says; one that left comes back by the months since it left, and then leaves as those who came back before it
did. A plan's average price tells what a move adds; add-ons come and go by a chain of their own.

    value = sum over renewal dates within the horizon of P(on a plan) x its price x discount

Draws take one draw of all estimates for all subscriptions, then let each of them live through the horizon.
Pauses and returns of renewals further apart than a month are too few to be told apart by plan; who comes
back pays what it paid before and, within the horizon, neither moves nor pauses.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError
from lifeworth.base.random import stream
from lifeworth.data.contracts.histories import DAYS_PER_MONTH, LEFT
from lifeworth.data.contracts.stretches import later
from lifeworth.data.contracts.subscribers import Subscribers
from lifeworth.data.tables.companions.subscriptions import PAUSED
from lifeworth.models.retention.discrete_hazard import DiscreteHazard
from lifeworth.models.retention.plan_states import PlanMarkov
from lifeworth.value.contracts import Candidate, compete
from lifeworth.value.discounting import rate_per_day
from lifeworth.value.extras import Extras

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
RETURN_BANDS = (1, 2, 4, 7, 13)  # months since leaving at which the chance to come back may change
FEWEST_AGAIN = 20  # who left after a return, from which on such leaving has a chance of its own
FIT, CHAIN, RETURN, LIFE, EXTRA, AGAIN = range(6)  # streams of chance


@dataclass(frozen=True)
class Outlook:
    """Per subscription (s,), money in major units before the margin; drawn: (draws, s), float32.

    stays: P(on a plan or paused at the end of the horizon, without having left).
    mix: states -> expected number of subscriptions now, then, and the 90 % interval of then.
    candidates: of the interval that most subscriptions have; plans: its chain, None where nothing moved.
    """

    value: Floats
    undiscounted: Floats
    payments: Floats
    stays: Floats
    drawn_value: NDArray[np.float32]
    drawn_payments: NDArray[np.float32]
    mix: list[dict[str, Any]]
    candidates: list[Candidate]
    chain: PlanMarkov | None


def outlook(found: Subscribers, *, days: float, annual_rate: float, draws: int, seed: int) -> Outlook:
    """The horizon of `days` from the as-of day of `found`; `annual_rate` effective."""
    size = len(found)
    value, undiscounted, payments, stays = (np.zeros(size) for _ in range(4))
    drawn = np.zeros((draws, size), np.float32), np.zeros((draws, size), np.float32)
    mix: dict[str, dict[str, Any]] = {}
    candidates: list[Candidate] = []
    chain, largest = None, 0
    for number, interval in enumerate(np.unique(found.interval).tolist()):
        rows = np.flatnonzero(found.interval == interval)
        group = _Group(found, rows, interval, days, annual_rate, draws, seed + 7919 * number)
        value[rows], undiscounted[rows], payments[rows], stays[rows], then = group.expected()
        drawn[0][:, rows], drawn[1][:, rows], counted = group.drawn()
        for at, state in enumerate(group.names):
            each = mix.setdefault(state, {"state": state, "now": 0, "then": 0.0, "draws": np.zeros(draws)})
            each["now"] += int(np.count_nonzero(group.state == at))
            each["then"] += float(then[at])
            each["draws"] = each["draws"] + counted[:, at]
        if len(rows) > largest:
            largest, candidates, chain = len(rows), group.candidates, group.chain
    return Outlook(value, undiscounted, payments, stays, *drawn, _mixed(mix), candidates, chain)


def _mixed(mix: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    told = []
    for each in mix.values():
        low, high = np.quantile(each.pop("draws"), (0.05, 0.95))
        told.append({**each, "low": min(float(low), each["then"]), "high": max(float(high), each["then"])})
    return sorted(told, key=lambda each: (each["state"] in (LEFT, PAUSED), -each["now"], each["state"]))


class _Group:
    """Subscriptions that renew after the same number of months. `names`: plans, paused, churned."""

    def __init__(
        self, found: Subscribers, rows: Rows, interval: int, days: float, annual_rate: float, draws: int,
        seed: int,
    ) -> None:  # fmt: skip
        learning, self.seed, self.draws, self.size = found.learning, seed, draws, len(rows)
        before, after = learning.moves.get(interval, ([], []))
        now = [found.plan[at] for at in rows.tolist()]
        plans = sorted((set(before) | set(after) | set(now)) - {PAUSED, LEFT})
        self.names, self.plans = [*plans, PAUSED, LEFT], len(plans)
        place = {name: at for at, name in enumerate(self.names)}
        self.plan = np.array([place[name] for name in now], np.int64)
        state = found.state[rows]
        self.state = np.where(state == LEFT, self.plans + 1, np.where(state == PAUSED, self.plans, self.plan))
        self.charge = found.charge[rows] * interval / 100.0
        self.extras = Extras(learning.extras, found.extra[rows] * interval / 100.0)
        self._prices()
        step = interval * DAYS_PER_MONTH
        coming = np.where(state == LEFT, found.day + int(step), found.renewal[rows])
        dates = later(coming[:, None], interval * np.arange(int(days / step) + 2)) - found.day
        self.steps = (dates <= days).sum(axis=1)
        self.longest = int(self.steps.max(initial=0))
        delta = rate_per_day(annual_rate)
        self.discount = np.exp(-delta * dates[:, : self.longest + 1])
        self.factor = float(np.exp(-delta * step))
        self.age, self.gone = found.age[rows], found.gone[rows]
        self._fit(learning, learning.interval == interval, found.piece[rows])
        came_back = (learning.interval == interval) & learning.again
        left = float(learning.tenures["churned"][came_back].sum())
        faced = float((learning.tenures["T"] - learning.tenures["entry"])[came_back].sum())
        self.left_again = (left + 0.5, faced - left + 0.5) if left >= FEWEST_AGAIN else None
        self.chain = _chain(before, after)
        self.returns = _returns(learning.gone, learning.back) if interval == 1 else None

    def _prices(self) -> None:
        """Average charge per renewal of each plan without add-ons; of a plan nobody is on, that of all."""
        on = self.state < self.plans
        plain = self.charge - self.extras.own
        paid = np.bincount(self.plan[on], plain[on], self.plans)
        count = np.bincount(self.plan[on], minlength=self.plans)
        mean = float(plain[on].mean()) if on.any() else 0.0
        self.price = np.where(count > 0, paid / np.maximum(count, 1), mean)

    def _fit(self, learning: Any, chosen: NDArray[np.bool_], piece: Rows) -> None:
        tenures = {name: each[chosen] for name, each in learning.tenures.items()}
        numbers = {name: each[chosen] for name, each in learning.covariates.numbers.items()}
        numbers = {name: each for name, each in numbers.items() if np.ptp(each) > 0} if chosen.any() else {}
        self.candidates = []
        place = np.cumsum(chosen) - 1
        self.told = {name: each[place[piece]] for name, each in numbers.items()}
        self.left = float(tenures["churned"].sum())
        self.faced = float((tenures["T"] - tenures["entry"]).sum())
        try:
            self.candidates = compete(tenures, numbers, self.seed)
        except ModelError:
            return  # nobody left, or nobody stayed: one chance for all, see `_hazards`

    def _leaving(self, draws: int | None) -> tuple[Any, Any]:
        """`_hazards`, where those who came back before tell how soon who returns will leave."""
        ahead, back = self._hazards(draws)
        law = self.left_again
        if law is None:
            return ahead, back
        drawn = [law[0] / sum(law)] if draws is None else stream(self.seed, AGAIN).beta(*law, draws)
        return ahead, lambda at: np.full(self.longest + 1, drawn[at])

    def _hazards(self, draws: int | None) -> tuple[Any, Any]:
        """Functions of a draw: chances to leave ahead, (s, steps), and those of who comes back, (steps + 1,).

        None: of the estimates.
        """
        longest, size = self.longest, self.size
        ages = np.arange(1, longest + 2)
        if not self.candidates:
            rng = stream(self.seed, FIT)
            law = (self.left + 0.5, self.faced - self.left + 0.5)
            chance = [law[0] / sum(law)] if draws is None else rng.beta(*law, draws)
            return (
                lambda at: np.full((size, longest), chance[at]),
                lambda at: np.full(longest + 1, chance[at]),
            )
        model = self.candidates[0].model
        if isinstance(model, DiscreteHazard):
            here = {"renewals": self.age, **{name: self.told[name] for name in model.covariates}}
            usual = {name: [mean] for name, mean in zip(model.covariates, model.means_, strict=True)}
            theta = [None] if draws is None else model.draw_parameters(draws, stream(self.seed, FIT))
            return (
                lambda at: model.hazard_ahead(here, longest, theta[at]),
                lambda at: model.hazard_ahead({"renewals": [0], **usual}, longest + 1, theta[at])[0],
            )
        oldest = int(self.age.max(initial=0)) + longest + 2
        if draws is None:
            made = [model]
        else:
            told = model.posterior(1000, self.seed).parameters(draws)
            made = [
                type(model).with_parameters(**{name: float(each[at]) for name, each in told.items()})
                for at in range(draws)
            ]
        curves = []
        for each in made:
            curve = np.atleast_1d(each.survival(np.arange(oldest + 1)))
            curves.append(1.0 - curve[1:] / np.maximum(curve[:-1], 1e-300))
        ahead = self.age[:, None] + np.arange(longest)
        return lambda at: curves[at][ahead], lambda at: curves[at][ages - 1]

    def expected(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """value, undiscounted, payments, stays (s,) and the expected number in each of `names`."""
        ahead, back = self._leaving(None)
        hazards, returning = ahead(0), back(0)
        moves = self._conditional(None if self.chain is None else self.chain.transitions_)
        chances, longest_gone = self._return_chances(None), int(self.gone.max(initial=0))
        later, plain = (
            _comes_back(returning, chances, v, self.longest, longest_gone) for v in (self.factor, 1.0)
        )
        here = np.zeros((self.size, self.plans + 1))
        on = self.state <= self.plans
        here[on, self.state[on]] = 1.0
        extra, add_ons = self.price - self.price[self.plan][:, None], self.extras.expected(self.longest)
        gone = self.state == self.plans + 1
        value, undiscounted, payments = (
            np.where(gone & (self.steps > 0), worth[self.gone, self.steps] * each, 0.0)
            for worth, each in (
                (later, self.charge * self.discount[:, 0]),
                (plain, self.charge),
                (plain, np.ones(self.size)),
            )
        )
        stays = here.sum(axis=1)
        for t in range(self.longest):
            going = t < self.steps
            hazard, plan, paused = hazards[:, t], here[:, :-1], here[:, -1:]
            stayed = (plan * (1.0 - hazard[:, None])) @ moves[:-1, :-1] + paused * moves[-1, :-1]
            left = plan.sum(axis=1) * hazard + paused[:, 0] * moves[-1, -1]
            charge = self.charge + add_ons[:, t]
            money = (stayed[:, :-1] * np.maximum(charge[:, None] + extra, 0.0)).sum(axis=1)
            count = stayed[:, :-1].sum(axis=1)
            rest = np.maximum(self.steps - t - 1, 0)
            back_later, back = left * self.charge * later[0, rest], left * plain[0, rest]
            value += going * (money * self.discount[:, t] + back_later * self.discount[:, t + 1])
            undiscounted += going * (money + back * self.charge)
            payments += going * (count + back)
            here = np.where(going[:, None], stayed, here)
            stays = here.sum(axis=1)
        mix = np.append(here.sum(axis=0), self.size - here.sum())
        return value, undiscounted, payments, stays, mix

    def drawn(self) -> tuple[NDArray[np.float32], NDArray[np.float32], Floats]:
        """Value and payments (draws, s), and how many are in each of `names` in each draw."""
        ahead, back = self._leaving(self.draws)
        chains = (
            None if self.chain is None else self.chain.draw_transitions(self.draws, stream(self.seed, CHAIN))
        )
        value = np.zeros((self.draws, self.size), np.float32)
        payments, counts = np.zeros_like(value), np.zeros((self.draws, self.plans + 2))
        for draw in range(self.draws):
            moves = self._conditional(None if chains is None else chains[draw])
            rng = stream(self.seed, LIFE, draw)
            chances = self._return_chances(stream(self.seed, RETURN, draw))
            add_ons = self.extras.chances(stream(self.seed, EXTRA, draw))
            lived = self._live(ahead(draw), back(draw), np.cumsum(moves, axis=1), chances, add_ons, rng)
            value[draw], payments[draw] = lived[:2]
            counts[draw] = np.bincount(lived[2], minlength=self.plans + 2)
        return value, payments, counts

    def _live(
        self, hazards: Floats, returning: Floats, moves: Floats, chances: Floats,
        add_ons: tuple[float, float], rng: np.random.Generator,
    ) -> tuple[Floats, Floats, Rows]:  # fmt: skip
        paused, left = self.plans, self.plans + 1
        state, gone, age = self.state.copy(), self.gone.copy(), np.full(self.size, -1)  # age: since a return
        value, payments, some = np.zeros(self.size), np.zeros(self.size), self.extras.has
        for t in range(self.longest):
            going = t < self.steps
            luck, turn = rng.random(self.size), rng.random(self.size)
            if self.extras.known:
                whim = rng.random(self.size)
                some = np.where(some, whim >= add_ons[1], whim < add_ons[0])
            back = age >= 0
            on = state < paused
            chance = np.where(back, returning[np.maximum(age, 0)], hazards[:, t])
            leaves = on & (luck < chance)
            moved = (turn[:, None] >= moves[np.minimum(state, paused)]).sum(axis=1)
            after = np.where(on & ~leaves & ~back | (state == paused), np.minimum(moved, left), state)
            after = np.where(leaves, left, after)
            comes = (state == left) & (luck < chances[np.minimum(gone, len(chances) - 1)])
            after = np.where(comes, self.plan, after)
            older = np.where(comes, 0, np.where(back & on & ~leaves, age + 1, np.where(leaves, -1, age)))
            age = np.where(going, older, age)
            gone = np.where(after == left, np.where(state == left, gone + 1, 0), gone)
            state = np.where(going, after, state)
            pays = going & (state < paused)
            extra = np.where(age >= 0, 0.0, self.price[np.minimum(state, paused - 1)] - self.price[self.plan])
            money = np.maximum(self.charge + extra + some * self.extras.amount - self.extras.own, 0.0)
            value += np.where(pays, money * self.discount[:, t], 0.0)
            payments += pays
        return value, payments, np.where(age >= 0, left, state)

    def _conditional(self, transitions: Floats | None) -> Floats:
        """Moves of those who do not leave, rows and columns plans and paused; the paused also leave."""
        size = self.plans + 1
        found = np.eye(size + 1)[:size]
        found[:, -1] = 0.0
        if transitions is None or self.chain is None:
            return found
        place = np.array([self.names.index(name) for name in self.chain.states_])
        for row, state in enumerate(place[:-1]):
            found[state] = 0.0
            found[state, place] = transitions[row]
            if state < self.plans:
                found[state, -1] = 0.0
                total = found[state].sum()
                found[state] = found[state] / total if total > 0 else np.eye(size + 1)[state]
        return found

    def _return_chances(self, rng: np.random.Generator | None) -> Floats:
        """P(come back at the next date | gone for j of them), j = 0, 1, ..."""
        longest = self.longest + int(self.gone.max(initial=0)) + 2
        if self.returns is None:
            return np.zeros(longest)
        band, came, stayed = self.returns
        chance = came / (came + stayed) if rng is None else rng.beta(came, stayed)
        return np.asarray(chance[np.minimum(band[:longest], len(chance) - 1)])


def _chain(before: list[str], after: list[str]) -> PlanMarkov | None:
    if not before:
        return None
    states = len(set(before) | set(after) | {LEFT})
    return PlanMarkov(prior=1.0 / states).fit(before, after)


def _returns(gone: Rows, back: NDArray[np.bool_]) -> tuple[Rows, Floats, Floats] | None:
    """Band of each number of months, and the beta law of coming back in each band; None: nobody ever did."""
    if not back.any():
        return None
    starts = np.array(RETURN_BANDS)
    months = np.arange(1, 1201)
    band = np.searchsorted(starts, months, side="right") - 1
    capped = np.minimum(gone, 1200)
    faced = np.bincount(capped, minlength=1202)[::-1].cumsum()[::-1]  # seen for so many months or more
    came = np.bincount(capped[back], minlength=1202)
    seen = np.bincount(band, faced[1:1201], len(starts))
    returned = np.bincount(band, came[1:1201], len(starts)).astype(np.float64)
    return band, returned + 0.5, np.maximum(seen - returned, 0.0) + 0.5


def _comes_back(returning: Floats, chances: Floats, v: float, longest: int, gone: int) -> Floats:
    """Payments expected of who left `j` dates ago, n dates to come: (gone + longest + 1, longest + 1).

    The next date counts in full, each after it `v` of the one before.
    """
    away = np.zeros((gone + longest + 2, longest + 1))
    here = np.zeros((longest + 2, longest + 1))  # age of the next renewal - 1
    for n in range(1, longest + 1):
        chance = chances[: len(away) - 1]
        away[:-1, n] = chance * (1.0 + v * here[0, n - 1]) + (1.0 - chance) * v * away[1:, n - 1]
        leave = returning[: longest + 1]
        here[:-1, n] = (1.0 - leave) * (1.0 + v * here[1:, n - 1]) + leave * v * away[0, n - 1]
    return away[:-1]

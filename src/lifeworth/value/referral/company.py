"""Referral figures of the company, ready to be published: R, its path, who brings most, how far it goes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.clock import date_of
from lifeworth.base.errors import ModelError
from lifeworth.models.referral.branching import extinction_probability, final_size, total_progeny
from lifeworth.models.referral.classes import CLASSES
from lifeworth.models.referral.company import concentration, endogenous_share, reproduction_path
from lifeworth.models.referral.epidemic import EpidemicReferral
from lifeworth.models.referral.generations import open_share_path
from lifeworth.models.referral.hawkes import HawkesReferral
from lifeworth.value.referral.customers import RANKING_SHARE, ReferralValue

Array = NDArray[np.float64]
STEP_DAYS = 30
WINDOW_STEPS = 3
CURVE_POINTS = 25
OPEN_MARKET = 1e12  # customers: a market that never fills


def company_record(
    found: ReferralValue, acquired: NDArray[Any], *, day: int, horizon_days: float, market_size: float | None
) -> dict[str, Any]:
    """`summary.referrals` where it is known who brought whom."""
    tree = found.tree
    referred = tree.parents >= 0
    record: dict[str, Any] = {
        "kind": "tree",
        "customers": len(tree),
        "referred": int(referred.sum()),
        "referrers": int((tree.referrals > 0).sum()),
        "generations": int(tree.depth.max(initial=0)),
        "would_have_joined": found.share,
        "ranking_share": RANKING_SHARE if found.share is None else found.share,
        "endogenous_share": endogenous_share(int(referred.sum()), len(tree)),
        "concentration": _concentration(tree.referrals),
        "own": float(found.net.sum()) / 100,
        "naive": found.naive,
        "band": _band(found),
        "classes": _classes(found),
        "R": None,
    }
    if found.model is not None:
        record |= _contagion(found.model, acquired, referred, day, horizon_days, market_size)
    return record


def times_record(acquired: NDArray[Any], *, day: int, horizon_days: float) -> dict[str, Any] | None:
    """`summary.referrals` from acquisition days alone (Hawkes); None where they are too few."""
    try:
        model = HawkesReferral().fit(acquired.astype(np.float64), until=float(day))
    except ModelError:
        return None
    share = model.params_["n"]
    error = 1.6448536 * model.standard_errors_["n"]
    return {
        "kind": "times",
        "customers": len(acquired),
        "endogenous_share": model.endogenous_share,
        "R": {"value": share, "low": max(0.0, share - error), "high": share + error},
        "delay_days": model.params_["theta"],
        "arrivals_per_day": model.params_["mu"],
        "to_come": float(model.expected_future_referrals(horizon_days).sum()),
    }


def _concentration(referrals: NDArray[np.int64]) -> dict[str, Any]:
    found = concentration(referrals)
    rows = zip(found.top.tolist(), found.customers.tolist(), found.share.tolist(), strict=True)
    return {
        "top": [{"top": top, "customers": number, "share": share} for top, number, share in rows],
        "without": found.without,
    }


def _band(found: ReferralValue) -> list[dict[str, float]]:
    """Per share who would have come anyway: value moved to referrers, and net value to come."""
    shares = zip(
        found.views.shares.tolist(), found.views.moved.tolist(), found.expected.by_share, strict=True
    )
    return [{"share": share, "moved": moved, "expected": value} for share, moved, (_, value) in shares]


def _classes(found: ReferralValue) -> list[dict[str, Any]]:
    codes, net = found.classes.codes, found.referral_net
    chances = found.classes.probability
    rows = []
    for key in CLASSES:
        chosen = codes == key
        sure = float(chances[chosen].mean()) if chances is not None and chosen.any() else None
        rows.append(
            {
                "key": key,
                "customers": int(chosen.sum()),
                "own": float((found.views.net.value - found.views.net_referral)[chosen].sum()),
                "referral": float(net[chosen].sum()),
                "probability": sure,
            }
        )
    return rows


def _contagion(
    model: EpidemicReferral,
    acquired: NDArray[Any],
    referred: NDArray[np.bool_],
    day: int,
    horizon_days: float,
    market_size: float | None,
) -> dict[str, Any]:
    R, k = model.reproduction_number(), model.params_["k"]
    mean = R["value"]
    progeny = total_progeny(mean)
    return {
        "R": R,
        "k": k,
        "delay_days": model.delay_mean,
        "parameters": model.params_,
        "standard_errors": model.standard_errors_,
        "to_come": model.future_referrals_total(horizon_days),
        "extinction": extinction_probability(mean, k),
        "final_share": final_size(mean),
        "total_progeny": progeny if np.isfinite(progeny) else None,
        "path": _path(acquired, referred, day, model.delay_mean),
        "growth": _growth(model, mean, referred, horizon_days, market_size),
    }


def _path(
    acquired: NDArray[Any], referred: NDArray[np.bool_], day: int, delay_days: float
) -> list[dict[str, Any]]:
    """R over time, by steps of thirty days that end on the as-of day."""
    steps = (day - int(acquired.min())) // STEP_DAYS
    if steps < WINDOW_STEPS:
        return []
    first = day - steps * STEP_DAYS
    step = (acquired.astype(np.int64) - first - 1) // STEP_DAYS
    inside = step >= 0
    every = np.bincount(step[inside], minlength=steps)
    local = np.bincount(step[inside & referred], minlength=steps)
    path = reproduction_path(every, local, max(delay_days / STEP_DAYS, 0.05), window=WINDOW_STEPS)
    ends = first + (path.end + 1) * STEP_DAYS
    rows = zip(ends.tolist(), path.mean.tolist(), path.low.tolist(), path.high.tolist(), strict=True)
    return [
        {"day": date_of(end).isoformat(), "value": mean, "low": low, "high": high}
        for end, mean, low, high in rows
    ]


def _growth(
    model: EpidemicReferral,
    mean: float,
    referred: NDArray[np.bool_],
    horizon_days: float,
    market_size: float | None,
) -> list[dict[str, float]]:
    """Customers to come within the horizon: by referral alone, and in all; filling the market if known."""
    span = max(float(model.customers_.exposure.max()), 1.0)
    outside = float((~referred).sum()) / span
    pressure = np.array([float(model.expected_future_referrals().sum())])
    left = OPEN_MARKET if market_size is None else max(market_size - len(referred), 1e-9)
    curves = []
    for rate in (0.0, outside):
        arrived = open_share_path(
            np.array([[mean]]), pressure, horizon=horizon_days, delay_mean=model.delay_mean,
            exogenous_rate=rate, market_open=left,
        )[1][:, 0]  # fmt: skip
        curves.append(arrived)
    places = np.linspace(0, len(curves[0]) - 1, CURVE_POINTS).round().astype(int)
    days = np.linspace(0.0, horizon_days, len(curves[0]))[places]
    rows = zip(days.tolist(), curves[0][places].tolist(), curves[1][places].tolist(), strict=True)
    return [{"day": when, "referred": referral, "all": every} for when, referral, every in rows]

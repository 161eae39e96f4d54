"""From a churn file to what each account is still worth: `lw.value_subscriptions`.

Results of `out`, a folder: accounts.csv and accounts.parquet (one row per account), survival.csv (the
curve of staying), rejected_rows.csv, summary.json.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.data.contracts.accounts import Accounts, read_accounts
from lifeworth.models.retention.discrete_hazard import DiscreteHazard
from lifeworth.models.retention.inputs import renewal_counts
from lifeworth.models.retention.observed import product_limit
from lifeworth.results.contracts import ACCOUNT_SCHEMA, SURVIVAL_SCHEMA, publish_contracts
from lifeworth.text.catalog import catalog
from lifeworth.value.contracts import LONGEST, Candidate, Worth, calibrated, compete, naive_payments, worth
from lifeworth.value.statement import as_money
from lifeworth.workflows.findings import finding_records

Floats = NDArray[np.float64]
DENSE, SEED, PUSHES = 50, 1, 0.15  # accounts at risk that make the observed curve dense; a push worth telling


@dataclass(frozen=True)
class Contracts:
    """One row per account, the curve of staying, and the figures of all."""

    accounts: pa.Table
    survival: pa.Table
    summary: dict[str, Any]
    rejected: pa.Table


def value_subscriptions(
    source: Any,
    out: str | Path | None = None,
    *,
    margin: float | None = None,
    discount_rate: float = 0.10,
    horizon_months: int = 12,
    columns: Mapping[str, str] | None = None,
    language: str = "en",
    random_state: int = SEED,
    progress: Callable[..., None] = lambda *_: None,
) -> Contracts:
    """What each subscriber is still worth, from one row per account.

    Args:
        source: a churn file or dataframe (`data/tables/companions/accounts.py` names its columns).
        out: folder for the results; none are written without it.
        margin: share of a charge that is kept; None values revenue.
        discount_rate: per year, effective.
        horizon_months: what `horizon_value` and `probability_stays` look ahead.
        columns: column of `accounts` -> header of the file.
    Raises:
        DataError: DATA-301, 302, 340; UsageError: VALUE-0xx as `lw.value`; ModelError where nobody
        left or nobody stayed.
    """
    _check(margin, discount_rate, horizon_months)
    progress("read")
    accounts = read_accounts(source, columns=columns)
    progress("fit")
    tenures, explains = accounts.tenures(), accounts.covariates.numbers
    candidates = compete(tenures, explains, random_state)
    best, data = candidates[0], {**tenures, **explains}
    observed = _observed(tenures)
    dense = observed["at_risk"] >= DENSE
    last = int(np.flatnonzero(dense)[-1]) if dense.any() else 0
    model = best.model
    if isinstance(model, DiscreteHazard):
        model = calibrated(model, data, np.arange(last + 1), observed["survival"])
    rate = (1.0 + discount_rate) ** (1.0 / 12.0) - 1.0
    found = worth(model, data, rate, horizon_months, random_state)
    table = _table(accounts, found, model, margin, naive_payments(tenures), language)
    survival = _survival(observed, model, data)
    summary = _summary(
        accounts, candidates, table, survival, language,
        {"margin": margin, "discount_rate": discount_rate, "horizon_months": horizon_months},
    )  # fmt: skip
    result = Contracts(table, survival, summary, accounts.rejected)
    if out is not None:
        progress("publish")
        publish_contracts(Path(out), table, survival, summary, accounts.rejected)
    return result


def _check(margin: float | None, discount_rate: float, horizon_months: int) -> None:
    fine = (margin is None or 0 < margin <= 1) and discount_rate >= 0 and 1 <= horizon_months <= 1200
    if not fine or horizon_months != int(horizon_months):
        raise UsageError("VALUE-340", seen=f"{margin} {discount_rate} {horizon_months}")


def _observed(tenures: dict[str, Any]) -> dict[str, Floats]:
    columns = product_limit(renewal_counts(tenures))
    return {name: np.asarray(each, np.float64) for name, each in columns.items()}


def _survival(observed: dict[str, Floats], model: Any, data: dict[str, Any]) -> pa.Table:
    """Kaplan and Meier's curve with Greenwood's band (log-minus-log), and the model's beside it."""
    curve, error = observed["survival"], observed["standard_error"]
    with np.errstate(all="ignore"):
        log = np.log(curve)
        spread = np.exp(1.959963984540054 * error / (curve * np.abs(log)))
        low, high = curve**spread, curve ** (1.0 / spread)
    sure = (curve >= 1.0) | ~np.isfinite(spread)
    low, high = np.where(sure, curve, low), np.where(sure, curve, high)
    periods = observed["period"].astype(np.int64)
    if isinstance(model, DiscreteHazard):
        new = {**{name: data[name] for name in model.covariates}, "renewals": np.zeros(len(data["churned"]))}
        modelled = model.survival(new, periods).mean(axis=0)
    else:
        modelled = np.atleast_1d(model.survival(periods))
    return pa.table(
        [periods, observed["at_risk"], observed["left"], curve, low, high, modelled], schema=SURVIVAL_SCHEMA
    )


def _table(
    accounts: Accounts, found: Worth, model: Any, margin: float | None, naive: float, language: str
) -> pa.Table:
    pay = accounts.charge * (1.0 if margin is None else margin)
    here = ~accounts.churned
    amounts = {
        "residual_value": found.payments,
        "residual_value_low": found.payments_low,
        "residual_value_high": found.payments_high,
        "horizon_value": found.payments_in_horizon,
        "naive_value": np.where(here, naive, 0.0),
    }
    columns: dict[str, Any] = {
        "customer_id": accounts.customer_id,
        "plan": accounts.plan,
        "months": accounts.months,
        "churned": accounts.churned.tolist(),
        "monthly_charge": _money(accounts.charge),
        "probability_stays": found.stays,
        "months_left": found.months_left,
        **{name: _money(np.where(here, pay * periods, 0.0)) for name, periods in amounts.items()},
        "reasons": _reasons(accounts, model, language),
    }
    return pa.table([columns[name] for name in ACCOUNT_SCHEMA.names], schema=ACCOUNT_SCHEMA)


def _money(cents: Floats) -> pa.Array:
    """Whole cents as money, null where they are not known."""
    known = np.isfinite(cents)
    money = as_money(np.rint(np.where(known, cents, 0.0)).astype(np.int64))
    parts = money.to_pylist()
    return pa.array([each if there else None for each, there in zip(parts, known, strict=True)], money.type)


def _reasons(accounts: Accounts, model: Any, language: str) -> list[str]:
    """The age, and the two facts of an account that move its chance to leave most."""
    words = catalog(language)
    pushes, names = _pushes(accounts, model)
    join, out = words.text("contracts.join"), []
    for at in range(len(accounts)):
        if accounts.churned[at]:
            out.append(words.text("contracts.reason.left", months=int(accounts.months[at])))
            continue
        told = [words.text("contracts.reason.age", months=int(accounts.months[at]))]
        for each in np.argsort(-np.abs(pushes[at]))[:2]:
            if abs(pushes[at, each]) >= PUSHES:
                key = "raises" if pushes[at, each] > 0 else "lowers"
                what = _fact(accounts, names[each], at)
                told.append(words.text(f"contracts.reason.{key}", what=what))
        out.append(join.join(told))
    return out


def _pushes(accounts: Accounts, model: Any) -> tuple[Floats, list[str]]:
    """Log-odds that each column adds to an account's chance to leave, against the average account."""
    names = list(model.covariates) if isinstance(model, DiscreteHazard) else []
    columns = list(dict.fromkeys(name.partition(" = ")[0] for name in names))
    pushes = np.zeros((len(accounts), len(columns)))
    centres = zip(names, model.means_, model.scales_, strict=True) if names else ()
    for name, mean, scale in centres:
        column = columns.index(name.partition(" = ")[0])
        pushes[:, column] += (accounts.covariates.numbers[name] - mean) / scale * model.params_[name]
    return pushes, columns


def _fact(accounts: Accounts, column: str, at: int) -> str:
    """What an account has in a column: a number, or a word."""
    known = accounts.covariates
    if column in known.numbers:
        return f"{column} {known.numbers[column][at]:g}"
    chosen = [name for name in known.numbers if name.startswith(f"{column} = ") and known.numbers[name][at]]
    return chosen[0] if chosen else f"{column} = {known.usual.get(column, '-')}"


def _summary(
    accounts: Accounts,
    candidates: list[Candidate],
    table: pa.Table,
    survival: pa.Table,
    language: str,
    settings: dict[str, Any],
) -> dict[str, Any]:
    here = int((~accounts.churned).sum())
    known = any(value is not None for value in table["monthly_charge"].to_pylist())
    totals = {
        name: str(sum(value for value in table[name].to_pylist() if value is not None)) if known else None
        for name in ("residual_value", "horizon_value", "naive_value")
    }
    at_24 = {row["period"]: row for row in survival.to_pylist()}.get(24)
    return {
        "source": accounts.name,
        "basis": "revenue" if settings["margin"] is None else "profit",
        **settings,
        "months_left_within": LONGEST,
        "rows_read": accounts.rows_read,
        "rejected": accounts.rejected.num_rows,
        "accounts": len(accounts),
        "active": here,
        "left": len(accounts) - here,
        "model": candidates[0].name,
        "candidates": [
            {
                "name": each.name,
                "parameters": each.parameters,
                "log_likelihood": each.log_likelihood,
                "bic": each.bic,
                "held_out": each.held_out,
            }
            for each in candidates
        ],
        "totals": totals,
        "survival_24": at_24 and {"observed": at_24["observed"], "model": at_24["model"]},
        "covariates": list(accounts.covariates.numbers),
        "left_out": [{"column": column, "reason": why} for column, why in accounts.covariates.left_out],
        "mapping": accounts.mapping,
        "plans": _plans(accounts, table),
        "findings": finding_records(accounts.findings, language),
    }


def _plans(accounts: Accounts, table: pa.Table) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    rows = zip(accounts.plan, accounts.churned.tolist(), table["residual_value"].to_pylist(), strict=True)
    for plan, left, value in rows:
        each = found.setdefault(plan, {"plan": plan, "accounts": 0, "left": 0, "residual_value": 0})
        each["accounts"] += 1
        each["left"] += left
        each["residual_value"] += value or 0
    ranked = sorted(found.values(), key=lambda each: -each["accounts"])[:20]
    known = any(value is not None for value in table["monthly_charge"].to_pylist())
    return [{**each, "residual_value": str(each["residual_value"]) if known else None} for each in ranked]

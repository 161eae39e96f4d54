"""From a company's churn file to accounts: who left by which statement, what they pay, what explains it.

A churn file often says more than once whether an account has left (flag, label, value, status).
Where the statements differ, the majority holds; of a tie, the flag (the first of FLAGS that is filled
in), because it was made to answer this question. Every such account is counted, and left aside where
columns are asked whether they tell the outcome: a wrong flag must not hide what does.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifeworth.base.errors import DataError
from lifeworth.base.finding import Finding
from lifeworth.data.contracts.covariates import Covariates, choose
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.companions import Companion, read_companion
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.raw import ROW
from lifeworth.data.tables.companions.accounts import ACCOUNTS, FLAGS, HERE, LEFT, TOLD

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SHOWN = 5  # unknown words that are told
OFF = 0.5  # a total further than this share from months × charge cannot be of that charge


@dataclass(frozen=True)
class Accounts:
    """n accounts. `charge` in cents a month, NaN where it is not known; `months` paid for, whole."""

    name: str
    customer_id: list[str]
    months: NDArray[np.int64]
    entry: NDArray[np.int64]
    churned: Flags
    plan: list[str]
    charge: Floats
    covariates: Covariates
    rejected: pa.Table
    mapping: dict[str, str]
    findings: list[Finding]

    def __len__(self) -> int:
        return len(self.months)

    @property
    def rows_read(self) -> int:
        return len(self) + self.rejected.num_rows

    def tenures(self) -> dict[str, Any]:
        """In the coding T, churned of the retention models: a leaver left at the last date seen."""
        return {"T": np.maximum(self.months, self.churned), "churned": self.churned, "entry": self.entry}


def read_accounts(source: Any, *, columns: Mapping[str, str] | None = None) -> Accounts:
    """Read one row per account.

    Args:
        source: one path or dataframe of any kind that `read_orders` takes.
        columns: column of `accounts` -> header of the file; goes before the header words.
    Raises:
        DataError: DATA-301, 302 as `read_companion`; DATA-340 where no row can be used.
    """
    read = read_companion(source, ACCOUNTS, columns=columns)
    given = {name: _array(read.table[name]) for name in ("months", "entry_months")}
    stated = _statements(read.table)
    months = given["months"]
    reason = np.full(read.table.num_rows, "", dtype=object)
    reason[np.isnan(stated).all(axis=0)] = "no_known_status"
    reason[~(months >= 0)] = "negative_months"
    entry = np.floor(np.nan_to_num(np.maximum(given["entry_months"], 0)))
    reason[(entry > np.floor(np.nan_to_num(months)))] = "entry_after_months"
    fine = reason == ""
    if not fine.any():
        raise DataError("DATA-340", file=read.name, rows=read.rows_read)
    churned, differ = _reconciled(stated[:, fine])
    table = read.table.filter(pa.array(fine.tolist()))
    whole = np.floor(months[fine]).astype(np.int64)
    entry = np.where(churned, np.minimum(entry[fine], np.maximum(whole - 1, 0)), entry[fine])
    charge, findings = _charges(table, whole, read)
    if differ.any():
        facts = {"file": read.name, "count": int(differ.sum()), "rows": len(whole)}
        findings.append(Finding("contracts.statements_differ", "warn", facts))
    zero = int((churned & (whole == 0)).sum())
    if zero:
        findings.append(Finding("contracts.left_at_once", "info", {"file": read.name, "count": zero}))
    unknown = _unknown_words(table, stated[:, fine])
    if unknown:
        facts = {"file": read.name, "count": sum(unknown.values()), "words": list(unknown)[:SHOWN]}
        findings.append(Finding("contracts.unknown_status", "warn", facts))
    covariates = _covariates(source, read, table, churned, whole, ~differ)
    if covariates.leaks():
        facts = {"file": read.name, "columns": covariates.leaks()}
        findings.append(Finding("contracts.leakage", "warn", facts))
    plan = [each or "" for each in table["plan"].to_pylist()]
    if any(plan):
        _add_plan(covariates, np.array(plan), churned, whole.astype(float))
    known = np.isfinite(charge)
    if known.any() and np.ptp(charge[known]) > 0:
        paid = np.where(known, charge, charge[known].mean()) / 100.0
        covariates.numbers["monthly_charge"] = paid
    numbers = table["source_row"].to_pylist()
    ids = [each or str(row) for each, row in zip(table["customer_id"].to_pylist(), numbers, strict=True)]
    return Accounts(
        read.name, ids, whole, entry.astype(np.int64), churned, plan, charge, covariates,
        read.rejected_with(reason), read.mapping, [*read.findings, *findings],
    )  # fmt: skip


def _statements(table: pa.Table) -> Floats:
    """One row per statement: 1 left, 0 here, NaN nothing said."""
    rows = [_array(table[name].cast(pa.int8())) for name in FLAGS]
    rows.append(1.0 - _array(table["here"].cast(pa.int8())))
    left, here = ({plain(word) for word in words.split(",")} for words in (LEFT, HERE))
    said = {word: 1.0 if plain(word) in left else 0.0 if plain(word) in here else np.nan
            for word in set(table["status"].to_pylist()) - {None}}  # fmt: skip
    rows.append(np.array([said.get(word, np.nan) for word in table["status"].to_pylist()], np.float64))
    return np.array(rows)


def _unknown_words(table: pa.Table, stated: Floats) -> dict[str, int]:
    """Words of the status that say neither left nor here, with how many accounts have them."""
    words, said = table["status"].to_pylist(), np.isfinite(stated[-1]).tolist()
    counts = Counter(word for word, known in zip(words, said, strict=True) if word and not known)
    return dict(counts.most_common())


def _reconciled(stated: Floats) -> tuple[Flags, Flags]:
    """Who left, and where the statements differ."""
    votes = np.nansum(np.where(np.isnan(stated), np.nan, 2 * stated - 1), axis=0)
    first = np.full(stated.shape[1], np.nan)
    for row in stated[::-1]:
        first = np.where(np.isnan(row), first, row)
    differ = np.nanmax(stated, axis=0) != np.nanmin(stated, axis=0)
    return np.where(votes == 0, first == 1.0, votes > 0), differ


def _charges(table: pa.Table, months: NDArray[np.int64], read: Companion) -> tuple[Floats, list[Finding]]:
    """Cents a month; a negative or missing charge is taken from the total paid, where there is one."""
    charge, total = (np.round(_array(table[name]) * 100.0) for name in ("monthly_charge", "total_charge"))
    findings = []

    def found(code: str, where: Flags) -> None:
        if where.any():
            facts = {"file": read.name, "count": int(where.sum()), "rows": len(months)}
            findings.append(Finding(f"contracts.{code}", "warn", facts))

    if "monthly_charge" in read.mapping:
        found("negative_charge", charge < 0)
        found("no_charge", np.isnan(charge))
    if "total_charge" in read.mapping:
        found("blank_total", np.isnan(total))
        wanted = charge * months
        found("total_differs", (charge > 0) & (months > 0) & (np.abs(total - wanted) > OFF * wanted))
    mean = np.where((total > 0) & (months > 0), np.round(total / np.maximum(months, 1)), np.nan)
    return np.where(charge >= 0, charge, mean), findings


def _covariates(
    source: Any, read: Companion, table: pa.Table, churned: Flags, months: NDArray[np.int64], sure: Flags
) -> Covariates:
    """From the columns of the file that have no other meaning."""
    cells = _cells(source, read, table["source_row"].to_pylist())
    return choose(cells, churned, months.astype(float), _told(), sure=sure)


def covariates_of(
    source: Any, read: Companion, rows: NDArray[np.int64], tenures: dict[str, Any], plan: Any
) -> Covariates:
    """The same for pieces of histories: `rows` of the companion table, one per piece; and the plan."""
    numbers = read.table["source_row"].to_numpy()[rows].tolist()
    churned, months = tenures["churned"].astype(bool), tenures["T"].astype(np.float64)
    found = choose(_cells(source, read, numbers), churned, months, _told())
    _add_plan(found, plan.astype(np.str_), churned, months)
    return found


def _add_plan(found: Covariates, plan: NDArray[np.str_], churned: Flags, months: NDArray[np.float64]) -> None:
    made = choose({"plan": plan}, churned, months, [])
    found.numbers |= made.numbers
    found.usual |= made.usual
    found.left_out += made.left_out


def _told() -> list[str]:
    return [plain(word) for word in TOLD.split(",")]


def _cells(source: Any, read: Companion, numbers: list[int]) -> dict[str, NDArray[np.str_]]:
    """Cells of the columns without another meaning, of the rows with these numbers in the file."""
    grid = next(each for each in read_grids(source, None, None, None) if each.name == read.name)
    place = {row: at for at, row in enumerate(grid.table[ROW].to_pylist())}
    rows = pa.array([place[row] for row in numbers], pa.int64())
    cells = {}
    for name in [name for name in grid.columns if name not in read.mapping.values()]:
        column = pc.fill_null(strip_guards(grid.table[name]), "").take(rows)
        cells[name] = np.array(column.to_pylist(), dtype=np.str_)
    return cells


def _array(column: Any) -> Floats:
    return np.array([np.nan if each is None else float(each) for each in column.to_pylist()], np.float64)

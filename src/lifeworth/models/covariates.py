"""Static covariates: columns of a table that say what kind of customer each one is.

A column of numbers (true and false too) counts as it is. Any other is a category: one 0/1 feature
per level but for the reference, the level most customers have (the first in order where several
have). While fitting, features are centred and divided by their standard deviation, those of two
values by the distance between them (compare Gelman 2008, Statistics in Medicine 27, 2865-2873);
coefficients are told per unit of the column.

Covariates change a customer's parameters, never a formula: with links[process][parameter] = -1 or 1,

    parameter_i = parameter * exp(sum over processes of sign * coefficients' features_i),

within a factor of e^14 of the average customer's. Customers with the same features share a kind;
parameters are computed once per kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError
from lifeworth.models import formulas as formulas_
from lifeworth.models.parameters import Parameter
from lifeworth.models.tables import Table, missing, raw

Floats = NDArray[np.float64]
Links = Mapping[str, Mapping[str, float]]
Factored = tuple[NDArray[np.int64], list[str]]
MOST_LEVELS, FARTHEST = 200, 14.0
# the scales of buying and of staying, each moved by its own coefficient, or both by one
SCALES_OF_BOTH: Links = {
    "purchase": {"alpha": -1.0}, "dropout": {"beta": -1.0}, "both": {"alpha": -1.0, "beta": -1.0}
}  # fmt: skip
FLAT, TIED = 1e-12, 1e-9  # no spread, relative to the size; no spread left beside other features


@dataclass(frozen=True)
class Column:
    """A covariate: a number, or a category with its reference and its other levels in order."""

    name: str
    reference: str | None = None
    levels: tuple[str, ...] = ()

    @property
    def features(self) -> list[str]:
        return [self.name] if self.reference is None else [f"{self.name}={each}" for each in self.levels]


@dataclass(frozen=True)
class Design:
    """How columns become features, and which of these (by index) move which process."""

    columns: tuple[Column, ...]
    means: Floats
    scales: Floats
    blocks: dict[str, list[int]]
    formulas: dict[str, str] = field(default_factory=dict)  # by process; features are then theirs
    named: tuple[str, ...] = ()

    @property
    def features(self) -> list[str]:
        if self.formulas:
            return list(self.named)
        return [feature for column in self.columns for feature in column.features]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """One signed coefficient per process and feature, such as purchase.age or dropout.channel=web."""
        names, blocks = self.features, self.blocks.items()
        return tuple(Parameter(f"{process}.{names[i]}", signed=True) for process, at in blocks for i in at)

    def read(self, data: Any) -> "Traits":
        """The customers' kinds. Raises ModelError MODEL-001, 003, 130 (missing), 131 (unknown level)."""
        table = raw(data, tuple(column.name for column in self.columns))
        return Traits(*self._kinds([_code(table, i, each) for i, each in enumerate(self.columns)]), self)

    def _kinds(self, coded: "list[Coded]") -> tuple[NDArray[np.int32], Floats]:
        """The kind of each row, (n,), and the scaled features of each kind, (kinds, k)."""
        kind, first = np.zeros(len(coded[0].code), np.int64), np.zeros(1, np.int64)
        for each in coded:
            _, first, kind = np.unique(
                kind * len(each.table) + each.code, return_index=True, return_inverse=True
            )
            if len(first) == len(kind):
                break
        x = self._features_of([each.table[each.code[first]] for each in coded])
        x -= self.means
        x /= self.scales
        return kind.astype(np.int32), x

    def _features_of(self, tables: list[Floats]) -> Floats:
        """The features of rows, whose columns come as numbers or as 0/1 for each level but the reference."""
        if not self.formulas:
            return np.concatenate(tables, axis=1)
        return formulas_.expand(self.formulas, *_spoken(self.columns, tables))[2]

    def to_json(self) -> dict[str, Any]:
        columns = [
            {"name": each.name, "reference": each.reference, "levels": list(each.levels)}
            for each in self.columns
        ]
        numbers = {"means": self.means.tolist(), "scales": self.scales.tolist()}
        told = {"formulas": self.formulas, "named": list(self.named)} if self.formulas else {}
        return {"columns": columns, **numbers, "blocks": self.blocks, **told}


@dataclass(frozen=True)
class Coded:
    """A column as codes (n,) into a table of features (levels, k)."""

    code: NDArray[np.integer]
    table: Floats


@dataclass(frozen=True)
class Traits:
    """The kind of each customer, (n,), and the scaled features of each kind, (kinds, k)."""

    kind: NDArray[np.int32]
    z: Floats
    design: Design

    def rows(self, span: slice) -> "Traits":
        kinds, kind = np.unique(self.kind[span], return_inverse=True)
        return Traits(kind.astype(np.int32), self.z[kinds], self.design)

    def only(self, rows: NDArray[np.bool_]) -> "Traits":
        """Some customers; the kinds of the others stay listed."""
        return Traits(self.kind[rows], self.z, self.design)

    def placed(self, p: Mapping[str, Any], links: Links) -> dict[str, Any]:
        """Parameters of each kind, (kinds,), where covariates move them; coefficients are used up."""
        found = {name: value for name, value in p.items() if "." not in name}
        if len(found) == len(p):
            return found
        design, names = self.design, self.design.features
        for process, at in design.blocks.items():
            if not at:
                continue
            slope = np.array([float(p[f"{process}.{names[i]}"]) for i in at])
            push = np.clip(self.z[:, at] @ (slope * design.scales[at]), -FARTHEST, FARTHEST)
            push += slope @ design.means[at]
            for name, sign in links[process].items():
                found[name] = found[name] * np.exp(sign * push)
        return found


def from_json(known: Mapping[str, Any]) -> Design:
    columns = tuple(
        Column(each["name"], each["reference"], tuple(each["levels"])) for each in known["columns"]
    )
    means, scales = (np.array(known[name], np.float64) for name in ("means", "scales"))
    blocks = {name: list(at) for name, at in known["blocks"].items()}
    told = known.get("formulas", {})
    return Design(columns, means, scales, blocks, dict(told), tuple(known.get("named", ())))


def of_kind(p: Mapping[str, Any], kind: NDArray[Any] | None) -> dict[str, Any]:
    """Parameters of rows with these kinds, (m,) where covariates move them."""
    if kind is None:
        return dict(p)
    return {name: each[kind] if isinstance(each, np.ndarray) else each for name, each in p.items()}


def of_newcomers(
    model: str, design: Design | None, covariates: Any, size: int | None = None
) -> tuple[Traits | None, dict[str, Any]]:
    """Traits of new customers and their columns as given.

    Raises UsageError MODEL-132 where the model has covariates and none are given, or the reverse;
    ModelError MODEL-011 for another number of rows than `size`.
    """
    if (design is None) != (covariates is None):
        wanted = [] if design is None else [column.name for column in design.columns]
        raise UsageError("MODEL-132", model=model, columns=wanted or ["-"])
    if design is None:
        return None, {}
    traits = design.read(covariates)
    if size is not None and len(traits.kind) != size:
        raise ModelError("MODEL-011", column="covariates", rows=len(traits.kind), wanted=size)
    names = tuple(column.name for column in design.columns)
    return traits, dict(zip(names, raw(covariates, names).columns, strict=True))


def asked(covariates: Any, links: Links) -> dict[str, Any]:
    """Columns, or a formula, by process; one for all is for the first two, purchase and dropout.

    Raises UsageError MODEL-133 for what is no list of different names.
    """
    if covariates is None:
        return {}
    given = covariates if isinstance(covariates, Mapping) else dict.fromkeys(list(links)[:2], covariates)
    if given and set(given) <= set(links) and all(isinstance(each, str) for each in given.values()):
        return {process: given[process] for process in links if process in given}
    fine = set(given) <= set(links) and all(_names(each) for each in given.values())
    if not fine:
        raise UsageError("MODEL-133", seen=str(covariates), known=list(links))
    found = {process: list(given.get(process, ())) for process in links}
    return found if any(found.values()) else {}


def columns_of(wanted: Mapping[str, Any]) -> list[str]:
    """The columns of the data that lists of columns, or formulas, speak of."""
    if any(isinstance(each, str) for each in wanted.values()):
        return formulas_.variables(wanted)
    return list(dict.fromkeys(name for each in wanted.values() for name in each))


def of_numbers(columns: Mapping[str, Any]) -> Design:
    """A design of columns of numbers, for a model whose parameters are given."""
    names = columns_of(columns)
    if any(isinstance(each, str) for each in columns.values()):
        plain = tuple(Column(name) for name in names)
        return _by_formula(plain, columns, [np.ones((1, 1)) for _ in names])
    blocks = {process: [names.index(name) for name in each] for process, each in columns.items()}
    return Design(tuple(Column(name) for name in names), np.zeros(len(names)), np.ones(len(names)), blocks)


def learn(data: Any, columns: Mapping[str, Any], weight: Floats | None, ties: bool, links: Links) -> Traits:
    """Read the columns' levels, means and spreads off the data; `ties`: collinear ones are let pass.

    Raises as `Design.read`; ModelError MODEL-134 for a feature that does not vary, or is told by others.
    """
    names = columns_of(columns)
    table = raw(data, tuple(names))
    words = [None if each.dtype.kind in "bif" else _factored(each) for each in table.columns]
    found = [_column(name, each) for name, each in zip(names, words, strict=True)]
    coded = [_code(table, i, each, words[i]) for i, each in enumerate(found)]
    if any(isinstance(each, str) for each in columns.values()):
        plain = _by_formula(tuple(found), columns, [each.table[:1] for each in coded])
    else:
        plain = _by_columns(tuple(found), columns)
    kind, x = plain._kinds(coded)
    share = np.bincount(kind, weight, len(x))
    share = share / share.sum()
    means = share @ x
    scales = np.sqrt(share @ (x - means) ** 2)
    _demand_spread(plain, means, scales)
    low, high = x.min(axis=0), x.max(axis=0)
    scales = np.where(((x == low) | (x == high)).all(axis=0), high - low, scales)
    x -= means
    x /= scales
    if not ties:
        _demand_ties_apart(plain, (x * share[:, None]).T @ x, links)
    return Traits(kind, x, replace(plain, means=means, scales=scales))


def _by_columns(found: tuple[Column, ...], columns: Mapping[str, Sequence[str]]) -> Design:
    count, start, places = sum(len(each.features) for each in found), 0, {}
    for each in found:
        places[each.name] = list(range(start, start := start + len(each.features)))
    blocks = {process: [i for name in each for i in places[name]] for process, each in columns.items()}
    return Design(found, np.zeros(count), np.ones(count), blocks)


def _by_formula(found: tuple[Column, ...], formulas: Mapping[str, str], rows: list[Floats]) -> Design:
    """The features that formulas make of columns, their names read off some rows."""
    by_process, names, _ = formulas_.expand(formulas, *_spoken(found, rows))
    blocks = {process: [names.index(name) for name in each] for process, each in by_process.items()}
    return Design(found, np.zeros(len(names)), np.ones(len(names)), blocks, dict(formulas), tuple(names))


def _spoken(
    columns: tuple[Column, ...], tables: list[Floats]
) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
    """Numbers and words of rows by column, and all words of the columns that have some."""
    levels = {each.name: [each.reference, *each.levels] for each in columns if each.reference is not None}
    values: dict[str, NDArray[Any]] = {}
    for column, rows in zip(columns, tables, strict=True):
        if column.name not in levels:
            values[column.name] = rows[:, 0]
            continue
        code = np.where(rows.any(axis=1), rows.argmax(axis=1) + 1 if rows.shape[1] else 0, 0)
        values[column.name] = np.array(levels[column.name], object)[code]
    return values, levels


def _names(given: Any) -> bool:
    listed = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
    return listed and all(isinstance(each, str) for each in given) and len(set(given)) == len(given)


def _column(name: str, factored: Factored | None) -> Column:
    if factored is None:
        return Column(name)
    code, levels = factored
    if len(levels) > MOST_LEVELS:
        raise ModelError("MODEL-135", column=name, levels=len(levels), most=MOST_LEVELS)
    seen = np.bincount(code[code >= 0], minlength=len(levels))
    order = sorted(range(len(levels)), key=lambda i: (-seen[i], levels[i]))
    rest = sorted(levels[i] for i in order[1:])
    return Column(name, levels[order[0]] if order else "", tuple(rest))


def _code(table: Table, at: int, column: Column, factored: Factored | None = None) -> Coded:
    values, facts = table.columns[at], {"column": column.name}
    if column.reference is None:
        if values.dtype.kind not in "bif":
            wrong = next(iter(_factored(values)[1]), "-")
            raise ModelError("MODEL-013", **facts, seen=wrong)
        numbers = values.astype(np.float64)
        if np.isnan(numbers).any():
            raise table.error("MODEL-130", np.isnan(numbers), **facts)
        if np.isinf(numbers).any():
            raise table.error("MODEL-003", np.isinf(numbers), **facts)
        different, code = np.unique(numbers, return_inverse=True)
        return Coded(code, different[:, None])
    raw_code, levels = factored or _factored(values)
    if (raw_code < 0).any():
        raise table.error("MODEL-130", raw_code < 0, **facts)
    known = {column.reference: 0} | {level: i + 1 for i, level in enumerate(column.levels)}
    place = np.array([known.get(level, -1) for level in levels], np.int64)
    code = place[raw_code]
    if (code < 0).any():
        unseen = [level for level in levels if level not in known]
        raise table.error("MODEL-131", code < 0, **facts, seen=unseen[:5], known=list(known))
    return Coded(code, np.eye(len(known))[:, 1:])


def _factored(values: NDArray[Any]) -> Factored:
    """A code per row, -1 where missing, and the level of each code."""
    index: dict[str, int] = {}
    memory: dict[Any, int] = {}
    codes = np.empty(len(values), np.int64)
    for row, value in enumerate(values.tolist()):
        code = memory.get(value)
        if code is None:
            gone = missing(value) or value != value
            code = memory[value] = -1 if gone else index.setdefault(str(value), len(index))
        codes[row] = code
    return codes, list(index)


def _demand_spread(design: Design, means: Floats, scales: Floats) -> None:
    flat = ~(scales > FLAT * (1.0 + np.abs(means)))
    if flat.any():
        raise ModelError("MODEL-134", feature=design.features[int(np.argmax(flat))], others=["-"])
    for column in design.columns:
        if column.reference is not None and not column.levels:
            raise ModelError("MODEL-134", feature=column.name, others=[column.reference])


def _demand_ties_apart(design: Design, products: Floats, links: Links) -> None:
    """Eliminate coefficient by coefficient: one without a push of its own left is told by those before.

    Those of two processes hang together as far as both move the same parameters.
    """
    names, size = design.features, np.sqrt(np.diag(products))
    rows = [(process, i) for process, at in design.blocks.items() for i in at]
    at = [i for _, i in rows]
    moved = sorted({name for each in links.values() for name in each})
    signs = np.array([[links[process].get(name, 0.0) for name in moved] for process, _ in rows])
    signs = signs / np.sqrt((signs**2).sum(axis=1, keepdims=True))
    rest = (products / np.outer(size, size))[np.ix_(at, at)] * (signs @ signs.T)
    for k, (process, i) in enumerate(rows):
        if rest[k, k] < TIED:
            others = [names[j] for other, j in rows[:k] if other == process]
            raise ModelError("MODEL-134", feature=names[i], others=others or [names[i]])
        rest -= np.outer(rest[:, k], rest[k]) / rest[k, k]

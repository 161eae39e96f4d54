"""Covariates told by a formula, such as "age + C(channel) + age:channel": columns of numbers by `formulaic`.

`pip install lifeworth[formula]`. A formula is worked out row by row: what takes its numbers from the data at
hand, such as center(age), would mean something else for other customers, and is refused. All levels known
when fitting are told to the formula, whoever is asked about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import UsageError
from lifeworth.models.tables import frame

Floats = NDArray[np.float64]


def variables(formulas: Mapping[str, str]) -> list[str]:
    """The columns that the formulas speak of, sorted. Raises UsageError MODEL-169, 170."""
    found: set[str] = set()
    for formula in formulas.values():
        told = _tried(formula, lambda f, text=formula: f.Formula(text).required_variables)
        if not told:
            raise UsageError("MODEL-170", formula=formula, reason="-")
        found |= {str(each) for each in told}
    return sorted(found)


def expand(
    formulas: Mapping[str, str], values: Mapping[str, NDArray[Any]], levels: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], list[str], Floats]:
    """Features by process, all their names, and the matrix (rows, features), without the constant.

    values: numbers or words by column; levels: all words of a column.
    """
    rows = len(next(iter(values.values())))
    extra = max((len(each) for each in levels.values()), default=0)
    table = {}
    for name, column in values.items():
        more = [levels[name][i % len(levels[name])] if name in levels else column[0] for i in range(extra)]
        table[name] = np.concatenate([column, np.array(more, column.dtype)]) if extra else column
    data = frame(table, "pandas")
    blocks: dict[str, list[str]] = {}
    columns: dict[str, Floats] = {}
    for process, formula in formulas.items():
        matrix: Any = _tried(formula, lambda f, text=formula: f.model_matrix(text, data))
        if matrix.model_spec.transform_state:
            parts = ", ".join(matrix.model_spec.transform_state)
            raise UsageError("MODEL-170", formula=formula, reason=parts)
        found = {str(name): np.asarray(matrix[name], np.float64)[:rows] for name in matrix.columns}
        found.pop("Intercept", None)
        blocks[process] = list(found)
        columns |= found
    return blocks, list(columns), np.stack(list(columns.values()), axis=1)


def _tried(formula: str, work: Any) -> Any:
    try:
        import formulaic
    except ModuleNotFoundError:
        raise UsageError("MODEL-169", formula=formula) from None
    try:
        return work(formulaic)
    except (formulaic.errors.FormulaicError, ValueError, KeyError, TypeError, NameError) as error:
        raise UsageError("MODEL-170", formula=formula, reason=str(error).splitlines()[0][:200]) from error

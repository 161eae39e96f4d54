"""What a parameter is called and how it grows when the unit of time or money changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lifeworth.base.errors import ModelError, UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """A positive parameter; `grows_with` says whether it is a number, a time, a rate per time or money.

    `signed`: a coefficient, of either sign.
    """

    name: str
    grows_with: Literal["", "time", "rate", "money"] = ""
    signed: bool = False


def positive(*names: str) -> tuple[Parameter, ...]:
    """Parameters from names; "alpha:time" is a time, "b:rate" one over a time, "v:money" money."""
    parts = [name.partition(":") for name in names]
    return tuple(Parameter(name, grows) for name, _, grows in parts)  # type: ignore[arg-type]


def scales(parameters: tuple[Parameter, ...], unit: float) -> Floats:
    """What turns a value in the kernel's units into one in the data's: `unit`, 1/`unit` of a rate, or 1."""
    powers = {"": 0, "rate": -1}
    return np.array([float(unit) ** powers.get(parameter.grows_with, 1) for parameter in parameters])


def rescaled(parameters: tuple[Parameter, ...], values: Mapping[str, Any], unit: float) -> dict[str, Any]:
    """Values in the data's units, as the kernel counts them: divided by `scales`."""
    grow = scales(parameters, unit).tolist()
    return {each.name: values[each.name] / scale for each, scale in zip(parameters, grow, strict=True)}


def given(parameters: tuple[Parameter, ...], values: Mapping[str, float]) -> dict[str, float]:
    """Named values: all there, none too many, positive unless signed. Raises UsageError MODEL-020."""
    names = [parameter.name for parameter in parameters]
    known = {name: float(value) for name, value in values.items()}
    signed = {parameter.name for parameter in parameters if parameter.signed}
    fine = all(np.isfinite(value) if name in signed else value > 0 for name, value in known.items())
    if set(known) != set(names) or not fine:
        raise UsageError("MODEL-020", wanted=names, seen=[f"{k}={v:g}" for k, v in known.items()])
    return {name: known[name] for name in names}


def draws(parameters: tuple[Parameter, ...], values: Mapping[str, Any]) -> dict[str, Floats]:
    """Named arrays of draws of one length. Raises UsageError MODEL-020, ModelError MODEL-011."""
    names = [parameter.name for parameter in parameters]
    if not set(names) <= set(values):
        raise UsageError("MODEL-020", wanted=names, seen=list(values))
    found = {name: np.atleast_1d(np.asarray(values[name], np.float64)) for name in names}
    lengths = {len(each) for each in found.values()}
    if len(lengths) != 1:
        raise ModelError("MODEL-011", column="parameters", rows=max(lengths), wanted=min(lengths))
    return found

"""Draws of the parameters of segments that share strength."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lifeworth.models.fitting.posterior import Posterior

Floats = NDArray[np.float64]
APART = ": "  # between segment and parameter; no parameter's name holds it


class PooledPosterior(NamedTuple):
    """Draws of the parameters of each segment; `typical` those of a segment never seen."""

    segments: dict[str, Posterior]
    typical: Posterior

    def of(self, segment: Any) -> Posterior:
        return self.segments.get(segment_name(segment), self.typical)

    def parameters(self, k: int) -> dict[str, Floats]:
        """k draws of all segments, named "segment: parameter"; without a segment, of one never seen."""
        known = {"": self.typical, **self.segments}
        return {
            f"{segment}{APART}{name}": each
            for segment, drawn in known.items()
            for name, each in drawn.parameters(k).items()
        }


def of_segment(parameters: Mapping[str, Any], segment: str) -> dict[str, Any]:
    """A segment's own among the draws of all, or those of one never seen."""
    parts = {name: name.rpartition(APART) for name in parameters}
    heard = segment if segment in {each[0] for each in parts.values()} else ""
    return {parts[name][2]: each for name, each in parameters.items() if parts[name][0] == heard}


def segment_name(value: Any) -> str:
    """A segment as text: a whole number without a point, whatever type of number it came as."""
    whole = isinstance(value, int | float | np.number) and float(value).is_integer()
    return str(int(value)) if whole else str(value)

"""The demonstration: the bundled real orders, valued."""

from pathlib import Path

from lifeworth.data.samples import CDNOW
from lifeworth.results.contract import Run
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.value import value_files


def value_sample(out: Path, *, language: str = "en", progress: Progress = silent) -> Run:
    """Value CDNOW's 1/10 sample (US dollars, revenue) into the folder `out`."""
    return value_files([CDNOW], out, language=language, progress=progress, reading={"currency": "USD"})

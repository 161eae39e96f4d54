"""Steps and their progress: a callable that takes the step's key and the share done."""

from collections.abc import Callable

Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """Progress that nobody watches."""


class Cancelled(Exception):
    """Someone asked the work to stop; raised by the progress of a job."""


class Lost(Exception):
    """The lease on a job ran out and another worker has it."""

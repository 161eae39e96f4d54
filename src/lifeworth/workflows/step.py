"""Steps and their progress: a callable that takes the step's key and the share done."""

from collections.abc import Callable

Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """Progress that nobody watches."""

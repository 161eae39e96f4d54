"""Where the shared data sets stand: beside the checkout, never committed here."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(not FOLDER.exists(), reason="no ../shared beside this checkout")


def shared(name: str) -> Path:
    """The path of a shared file. A folder that is there without the file is a failure."""
    path = FOLDER / name
    if FOLDER.exists() and not path.exists():
        raise FileNotFoundError(path)
    return path

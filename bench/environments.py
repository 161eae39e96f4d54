"""One virtual environment per peer, made from its hashed lock file when it is missing.

A peer that cannot be installed is part of the result: the page says so and why.
"""

import hashlib
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEERS = {"lifetimes": "bench-lifetimes", "pymc-marketing": "bench-pymc"}


@dataclass(frozen=True)
class Interpreter:
    """The Python of one library; `trouble` says why there is none."""

    library: str
    python: Path | None
    trouble: str = ""


def ours() -> Interpreter:
    return Interpreter("lifeworth", Path(sys.executable))


def peer(library: str) -> Interpreter:
    """The peer's interpreter; makes its environment first where the lock is new."""
    name = PEERS[library]
    lock = ROOT / "requirements" / f"{name}.txt"
    folder = ROOT / f".venv-{name}"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "lock.sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return Interpreter(library, python)
    print(f"setting up {library} in {folder.name} (once)", file=sys.stderr, flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
        _install(python, lock)
    except (OSError, subprocess.CalledProcessError) as trouble:
        return Interpreter(library, None, f"could not be installed: {_reason(trouble)}")
    stamp.write_text(wanted)
    return Interpreter(library, python)


def _install(python: Path, lock: Path) -> None:
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True, capture_output=True, text=True)


def _reason(trouble: Exception) -> str:
    said = (getattr(trouble, "stderr", "") or "").strip().splitlines()
    errors = [line for line in said if line.startswith("ERROR")]
    return (errors or said or [str(trouble)])[-1].replace(str(ROOT), ".")[:160]

"""The published runs of a folder, newest first. A folder whose name starts with a dot is not published."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lifeworth.results.contract import SUMMARY, Run
from lifeworth.results.read import read_run


@dataclass(frozen=True)
class RunEntry:
    """One run by name; `summary` is read already, `read()` brings the customers."""

    id: str
    folder: Path
    summary: dict[str, Any] = field(compare=False)

    @property
    def created(self) -> str:
        return str(self.summary["created"])

    def read(self) -> Run:
        return read_run(self.folder)


def published_runs(folder: Path) -> list[RunEntry]:
    found = []
    for path in folder.iterdir() if folder.exists() else ():
        try:
            changed = (path / SUMMARY).stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            continue
        if not path.name.startswith("."):
            found.append(RunEntry(path.name, path, _summary(path, changed)))
    return sorted(found, key=lambda run: (run.created, run.id), reverse=True)


@lru_cache(maxsize=500)
def _summary(folder: Path, changed_ns: int) -> dict[str, Any]:
    return json.loads((folder / SUMMARY).read_text(encoding="utf-8"))

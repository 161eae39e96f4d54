"""A workspace: one folder with everything of one company.

lifeworth.db        the database (or PostgreSQL, by LIFEWORTH_DATABASE or the file `database`)
uploads/            files as they came
imports/            what was found in them
runs/RUN_ID/        published runs; a name that starts with a dot is not published (yet)
secret              signs cookies and pseudonyms; readable by its owner only
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError, UsageError
from lifeworth.results.contract import SUMMARY
from lifeworth.results.runs import RunEntry, published_runs
from lifeworth.store import accounts
from lifeworth.store.database import Database
from lifeworth.store.options import all_options, options_version, set_options
from lifeworth.workflows.options import DEFAULTS, checked_options

DATABASE_VARIABLE = "LIFEWORTH_DATABASE"
FOLDERS = ("uploads", "imports", "runs")
FIRST_OWNER = "first_owner"


@dataclass(frozen=True)
class Workspace:
    """An open workspace. `Workspace.open` makes what is missing; `database` is ready to use."""

    folder: Path
    database: Database
    secret: bytes

    @classmethod
    def open(cls, folder: str | Path, *, database_url: str | None = None, create: bool = True) -> "Workspace":
        """
        Raises:
            UsageError: APP-023 when the folder is no workspace and may not become one.
            AppError: APP-024 when the database cannot be opened.
        """
        folder = Path(folder).absolute()
        made = (folder / "secret").exists()
        foreign = folder.exists() and (not folder.is_dir() or (not made and _holds_other_things(folder)))
        if foreign or not (made or create):
            raise UsageError("APP-023", folder=str(folder))
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        database = Database(_database_url(folder, database_url))
        database.migrate()
        return cls(folder, database, _secret(folder / "secret"))

    # --- settings -----------------------------------------------------------------------------------
    def settings(self) -> dict[str, Any]:
        """Every setting with its value or default, see `workflows.options`."""
        with self.database.read() as connection:
            kept = all_options(connection)
        return {**DEFAULTS, **{key: value for key, value in kept.items() if key in DEFAULTS}}

    def settings_version(self) -> int:
        with self.database.read() as connection:
            return options_version(connection)

    def change_settings(self, values: dict[str, Any], version: int | None = None) -> None:
        """
        Raises:
            UsageError: of the setting that is out of range.
            AppError: APP-009 when someone else changed the settings since `version`.
        """
        checked = checked_options(values)
        with self.database.begin() as connection:
            if not set_options(connection, checked, version):
                raise AppError("APP-009")

    # --- runs -----------------------------------------------------------------------------------------
    @property
    def runs_folder(self) -> Path:
        return self.folder / "runs"

    def runs(self) -> list[RunEntry]:
        """Published runs, newest first."""
        return published_runs(self.runs_folder)

    def current_run(self) -> RunEntry | None:
        """The run that pages show unless another is asked for: the newest."""
        runs = self.runs()
        return runs[0] if runs else None

    def run(self, run_id: str | None = None) -> RunEntry:
        """
        Raises:
            AppError: APP-018 when nothing has been published, APP-003 when there is no such run.
        """
        runs = self.runs()
        if not runs:
            raise AppError("APP-018")
        if run_id is None:
            return runs[0]
        for entry in runs:
            if entry.id == run_id:
                return entry
        raise AppError("APP-003", kind="run", seen=run_id)

    def new_run_id(self, moment: datetime) -> str:
        """A name that no published run has."""
        base = moment.strftime("%Y%m%dT%H%M%SZ")
        names = [base, *(f"{base}-{number}" for number in range(2, 1000))]
        return next(name for name in names if not (self.runs_folder / name / SUMMARY).exists())

    # --- people ---------------------------------------------------------------------------------------
    def first_owner_token(self) -> str | None:
        """A fresh one-time token while nobody can sign in as owner, else None."""
        with self.database.begin() as connection:
            if accounts.active_owners(connection):
                return None
            return accounts.issue_token(connection, FIRST_OWNER, now())

    @cached_property
    def name(self) -> str:
        return self.folder.name


def _holds_other_things(folder: Path) -> bool:
    return any(path.name not in {*FOLDERS, "lifeworth.db", "database"} for path in folder.iterdir())


def _database_url(folder: Path, asked: str | None) -> str:
    named = folder / "database"
    return (
        asked
        or (named.read_text(encoding="utf-8").strip() if named.exists() else "")
        or os.environ.get(DATABASE_VARIABLE, "")
        or f"sqlite:///{folder / 'lifeworth.db'}"
    )


def _secret(path: Path) -> bytes:
    if not path.exists():
        fresh = path.with_name(f".secret.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(32))
        try:
            os.link(fresh, path)  # fails where another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return bytes.fromhex(path.read_text().strip())

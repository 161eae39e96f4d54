"""Options of the commands that work in a workspace."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifeworth.cli import options

if TYPE_CHECKING:
    from lifeworth.workflows.workspace import Workspace

VARIABLE = "LIFEWORTH_WORKSPACE"
DEFAULT = "lifeworth-workspace"
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help=options.text("workspace"), show_default=False),
]


def folder_of(asked: Path | None) -> Path:
    """Asked for, else LIFEWORTH_WORKSPACE, else `lifeworth-workspace` here."""
    return asked or Path(os.environ.get(VARIABLE) or DEFAULT)


def open_workspace(asked: Path | None, *, create: bool = False) -> "Workspace":
    from lifeworth.workflows.workspace import Workspace

    return Workspace.open(folder_of(asked), create=create)

"""Imports: a file comes in, is recognised, confirmed and active; or undone, as if it had never come."""

from typing import Any

import sqlalchemy as sa

from lifeworth.store.rows import many
from lifeworth.store.tables import imports, uploads
from lifeworth.workflows.workspace import Workspace


def active_imports(workspace: Workspace) -> list[dict[str, Any]]:
    """What a value run reads, oldest first, each with the `file` that holds it."""
    query = (
        sa.select(imports, uploads.c.name, uploads.c.file, uploads.c.size)
        .join(uploads, uploads.c.id == imports.c.upload_id)
        .where(imports.c.status == "active")
        .order_by(imports.c.id)
    )
    with workspace.database.read() as connection:
        return many(connection, query)

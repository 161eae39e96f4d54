"""The rows of a file that are not used, as a file: mend them there and bring it again."""

from pathlib import Path

import pyarrow as pa
from fastapi import Request
from fastapi.responses import FileResponse

from lifeworth.results.publish import write_csv
from lifeworth.text.catalog import catalog
from lifeworth.web.access import Actor, record, workspace_of
from lifeworth.web.language import language_of
from lifeworth.web.passing import passing_file, send_passing
from lifeworth.workflows import ingest
from lifeworth.workflows.recognition import rejected_rows


def send_rejected(request: Request, actor: Actor, import_id: str) -> FileResponse:
    """Read anew each time, so that no copy outlives a person who is erased.

    Raises:
        AppError: APP-002 for whoever may not see names, APP-003 for no such import; LifeworthError: the
            problem of the file, where it cannot be read at all.
    """
    actor.demand("pii:view")
    workspace = workspace_of(request)
    row = ingest.import_of(workspace, import_id)
    rows = rejected_rows(workspace.folder / row["file"], row["kind"], row["options"] or {})
    words = catalog(language_of(request))
    reasons = [
        words.text(f"rejected.{reason}") if words.has(f"rejected.{reason}") else reason
        for reason in rows["reason"].to_pylist()
    ]
    rows = rows.set_column(rows.column_names.index("reason"), "reason", pa.array(reasons, pa.string()))
    with passing_file(".csv") as path:
        write_csv(rows, path)
    record(request, actor, "import.rejected_sent", f"import:{import_id}", rows=rows.num_rows)
    return send_passing(
        path,
        media_type="text/csv; charset=utf-8",
        filename=f"rejected-{Path(row['name']).stem}.csv",
    )

"""`lifeworth export`: the customers of a run as a file for a spreadsheet or a program."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.cli import options
from lifeworth.cli.output import answer, answer_json, words
from lifeworth.cli.workspace_options import Folder, open_workspace

SIGNS = {"=": "in", ">=": "min", "<=": "max"}
_CONDITION = re.compile(r"(\w+)(>=|<=|=)(.*)")


def run(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help=options.text("export_out"), show_default=False),
    ] = None,
    format: Annotated[
        Literal["csv", "xlsx", "parquet"],
        typer.Option("--format", metavar="csv|xlsx|parquet", help=options.text("export_format")),
    ] = "csv",
    run_id: Annotated[
        str, typer.Option("--run", metavar="RUN", help=options.text("export_run"), show_default=False)
    ] = "",
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="COLUMN=VALUE", help=options.text("where"), show_default=False),
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", metavar="COLUMN", help=options.text("sort"))
    ] = "-lifetime_value",
    columns: Annotated[
        str, typer.Option("--columns", metavar="A,B", help=options.text("columns"), show_default=False)
    ] = "",
    masked: Annotated[bool, typer.Option("--masked", help=options.text("masked"))] = False,
    bom: Annotated[bool, typer.Option("--bom/--no-bom", help=options.text("bom"))] = True,
    workspace: Folder = None,
    lang: options.Lang = "",
    json: options.Json = False,
) -> None:
    from lifeworth.results.question import Condition, Question
    from lifeworth.store.audit import write_audit
    from lifeworth.web.masking import mask
    from lifeworth.workflows.exports import export_customers

    opened = open_workspace(workspace)
    entry = opened.run(run_id or None)
    conditions = tuple(Condition(*_condition(text)) for text in where or [])
    names: Any = [name.strip() for name in columns.split(",") if name.strip()]
    made = export_customers(
        opened.secret, entry, Question(conditions, sort=sort), format,
        out or Path(f"customers-{entry.id}.{format}"),
        by="cli", language=words().language, fields=names, shown=mask if masked else None, bom=bom,
    )  # fmt: skip
    told = {"rows": made.rows, "format": format, "mark": made.mark}
    with opened.database.begin() as connection:
        write_audit(
            connection, "customers.exported", now=now(), actor="cli", entity=f"run:{entry.id}", detail=told
        )
    if json:
        answer_json({"file": str(made.path), "run": entry.id, "as_of": entry.summary["as_of"], **told})
    else:
        answer(words().text("service.exported", rows=f"{made.rows:,}", file=made.path))


def _condition(text: str) -> tuple[str, str, tuple[str, ...]]:
    """`tier=high,low`, `lifetime_value>=100` as the parts of a condition.

    Raises:
        AppError: APP-019 for text without a sign.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise AppError("APP-019", seen=text, wanted="COLUMN=VALUE, COLUMN>=VALUE, COLUMN<=VALUE")
    op = SIGNS[found[2]]
    return found[1], op, tuple(found[3].split(",")) if op == "in" else (found[3],)

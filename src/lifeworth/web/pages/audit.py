"""The audit log: who did what and when, narrowed down, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pyarrow as pa
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.results.export import MEDIA_TYPES
from lifeworth.results.publish import write_csv_parts
from lifeworth.store import accounts
from lifeworth.store.audit import broken_lately, entries
from lifeworth.store.database import Database
from lifeworth.web.access import Actor, record, require, workspace_of
from lifeworth.web.moments import zone_of
from lifeworth.web.page import Page
from lifeworth.web.passing import passing_file, send_passing

router = APIRouter()
LISTED, AT_ONCE, ACTIONS = 100, 2_000, 40
Text = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
COLUMNS = ("number", "at", "actor", "name", "ip", "action", "entity", "detail", "request_id", "hash")


@dataclass(frozen=True)
class Wanted:
    """What the log is narrowed down to, as it was typed. Days are those of the zone of the workspace."""

    who: str
    what: str
    about: str
    since: str
    until: str

    def conditions(self, zone: ZoneInfo) -> dict[str, Any]:
        """Raises: AppError APP-007 for what is no day."""
        told: dict[str, Any] = {"actor": self.who, "action": self.what, "entity": self.about}
        for name, text, more in (("since", self.since, 0), ("until", self.until, 1)):
            try:
                day = date.fromisoformat(text) + timedelta(more) if text else None
                told[name] = datetime.combine(day, time(), zone).astimezone(UTC) if day else None
            except (ValueError, OverflowError):
                raise AppError("APP-007", fields=[f"query.{name}"]) from None
        return told

    @property
    def query(self) -> str:
        return urlencode({name: text for name, text in vars(self).items() if text})


def wanted(who: Text = "", what: Text = "", about: Text = "", since: Text = "", until: Text = "") -> Wanted:
    return Wanted(who.strip(), what.strip(), about.strip(), since.strip(), until.strip())


@router.get("/audit")
def show(
    request: Request,
    asked: Annotated[Wanted, Depends(wanted)],
    before: int = 0,
    actor: Actor = require("audit:read"),
) -> Response:
    page = Page(request, actor)
    conditions = asked.conditions(zone_of(request))
    with page.workspace.database.begin() as connection:
        rows = entries(connection, before=before, limit=LISTED + 1, **conditions)
        lately = {row["action"] for row in entries(connection, limit=AT_ONCE)}
        broken, names = broken_lately(connection), _names(connection)
    return page.draw(
        "audit.html.j2",
        title=page.say("web.title.audit"),
        rows=rows[:LISTED],
        older=rows[LISTED - 1]["number"] if len(rows) > LISTED else 0,
        broken=broken,
        names=names,
        asked=asked,
        actions=sorted(lately)[:ACTIONS],
    )


@router.get("/audit.csv")
def file(
    request: Request, asked: Annotated[Wanted, Depends(wanted)], actor: Actor = require("audit:read")
) -> Response:
    """The same entries, the oldest last, as CSV for a spreadsheet; taking it is noted in the log."""
    workspace = workspace_of(request)
    conditions = asked.conditions(zone_of(request))
    record(request, actor, "audit.exported", **{name: text for name, text in vars(asked).items() if text})
    with passing_file(".csv") as path:
        write_csv_parts(_parts(workspace.database, conditions), path)
    return send_passing(path, media_type=MEDIA_TYPES["csv"], filename="audit.csv")


def _parts(database: Database, conditions: dict[str, Any]) -> Iterator[pa.Table]:
    before, first = 0, True
    while True:
        with database.read() as connection:
            rows = entries(connection, before=before, limit=AT_ONCE, **conditions)
            names = _names(connection)
        if rows or first:
            told = [{**row, "name": names.get(row["actor"], "")} for row in rows]
            yield pa.table({name: [_text(row[name]) for row in told] for name in COLUMNS}, schema=SCHEMA)
        if len(rows) < AT_ONCE:
            return
        before, first = rows[-1]["number"], False


SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return in_words(value) if isinstance(value, dict) else str(value)


def in_words(detail: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in detail.items())


def _names(connection: sa.Connection) -> dict[str, str]:
    return {f"user:{user['id']}": user["login"] for user in accounts.all_users(connection)}

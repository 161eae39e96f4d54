"""What the API answers, as JSON schemas: rows of tables, columns of customers, lists of them.

Nothing is checked against these while answering; the tests do. Parts whose shape follows the data are objects
and no more.
"""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from lifeworth.results.contract import CONTACT_FIELDS, CUSTOMER_COLUMNS
from lifeworth.store import tables
from lifeworth.web.api import accounts, jobs
from lifeworth.workflows.options import DEFAULTS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
WHEN: Schema = {"type": "string", "format": "date-time"}
ANY: Schema = {}
OBJECT: Schema = {"type": "object"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def maybe(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]} if "type" in schema else schema


def thing(optional: Iterable[str] = (), **properties: Schema) -> Schema:
    """An object with these properties, of which all but `optional` are always there."""
    needed = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": needed}


def row_of(
    table: sa.Table, *, only: Iterable[str] = (), without: Iterable[str] = (), **more: Schema
) -> Schema:
    """A row of a table, or these columns of it."""
    names = [name for name in (only or table.c.keys()) if name not in set(without)]
    return thing(**{str(name): _cell(table.c[name]) for name in names}, **more)


def _cell(column: sa.Column[Any]) -> Schema:
    kinds: tuple[tuple[type, Schema], ...] = (
        (sa.JSON, ANY), (tables.Moment, WHEN), (sa.Boolean, FLAG), (sa.Integer, {"type": "integer"}),
        (sa.Float, {"type": "number"}), (sa.String, TEXT),
    )  # fmt: skip
    found = next(schema for kind, schema in kinds if isinstance(column.type, kind))
    return maybe(found) if column.nullable else found


def _customer() -> Schema:
    properties = {column.name: _figure(column.type) for column in CUSTOMER_COLUMNS}
    properties |= {name: maybe(TEXT) for name in CONTACT_FIELDS}
    return {"type": "object", "properties": {"ref": TEXT, **properties}, "required": ["ref"]}


def _figure(kind: pa.DataType) -> Schema:
    if pa.types.is_decimal(kind):
        return {"type": ["string", "number", "null"], "description": "Money in major units, exact"}
    if pa.types.is_date(kind):
        return {"type": ["string", "null"], "format": "date"}
    if pa.types.is_boolean(kind):
        return maybe(FLAG)
    if pa.types.is_integer(kind):
        return {"type": ["integer", "null"]}
    if pa.types.is_floating(kind):
        return maybe(NUMBER)
    return maybe(TEXT) if pa.types.is_string(kind) else ANY


def _pair(schema: Schema) -> Schema:
    """Of the earlier and of the later of two runs."""
    return thing(before=schema, after=schema)


def _setting(default: Any) -> Schema:
    kinds: dict[type, Schema] = {bool: FLAG, str: TEXT}
    return kinds.get(type(default), maybe(NUMBER))


INTERVAL = thing(value=NUMBER, low=NUMBER, high=NUMBER)
KNOWN_INTERVAL: Schema = {"anyOf": [ref("Interval"), {"type": "null"}]}
STAMP = thing(
    run_id=TEXT, as_of=maybe(TEXT), currency=maybe(TEXT), basis=ANY, value_basis=ANY,
    horizon_months=maybe(NUMBER), discount_rate=maybe(NUMBER),
)  # fmt: skip
PAGE = thing(data=list_of(ANY), next_cursor=maybe(TEXT), has_more=FLAG)
USER = row_of(tables.users, only=accounts.SHOWN)
IMPORT = thing(
    **row_of(tables.imports, without=("report", "sha256"), name=TEXT, size=COUNT)["properties"],
    report=ANY, optional=("report",),
)  # fmt: skip
PERSON = thing(name=TEXT, team=TEXT, id=TEXT, login=TEXT, optional=("id", "login"))
SCHEMAS: dict[str, Schema] = {
    "Problem": thing(
        type=TEXT, title=TEXT, status={"type": "integer"}, code=TEXT, detail=TEXT,
        facts={"type": "object"}, instance=TEXT, request_id=TEXT,
    ),
    "Stamp": STAMP | {"description": "Of which run a figure is, as of when, on what terms"},
    "Page": PAGE | {"description": "`next_cursor` asks for the page after, where `has_more`"},
    "User": USER,
    "Me": thing(**USER["properties"], permissions=list_of(TEXT)),
    "Session": row_of(
        tables.sessions, only=("id", "ip", "agent", "created_at", "expires_at"), current=FLAG
    ),
    "Key": row_of(tables.api_keys, only=accounts.KEY_SHOWN),
    "KeyMade": thing(id=TEXT, key=maybe(TEXT), scopes=ANY, expires_at=maybe(WHEN)),
    "Role": thing(role=TEXT, permissions=list_of(TEXT)),
    "Batch": thing(
        id=TEXT, kind=TEXT, counts={"type": "object"}, created_by=TEXT, created_at=WHEN,
        applied_at=maybe(WHEN), undone_at=maybe(WHEN), unmatched=list_of(ANY),
    ),
    "AssignedTo": thing(user=PERSON | {"type": ["object", "null"]}),
    "Customer": _customer(),
    "Import": IMPORT,
    "ImportMade": thing(**{"import": ref("Import")}, job_id=maybe(TEXT), known=FLAG),
    "Upload": row_of(tables.uploads, only=("id", "name", "size", "created_at")),
    "Job": row_of(tables.jobs, without=jobs.HIDDEN),
    "Started": thing(job_id=TEXT),
    "ReportStarted": thing(job_id=TEXT, file=TEXT),
    "Schedule": row_of(tables.schedules),
    "Erasure": row_of(
        tables.tombstones, only=("erased_by", "reason", "erased_at"),
        counts=thing(rows=COUNT, files=COUNT, runs=COUNT),
    ),
    "Rule": thing(rule=TEXT, keep=COUNT, count=COUNT),
    "AuditEvent": row_of(tables.audit_events),
    "AuditCheck": thing(whole=FLAG, broken_at={"type": ["integer", "null"]}),
    "RunBrief": {"allOf": [ref("Stamp"), thing(
        id=TEXT, created=ANY, customers=maybe(COUNT), orders=maybe(COUNT), grade=maybe(TEXT),
    )]},
    "Run": thing(id=TEXT, summary=OBJECT, tables=list_of(TEXT)),
    "Interval": INTERVAL | {"description": "An estimate and its 90 % interval"},
    "Template": thing(
        name=TEXT, title=TEXT,
        questions=list_of(thing(
            name=TEXT, label=TEXT, unit=TEXT, default=NUMBER, low=maybe(NUMBER), high=maybe(NUMBER),
        )),
    ),
    "Calculation": thing(
        template=TEXT, currency=TEXT, inputs={"type": "object", "additionalProperties": NUMBER},
        results=list_of(thing(
            name=TEXT, label=TEXT, value=maybe(NUMBER), written=TEXT, unit=TEXT, basis=TEXT, discounted=FLAG,
            formula=TEXT, worked=TEXT, convention=TEXT,
        )),
    ),
    "Comparison": thing(
        before=TEXT, after=TEXT, comparable=FLAG, model=_pair(maybe(TEXT)), grade=_pair(maybe(TEXT)),
        settings={"type": "object", "additionalProperties": _pair(ANY)},
        figures={"type": "object", "additionalProperties": _pair(maybe(NUMBER))},
        segments=list_of(thing(scheme=TEXT, key=TEXT, before=COUNT, after=COUNT)),
        intervals=_pair(KNOWN_INTERVAL),
        bridge=maybe(OBJECT), moves=ANY, dimensions=maybe(OBJECT),
    ),
    "Scenario": thing(
        lever=TEXT, change=NUMBER, value=NUMBER, low=NUMBER, high=NUMBER, difference=maybe(NUMBER),
        difference_low=maybe(NUMBER), difference_high=maybe(NUMBER), break_even_loss=maybe(NUMBER),
        optional=("difference_low", "difference_high", "break_even_loss"),
    ),
    "Settings": thing(**{name: _setting(default) for name, default in DEFAULTS.items()}),
    "View": row_of(tables.saved_views),
    "Webhook": row_of(tables.webhooks, without=("secret",)),
    "WebhookMade": row_of(tables.webhooks, without=("secret",), secret=maybe(TEXT)),
    "Delivery": row_of(tables.deliveries),
    "DeliverySent": thing(delivery_id=TEXT),
}  # fmt: skip


def page_of(items: Schema, *more: Schema) -> Schema:
    return {"allOf": [ref("Page"), thing(data=list_of(items)), *more]}


def stamped(*more: Schema) -> Schema:
    return {"allOf": [ref("Stamp"), *more]}


TOTAL = thing(total=COUNT)
FIGURES = page_of(OBJECT, ref("Stamp"))
# method and path below /api/v1 -> the JSON of success
ANSWERS: dict[str, Schema] = {
    "GET /me": ref("Me"),
    "PATCH /me": ref("User"),
    "GET /me/sessions": page_of(ref("Session")),
    "GET /users": page_of(ref("User")),
    "POST /users": ref("User"),
    "GET /users/{user_id}": ref("User"),
    "PATCH /users/{user_id}": ref("User"),
    "POST /users/{user_id}/reset": thing(user_id=TEXT, secret=maybe(TEXT), expires_at=WHEN),
    "GET /keys": page_of(ref("Key")),
    "POST /keys": ref("KeyMade"),
    "GET /roles": page_of(ref("Role")),
    "GET /assignments": page_of(ref("Batch")),
    "POST /assignments": ref("Batch"),
    "POST /assignments/selected": ref("Batch"),
    "POST /assignments/file": ref("Batch"),
    "GET /assignments/{batch_id}": ref("Batch"),
    "POST /assignments/{batch_id}/apply": ref("Batch"),
    "POST /assignments/{batch_id}/undo": ref("Batch"),
    "GET /customers/{ref}/assignee": ref("AssignedTo"),
    "PUT /customers/{ref}/assignee": ref("AssignedTo"),
    "GET /calculator": page_of(ref("Template")),
    "POST /calculator/{template}": ref("Calculation"),
    "GET /questionnaire": page_of(thing(column=TEXT, question=TEXT, answers=TEXT, feeds=TEXT)),
    "GET /customers": page_of(ref("Customer"), TOTAL, ref("Stamp")),
    "GET /customers/{ref}": stamped(ref("Customer")),
    "GET /customers/{ref}/timeline": FIGURES,
    "GET /customers/{ref}/purchases": FIGURES,
    "GET /customers/{ref}/alive": FIGURES,
    "GET /customers/{ref}/next-90-days": FIGURES,
    "GET /households": page_of(thing(ref=TEXT), TOTAL, ref("Stamp")),
    "GET /imports/kinds": page_of(TEXT),
    "POST /uploads": ref("Upload"),
    "GET /imports": page_of(ref("Import")),
    "POST /imports": ref("ImportMade"),
    "GET /imports/{import_id}": ref("Import"),
    "POST /imports/{import_id}/check": ref("Started"),
    "POST /imports/{import_id}/confirm": ref("Started"),
    "POST /imports/{import_id}/undo": ref("Import"),
    "POST /imports/sample/remove": thing(imports=COUNT, runs=COUNT),
    "GET /jobs": page_of(ref("Job")),
    "GET /jobs/{job_id}": ref("Job"),
    "POST /jobs/{job_id}/cancel": ref("Job"),
    "POST /jobs/{job_id}/retry": ref("Job"),
    "GET /schedules": page_of(ref("Schedule")),
    "POST /schedules": ref("Schedule"),
    "GET /schedules/{schedule_id}": ref("Schedule"),
    "PATCH /schedules/{schedule_id}": ref("Schedule"),
    "GET /privacy/erasures": page_of(ref("Erasure")),
    "POST /privacy/erasures": ref("Started"),
    "GET /privacy/retention": page_of(ref("Rule")),
    "POST /privacy/retention": ref("Started"),
    "GET /audit": page_of(ref("AuditEvent")),
    "GET /audit/verify": ref("AuditCheck"),
    "GET /runs": page_of(ref("RunBrief")),
    "POST /runs": ref("Started"),
    "POST /samples": ref("Started"),
    "GET /runs/{run_id}": ref("Run"),
    "GET /runs/{run_id}/compare/{other_id}": ref("Comparison"),
    "POST /runs/{run_id}/compare/{other_id}": ref("Comparison"),
    "GET /runs/{run_id}/tables/{name}": page_of(OBJECT, TOTAL, ref("Stamp")),
    "POST /runs/{run_id}/reports": ref("ReportStarted"),
    "GET /segments": FIGURES,
    "GET /patterns": page_of(
        thing(key=TEXT, customers=COUNT, current_value=KNOWN_INTERVAL),
        ref("Stamp"),
        thing(lines=ANY, used=ANY),
    ),
    "GET /scenarios": stamped(thing(base=KNOWN_INTERVAL, rows=list_of(ref("Scenario")))),
    "GET /guard-rail": stamped(thing(scheme=TEXT, target=TEXT, amount=ANY, rows=maybe(list_of(OBJECT)))),
    "GET /dimensions": stamped(thing(total=ANY, schemes=OBJECT, since=maybe(TEXT), change=ANY)),
    "GET /satisfaction": stamped(thing(surveys=ANY)),
    "GET /cohorts": FIGURES,
    "GET /first-products": FIGURES,
    "GET /next-90-days": stamped(thing(next_90_days=ANY)),
    "GET /referrals": FIGURES,
    "GET /settings": ref("Settings"),
    "PATCH /settings": ref("Settings"),
    "GET /views": page_of(ref("View")),
    "POST /views": ref("View"),
    "PATCH /views/{view_id}": ref("View"),
    "GET /webhooks": page_of(ref("Webhook")),
    "POST /webhooks": ref("WebhookMade"),
    "GET /webhooks/{webhook_id}": ref("Webhook"),
    "PATCH /webhooks/{webhook_id}": ref("Webhook"),
    "POST /webhooks/{webhook_id}/test": ref("DeliverySent"),
    "GET /webhooks/{webhook_id}/deliveries": page_of(ref("Delivery")),
    "POST /deliveries/{delivery_id}/resend": ref("DeliverySent"),
}

"""Customers given to people: by a selection, a file or a program. First a draft, which says what would change
and which rows say nothing; then applied, and undone if need be.

A file needs two columns, the customer (id, or pseudonym) and the login of the person; `-` as login takes the
customer from whoever has it.
"""

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlalchemy import Connection

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError
from lifeworth.data.sources.cells import strip_guards
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.headers import plain
from lifeworth.data.sources.raw import ROW
from lifeworth.results.customers import Customers
from lifeworth.results.index import REF, ref_of
from lifeworth.results.publish import BOM, safe_table
from lifeworth.results.question import Question
from lifeworth.store import accounts, assignments
from lifeworth.workflows.uploads import refuse_bombs
from lifeworth.workflows.workspace import Workspace

MOST = 200_000  # customers of one batch
NOBODY = "-"
CUSTOMERS = "customer_id, customer, id, ref, 客户, 客户编号, 客户id, 客户名称, 买家会员名, 会员名"
LOGINS = "login, user, owner, assigned_to, person, 登录名, 登入名称, 用户, 使用者, 负责人, 归属人"
UNMATCHED = ("row", "customer_id", "login", "why")
_DECIMAL = re.compile(r"^(\d+)\.0+$")  # a spreadsheet's way with numbers that are names
_TEXT = 200  # of a cell that is shown again

Asked = tuple[int, str, str]  # number of the row, customer, login


def draft_rows(
    workspace: Workspace, known: Customers, asked: Sequence[Asked], *, kind: str, by: str
) -> dict[str, Any]:
    """A draft of what these rows say; `counts` of it, and `unmatched`: row, customer_id, login and why
    ("customer": there is none, "login": nobody signs in so, "twice": an earlier row says somebody else).

    Raises:
        AppError: APP-034 for more than `MOST` rows.
    """
    _demand_few(len(asked))
    with workspace.database.begin() as connection:
        people = _people(connection)
        wanted: dict[str, str | None] = {}
        unmatched = []
        for (number, customer, login), ref in zip(asked, _refs(workspace, known, asked), strict=True):
            person = None if login == NOBODY else people.get(login.lower())
            why = ""
            if ref is None:
                why = "customer"
            elif person is None and login != NOBODY:
                why = "login"
            elif wanted.setdefault(ref, person) != person:
                why = "twice"
            if why:
                unmatched.append(
                    dict(zip(UNMATCHED, (number, customer[:_TEXT], login[:_TEXT], why), strict=True))
                )
        return assignments.draft_batch(connection, wanted, kind=kind, by=by, now=now(), unmatched=unmatched)


def draft_file(workspace: Workspace, known: Customers, path: Path, *, by: str) -> dict[str, Any]:
    """The same of a table in any form that orders may have: CSV in any encoding, Excel, zip.

    Raises:
        AppError: APP-033 where a column is missing, APP-011 for what unpacks to too much, APP-034.
        DataError: what cannot be read as a table.
    """
    refuse_bombs(path, int(workspace.settings()["upload_limit_mb"]) * 1024 * 1024)
    asked: list[Asked] = []
    for grid in read_grids(path, None, None, None):
        headers = {plain(name): name for name in grid.columns}
        customer, login = _column(headers, CUSTOMERS), _column(headers, LOGINS)
        if customer is None or login is None:
            raise AppError("APP-033", seen=", ".join(grid.columns)[:_TEXT], wanted="customer_id, login")
        _demand_few(grid.table.num_rows)
        texts = (strip_guards(grid.table[name], empty_words=False) for name in (customer, login))
        cells = (grid.table[ROW].to_pylist(), *(column.to_pylist() for column in texts))
        asked += [
            (number, _DECIMAL.sub(r"\1", one or ""), who or "")
            for number, one, who in zip(*cells, strict=True)
        ]
    return draft_rows(workspace, known, asked, kind="file", by=by)


def draft_selection(
    workspace: Workspace, known: Customers, question: Question, login: str, *, by: str
) -> dict[str, Any]:
    """A draft that gives all customers a question selects to one person, or to nobody.

    Raises:
        AppError: APP-034 for too many, APP-003 where nobody signs in so.
    """
    _demand_few(known.count(question))
    refs = known.refs(question)
    with workspace.database.begin() as connection:
        wanted = dict.fromkeys(refs, _person(connection, login))
        return assignments.draft_batch(connection, wanted, kind="selection", by=by, now=now())


def assign_one(workspace: Workspace, ref: str, login: str, *, by: str) -> dict[str, Any]:
    """Give one customer to a person, or to nobody, at once; the batch that can be undone.

    Raises:
        AppError: APP-003 where nobody signs in so.
    """
    with workspace.database.begin() as connection:
        wanted = {ref: _person(connection, login)}
        batch = assignments.draft_batch(connection, wanted, kind="one", by=by, now=now())
        return assignments.apply_batch(connection, batch["id"], now()) or batch


def unmatched_csv(rows: Sequence[dict[str, Any]] | None) -> bytes:
    """Rows of a draft that did not match, to be mended and sent again; safe in a spreadsheet."""
    columns = {name: pa.array([str(row[name]) for row in rows or []], pa.string()) for name in UNMATCHED}
    text = io.BytesIO()
    text.write(BOM)
    pa_csv.write_csv(safe_table(pa.table(columns)), text)
    return text.getvalue()


def candidates(connection: Connection) -> list[dict[str, Any]]:
    """Whom customers can be assigned to: who can sign in."""
    return [user for user in accounts.all_users(connection) if user["active"]]


def _people(connection: Connection) -> dict[str, str]:
    return {user["login"]: user["id"] for user in candidates(connection)}


def _person(connection: Connection, login: str) -> str | None:
    login = login.strip().lower()
    if login == NOBODY:
        return None
    found = _people(connection).get(login)
    if found is None:
        raise AppError("APP-003", kind="user", seen=login[:_TEXT])
    return found


def _refs(workspace: Workspace, known: Customers, asked: Iterable[Asked]) -> list[str | None]:
    """The pseudonym of the customer of each row; None where the run knows no such customer."""
    names = [customer for _, customer, _ in asked]
    hashed = np.array([ref_of(name, workspace.secret) for name in names], np.uint64)
    given = np.array([_as_ref(name) for name in names], np.uint64)
    by_id, by_ref = known.known(hashed), known.known(given)
    return [
        f"{hashed[place]:016x}" if by_id[place] else f"{given[place]:016x}" if by_ref[place] else None
        for place in range(len(names))
    ]


def _column(headers: dict[str, str], words: str) -> str | None:
    """The column that the first of these words names."""
    return next((headers[word] for word in map(plain, words.split(",")) if word in headers), None)


def _as_ref(text: str) -> int:
    """The number of a pseudonym; 0 for what is none."""
    return int(text, 16) if REF.fullmatch(text) else 0


def _demand_few(count: int) -> None:
    if count > MOST:
        raise AppError("APP-034", seen=count, most=MOST)

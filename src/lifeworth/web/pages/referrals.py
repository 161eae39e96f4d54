"""Referrals: how contagious customers are, what it is worth, and the tree below one of them."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.reports.blocks import Section, Table
from lifeworth.reports.documents import referrals, terms
from lifeworth.reports.documents.referral_tree import COLUMNS, Node, Tree, recruiters, tree_of
from lifeworth.reports.documents.referred import referred_section
from lifeworth.results.contract import TABLES
from lifeworth.results.customers import Customers, customers_of
from lifeworth.results.read import read_table
from lifeworth.results.tables import rows_where
from lifeworth.web.access import Actor, require
from lifeworth.web.customer_rows import called
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page
from lifeworth.web.scope import customers_for, shown_rows, visible_to

router = APIRouter()
SHOWN = ("historical_value", "referral_value", "future_value")
MOST_BROUGHT = 50
_best: Kept[list[str]] = Kept(40)


@router.get("/referrals")
def show(request: Request, actor: Actor = require("customers:read")) -> Response:
    """`?customer=REF` opens the tree of one customer; without it, of the one with the most referrals."""
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.referrals"))
    part = page.sections((referrals.section,))
    if not part:
        return page.draw("referrals.html.j2", title=page.say("web.title.referrals"), tree=None, best=[])
    table = read_table(page.entry.folder, "referrals", COLUMNS)
    narrowed = shown_rows(request, actor, page.entry)
    if table is not None and narrowed:
        table = narrowed[1](table)
    best = [] if table is None else recruiters(table)
    tree = None if table is None else _tree(page, table, best)
    return page.draw(
        "referrals.html.j2",
        title=page.say("web.title.referrals"),
        sections=[_linked(page, part[0]), terms.chosen(page.reading, *SHOWN)],
        best=[_shown(page, row) for row in best],
        tree=tree and _drawn(page, tree),
    )


def referred(page: Page, found: Customers, ref: str) -> Section | None:
    """Who brought this customer and whom she brought, for her own page; others only where they are seen."""
    rows = found.rows_of(ref, "referrals")
    if not rows or page.entry is None:
        return None
    row, path = rows[0], page.entry.folder / TABLES / "referrals.parquet"
    brought = rows_where(path, "parent_id", row["customer_id"], COLUMNS) if row["referrals"] else []
    brought.sort(key=lambda one: (-one["own"], one["customer_id"]))
    above = found.ref_of(row["parent_id"]) if row["parent_id"] else ""
    parents = [one for one in found.rows_of(above, "referrals") if above]
    visible = visible_to(page.request, page.actor)
    told = [_shown(page, one) for one in (*parents, *brought)]
    seen = [
        {**one, "customer_id": one["called"], "address": page.at(f"/customers/{one['ref']}")}
        for one in told
        if visible is None or one["ref"] in visible
    ]
    parent = next((one for one in seen if one["ref"] == above), None)
    own = mask_row(row if parent else {**row, "parent_id": None}, page.actor)
    return referred_section(
        page.reading, own, parent, [one for one in seen if one is not parent], MOST_BROUGHT
    )


def _linked(page: Page, part: Section) -> Section:
    """The table of those who bring most, each leading to the customer."""
    opens = tuple(page.at(f"/customers/{ref}") for ref in _best_refs(page))
    blocks = [
        replace(block, opens=opens)
        if isinstance(block, Table) and block.name == referrals.REFERRERS
        else block
        for block in part.blocks
    ]
    return replace(part, blocks=blocks)


def _best_refs(page: Page) -> list[str]:
    """Pseudonyms of those who bring most, as this reader's table lists them; worked out once."""
    entry = page.entry
    assert entry is not None
    path = entry.folder / TABLES / "referrals.parquet"
    if not path.exists():
        return []

    def make() -> list[str]:
        shown, ids = page.reading.table("referrals"), read_table(entry.folder, "referrals", ["customer_id"])
        if shown is None or ids is None:
            return []
        ref_of = customers_of(entry, page.workspace.secret).ref_of
        return [ref_of(ids["customer_id"][place].as_py()) for place in referrals.best_places(shown)]

    return _best.get((path, path.stat().st_mtime_ns, page.eyes), make)


def _tree(page: Page, table: Any, best: list[dict[str, Any]]) -> Tree | None:
    """
    Raises:
        AppError: APP-003 for a customer there is not.
    """
    asked = page.request.query_params.get("customer", "")
    if not asked:
        return tree_of(table, best[0]["customer_id"]) if best else None
    assert page.entry is not None
    row = customers_for(page.request, page.actor, page.entry).one(asked)
    found = tree_of(table, row["customer_id"]) if row else None
    if found is None:
        raise AppError("APP-003", kind="customer", seen=asked[:40])
    return found


def _drawn(page: Page, tree: Tree) -> dict[str, Any]:
    def node(one: Node) -> dict[str, Any]:
        return {**_shown(page, one.row), "children": [node(child) for child in one.children]}

    return {
        "root": node(tree.root),
        "chain": [_shown(page, row) for row in tree.chain],
        "shown": tree.shown,
        "size": tree.size,
    }


def _shown(page: Page, row: dict[str, Any]) -> dict[str, Any]:
    assert page.entry is not None
    known = customers_of(page.entry, page.workspace.secret)
    ref = known.ref_of(row["customer_id"])
    named = known.one(ref, ("customer_name",)) or {"customer_name": None}
    shown = mask_row({**named, **row}, page.actor)
    return {**shown, "ref": ref, "called": called(shown)}

"""Referrals: how contagious customers are, what it is worth, and the tree below one of them."""

from typing import Any

from fastapi import APIRouter, Request, Response

from lifeworth.base.errors import AppError
from lifeworth.reports.documents import referrals, terms
from lifeworth.reports.documents.referral_tree import COLUMNS, Node, Tree, recruiters, tree_of
from lifeworth.results.customers import customers_of
from lifeworth.results.read import read_table
from lifeworth.web.access import Actor, require
from lifeworth.web.masking import mask_row
from lifeworth.web.page import Page

router = APIRouter()
SHOWN = ("historical_value", "referral_value", "future_value")


@router.get("/referrals")
def show(request: Request, actor: Actor = require("customers:read")) -> Response:
    """`?customer=REF` opens the tree of one customer; without it, of the one with the most referrals."""
    page = Page(request, actor)
    if page.entry is None:
        return page.draw("nothing.html.j2", title=page.say("web.place.referrals"))
    part = referrals.section(page.reading)
    if part is None:
        return page.draw("referrals.html.j2", title=page.say("web.title.referrals"), tree=None, best=[])
    table = read_table(page.entry.folder, "referrals", COLUMNS)
    best, tree = ([], None) if table is None else (recruiters(table), _tree(page, table))
    return page.draw(
        "referrals.html.j2",
        title=page.say("web.title.referrals"),
        sections=[part, terms.chosen(page.reading, *SHOWN)],
        best=[_shown(page, row) for row in best],
        tree=tree and _drawn(page, tree),
    )


def _tree(page: Page, table: Any) -> Tree | None:
    """
    Raises:
        AppError: APP-003 for a customer there is not.
    """
    asked = page.request.query_params.get("customer", "")
    if not asked:
        first = recruiters(table, 1)
        return tree_of(table, first[0]["customer_id"]) if first else None
    assert page.entry is not None
    row = customers_of(page.entry, page.workspace.secret).one(asked)
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
    ref = customers_of(page.entry, page.workspace.secret).ref_of(row["customer_id"])
    return {**mask_row(row, page.actor), "ref": ref}

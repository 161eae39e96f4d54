"""Saved views: kept, listed, shared, deleted; by page and by API; and what they never keep."""

import re

import pytest
import sqlalchemy as sa

from lifeworth.store.rows import many
from lifeworth.store.tables import audit_events
from lifeworth.store.views import views_for
from reports.pages import parse
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, valued, workspace_at


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("views") / "shop")
    bring_in(workspace, orders_csv())
    valued(workspace)
    return workspace


@pytest.fixture(scope="module")
def site(shop):
    return app_of(shop)


def visitor(site, role):
    found, _ = sign_in(site, role)
    csrf = re.search(r'name="csrf" value="(\w+)"', found.get("/customers").text)[1]
    return found, lambda path, **form: found.post(path, data={**form, "csrf": csrf}, follow_redirects=False)


def links(page):
    return {
        element.text.strip(): element.attributes["href"]
        for element in parse(page.text).all("a")
        if element.attributes["href"].startswith("/customers?")
    }


def test_a_view_brings_back_filters_and_order_and_never_what_was_searched(shop, site):
    analyst, post = visitor(site, "analyst")
    page = analyst.get("/customers?pattern=gold&q=anna&sort=-orders&page=1&lang=en")
    kept = parse(page.text).all("input", name="query")[0].attributes["value"]
    assert kept == "pattern=gold&sort=-orders"
    answer = post("/views", name="Golden regulars", query=kept + "&q=anna@example.com&run=x")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/customers?pattern=gold&sort=-orders"
    again = analyst.get(answer.headers["location"])
    assert links(again)["Golden regulars"] == "/customers?pattern=gold&sort=-orders"
    assert (
        parse(again.text).all("a", href="/customers?pattern=gold&sort=-orders")[0].attributes["aria-current"]
    )
    with shop.database.read() as connection:
        user = program(site, shop, "analyst").get("/api/v1/me").json()["id"]
        assert [row["query"] for row in views_for(connection, user)] == ["pattern=gold&sort=-orders"]


def test_a_view_kept_by_the_api_is_cut_alike_and_written_down(shop, site):
    analyst = program(site, shop, "analyst")
    asked = {"page": "customers", "name": "By program", "query": "q=anna@example.com&tier=high"}
    made = analyst.post("/api/v1/views", json=asked)
    assert (made.status_code, made.json()["query"]) == (201, "tier=high")
    with shop.database.read() as connection:
        noted = many(connection, sa.select(audit_events).where(audit_events.c.action == "view.saved"))
    assert f"view:{made.json()['id']}" in [row["entity"] for row in noted]


def test_a_view_too_long_to_keep_is_refused(site):
    _, post = visitor(site, "analyst")
    assert post("/views", name="Long", query="tier=" + "金" * 1900).status_code == 422


def test_nor_by_the_api(site, shop):
    analyst = program(site, shop, "analyst")
    asked = {"page": "customers", "name": "Long", "query": "tier=" + "金" * 1900}
    assert analyst.post("/api/v1/views", json=asked).status_code == 422


def test_a_view_of_the_same_name_takes_the_place_of_the_first(site):
    marketer, post = visitor(site, "marketer")
    post("/views", name="Mine", query="tier=high")
    post("/views", name="Mine", query="tier=low")
    assert links(marketer.get("/customers"))["Mine"] == "/customers?tier=low"


def test_others_see_a_view_only_while_it_is_shared(site, shop):
    _, post = visitor(site, "service")
    viewer, post_of_viewer = visitor(site, "viewer")
    post("/views", name="Care first", query="pattern=comet", shared="1")
    assert any(name.startswith("Care first") for name in links(viewer.get("/customers")))
    rows = program(site, shop, "viewer").get("/api/v1/views").json()["data"]
    view = next(row for row in rows if row["name"] == "Care first")
    assert view["owner"] == "service"
    assert post_of_viewer(f"/views/{view['id']}/forget").status_code == 404
    assert post_of_viewer(f"/views/{view['id']}/share", shared="").status_code == 404
    assert post(f"/views/{view['id']}/share", shared="").status_code == 303
    assert not any(name.startswith("Care first") for name in links(viewer.get("/customers")))
    assert program(site, shop, "owner").delete(f"/api/v1/views/{view['id']}").status_code == 404
    post(f"/views/{view['id']}/share", shared="1")
    assert program(site, shop, "owner").delete(f"/api/v1/views/{view['id']}").status_code == 204
    assert post(f"/views/{view['id']}/forget").status_code == 404


def test_the_api_saves_shares_and_forgets(site, shop):
    analyst = program(site, shop, "analyst")
    new = {"page": "customers", "name": "A", "query": "tier=high"}
    made = analyst.post("/api/v1/views", json=new)
    assert (made.status_code, made.json()["shared"]) == (201, False)
    one = f"/api/v1/views/{made.json()['id']}"
    assert analyst.patch(one, json={"shared": True}).json()["shared"] is True
    assert program(site, shop, "viewer").patch(one, json={"shared": False}).status_code == 404
    assert analyst.delete(one).status_code == 204
    assert analyst.patch(one, json={"shared": True}).status_code == 404


@pytest.mark.parametrize("name", ["   ", "a\tb"])
def test_a_name_must_be_readable(site, name):
    _, post = visitor(site, "analyst")
    assert post("/views", name=name, query="tier=high").status_code == 422


def test_without_filters_there_is_nothing_to_save(site):
    page = parse(visitor(site, "viewer")[0].get("/customers").text)
    assert "Choose filters or an order first" in page.text
    assert page.all("input", name="query") == []

"""Whom a group of another page holds: households and accounts, ranked, opened, masked."""

import re

import pyarrow.parquet as pq
import pytest

from lifeworth.results.customers import customers_of
from reports.pages import parse
from web.worlds import program, sign_in


def rows_of(run, table):
    return pq.read_table(run.folder / "tables" / f"{table}.parquet").to_pylist()


def test_groups_are_ranked_and_each_opens_its_members(business, site, owner):
    run = business.runs()[0]
    groups = sorted(rows_of(run, "groups"), key=lambda row: -row["future_value"])
    page = owner.get("/households").text
    opens = re.findall(r'<a href="/customers\?group=(\w+)">([^<]+)</a>', page)
    assert [name for _, name in opens] == [row["group_id"] for row in groups][:50]
    ref, name = opens[0]
    mine = {row["customer_id"] for row in rows_of(run, "group_members") if row["group_id"] == name}
    members = owner.get(f"/customers?group={ref}").text
    assert set(re.findall(r'</a><br><span class="range">([^<]+@example.com)</span>', members)) == mine
    assert f"Members of {name}" in members
    api = program(site, business, "analyst")
    told = api.get(f"/api/v1/customers?filter[group]={ref}").json()
    assert {row["customer_id"] for row in told["data"]} == mine
    assert sum(float(row["lifetime_value"]) for row in told["data"]) == pytest.approx(
        float(groups[0]["lifetime_value"]), abs=0.005
    )
    one = customers_of(run, business.secret).ref_of(min(mine))
    assert f'href="/customers?group={ref}"' in owner.get(f"/customers/{one}").text


def test_groups_come_page_by_page_in_any_order_that_names_nobody(business, site, owner):
    run, api = business.runs()[0], program(site, business, "viewer")
    first = api.get("/api/v1/households?sort=-members&limit=7").json()
    second = api.get(f"/api/v1/households?sort=-members&limit=500&cursor={first['next_cursor']}").json()
    rows = [*first["data"], *second["data"]]
    assert len(rows) == first["total"] == run.summary["relationships"]["groups"]
    assert [row["members"] for row in rows] == sorted((row["members"] for row in rows), reverse=True)
    assert api.get("/api/v1/households?sort=group_id").status_code == 422
    assert api.get("/api/v1/customers?filter[group][min]=1").status_code == 422
    told = parse(owner.get("/households?sort=-members&page=99").text).text
    assert "Ranked by: Customers" in told


def test_names_of_groups_are_masked_in_pages_and_answers_and_files(business, site):
    names = {row["group_id"] for row in rows_of(business.runs()[0], "groups")}
    assert all(name.startswith("home of Anna") for name in names)
    visitor, _ = sign_in(site, "marketer")
    api = program(site, business, "marketer")
    ref = api.get("/api/v1/households").json()["data"][0]["ref"]
    run = business.runs()[0].id
    for text in (
        visitor.get("/households").text,
        visitor.get(f"/customers?group={ref}").text,
        visitor.get(f"/customers.csv?group={ref}").text,
        api.get("/api/v1/households").text,
        api.get(f"/api/v1/customers.csv?filter[group]={ref}").text,
        api.get(f"/api/v1/runs/{run}").text,
        api.get(f"/api/v1/runs/{run}/tables/groups").text,
        api.get(f"/api/v1/runs/{run}/tables/group_members").text,
    ):
        assert "home of Anna" not in text
    assert "h***" in visitor.get("/households").text


def test_an_unknown_group_is_not_found_and_a_run_without_any_says_how_to_get_them(business, site, owner, app):
    assert owner.get("/customers?group=0123456789abcdef").status_code == 404
    page = parse(sign_in(app, "owner")[0].get("/households").text)
    assert "No households or accounts have been imported" in page.text
    assert page.all("a", href="/import?kind=relationships")
    assert not parse(sign_in(app, "viewer")[0].get("/households").text).all(
        "a", href="/import?kind=relationships"
    )


def test_a_class_of_two_way_value_opens_those_who_are_in_it(business, site, owner):
    run = business.runs()[0]
    page = owner.get("/satisfaction").text
    told = program(site, business, "viewer").get("/api/v1/satisfaction").json()["surveys"]
    rows = rows_of(run, "surveys")
    assert parse(page).by_id("two-way-matrix-title")
    for row in told["classes"]:
        mine = sum(each["class"] == row["key"] for each in rows)
        assert row["customers"] == mine
        assert f'href="/customers?satisfaction={row["key"]}"' in page
        listed = parse(owner.get(f"/customers?satisfaction={row['key']}").text)
        assert listed.all("h1")[0].text.startswith(f"{mine} customer")
    nps = f"{round(told['nps']['value']):+d}".replace("-", "−")
    assert nps in page


def test_without_a_survey_the_page_says_so(app, company):
    page = parse(sign_in(app, "viewer")[0].get("/satisfaction").text)
    assert len(page.all("tr")) == 13
    assert "made without survey answers" in page.text
    assert program(app, company, "viewer").get("/api/v1/satisfaction").json()["surveys"] is None

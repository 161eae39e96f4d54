"""Every page about a run says what its figures mean, and leads on where it shows only a part."""

import json
import re

import pyarrow.parquet as pq
import pytest

from lifeworth.reports.documents import usability
from lifeworth.results.customers import customers_of
from lifeworth.text.catalog import catalog
from reports.pages import parse
from web.worlds import app_of, bring_in, orders_csv, sign_in, valued

PAGES = (
    *("/", "/value", "/potential", "/subscriptions", "/map", "/cohorts", "/dimensions", "/compare"),
    *("/scenarios", "/quality", "/data", "/customers", "/households", "/satisfaction", "/referrals"),
    "/runs",
)


def defined(page):
    """Names of the figures whose definitions stand at the end."""
    return {each.text.split()[-1] for each in page.all("dt") if each.text}


@pytest.mark.parametrize("address", PAGES)
def test_every_page_ends_with_its_definitions(owner, address):
    page = parse(owner.get(address).text)
    assert page.by_id("definitions").text.strip()
    assert page.all("dl", class_="terms")


def test_each_run_is_told_on_its_own_terms(business, owner):
    newest, older = business.runs()
    path = older.folder / "summary.json"
    kept = path.read_text()
    told = {"currency": "JPY", "horizon_months": 6, "value_basis": "net_revenue"}
    path.write_text(json.dumps(older.summary | told))
    try:
        rows = [each.text for each in parse(owner.get("/runs").text).all("tr")]
    finally:
        path.write_text(kept)
    (one,), (other,) = ([text for text in rows if run.id in text] for run in (newest, older))
    words = catalog("en")
    basis = words.text(f"basis.{newest.summary['value_basis']}")
    assert f"{basis} · 12 months" in one
    assert f"{words.text('basis.net_revenue')} · 6 months" in other
    assert "¥" in other
    assert "¥" not in one
    for name in ("customers", "net_sales", "current_value", "grade"):
        assert words.text(f"definition.{name}") in parse(owner.get("/runs").text).by_id("definitions").text


def test_without_a_forecast_nothing_is_defined_that_is_not_shown(fresh):
    bring_in(fresh, orders_csv(customers=20))
    valued(fresh)
    visitor = sign_in(app_of(fresh), "owner")[0]
    words = catalog("en")
    for address in ("/", "/map", "/quality", "/customers", "/data"):
        page = parse(visitor.get(address).text)
        told = page.by_id("definitions").text
        assert words.text("definition.pattern") not in told, address
        assert words.text("definition.current_value") not in told, address


def test_figures_and_headers_say_what_they_mean_where_they_stand(owner):
    words = catalog("en")
    figures = [each for each in parse(owner.get("/").text).all("dt") if "title" in each.attributes]
    for name in ("customers", "active_customers", "net_sales", "historical_value", "current_value"):
        label, means = words.text(f"label.{name}"), words.text(f"definition.{name}")
        assert means in {each.attributes["title"] for each in figures if label in each.text}
    page = parse(owner.get("/customers").text)
    heads = {each.attributes.get("title") for each in page.all("th", scope="col")}
    shown = ("customer_id", "customer_grade", "pattern", "last_purchase", "orders", "probability_alive")
    assert {words.text(f"definition.{name}") for name in shown} <= heads


def test_findings_that_find_no_place_on_the_overview_are_counted_and_led_to(fresh):
    bring_in(fresh, orders_csv())
    valued(fresh)
    run = fresh.current_run()
    one = {"code": "x", "severity": "warn", "says": "Something {n}.", "costs": "", "do": "", "facts": {}}
    path = run.folder / "summary.json"
    for count, told in (
        (usability.ATTENTION, None),
        (usability.ATTENTION + 1, "1 more finding,"),
        (9, "4 more findings,"),
    ):
        found = [one | {"says": f"Something {n}."} for n in range(count)]
        path.write_text(json.dumps(run.summary | {"findings": found}))
        page = parse(sign_in(app_of(fresh), "owner")[0].get("/").text)
        links = [each for each in page.all("a", href="/data#data") if "more finding" in each.text]
        assert [each.text.startswith(told) for each in links] == ([True] if told else [])
        everything = parse(sign_in(app_of(fresh), "owner")[0].get("/data").text).by_id("data").text
        assert everything.count("Something") == count


def referrals_of(business):
    return pq.read_table(business.runs()[0].folder / "tables" / "referrals.parquet").to_pylist()


def names_of(business):
    table = pq.read_table(business.runs()[0].folder / "tables" / "contacts.parquet")
    return dict(zip(table["customer_id"].to_pylist(), table["customer_name"].to_pylist(), strict=True))


def test_a_customer_shows_who_brought_them_and_whom_they_brought(business, owner):
    rows, run = referrals_of(business), business.runs()[0]
    ref = customers_of(run, business.secret).ref_of
    middle = max((row for row in rows if row["parent_id"]), key=lambda row: row["referrals"])
    mine = {row["customer_id"] for row in rows if row["parent_id"] == middle["customer_id"]}
    assert len(mine) == middle["referrals"] > 0
    body = section_of(owner.get(f"/customers/{ref(middle['customer_id'])}").text)
    linked = re.findall(r'<a href="/customers/(\w+)">([^<]+)</a>', body)
    names = names_of(business)
    assert set(linked) == {(ref(one), names[one]) for one in (*mine, middle["parent_id"])}
    assert f"Came through {names[middle['parent_id']]}; brought {len(mine)} customer" in body
    for name in ("net", "gross", "expected"):
        assert f"{float(middle[name]):,.0f}"[:4] in body, name
    assert f"/customers/{ref(middle['customer_id'])}" not in body
    old = owner.get(f"/customers/{ref(middle['customer_id'])}?run={run.id}").text
    assert f'href="/customers/{ref(middle["parent_id"])}?run={run.id}"' in section_of(old)
    alone = next(row for row in rows if not row["parent_id"] and not row["referrals"])
    assert 'id="referred"' not in owner.get(f"/customers/{ref(alone['customer_id'])}").text


def section_of(html):
    return re.search(r'<section id="referred".*?</section>', html, re.S)[0]


def test_referrals_of_a_customer_are_masked_for_who_sees_masks(business, site):
    rows, run = referrals_of(business), business.runs()[0]
    middle = max((row for row in rows if row["parent_id"]), key=lambda row: row["referrals"])
    ref = customers_of(run, business.secret).ref_of(middle["customer_id"])
    body = section_of(sign_in(site, "viewer")[0].get(f"/customers/{ref}").text)
    assert "***" in body
    assert not [row["customer_id"] for row in rows if row["customer_id"] in body]
    assert not [name for name in names_of(business).values() if name in body]


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_those_who_bring_most_lead_to_their_pages(business, site, role):
    rows, run = referrals_of(business), business.runs()[0]
    ref = customers_of(run, business.secret).ref_of
    best = sorted(rows, key=lambda row: -(row["net"] - row["own"] + row["expected"]))[:10]
    page = sign_in(site, role)[0].get("/referrals").text
    table = page[page.index("Customers who bring most") :]
    table = table[: table.index("</table>")]
    linked = re.findall(r'<a href="/customers/(\w+)">', table)
    assert sorted(linked) == sorted(ref(row["customer_id"]) for row in best if row["referrals"])

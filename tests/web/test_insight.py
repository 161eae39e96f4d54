"""The pages that set runs, changes and referrals side by side: bridge, scenarios, referrals."""

import re
from decimal import Decimal

import numpy as np
import pyarrow.parquet as pq
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.results.customers import customers_of
from lifeworth.workflows import scenarios as work
from lifeworth.workflows.scenarios import SIZES, scenarios_of
from reports.pages import parse
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, valued


def test_the_bridge_page_tells_what_the_api_tells_in_either_order(business, site, owner):
    after, before = business.runs()
    assert before.summary["as_of"] < after.summary["as_of"]
    page = owner.get("/compare")
    assert page.status_code == 200
    asked = f"?before={before.id}&after={after.id}"
    assert parse(owner.get(f"/compare{asked}").text).text == parse(page.text).text
    turned = owner.get(f"/compare?before={after.id}&after={before.id}")
    assert parse(turned.text).text == parse(page.text).text
    told = program(site, business, "viewer").get(f"/api/v1/runs/{after.id}/compare/{before.id}").json()
    steps = {step["key"]: step["amount"] for step in told["bridge"]["steps"]}
    cells = [cell.attributes.get("data-raw") for cell in parse(page.text).all("td")]
    assert repr(steps["new"]) in cells
    assert told["intervals"]["after"]["low"] < told["bridge"]["after"] < told["intervals"]["after"]["high"]
    assert told["intervals"]["after"]["value"] == pytest.approx(told["bridge"]["after"], abs=0.02)


def test_the_overview_holds_the_bridge_since_the_run_before_on_the_same_terms(business, owner):
    newest = parse(owner.get("/").text)
    assert newest.by_id("value-bridge-title")
    oldest = parse(owner.get(f"/?run={business.runs()[1].id}").text)
    assert all(element.attributes.get("id") != "value-bridge-title" for element in oldest.elements)
    assert len(list((business.runs()[0].folder / ".index").glob("since-*.json"))) == 1


def test_one_run_alone_is_told_what_a_bridge_needs(app):
    visitor, _ = sign_in(app, "owner")
    page = parse(visitor.get("/compare").text)
    assert "A bridge needs two valuations" in page.text
    assert page.all("a", href="/import")
    assert "Import" not in parse(sign_in(app, "viewer")[0].get("/compare").text).text


def test_scenarios_asked_again_are_those_of_the_run_to_the_cent(business):
    run = business.runs()[0]
    published, again = run.summary["scenarios"], scenarios_of(run, SIZES)
    assert [row["lever"] for row in again["rows"]] == [row["lever"] for row in published["rows"]]
    for one, other in zip(again["rows"], published["rows"], strict=True):
        assert one["value"] == pytest.approx(other["value"], abs=0.01)
        assert (
            one["break_even_loss"] == pytest.approx(other["break_even_loss"] or 0, abs=1e-6)
            or not one["break_even_loss"]
        )
    assert scenarios_of(run, {}) == published


def test_a_large_base_is_worked_out_from_customers_spread_over_it(business, monkeypatch):
    run = business.runs()[0]
    whole = scenarios_of(run, {"churn": 0.31})
    monkeypatch.setattr(work, "MOST", 150)
    work._scenarios.cache_clear()
    part = scenarios_of(run, {"churn": 0.31})
    work._scenarios.cache_clear()
    for one, other in zip(part["rows"], whole["rows"], strict=True):
        assert one["value"] == pytest.approx(other["value"], rel=0.005)  # every fourth of 460 customers
    assert part["base"] == whole["base"]


def test_the_scenario_page_keeps_what_was_asked_and_says_what_it_cannot_read(business, site, owner):
    page = parse(owner.get("/scenarios?churn=25&price=10").text)
    assert page.by_id("lever-churn").attributes["value"] == "25"
    assert page.by_id("lever-margin").attributes["value"] == "5"
    api = program(site, business, "viewer")
    rows = api.get("/api/v1/scenarios?churn=0.25&price=0.1").json()["rows"]
    told = {cell.attributes.get("data-raw") for cell in page.all("td")}
    assert {repr(row["difference"]) for row in rows} <= told
    assert "25 %" in page.text
    assert "no number" in owner.get("/scenarios?churn=much").text
    assert "VALUE-321" in owner.get("/scenarios?price=250").text
    assert "Nothing moves" in owner.get("/scenarios?" + "&".join(f"{name}=0" for name in SIZES)).text
    assert api.get("/api/v1/scenarios?churn=1.5").status_code == 422
    with pytest.raises(UsageError, match="VALUE-321"):
        scenarios_of(business.runs()[0], {"churn": -0.5})


def test_a_tree_shows_everyone_below_a_customer_and_the_way_up(business, owner):
    run = business.runs()[0]
    rows = pq.read_table(run.folder / "tables" / "referrals.parquet").to_pylist()
    parents = {row["customer_id"]: row["parent_id"] for row in rows}
    deep = max(rows, key=lambda row: (row["generation"], row["customer_id"]))
    middle = parents[deep["customer_id"]]
    first = middle
    while parents[first]:
        first = parents[first]
    ref = customers_of(run, business.secret).ref_of
    below = {who for who in parents if _is_below(who, first, parents)}
    page = owner.get(f"/referrals?customer={ref(first)}").text
    tree = page[page.index('<div class="tree">') : page.index('id="definitions"')]
    assert set(re.findall(r'<a href="/customers/(\w+)">', tree)) == {ref(who) for who in below | {first}}
    up = owner.get(f"/referrals?customer={ref(deep['customer_id'])}").text
    assert f"/referrals?customer={ref(middle)}#tree" in up
    assert (
        f"brought {sum(parent == first for parent in parents.values())} directly and {len(below)} in all"
        in page
    )
    assert owner.get("/referrals?customer=0123456789abcdef").status_code == 404


def _is_below(who, first, parents):
    while parents[who]:
        who = parents[who]
        if who == first:
            return True
    return False


def test_the_first_tree_is_of_whoever_referred_most(business, owner):
    rows = pq.read_table(business.runs()[0].folder / "tables" / "referrals.parquet")
    most = rows["customer_id"][int(np.argmax(rows["referrals"].to_numpy()))].as_py()
    names = pq.read_table(business.runs()[0].folder / "tables" / "contacts.parquet").to_pylist()
    (called,) = [row["customer_name"] for row in names if row["customer_id"] == most]
    assert f"{called} brought" in parse(owner.get("/referrals").text).text


def test_who_sees_masks_sees_masks_in_trees_and_tables(business, site):
    ids = pq.read_table(business.runs()[0].folder / "customers.parquet")["customer_id"].to_pylist()
    assert all("@" in one for one in ids)
    page = sign_in(site, "viewer")[0].get("/referrals").text
    assert "***@" in page
    assert [one for one in ids if one in page] == []


def test_without_referrals_the_page_says_how_to_get_them(app):
    page = parse(sign_in(app, "owner")[0].get("/referrals").text)
    assert "No referrals have been imported" in page.text
    assert page.all("a", href="/import?kind=referrals")
    chosen = parse(sign_in(app, "owner")[0].get("/import?kind=referrals").text)
    assert [one.attributes["value"] for one in chosen.all("option") if "selected" in one.attributes][
        -1
    ] == "referrals"


def test_a_base_without_a_forecast_has_no_scenarios_and_no_bridge(fresh):
    for customers in (20, 25):
        bring_in(fresh, orders_csv(customers=customers, seed=customers), f"{customers}.csv")
        valued(fresh)
    assert not fresh.current_run().summary["individual"]
    visitor, _ = sign_in(app_of(fresh), "owner")
    assert "nothing to move" in visitor.get("/scenarios").text
    assert "forecasts no customer of its own" in visitor.get("/compare").text


def test_the_language_changes_where_the_reader_is(owner):
    csrf = re.search(r'name="csrf" value="(\w+)"', owner.get("/scenarios").text)[1]
    form = {"language": "zh-Hans", "back": "/scenarios?churn=25&lang=en", "csrf": csrf}
    answer = owner.post("/language", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/scenarios?churn=25"
    owner.cookies.delete("lifeworth_language")


def test_the_cohort_page_tells_what_the_api_tells(business, site, owner):
    rows = program(site, business, "viewer").get("/api/v1/cohorts").json()["data"]
    ahead = [row for row in rows if row["predicted"]]
    page = parse(owner.get("/cohorts").text)
    raw = {cell.attributes.get("data-raw") for cell in page.all("td")}
    observed = [row for row in rows if not row["predicted"]]
    assert {repr(row["cumulative_value"]) for row in rows} <= raw
    assert {repr(row["retention"]) for row in observed if row["age"] and row["complete"]} <= raw
    total = sum(row["cumulative_value"] * row["customers"] for row in ahead)
    totals = business.runs()[0].summary["totals"]
    won = sum(row["acquisition_cost"] * row["customers"] for row in ahead)
    assert total == pytest.approx(totals["historical_value"] + won + totals["current_value"], abs=5)
    assert "Cost of winning one" in page.text


def test_the_page_tells_what_customers_began_with_as_the_api_does(business, site, owner):
    rows = program(site, business, "viewer").get("/api/v1/first-products").json()["data"]
    assert {row["kind"] for row in rows} == {"product", "category"}
    page = parse(owner.get("/cohorts").text)
    raw = {cell.attributes.get("data-raw") for cell in page.all("td")}
    assert {repr(row["historical_value"]) for row in rows} <= raw
    assert all(row["item"] in page.text for row in rows)
    assert "not a cause" in page.text


def test_the_next_90_days_are_told_by_line_for_all_and_for_one(business, site, owner):
    client = program(site, business, "viewer")
    told = client.get("/api/v1/next-90-days").json()["next_90_days"]
    page = owner.get("/value").text
    assert "The next 90 days by product line" in page
    named = [row["line"] for row in told["lines"] if row["line"] not in ("…", "", "↻")]
    assert len(named) > 1
    assert all(name in page for name in named)
    best = client.get("/api/v1/customers", params={"limit": 1, "sort": "-current_value"}).json()["data"][0]
    rows = client.get(f"/api/v1/customers/{best['ref']}/next-90-days").json()["data"]
    whole = [row for row in rows if row["line"] is None]
    assert len(whole) == 1
    assert sum(Decimal(row["value"]) for row in rows[1:]) == Decimal(whole[0]["value"]) > 0
    assert "Part of current value, not beside it" in owner.get(f"/customers/{best['ref']}").text


def test_where_no_file_names_products_the_page_says_so(small):
    site = app_of(small)
    page = sign_in(site, "owner")[0].get("/value").text
    assert "neither categories nor products" in page
    assert program(site, small, "viewer").get("/api/v1/next-90-days").json()["next_90_days"] is None


def test_a_run_of_an_older_version_is_told_to_value_again(small):
    (small.current_run().folder / "tables" / "cohorts.parquet").unlink()
    site = app_of(small)
    page = parse(sign_in(site, "owner")[0].get("/cohorts").text)
    assert "older version" in page.text
    assert page.all("form", action="/value")
    assert not parse(sign_in(site, "viewer")[0].get("/cohorts").text).all("form", action="/value")
    assert program(site, small, "viewer").get("/api/v1/cohorts").json()["data"] == []


def test_potential_value_has_a_page_with_its_streams_and_what_they_mean(owner):
    page = parse(owner.get("/potential").text)
    assert page.by_id("potential-streams-title")
    assert "Cross-selling" in page.text
    assert "Definitions" in page.text


def test_the_same_day_valued_again_is_told_so(fresh):
    bring_in(fresh, orders_csv())
    for margin in (None, 0.5, 0.4):
        fresh.change_settings({"margin": margin})
        valued(fresh)
    page = parse(sign_in(app_of(fresh), "owner")[0].get("/compare").text)
    assert "less in future value than in the earlier valuation of the same day" in page.text


def test_the_page_of_dimensions_tells_what_the_api_tells_and_its_steps_add_up(business, site, owner):
    after, before = business.runs()
    told = program(site, business, "viewer").get("/api/v1/dimensions").json()
    assert (told["run_id"], told["since"]) == (after.id, before.id)
    change = told["change"]
    steps = sum(Decimal(str(step["amount"])) for step in change["steps"])
    assert steps == Decimal(str(change["after"])) - Decimal(str(change["before"]))
    assert change["after"] == after.summary["totals"]["current_value"]
    text = owner.get("/dimensions").text
    page = parse(text)
    raw = {cell.attributes.get("data-raw") for cell in page.all("td")}
    assert {repr(step["amount"]) for step in change["steps"] if step["amount"]} <= raw
    cells = {row["cell"]: row for rows in told["schemes"].values() for row in rows}
    assert {repr(row["current_value"]["value"]) for row in cells.values()} <= raw
    assert {repr(row["share"]) for row in cells.values()} <= raw
    for scheme, rows in told["schemes"].items():
        for row in (row for row in rows if row["cell"]):  # who came by no channel cannot be asked for
            listed = parse(owner.get(f"/customers?{scheme}={row['cell']}").text).text
            assert f"{row['customers']:.0f} customers" in listed
            assert f'href="/customers?{scheme}={row["cell"]}"' in text


def test_the_earlier_run_has_nothing_to_be_compared_with_and_its_cells_stay_its_own(business, site, owner):
    first = business.runs()[1]
    page = owner.get(f"/dimensions?run={first.id}").text
    assert "once there is an earlier valuation" in page
    assert f"/customers?run={first.id}&amp;tier=high" in page
    told = program(site, business, "viewer").get(f"/api/v1/dimensions?run={first.id}").json()
    assert told["since"] is None
    assert told["change"] is None
    assert told["total"]["current_value"]["value"] == pytest.approx(
        first.summary["totals"]["current_value"], abs=0.01
    )


def test_without_a_forecast_there_is_no_page_of_dimensions_but_the_way_to_one(fresh):
    bring_in(fresh, orders_csv(customers=20))
    valued(fresh)
    page = parse(sign_in(app_of(fresh), "owner")[0].get("/dimensions").text)
    assert "forecasts no single customer" in page.text
    assert page.all("a", href="/data")

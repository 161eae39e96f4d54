"""The value map: cells that open their customers, and cut lines that a reader moves while the run stays."""

import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from lifeworth.results.contract import PATTERNS
from reports.pages import parse
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, valued


def published(run):
    table = pq.read_table(run.folder / "customers.parquet").to_pandas()
    return table.assign(**{name: table[name].astype(float) for name in table.columns if "value" in name})


def test_every_cell_of_the_map_opens_as_many_customers_as_it_says(business, site, owner):
    page = owner.get("/map").text
    links = set(re.findall(r'href="/customers\?([^"]+)"', page))
    assert {link.split("=")[0] for link in links} == {
        *("rfm", "rfm_class", "pattern", "tier", "referral_class", "decision")
    }
    table = published(business.runs()[0])
    for link in links:
        name, value = link.split("=")
        if name == "rfm":
            count = int(table["rfm"].str.startswith(value).sum())
        elif name == "referral_class":
            rows = pq.read_table(business.runs()[0].folder / "tables" / "referrals.parquet")
            count = rows["class"].to_pylist().count(value)
        else:
            count = int((table[name] == value).sum())
        title = parse(owner.get(f"/customers?{link}").text).all("h1")[0].text
        assert title.startswith(f"{count} customer"), link
    cell = parse(owner.get("/customers?rfm=55&rfm_class=111").text)
    assert "R5 F5" in cell.text
    assert cell.all("input", type="hidden", name="rfm")[0].attributes["value"] == "55"


def test_moved_lines_count_the_same_customers_as_the_published_columns_say(business, site, owner):
    run = business.runs()[0]
    table = published(run)
    repeats = table["expected_purchases"]
    bought = table["current_value_undiscounted"] - table["subscription_value_undiscounted"].fillna(0)
    profit = bought / repeats
    lines = {"repeats": 1.7, "profit": 42.0}
    often, rich = repeats >= lines["repeats"], profit >= lines["profit"]
    kinds = np.select([rich & often, rich, often], PATTERNS[:3], PATTERNS[3])
    api = program(site, business, "viewer")
    told = api.get("/api/v1/patterns?repeats=1.7&profit=42").json()
    assert told["lines"] == lines
    for row in told["data"]:
        mine = table[kinds == row["key"]]
        assert row["customers"] == len(mine)
        value = row["current_value"]
        assert value["value"] == pytest.approx(mine["current_value"].sum(), abs=0.01)
        assert value["low"] == pytest.approx(mine["current_value_low"].sum(), abs=0.01)
        assert value["low"] <= value["value"] <= value["high"]
        listed = api.get(f"/api/v1/customers?filter[pattern]={row['key']}&repeats=1.7&profit=42").json()
        assert listed["total"] == len(mine)
        page = owner.get(f"/customers?pattern={row['key']}&repeats=1.7&profit=42").text
        assert f"<h1>{len(mine)} customers</h1>" in page
        assert "Cut at 1.7 purchases" in page
    assert sum(row["customers"] for row in told["data"]) == len(table)
    text = api.get("/api/v1/customers.csv?filter[pattern]=gold&repeats=1.7&profit=42")
    assert text.status_code == 403  # a viewer exports nothing
    rows = program(site, business, "analyst").get(
        "/api/v1/customers.csv?filter[pattern]=gold&repeats=1.7&profit=42"
    )
    assert rows.headers["x-row-count"] == str(int((kinds == "gold").sum()))


def test_the_map_shows_moved_lines_beside_those_of_the_run_which_stays_as_it_was(business, site, owner):
    run = business.runs()[0]
    before = (run.folder / "customers.parquet").read_bytes()
    api = program(site, business, "viewer")
    told = api.get("/api/v1/patterns?repeats=1.7&profit=42").json()
    page = owner.get("/map?repeats=1.7&profit=42").text
    body = re.search(r'<table id="map-2-table".*?</table>', page, re.S)[0]
    for row in told["data"]:
        assert f'href="/customers?pattern={row["key"]}&amp;repeats=1.7&amp;profit=42.0"' in body
        assert f"<bdi>{row['customers']}</bdi>" in body
    assert "used in the run" in page
    assert 'href="/map#map"' in page
    plain = owner.get("/map").text
    assert 'href="/map#map"' not in plain
    used = api.get("/api/v1/patterns").json()
    assert used["lines"] == used["used"] == told["used"]
    assert {row["key"]: row["customers"] for row in used["data"]} == {
        row["key"]: row["customers"] for row in run.summary["segments"] if row["scheme"] == "pattern"
    }
    lines = used["used"]
    assert owner.get(f"/map?repeats={lines['repeats']!r}&profit={lines['profit']!r}").text.count("#map") == (
        plain.count("#map")
    )
    assert (run.folder / "customers.parquet").read_bytes() == before


def test_fields_sent_back_as_they_stand_move_nothing(business, site, owner):
    fields = parse(owner.get("/map").text).all("input", type="text") or parse(owner.get("/map").text).all(
        "input"
    )
    asked = {
        each.attributes["name"]: each.attributes["value"]
        for each in fields
        if each.attributes.get("name") in ("repeats", "profit")
    }
    assert set(asked) == {"repeats", "profit"}
    used = program(site, business, "viewer").get("/api/v1/patterns").json()["used"]
    assert float(asked["profit"]) != used["profit"]  # more digits than the field shows
    assert 'href="/map#map"' not in owner.get("/map", params=asked).text
    moved = owner.get("/map", params=asked | {"repeats": "1.7"}).text
    assert f"repeats=1.7&amp;profit={used['profit']}" in moved


def test_customers_without_a_forecast_are_found_under_moved_lines_too(business, site):
    api = program(site, business, "viewer")
    without = api.get("/api/v1/customers?filter[pattern]=").json()["total"]
    assert api.get("/api/v1/customers?filter[pattern]=&repeats=1.7&profit=42").json()["total"] == without


@pytest.mark.parametrize("number", ["²", "0", "-3", "many", "9" * 12])
def test_an_odd_page_is_a_page(number, owner):
    assert owner.get("/customers", params={"page": number}).status_code == 200
    assert owner.get("/households", params={"page": number}).status_code == 200


@pytest.mark.parametrize("asked", ["repeats=many", "profit=nan", "repeats=1e400", "profit=-1e13"])
def test_what_is_no_line_is_refused_and_the_map_keeps_those_of_the_run(asked, business, site, owner):
    page = owner.get(f"/map?{asked}")
    assert page.status_code == 200
    assert "APP-019" in page.text
    assert owner.get(f"/customers?pattern=gold&{asked}").status_code == 422
    assert program(site, business, "viewer").get(f"/api/v1/patterns?{asked}").status_code == 422


def test_a_base_without_a_forecast_has_no_lines(fresh):
    bring_in(fresh, orders_csv(customers=20))
    valued(fresh)
    app = app_of(fresh)
    page = sign_in(app, "owner")[0].get("/map?repeats=2")
    assert page.status_code == 200
    assert "forecasts no single customer" in page.text
    assert program(app, fresh, "viewer").get("/api/v1/patterns?repeats=2").json()["lines"] is None

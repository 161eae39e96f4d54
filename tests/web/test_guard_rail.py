"""The discount guard-rail on the page Scenarios and in the API; decisions as a filter of customers."""

from lifeworth.value.guard_rail import Target
from lifeworth.workflows.guard_rail import guard_rail
from reports.pages import parse
from web.worlds import program


def test_page_and_api_tell_the_same_and_the_law_stands_beside(business, site, owner):
    run = business.runs()[0]
    expected = guard_rail(run.folder, run.summary, Target("order", 5.0), "pattern")
    api = program(site, business, "viewer")
    told = api.get("/api/v1/guard-rail?by=pattern&order=5").json()
    assert told["rows"] == expected["rows"]
    assert (told["scheme"], told["target"], told["amount"]) == ("pattern", "order", 5.0)
    page = parse(owner.get("/scenarios?by=pattern&target=order&amount=5").text)
    assert page.by_id("guard-amount").attributes["value"] == "5"
    raw = {cell.attributes.get("data-raw") for cell in page.all("td")}
    assert {repr(row["give"]) for row in expected["rows"]} <= raw
    assert "PIPL Art. 24" in page.by_id("guard-rail").text


def test_without_a_target_four_fifths_of_value_are_kept(business, site):
    told = program(site, business, "viewer").get("/api/v1/guard-rail").json()
    assert (told["target"], told["amount"], told["scheme"]) == ("keep", 0.8, "tier")


def test_what_cannot_be_asked_is_refused_and_said(business, site, owner):
    api = program(site, business, "viewer")
    assert api.get("/api/v1/guard-rail?by=weather").json()["code"] == "VALUE-332"
    assert api.get("/api/v1/guard-rail?keep=0.5&order=3").json()["code"] == "VALUE-333"
    assert api.get("/api/v1/guard-rail?keep=1.5").status_code == 422
    assert "VALUE-331" in owner.get("/scenarios?target=keep&amount=150").text
    assert "VALUE-332" in owner.get("/scenarios?by=weather").text
    assert "no number" in owner.get("/scenarios?amount=much").text


def test_a_scenario_that_was_asked_stays_with_the_guard_rail(owner):
    page = parse(owner.get("/scenarios?churn=25&by=pattern").text)
    kept = {(each.attributes["name"], each.attributes["value"]) for each in page.all("input", type="hidden")}
    assert {("churn", "25"), ("by", "pattern")} <= kept


def test_customers_are_filtered_by_decision_on_the_page_and_in_the_api(business, site, owner):
    groups = [g for g in business.runs()[0].summary["segments"] if g["scheme"] == "decision"]
    api = program(site, business, "viewer")
    for group in groups:
        found = api.get(f"/api/v1/customers?filter[decision]={group['key']}&limit=500").json()
        assert len(found["data"]) == group["customers"]
        assert {row["decision"] for row in found["data"]} <= {group["key"]}
    page = parse(owner.get("/map").text)
    links = {each.attributes.get("href", "") for each in page.all("a")}
    assert any("decision=keep" in link for link in links)
    assert "Keep" in parse(owner.get("/customers?decision=keep").text).text

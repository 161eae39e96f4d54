"""The manners of the API: paging, filters, versions, repeated requests, languages, masks, limits."""

import json

import pytest

from lifeworth.web.limits import Limiter
from lifeworth.web.masking import mask
from web.worlds import app_of, browser, program


@pytest.fixture(scope="module")
def analyst(app, company):
    return program(app, company, "analyst")


@pytest.fixture(scope="module")
def owner(app, company):
    return program(app, company, "owner")


def every_page(client, path, **parameters):
    found, cursor = [], None
    while True:
        answer = client.get(path, params={**parameters, **({"cursor": cursor} if cursor else {})}).json()
        found += answer["data"]
        cursor = answer["next_cursor"]
        assert answer["has_more"] is (cursor is not None)
        if cursor is None:
            return found


# --- customers ----------------------------------------------------------------------------------------
def test_pages_of_customers_hold_everyone_once_in_order(analyst):
    rows = every_page(analyst, "/api/v1/customers", limit=17, sort="-lifetime_value")
    assert len({row["ref"] for row in rows}) == len(rows) == 120
    values = [float(row["lifetime_value"]) for row in rows]
    assert values == sorted(values, reverse=True)
    rising = every_page(analyst, "/api/v1/customers", limit=500, sort="first_purchase")
    assert [row["first_purchase"] for row in rising] == sorted(row["first_purchase"] for row in rising)


def test_the_days_of_a_customer_end_at_the_published_probability_of_being_active(analyst):
    for row in every_page(analyst, "/api/v1/customers", limit=500, sort="-orders")[::12]:
        told = analyst.get(f"/api/v1/customers/{row['ref']}/alive").json()
        days = told["data"]
        assert days[0]["day"] == row["first_purchase"]
        assert days[-1]["day"] == told["as_of"]
        assert days[-1]["probability_alive"] == pytest.approx(row["probability_alive"], rel=1e-9)
        assert days[-1]["frequency"] == row["frequency"]


def test_filters_choose_what_they_say(analyst):
    everyone = every_page(analyst, "/api/v1/customers", limit=500)
    tiers = {row["tier"] for row in everyone}
    for tier in tiers:
        found = every_page(analyst, "/api/v1/customers", **{"filter[tier]": tier})
        assert {row["ref"] for row in found} == {row["ref"] for row in everyone if row["tier"] == tier}
    both = every_page(analyst, "/api/v1/customers", **{"filter[tier]": ",".join(sorted(tiers)[:2])})
    assert {row["tier"] for row in both} == set(sorted(tiers)[:2])
    middle = sorted(float(row["net_sales"]) for row in everyone)[60]
    parameters = {"filter[net_sales][min]": str(middle), "filter[last_purchase][max]": "2024-08-01"}
    found = every_page(analyst, "/api/v1/customers", **parameters)
    wanted = {
        row["ref"]
        for row in everyone
        if float(row["net_sales"]) >= middle and row["last_purchase"] <= "2024-08-01"
    }
    assert {row["ref"] for row in found} == wanted


def test_a_search_finds_part_of_an_id_and_one_customer_has_every_column(analyst):
    found = analyst.get("/api/v1/customers", params={"q": "ANNAC0001", "fields": "customer_id"}).json()
    assert found["total"] == 10
    assert {tuple(sorted(row)) for row in found["data"]} == {("customer_id", "ref")}
    one = analyst.get(f"/api/v1/customers/{found['data'][0]['ref']}").json()
    assert {"current_value_low", "reasons", "as_of", "horizon_months", "basis"} <= set(one)


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort": "no_such"},
        {"fields": "customer_id,secret"},
        {"filter[no_such]": "1"},
        {"filter[net_sales][min]": "much"},
        {"filter[net_sales][min]": "nan"},
        {"filter[net_sales][over]": "1"},
        {"filter[T]": "99999999999999999999"},
        {"filter[first_purchase]": "yesterday"},
        {"cursor": "nonsense"},
        {"cursor": "W10"},
        {"limit": "0"},
        {"limit": "501"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_reason(parameters, analyst):
    answer = analyst.get("/api/v1/customers", params=parameters)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("APP-019", "APP-020", "APP-007")


def test_a_cursor_of_one_list_opens_no_other(analyst):
    cursor = analyst.get("/api/v1/customers", params={"limit": 5}).json()["next_cursor"]
    other = analyst.get("/api/v1/customers", params={"cursor": cursor, "sort": "net_sales"})
    assert other.json()["code"] == "APP-020"


def test_every_prediction_says_as_of_when(analyst, company):
    for path in ("/api/v1/customers", "/api/v1/segments", "/api/v1/cohorts"):
        answer = analyst.get(path).json()
        assert answer["as_of"] == company.current_run().summary["as_of"]
        assert answer["horizon_months"] == 12


# --- persons ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("anna@example.com", "a***@example.com"),
        ("13812340000", "138****0000"),
        ("+86 138 1234 0000", "861****0000"),
        ("张三", "张*"),
        ("John Smith", "J***"),
        ("tb_小王", "t***"),
        ("0912345678", "091****5678"),
        ("10042", "10042"),
        ("0000912345", "0000912345"),
        ("C-1007", "C-1007"),
    ],
)
def test_what_names_a_person_is_masked_and_a_plain_code_is_not(value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        ("0912345678", "customer_phone", "0****78"),
        ("91234567", "customer_phone", "9****67"),
        ("13900001111", "customer_phone", "139****1111"),
        ("138****1111", "customer_phone", "1***"),
        ("amy88", "customer_name", "a***"),
        ("10042", "customer_name", "1***"),
        ("王", "customer_name", "*"),
        ("王伟", "customer_name", "王*"),
        ("A1@x.com", "customer_email", "A***@x.com"),
    ],
)
def test_a_contact_is_masked_whatever_it_looks_like(value, column, shown):
    assert mask(value, column) == shown


@pytest.mark.parametrize("role", ["marketer", "viewer"])
def test_a_masked_role_never_receives_a_name(role, app, company, caplog):
    client = program(app, company, role)
    row = client.get("/api/v1/customers", params={"limit": 1}).json()["data"][0]
    run = company.current_run().id
    paths = [
        "customers?limit=500", f"customers/{row['ref']}", f"customers/{row['ref']}/timeline",
        f"customers/{row['ref']}/alive",
        "customers.csv",
        "runs", f"runs/{run}", "segments", "cohorts", "referrals", "imports", "jobs", "privacy/erasures",
        *(f"runs/{run}/files/{name}" for name in ("report.html", "customers.csv", "rejected_rows.csv")),
        *(f"imports/{one['id']}" for one in client.get("/api/v1/imports").json().get("data", [])),
    ]  # fmt: skip
    for path in paths:
        answer = client.get(f"/api/v1/{path}")
        assert "anna" not in answer.text, path
        assert "a***@example.com" in answer.text or not path.startswith("customers?")
    assert "anna" not in caplog.text


def test_who_sees_masks_cannot_guess_a_name_letter_by_letter(app, company):
    viewer = program(app, company, "viewer")
    assert viewer.get("/api/v1/customers", params={"q": "annaC0001"}).json()["total"] == 0
    whole = viewer.get("/api/v1/customers", params={"q": "annaC00011@example.com"}).json()
    assert whole["total"] == 1
    assert viewer.get("/api/v1/customers", params={"filter[customer_id][min]": "annb"}).status_code == 403
    sorted_by_name = viewer.get("/api/v1/customers", params={"sort": "customer_id"})
    assert sorted_by_name.status_code == 403


def test_an_export_has_a_cap_and_is_noted(fresh, app, company):
    analyst = program(app, company, "analyst")
    whole = analyst.get("/api/v1/customers.csv", params={"bom": "false", "fields": "customer_id,tier"})
    assert whole.text.splitlines()[0] == '"customer_id","tier","as_of","export_mark"'
    assert len(whole.text.splitlines()) == 121
    assert program(app, company, "viewer").get("/api/v1/customers.csv").status_code == 403
    events = program(app, company, "auditor").get("/api/v1/audit", params={"action": "customers.exported"})
    assert events.json()["data"][0]["detail"]["rows"] == 120
    company.change_settings({"export_rows": 100})
    try:
        assert analyst.get("/api/v1/customers.csv").json()["code"] == "APP-021"
    finally:
        company.change_settings({"export_rows": 100_000})


# --- versions and repetition --------------------------------------------------------------------------
def test_settings_change_only_from_the_version_that_was_read(fresh):
    client = program(app_of(fresh), fresh, "owner")
    tag = client.get("/api/v1/settings").headers["etag"]
    assert client.patch("/api/v1/settings", json={"margin": 0.3}).status_code == 428
    first = client.patch("/api/v1/settings", json={"margin": 0.3}, headers={"if-match": tag})
    assert (first.status_code, first.json()["margin"]) == (200, 0.3)
    late = client.patch("/api/v1/settings", json={"margin": 0.4}, headers={"if-match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "APP-009")
    again = {"if-match": first.headers["etag"]}
    wrong = client.patch("/api/v1/settings", json={"margin": 7}, headers=again)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "VALUE-003")
    unknown = client.patch("/api/v1/settings", json={"no_such": 7}, headers=again)
    assert unknown.json()["code"] == "APP-028"
    assert client.get("/api/v1/settings").json()["margin"] == 0.3


def test_the_last_owner_stays(fresh):
    client = program(app_of(fresh), fresh, "owner")
    me = client.get("/api/v1/me").json()
    for change in ({"active": False}, {"role": "viewer"}):
        answer = client.patch(
            f"/api/v1/users/{me['id']}", json=change, headers={"if-match": f'"{me["version"]}"'}
        )
        assert answer.json()["code"] == "APP-026"


# --- words and limits ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("en", "There is no such run"),
        ("zh-CN,zh;q=0.9", "没有这个估值记录"),
        ("fr, zh-TW;q=0.8, en;q=0.5", "沒有這個估值紀錄"),
    ],
)
def test_a_refusal_speaks_the_caller_s_language(header, words, analyst):
    answer = analyst.get("/api/v1/runs/none", headers={"accept-language": header})
    assert words in answer.json()["title"]
    assert answer.json()["code"] == "APP-003"


def test_a_request_keeps_the_name_it_came_with(analyst):
    answer = analyst.get("/api/v1/runs/none", headers={"x-request-id": "trace-7"})
    assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("trace-7", "trace-7")
    strange = analyst.get("/api/v1/runs", headers={"x-request-id": "a b<script>"})
    assert strange.headers["x-request-id"] != "a b<script>"


def test_a_bucket_empties_and_fills_again():
    limiter = Limiter()
    taken = [limiter.take("me", 10, 0.0)[0] for _ in range(12)]
    assert taken == [True] * 10 + [False] * 2
    assert limiter.take("you", 10, 0.0)[0]
    assert limiter.take("me", 10, 6.5)[0]
    assert not limiter.take("me", 10, 6.6)[0]


def test_too_many_requests_are_refused_with_the_time_to_wait(fresh):
    fresh.change_settings({"requests_per_minute": 10})
    client = program(app_of(fresh), fresh, "viewer")
    answers = [client.get("/api/v1/me") for _ in range(12)]
    assert answers[0].headers["ratelimit-limit"] == "10"
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["ratelimit-remaining"] == "0"


def test_the_description_is_openapi_3_1_and_says_who_may(app):
    described = browser(app).get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/customers/{ref}/timeline" in described["paths"]
    assert json.dumps(described).count('"summary"') > 50


def test_runs_can_be_compared_started_and_deleted(fresh):
    from lifeworth.workflows.worker import Worker
    from web.worlds import bring_in, orders_csv

    bring_in(fresh, orders_csv())
    client = program(app_of(fresh), fresh, "owner")
    assert client.post("/api/v1/runs", json={"base_share": 2}).status_code == 422
    for settings in ({}, {"horizon_months": 24, "base_share": 0.2}):
        assert client.post("/api/v1/runs", json=settings).status_code == 202
    Worker(fresh).run_all()
    late, early = [run["id"] for run in client.get("/api/v1/runs").json()["data"]]
    compared = client.get(f"/api/v1/runs/{late}/compare/{early}").json()
    assert compared["comparable"] is False
    assert compared["settings"]["horizon_months"] == {"before": 12, "after": 24}
    assert compared["settings"]["base_share"] == {"before": 0.1, "after": 0.2}
    assert compared["figures"]["customers"] == {"before": 120, "after": 120}
    values = compared["figures"]["current_value"]
    assert values["after"] > values["before"]
    assert client.delete(f"/api/v1/runs/{late}").status_code == 204
    assert client.get(f"/api/v1/runs/{late}").status_code == 404
    assert client.get("/api/v1/customers").json()["run_id"] == early


def test_the_calculator_works_out_a_template(analyst):
    (first, *_) = analyst.get("/api/v1/calculator").json()["data"]
    answer = analyst.post(f"/api/v1/calculator/{first['name']}", json={"inputs": {}, "currency": "CNY"})
    assert answer.json()["results"][0]["worked"]
    for inputs in ({"no_such": 1}, {"template": 1}, {first["questions"][0]["name"]: -1e9}):
        assert analyst.post(f"/api/v1/calculator/{first['name']}", json={"inputs": inputs}).status_code == 422

"""The description of the API tells what its routes do: permissions, errors, headers, filters, answers."""

import jsonschema_rs
import pytest

from lifeworth.web.answers import ANSWERS, SCHEMAS
from lifeworth.web.roles import ROLES
from web.test_access import routes_of
from web.worlds import app_of, bring_in, browser, orders_csv, program, valued

BASE = "/api/v1"


@pytest.fixture(scope="module")
def described(app):
    return browser(app).get(f"{BASE}/openapi.json").json()


@pytest.fixture(scope="module")
def operations(described):
    return {
        f"{method.upper()} {path.removeprefix(BASE)}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }


def parameters(operation):
    return {one.get("$ref", "").rpartition("/")[2] or one["name"] for one in operation.get("parameters", [])}


def test_it_is_valid_openapi_3_1_and_every_reference_leads_somewhere(described):
    assert described["openapi"].startswith("3.1")

    def walk(part):
        if isinstance(part, dict):
            if "$ref" in part:
                _, kind, name = part["$ref"].removeprefix("#/").split("/")
                assert name in described["components"][kind], part["$ref"]
            for one in part.values():
                walk(one)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(described)
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_operation_tells_its_permission_and_who_holds_it(operations):
    gates = {
        f"{method} {path.removeprefix(BASE)}": permission
        for method, path, permission in routes_of()
        if path.startswith(BASE)
    }
    assert set(gates) == set(operations)
    for name, operation in operations.items():
        permission = gates[name]
        assert operation["x-permission"] == permission
        assert f"`{permission}`" in operation["description"]
        assert operation["security"] == [{"key": [permission]}, {"session": [permission]}]
        for role, granted in ROLES.items():
            assert (role in operation["description"].rpartition("roles: ")[2]) == (permission in granted)


def test_every_error_is_a_problem(described, operations):
    assert "HTTPValidationError" not in str(described)
    for name, operation in operations.items():
        errors = {status: one for status, one in operation["responses"].items() if not status.startswith("2")}
        assert {"400", "401", "403", "404", "422", "429", "default"} <= set(errors), name
        for one in errors.values():
            told = described["components"]["responses"][one["$ref"].split("/")[-1]] if "$ref" in one else one
            assert list(told["content"]) == ["application/problem+json"]


def test_headers_and_filters_are_told_where_they_are_understood(operations):
    having = {
        one: {name for name, operation in operations.items() if one in parameters(operation)}
        for one in ("IdempotencyKey", "IfMatch", "Filter")
    }
    posts = {name for name in operations if name.startswith("POST")}
    assert having["IdempotencyKey"] == posts - {"POST /uploads", "POST /assignments/file"}
    assert having["IfMatch"] == {
        f"PATCH /{what}" for what in ("settings", "users/{user_id}", "schedules/{schedule_id}")
    } | {"PATCH /webhooks/{webhook_id}"}
    assert having["Filter"] == {"GET /customers", "GET /customers.{kind}", "POST /assignments/selected"}
    assert all({"409", "412", "428"} & set(operations[name]["responses"]) for name in having["IfMatch"])


def test_every_json_answer_has_a_shape(operations):
    told = {
        name
        for name, operation in operations.items()
        for status, one in operation["responses"].items()
        if status.startswith("2") and "application/json" in one.get("content", {})
    }
    assert told == set(ANSWERS)
    assert all(schema != {"type": "object"} for schema in ANSWERS.values())


# --- real answers -------------------------------------------------------------------------------------
def wrong(name, answer):
    schema = {**ANSWERS[name], "components": {"schemas": SCHEMAS}}
    found = jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(answer.json())
    return [f"{name} {list(one.instance_path)}: {one.message}" for one in found]


def test_what_is_read_is_as_told(site, business):
    owner = program(site, business, "owner")
    runs = [run.id for run in business.runs()]
    ref = owner.get(f"{BASE}/customers", params={"limit": 1}).json()["data"][0]["ref"]
    places = {"run_id": runs[0], "other_id": runs[1], "name": "cohorts", "ref": ref}
    for kind, many in (("user_id", "users"), ("job_id", "jobs"), ("import_id", "imports")):
        places[kind] = owner.get(f"{BASE}/{many}").json()["data"][0]["id"]
    made = {"POST /schedules": {"name": "x", "cron": "0 3 * * *"}}
    made["POST /views"] = {"page": "customers", "name": "mine", "query": "tier=high"}
    made["POST /keys"] = {"name": "k", "scopes": ["runs:read"]}
    made["POST /webhooks"] = {"url": "https://93.184.216.34/in", "events": ["run.completed"]}
    made["POST /assignments"] = {"rows": [{"customer": ref, "login": "service@example.com"}]}
    problems, asked = [], set()
    for name, body in made.items():
        answer = owner.post(BASE + name.removeprefix("POST "), json=body)
        assert answer.status_code == 201, answer.text
        problems += wrong(name, answer)
        places[f"{name.removeprefix('POST /')[:-1]}_id"] = answer.json()["id"]
    places["batch_id"] = places.pop("assignment_id")
    for name in ANSWERS:
        method, path = name.split()
        if method != "GET":
            continue
        answer = owner.get(BASE + path.format(**places))
        assert answer.status_code == 200, (name, answer.text)
        asked.add(name)
        problems += wrong(name, answer)
    for name in ("/schedules/{schedule_id}", "/views/{view_id}", "/webhooks/{webhook_id}"):
        assert owner.delete(BASE + name.format(**places)).status_code == 204
    assert problems == []
    assert len(asked) > 30


def test_what_is_done_is_as_told(fresh):
    client = program(app_of(fresh), fresh, "owner")
    bring_in(fresh, orders_csv())
    run = valued(fresh)
    bytes_ = {"content-type": "application/octet-stream"}
    asked = {"content": orders_csv(seed=3), "headers": bytes_}
    sent = client.post(f"{BASE}/uploads", params={"name": "a.csv"}, **asked)
    made = client.post(f"{BASE}/imports", json={"upload_id": sent.json()["id"], "kind": "orders"})
    one = made.json()["import"]["id"]
    cancelled = client.post(f"{BASE}/jobs/{made.json()['job_id']}/cancel")
    answers = {
        "POST /uploads": sent,
        "POST /imports": made,
        "POST /jobs/{job_id}/cancel": cancelled,
        "POST /jobs/{job_id}/retry": client.post(f"{BASE}/jobs/{made.json()['job_id']}/retry"),
        "POST /imports/{import_id}/check": client.post(f"{BASE}/imports/{one}/check", json={}),
        "POST /imports/{import_id}/confirm": client.post(f"{BASE}/imports/{one}/confirm"),
        "POST /runs": client.post(f"{BASE}/runs", json={}),
        "POST /runs/{run_id}/reports": client.post(
            f"{BASE}/runs/{run}/reports", json={"language": "zh-Hans"}
        ),
        "POST /privacy/erasures": client.post(
            f"{BASE}/privacy/erasures", json={"customer_id": "x", "reason": "asked"}
        ),
        "POST /privacy/retention": client.post(f"{BASE}/privacy/retention"),
        "POST /users": client.post(
            f"{BASE}/users", json={"login": "n@x.example", "password": "a long password"}
        ),
        "POST /samples": client.post(f"{BASE}/samples", json={"what": "orders"}),
        "POST /calculator/{template}": client.post(
            f"{BASE}/calculator/automotive", json={"inputs": {}, "currency": "CNY"}
        ),
        "PATCH /settings": client.patch(
            f"{BASE}/settings",
            json={"margin": 0.4},
            headers={"if-match": client.get(f"{BASE}/settings").headers["etag"]},
        ),
        "PATCH /me": client.patch(f"{BASE}/me", json={"name": "Me"}),
    }
    for name, answer in answers.items():
        assert answer.status_code in (200, 201, 202), (name, answer.text)
    problems = [one for name, answer in answers.items() for one in wrong(name, answer)]
    refused = client.get(f"{BASE}/runs/none")
    assert refused.headers["content-type"] == "application/problem+json"
    assert jsonschema_rs.validator_for(SCHEMAS["Problem"]).is_valid(refused.json())
    assert problems == []

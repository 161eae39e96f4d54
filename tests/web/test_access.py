"""Every route against every role: the list of routes is the program's own."""

import re

import pytest

from lifeworth.web import api, pages
from lifeworth.web.app import routers
from lifeworth.web.roles import PERMISSIONS, ROLES
from web.worlds import app_of, browser, program, sign_in, token_on, workspace_at

OPEN = {
    "/login",
    "/logout",
    "/setup",
    "/healthz",
    "/assets/theme.css",
    "/assets/{name}",
    "/readyz",
    "/language",
    "/reset",
}  # for whoever is not signed in


def routes_of():
    """(method, path, permission) of every route; permission None where it has no gate."""
    found = []
    for package, prefix in ((api, "/api/v1"), (pages, "")):
        for router in routers(package):
            for route in router.routes:
                gates = [_permission(one.call) for one in _dependants(route.dependant)]
                permission = next((one for one in gates if one), None)
                found += [(method, prefix + route.path, permission) for method in sorted(route.methods)]
    return found


def _permission(call):
    return getattr(call, "permission", None)


def _dependants(dependant):
    for one in dependant.dependencies:
        yield one
        yield from _dependants(one)


@pytest.fixture(scope="module")
def routes(app):
    found = routes_of()
    described = app.openapi()["paths"]
    assert {path for _, path, _ in found if path.startswith("/api/")} == set(described)
    return found


@pytest.fixture(scope="module")
def programs(app, company):
    return {role: program(app, company, role) for role in ROLES}


def test_every_route_has_a_gate_or_is_meant_for_everyone(routes):
    assert {path for _, path, permission in routes if permission is None} <= OPEN


def test_every_permission_is_held_by_someone_and_every_role_holds_known_ones():
    assert all(set(granted) <= set(PERMISSIONS) for granted in ROLES.values())
    assert set(PERMISSIONS) == ROLES["owner"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_exactly_the_gates_it_may(role, routes, programs):
    wrong = []
    for method, path, permission in routes:
        if permission is None or not path.startswith("/api/"):
            continue
        answer = programs[role].request(method, _filled(path))
        refused = answer.status_code == 403 and answer.json().get("facts", {}).get("permission") == permission
        if refused is (permission in ROLES[role]) or answer.status_code in (401, 500):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """People without a run, for what starts work."""
    workspace = workspace_at(tmp_path_factory.mktemp("access") / "shop")
    yield app_of(workspace)
    workspace.database.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sends_exactly_the_forms_it_may(role, empty):
    (visitor, _), wrong, passed = sign_in(empty, role), [], 0
    csrf = token_on(visitor.get("/account"))
    for method, path, permission in routes_of():
        if permission is None or path.startswith("/api/") or method == "GET":
            continue
        answer = visitor.request(method, _filled(path), data={"csrf": csrf}, follow_redirects=False)
        refused = answer.status_code == 403 and "APP-002" in answer.text and permission in answer.text
        if refused is (permission in ROLES[role]) or answer.status_code in (401, 500):
            wrong.append((path, answer.status_code))
        assert not answer.headers.get("location", "").startswith("/login"), path
        assert "APP-006" not in answer.text, path
        passed += not refused
    assert wrong == []
    assert passed >= 4  # everybody keeps an account of their own


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_exactly_the_pages_it_may(role, app, routes):
    visitor, _ = sign_in(app, role)
    wrong = []
    for method, path, permission in routes:
        if permission is None or path.startswith("/api/") or method != "GET":
            continue
        answer = visitor.get(_filled(path), follow_redirects=False)
        if (answer.status_code == 403) is (permission in ROLES[role]) or answer.status_code == 500:
            wrong.append((path, answer.status_code))
    assert wrong == []


def test_nobody_passes_a_gate_without_signing_in(app, routes):
    stranger = browser(app)
    for method, path, permission in routes:
        if permission is None:
            continue
        answer = stranger.request(method, _filled(path), follow_redirects=False)
        wanted = (401,) if path.startswith("/api/") else (303, 403)
        assert answer.status_code in wanted, (method, path)


def test_a_key_does_no_more_than_its_scopes(app, company):
    narrow = program(app, company, "owner", scopes=["runs:read"])
    assert narrow.get("/api/v1/runs").status_code == 200
    assert narrow.get("/api/v1/customers").status_code == 403
    assert narrow.get("/api/v1/users").status_code == 403


def test_a_key_cannot_make_a_stronger_key(app, company):
    narrow = program(app, company, "owner", scopes=["keys:write", "runs:read"])
    assert narrow.post("/api/v1/keys", json={"name": "x", "scopes": ["users:write"]}).status_code == 403
    made = narrow.post("/api/v1/keys", json={"name": "x"})
    assert made.json()["scopes"] == ["keys:write", "runs:read"]


def test_the_form_for_keys_makes_no_stronger_key_either(app, company):
    narrow = program(app, company, "owner", scopes=["keys:write", "runs:read"])
    assert narrow.post("/keys", data={"name": "from a form", "days": 0}).status_code == 200
    made = program(app, company, "owner").get("/api/v1/keys").json()["data"]
    assert next(key["scopes"] for key in made if key["name"] == "from a form") == ["keys:write", "runs:read"]


def test_who_manages_nobody_sees_and_revokes_only_their_own_keys(app, company):
    program(app, company, "owner")
    analyst, _ = sign_in(app, "analyst")
    page = analyst.get("/people")
    assert "owner@example.com" not in page.text
    assert 'action="/people"' not in page.text
    answer = analyst.post("/keys", data={"name": "mine", "days": 9, "csrf": token_on(page)})
    assert "mine" in answer.text
    assert "owner@example.com" not in answer.text
    keys = program(app, company, "owner").get("/api/v1/keys").json()["data"]
    others = next(key["id"] for key in keys if key["name"] == "owner")
    refused = analyst.post(f"/keys/{others}/revoke", data={"csrf": token_on(page)})
    assert refused.status_code == 404


def test_an_administrator_cannot_make_or_change_an_owner(app, company):
    administrator = program(app, company, "administrator")
    new = {"login": "second@example.com", "role": "owner", "password": "a long password"}
    assert administrator.post("/api/v1/users", json=new).status_code == 403
    users = administrator.get("/api/v1/users").json()["data"]
    owner = next(user for user in users if user["role"] == "owner")
    answer = administrator.patch(
        f"/api/v1/users/{owner['id']}", json={"active": False}, headers={"if-match": '"1"'}
    )
    assert answer.status_code == 403


def _filled(path):
    return re.sub(r"\{\w+\}", "0123456789abcdef", path)

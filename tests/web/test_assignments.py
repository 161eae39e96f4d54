"""Customers given to people by list, file and program: looked at first, applied, undone, noted."""

import io
import re

import pytest

from lifeworth.store import accounts
from lifeworth.workflows import assigning
from reports.pages import parse
from web.worlds import (
    app_of,
    beside_another_database,
    bring_in,
    orders_csv,
    program,
    sign_in,
    token_on,
    valued,
    workspace_at,
)


@pytest.fixture(scope="module")
def valued_shop(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("assignments") / "shop")
    bring_in(workspace, orders_csv())
    valued(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="module")
def shop(valued_shop, tmp_path_factory, new_url):
    """The shop on each database, valued once."""
    workspace = beside_another_database(valued_shop, tmp_path_factory.mktemp("assigned") / "shop", new_url())
    with workspace.database.begin() as connection:
        for role in ("service", "viewer"):
            user = accounts.user_by_login(connection, f"{role}@example.com")
            accounts.change_user(connection, user["id"], sees="own", team="north")
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="module")
def site(shop):
    return app_of(shop)


@pytest.fixture
def api(site, shop):
    return program(site, shop, "analyst")


@pytest.fixture
def service(site, shop):
    return program(site, shop, "service")


def seen(client):
    return {row["customer_id"] for row in client.get("/api/v1/customers?limit=500").json()["data"]}


def everyone(api):
    return [row["customer_id"] for row in api.get("/api/v1/customers?limit=500").json()["data"]]


def lines(*pairs):
    return {"rows": [{"customer": customer, "login": login} for customer, login in pairs]}


def test_a_draft_says_what_would_change_and_what_does_not_match(api, service):
    one, two, three = everyone(api)[:3]
    asked = lines(
        (one, "service@example.com"), (two, "SERVICE@example.com"),
        ("nobody@example.com", "service@example.com"), (three, "stranger@example.com"),
        (one, "viewer@example.com"),
    )  # fmt: skip
    draft = api.post("/api/v1/assignments", json=asked).json()
    assert draft["counts"] == {"matched": 2, "changed": 2, "unmatched": 3}
    assert [(row["row"], row["why"]) for row in draft["unmatched"]] == [
        (3, "customer"),
        (4, "login"),
        (5, "twice"),
    ]
    assert (draft["applied_at"], seen(service)) == (None, set())
    file = api.get(f"/api/v1/assignments/{draft['id']}/unmatched.csv")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "nobody@example.com" in file.text
    done = api.post(f"/api/v1/assignments/{draft['id']}/apply").json()
    assert done["applied_at"]
    assert seen(service) == {one, two}
    assert api.post(f"/api/v1/assignments/{draft['id']}/apply").json()["code"] == "APP-035"
    assert "nobody@example.com" not in api.get(f"/api/v1/assignments/{draft['id']}/unmatched.csv").text
    undone = api.post(f"/api/v1/assignments/{draft['id']}/undo").json()
    assert undone["counts"]["undone"] == 2
    assert seen(service) == set()
    assert api.post(f"/api/v1/assignments/{draft['id']}/undo").json()["code"] == "APP-035"


def test_a_filtered_list_goes_to_one_person_at_once(api, service):
    wanted = api.get("/api/v1/customers?filter[tier]=high&limit=500").json()
    body = {"login": "service@example.com"}
    made = api.post("/api/v1/assignments/selected?filter[tier]=high&apply=true", json=body).json()
    assert made["counts"]["changed"] == wanted["total"] > 0
    assert seen(service) == {row["customer_id"] for row in wanted["data"]}
    assert api.post("/api/v1/assignments/selected", json={"login": "x@example.com"}).status_code == 404
    nobody = api.post("/api/v1/assignments/selected?apply=true", json={"login": "-"}).json()
    assert nobody["counts"]["changed"] == wanted["total"]
    assert seen(service) == set()
    events = program_events(api, "customers.assigned")
    assert events[0]["detail"] == nobody["counts"]


def program_events(api, action):
    """Of the audit log; its reader is an auditor."""
    app, shop = api.app, api.app.state.workspace
    return program(app, shop, "auditor").get("/api/v1/audit", params={"action": action}).json()["data"]


def test_a_chinese_file_is_read_as_orders_are(api, service):
    one, two = everyone(api)[:2]
    text = f"客户编号,负责人\n{one},service@example.com\n{two},\n".encode("gb18030")
    head = {"content-type": "application/octet-stream"}
    made = api.post("/api/v1/assignments/file?apply=true", content=text, headers=head).json()
    assert made["counts"] == {"matched": 1, "changed": 1, "unmatched": 1}
    assert seen(service) == {one}
    api.post(f"/api/v1/assignments/{made['id']}/undo")
    refused = api.post("/api/v1/assignments/file", content=b"name,city\na,b\nc,d\n", headers=head)
    assert (refused.status_code, refused.json()["code"]) == (422, "APP-033")


def test_one_customer_is_assigned_and_told(api, service, site, shop):
    row = api.get("/api/v1/customers?limit=1").json()["data"][0]
    path = f"/api/v1/customers/{row['ref']}/assignee"
    assert api.get(path).json() == {"user": None}
    assert service.get(path).status_code == 404
    told = api.put(path, json={"login": "service@example.com"}).json()["user"]
    assert (told["login"], told["team"]) == ("service@example.com", "north")
    assert service.get(path).json()["user"] == {"name": "service", "team": "north"}
    assert service.put(path, json={"login": "-"}).status_code == 403
    assert program_events(api, "customers.assigned")[0]["entity"] == f"customer:{row['ref']}"
    page = sign_in(site, "service")[0].get(f"/customers/{row['ref']}").text
    assert "Assigned to: service (team north)" in page
    assert "/assignee" not in page
    assert api.put(path, json={"login": "-"}).json() == {"user": None}


def test_rows_that_a_spreadsheet_or_we_have_guarded_are_understood(api, service):
    one, two = everyone(api)[:2]
    text = f'customer_id,login\n\'{one},service@example.com\n"=""{two}""",\'service@example.com\n'
    head = {"content-type": "application/octet-stream"}
    made = api.post("/api/v1/assignments/file?apply=true", content=text.encode(), headers=head).json()
    assert made["counts"]["matched"] == 2
    api.post(f"/api/v1/assignments/{made['id']}/undo")


@pytest.mark.parametrize(
    "odd", ["-123456789abcdef", "+123456789abcdef", "0x23456789abcdef", "1234_5678_9abcd"]
)
def test_what_only_resembles_a_pseudonym_is_none(api, odd):
    made = api.post("/api/v1/assignments", json=lines((odd, "service@example.com"))).json()
    assert [row["why"] for row in made["unmatched"]] == ["customer"]
    answer = api.put(f"/api/v1/customers/{odd}/assignee", json={"login": "service@example.com"})
    assert answer.status_code == 404


def test_a_pseudonym_has_one_spelling(api):
    row = next(one for one in api.get("/api/v1/customers").json()["data"] if one["ref"].upper() != one["ref"])
    path = f"/api/v1/customers/{row['ref'].upper()}/assignee"
    assert api.put(path, json={"login": "service@example.com"}).status_code == 404


def test_a_login_with_a_nul_is_refused(site):
    visitor, _ = sign_in(site, "analyst")
    csrf = token_on(visitor.get("/assignments"))
    ref = re.search(r"/customers/([0-9a-f]{16})", visitor.get("/customers").text)[1]
    answer = visitor.post(f"/customers/{ref}/assignee", data={"login": "a\x00b", "csrf": csrf})
    assert answer.status_code == 422


def test_more_than_fits_one_batch_is_refused(api, monkeypatch):
    monkeypatch.setattr(assigning, "MOST", 10)
    for asked in ("", "?filter[tier]=low"):
        refused = api.post(f"/api/v1/assignments/selected{asked}", json={"login": "service@example.com"})
        assert refused.json()["code"] == "APP-034"


def test_the_pages_go_from_list_or_file_to_draft_to_done_and_back(site, api, service):
    visitor, _ = sign_in(site, "analyst")
    listed = visitor.get("/customers?tier=high").text
    assert 'href="/assignments?tier=high"' in listed
    page = visitor.get("/assignments?tier=high")
    wanted = api.get("/api/v1/customers?filter[tier]=high&limit=500").json()
    assert f"{wanted['total']} customers" in parse(page.text).text
    form = {"login": "service@example.com", "csrf": token_on(page)}
    draft = visitor.post("/assignments/selected?tier=high", data=form)
    assert "Nothing has changed yet" in draft.text
    batch = re.search(r"/assignments/(\w+)/apply", draft.text)[1]
    done = visitor.post(f"/assignments/{batch}/apply", data={"csrf": token_on(draft)})
    assert "Undoing gives each customer back" in done.text
    assert seen(service) == {row["customer_id"] for row in wanted["data"]}
    assert f"/assignments/{batch}/undo" in visitor.get("/assignments").text
    undone = visitor.post(f"/assignments/{batch}/undo", data={"csrf": token_on(done)})
    assert "Taken back" in undone.text
    assert seen(service) == set()
    file = io.BytesIO(b"customer_id,login\n=cmd@example.com,service@example.com\nx,y\n")
    sent = visitor.post("/assignments/file", data={"csrf": token_on(page)}, files={"file": ("a.csv", file)})
    told = parse(sent.text).text
    assert "no such customer in this valuation" in told
    batch = re.search(r"/assignments/(\w+)/unmatched.csv", sent.text)[1]
    assert "'=cmd@example.com" in visitor.get(f"/assignments/{batch}/unmatched.csv").text
    gone = visitor.post(f"/assignments/{batch}/forget", data={"csrf": token_on(sent)})
    assert gone.status_code == 200
    assert visitor.get(f"/assignments/{batch}").status_code == 404
    bad = io.BytesIO(b"a,b\n1,2\n3,4\n")
    refused = visitor.post("/assignments/file", data={"csrf": token_on(page)}, files={"file": ("a.csv", bad)})
    assert (refused.status_code, "APP-033" in refused.text) == (422, True)


def test_the_people_page_sets_team_and_scope(site, shop, api):
    owner, _ = sign_in(site, "owner")
    page = owner.get("/people")
    with shop.database.read() as connection:
        user = accounts.user_by_login(connection, "marketer@example.com")
    form = {"role": "marketer", "active": "1", "team": " south ", "sees": "team", "csrf": token_on(page)}
    answer = owner.post(f"/people/{user['id']}", data=form)
    assert 'value="south"' in answer.text
    visitor, _ = sign_in(site, "marketer")
    assert "customers assigned to team south" in visitor.get("/customers").text
    told = visitor.get("/api/v1/me").json()
    assert (told["team"], told["sees"]) == ("south", "team")
    kept = owner.post(
        f"/people/{user['id']}", data={"role": "marketer", "active": "1", "csrf": token_on(page)}
    )
    assert kept.status_code == 200
    assert visitor.get("/api/v1/me").json()["sees"] == "team"  # still signed in, and still limited

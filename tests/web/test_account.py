"""One's own account, a new password by link, keys with fewer rights, and the audit log narrowed down."""

import csv
import datetime
import io
import re

import pytest

from lifeworth.base.clock import now
from lifeworth.store import accounts
from lifeworth.store.audit import write_audit
from lifeworth.web.api.accounts import MOST_OF_NAME
from lifeworth.web.roles import ROLES
from lifeworth.workflows.people import change_user
from web.worlds import PASSWORD, app_of, browser, program, sign_in, token_on

NEW = "a quite new password"
RISKY = "=HYPERLINK(1)"


@pytest.fixture
def app(fresh):
    return app_of(fresh)


def user_of(workspace, role):
    with workspace.database.read() as connection:
        return accounts.user_by_login(connection, f"{role}@example.com")


def send(visitor, path, **form):
    csrf = token_on(visitor.get("/account"))
    return visitor.post(path, data={**form, "csrf": csrf})


@pytest.mark.parametrize("role", ROLES)
def test_everybody_changes_their_own_name_language_and_password(role, app, fresh):
    visitor, other = sign_in(app, role)[0], sign_in(app, role)[0]
    page = visitor.get("/account").text
    assert f"{role}@example.com" in page
    assert 'href="/account"' in page
    assert page.count("this browser") == 1
    page = send(visitor, "/account", name="王小明", language="zh-Hans")
    assert "已保存" in page.text
    assert user_of(fresh, role)["name"] == "王小明"
    form = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert "密码已修改" in send(visitor, "/account/password", **form).text  # and this browser stays signed in
    assert other.get("/account", follow_redirects=False).status_code == 303
    assert sign_in(app, role)[1].status_code == 401
    assert sign_in(app, role, NEW)[1].status_code == 303
    assert send(visitor, "/account", name="王小明", language="").status_code == 200
    assert user_of(fresh, role)["language"] == ""


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"current": "not the password", "password": NEW, "again": NEW}, "Login and password do not fit"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "."}, "not the same"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "too short"),
        ({"current": PASSWORD, "password": NEW + "\0", "again": NEW + "\0"}, "APP-007"),
    ],
)
def test_a_password_stays_where_the_old_one_or_the_new_one_is_wrong(form, told, app):
    visitor, _ = sign_in(app, "viewer")
    answer = send(visitor, "/account/password", **form)
    assert answer.status_code == 422
    assert told in answer.text
    assert sign_in(app, "viewer")[1].status_code == 303


def test_a_name_of_nothing_is_refused_on_the_page(app):
    visitor, _ = sign_in(app, "viewer")
    answer = send(visitor, "/account", name="  ", language="")
    assert answer.status_code == 422
    assert "APP-007" in answer.text


def test_the_old_password_cannot_be_guessed_in_an_open_session(app):
    visitor, _ = sign_in(app, "viewer")
    for _ in range(MOST_OF_NAME):
        send(visitor, "/account/password", current="a guess", password=NEW, again=NEW)
    answer = send(visitor, "/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert "Too many failed attempts" in answer.text
    json = {"password": NEW, "current_password": PASSWORD}
    headers = {"x-csrf-token": token_on(visitor.get("/account"))}
    assert visitor.patch("/api/v1/me", json=json, headers=headers).status_code == 429


def test_sessions_are_ended_one_by_one_or_all_the_others(app):
    visitors = [sign_in(app, "service")[0] for _ in range(4)]
    mine = visitors[0]
    one = re.search(r"/account/sessions/(\w+)/end", mine.get("/account").text)[1]
    assert "has ended" in send(mine, f"/account/sessions/{one}/end").text
    stranger, _ = sign_in(app, "viewer")
    left = re.search(r"/account/sessions/(\w+)/end", mine.get("/account").text)[1]
    assert send(stranger, f"/account/sessions/{left}/end").status_code == 404
    send(mine, "/account/sessions/others/end")
    states = [each.get("/account", follow_redirects=False).status_code for each in visitors]
    assert states == [200, 303, 303, 303]


# --- a link for a new password ---------------------------------------------------------------------------
def link_for(app, workspace, role, by="administrator"):
    administrator, _ = sign_in(app, by)
    answer = send(administrator, f"/people/{user_of(workspace, role)['id']}/reset")
    return re.search(r"http://shop\.test(/reset\?token=[\w-]+)", answer.text)[1]


def set_password(app, link, password=NEW):
    stranger = browser(app)
    page = stranger.get(link)
    form = {"token": link.partition("token=")[2], "password": password, "csrf": token_on(page)}
    return stranger.post("/reset", data=form, follow_redirects=False)


def test_a_link_sets_a_new_password_once_and_ends_every_session(app, fresh):
    before, _ = sign_in(app, "viewer")
    link = link_for(app, fresh, "viewer")
    assert before.get("/account", follow_redirects=False).status_code == 200
    assert set_password(app, link, "short").status_code == 422
    assert set_password(app, link).status_code == 303
    assert before.get("/account", follow_redirects=False).status_code == 303
    assert sign_in(app, "viewer", NEW)[1].status_code == 303
    assert set_password(app, link, "another password").status_code == 403
    assert sign_in(app, "viewer", NEW)[1].status_code == 303
    log = program(app, fresh, "auditor").get("/api/v1/audit").json()["data"]
    told = [row["action"] for row in log if row["entity"] == f"user:{user_of(fresh, 'viewer')['id']}"]
    assert {"password.reset_offered", "password.reset"} <= set(told)
    assert link.partition("token=")[2] not in str(log)


@pytest.mark.parametrize("change", [{"role": "owner"}, {"active": False}, {"password": "yet another one"}])
def test_a_link_is_void_when_its_user_changes(change, app, fresh):
    link = link_for(app, fresh, "viewer")
    change_user(fresh, user_of(fresh, "viewer")["id"], None, **change)
    assert set_password(app, link).status_code == 403


def test_a_link_is_void_after_two_days_and_when_a_newer_one_is_made(app, fresh):
    old, new = link_for(app, fresh, "viewer"), link_for(app, fresh, "viewer")
    assert set_password(app, old).status_code == 403
    later = now() + datetime.timedelta(hours=accounts.TOKEN_HOURS, minutes=1)
    with fresh.database.begin() as connection:
        assert accounts.use_reset(connection, new.partition("token=")[2], later) is None
        first_owner = accounts.issue_token(connection, "first_owner", now())
        assert accounts.use_reset(connection, first_owner, now()) is None
    assert set_password(app, new).status_code == 303


def test_nobody_makes_a_link_for_whom_they_may_not_change(app, fresh):
    owner = user_of(fresh, "owner")["id"]
    for role in ROLES:
        client = program(app, fresh, role)
        if role != "owner":
            assert client.post(f"/api/v1/users/{owner}/reset").status_code == 403
    page = sign_in(app, "administrator")[0].get("/people").text
    assert f"/people/{user_of(fresh, 'analyst')['id']}/reset" in page
    assert f"/people/{owner}/reset" not in page
    headers = {"idempotency-key": "one"}
    viewer = user_of(fresh, "viewer")["id"]
    client = program(app, fresh, "owner")
    made = [client.post(f"/api/v1/users/{viewer}/reset", headers=headers).json() for _ in range(2)]
    assert made[0]["secret"]
    assert made[1]["secret"] is None  # shown once, though it was asked twice
    assert set_password(app, f"/reset?token={made[0]['secret']}").status_code == 303


# --- keys -------------------------------------------------------------------------------------------------
def test_the_form_makes_a_key_with_the_rights_that_are_ticked(app, fresh):
    analyst, _ = sign_in(app, "analyst")
    page = analyst.get("/people").text
    offered = set(re.findall(r'name="scopes" value="([^"]+)"', page))
    assert offered == ROLES["analyst"]
    form = {"name": "dashboard", "days": 30, "reach": "some"}
    assert "Tick at least one" in send(analyst, "/keys", **form).text
    page = send(analyst, "/keys", **form, scopes=["runs:read", "jobs:read"]).text
    assert "<code>runs:read</code> <code>jobs:read</code>" in page
    key = re.search(r"lw_\w+\.[\w-]+", page)[0]
    client = browser(app)
    client.headers["authorization"] = f"Bearer {key}"
    assert client.get("/api/v1/jobs").status_code == 200
    assert client.get("/api/v1/imports").status_code == 403
    assert send(analyst, "/keys", **form, scopes=["users:write"]).status_code == 403
    assert "all its user may do" in send(analyst, "/keys", name="all", reach="all", days=0).text


# --- the audit log ----------------------------------------------------------------------------------------
@pytest.fixture
def log(fresh):
    """Entries of three days, one of them with what a spreadsheet would run."""
    fresh.change_settings({"zone": "Asia/Shanghai"})
    owner = f"user:{user_of(fresh, 'owner')['id']}"
    with fresh.database.begin() as connection:
        for day, (action, actor) in enumerate([("run.started", owner), ("key.added", owner), ("login", "x")]):
            at = datetime.datetime(2026, 3, 1 + day, 20, tzinfo=datetime.UTC)  # 4 o'clock of the day after
            write_audit(
                connection,
                action,
                now=at,
                actor=actor,
                entity="=HYPERLINK(1)",
                detail={"rows": day, "x": "<b>"},
            )
    return fresh


def numbers(page):
    return [int(number) for number in re.findall(r'<tr><th scope="row">(\d+)</th>', page.text)]


def test_the_log_is_narrowed_by_who_what_and_when(app, log):
    auditor, _ = sign_in(app, "auditor")
    owner = f"user:{user_of(log, 'owner')['id']}"

    def asked(**query):
        return numbers(auditor.get("/audit", params=query))

    assert asked(who=owner) == [2, 1]
    assert asked(what="run") == asked(what="RUN") == [1]
    assert asked(what="r%n") == []
    assert asked(about="=HYPER") == [3, 2, 1]
    assert asked(since="2026-03-03", until="2026-03-03") == [2]  # by the days of Shanghai
    assert asked(until="2026-03-03", who=owner) == [2, 1]
    assert asked(who="nobody", until="2026-04-01") == []
    page = auditor.get("/audit", params={"about": "=HYPER"}).text
    assert "<dt>rows</dt><dd>2</dd>" in page
    assert "<dd>&lt;b&gt;</dd>" in page
    assert auditor.get("/audit?since=yesterday").status_code == 422
    assert auditor.get("/audit?until=9999-12-31").status_code == 422


def test_the_log_is_a_file_no_spreadsheet_runs(app, log):
    auditor, _ = sign_in(app, "auditor")
    answer = auditor.get("/audit.csv", params={"until": "2026-04-01"})
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == ["3", "2", "1"]
    assert {row["entity"] for row in rows} == {"'=HYPERLINK(1)"}
    assert rows[1]["name"] == "owner@example.com"
    assert rows[1]["detail"] == "rows: 1; x: <b>"
    assert rows[1]["at"] == "2026-03-02T20:00:00+00:00"
    assert auditor.get("/audit.csv?until=1999-01-01").text.strip().count("\n") == 0
    assert "audit.exported" in auditor.get("/audit", params={"what": "audit"}).text
    assert sign_in(app, "analyst")[0].get("/audit.csv").status_code == 403

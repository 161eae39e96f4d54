"""Work in the background where pages list it: who sees it, what it says, what may be done about it."""

import datetime
import re

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store import accounts, jobs
from lifeworth.store.tables import jobs as table
from lifeworth.store.tables import schedules
from lifeworth.text.catalog import LANGUAGES, catalog
from lifeworth.web.background import DELIVERY
from lifeworth.web.roles import PERMISSIONS, ROLES, STARTING
from lifeworth.workflows.schedules import add_schedule
from lifeworth.workflows.work import WORK
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, token_on, valued

REFUSED = {"code": "DATA-014", "facts": {"kind": "wang@example.com"}}


@pytest.fixture
def shop(fresh):
    bring_in(fresh, orders_csv(customers=60, days=200))
    valued(fresh)
    return fresh


def pages_of(workspace, role):
    visitor, _ = sign_in(app_of(workspace), role)
    return visitor


def user_id(workspace, role):
    with workspace.database.read() as connection:
        return accounts.user_by_login(connection, f"{role}@example.com")["id"]


def queued(workspace, kind="value", by="", status="waiting", **values):
    """A job in some state, as a worker would have left it."""
    with workspace.database.begin() as connection:
        job_id = jobs.add_job(connection, kind, {}, now=now(), created_by=by)
        change = sa.update(table).where(table.c.id == job_id)
        connection.execute(change.values(status=status, **values))
    return job_id


def planned(workspace, name="Monday"):
    made = add_schedule(workspace, name=name, cron="0 3 * * 1", kind="value", payload={}, now=now())
    with workspace.database.begin() as connection:
        connection.execute(sa.update(schedules).values(last_at=now()))
    return made


def test_every_kind_of_work_has_a_permission_and_words_for_each_of_its_ends():
    assert set(STARTING) == set(WORK)
    assert {permission for needed in STARTING.values() for permission in needed} <= set(PERMISSIONS)
    for language in LANGUAGES:
        words = catalog(language)
        for kind in set(WORK) - {DELIVERY}:
            ways = [words.text(f"web.job.{kind}{way}") for way in ("", ".done", ".ended")]
            assert not any("正在" in one for one in ways[1:])
            assert len(set(ways)) >= 2, kind


def test_nobody_stops_or_repeats_work_that_they_may_not_start(shop):
    failed = {kind: queued(shop, kind, status="failed", error=REFUSED) for kind in STARTING}
    waiting = {kind: queued(shop, kind, run_after=now() + datetime.timedelta(days=1)) for kind in STARTING}
    client, visitor = program(app_of(shop), shop, "analyst"), pages_of(shop, "analyst")
    csrf = token_on(visitor.get("/account"))
    shown = work_on(visitor.get("/runs")) + work_on(visitor.get(f"/runs?before={failed['deliver']}"))
    for ids, way in ((failed, "retry"), (waiting, "cancel")):
        for kind, job_id in ids.items():
            may = ROLES["analyst"].issuperset(STARTING[kind])
            assert (f'action="/jobs/{job_id}/{way}"' in shown) is (may and kind != DELIVERY), kind
            assert (f'action="/jobs/{job_id}/{way}"' in visitor.get(f"/jobs/{job_id}").text) is may, kind
            form = visitor.post(f"/jobs/{job_id}/{way}", data={"csrf": csrf}, follow_redirects=False)
            assert form.status_code == (303 if may else 403), kind
            answer = client.post(f"/api/v1/jobs/{job_id}/{way}")
            assert answer.status_code == (409 if may else 403), kind  # done already by the form
    narrow = program(app_of(shop), shop, "owner", scopes=["jobs:read", "jobs:write"])
    again = queued(shop, "erase", status="failed", error=REFUSED)
    assert narrow.post(f"/api/v1/jobs/{again}/retry").json()["facts"] == {"permission": "privacy:erase"}
    with shop.database.read() as connection:
        assert jobs.job(connection, again)["status"] == "failed"
    later = queued(shop, "of a later version", status="failed")
    assert client.post(f"/api/v1/jobs/{later}/retry").status_code == 403
    assert program(app_of(shop), shop, "owner").post(f"/api/v1/jobs/{later}/retry").status_code == 200


@pytest.mark.parametrize(
    ("kind", "payload", "scopes", "lacks"),
    [
        ("report", {}, ["reports:read"], "pii:view"),
        ("report", {}, ["pii:view"], "reports:read"),
        ("report", {}, ["reports:read", "pii:view"], None),
        ("import", {"value": True}, ["imports:write"], "runs:start"),
        ("import", {"value": True}, ["imports:write", "runs:start"], None),
        ("import", {"value": False}, ["imports:write"], None),
        ("sample", {}, ["runs:start"], "imports:write"),
    ],
)
def test_work_that_does_two_things_asks_for_both(fresh, kind, payload, scopes, lacks):
    key = program(app_of(fresh), fresh, "owner", scopes=["jobs:read", "jobs:write", *scopes])
    with fresh.database.begin() as connection:
        job_id = jobs.add_job(connection, kind, payload, now=now())
    for way in ("cancel", "retry"):
        answer = key.post(f"/api/v1/jobs/{job_id}/{way}")
        assert answer.status_code == (403 if lacks else 200)
        assert not lacks or answer.json()["facts"] == {"permission": lacks}
        page = key.post(f"/jobs/{job_id}/{way}", follow_redirects=False)
        assert page.status_code == (403 if lacks else 303)
    assert (f"/jobs/{job_id}/cancel" in key.get(f"/jobs/{job_id}").text) is (lacks is None)
    with fresh.database.read() as connection:
        assert jobs.job(connection, job_id)["status"] == "waiting"


def test_what_a_key_may_not_begin_again_it_does_not_start_either(shop):
    run_id = shop.current_run().id
    for scopes, lacks in ((["reports:read"], "pii:view"), (["pii:view"], "reports:read")):
        key = program(app_of(shop), shop, "owner", scopes=scopes)
        answer = key.post(f"/api/v1/runs/{run_id}/reports", json={"language": "en"})
        assert answer.json()["facts"] == {"permission": lacks}
    key = program(app_of(shop), shop, "owner", scopes=["runs:start"])
    answer = key.post("/api/v1/samples", json={"what": "orders"})
    assert answer.json()["facts"] == {"permission": "imports:write"}


def test_a_schedule_for_what_one_may_not_start_is_made_and_changed_by_others(shop):
    analyst, owner = (program(app_of(shop), shop, role) for role in ("analyst", "owner"))
    wanted = {"name": "clean", "cron": "0 3 * * 1", "kind": "retention"}
    assert analyst.post("/api/v1/schedules", json=wanted).status_code == 403
    made = owner.post("/api/v1/schedules", json=wanted).json()
    place = f"/api/v1/schedules/{made['id']}"
    assert analyst.patch(place, json={"active": False}, headers={"if-match": '"1"'}).status_code == 403
    assert analyst.delete(place).status_code == 403
    visitor = pages_of(shop, "analyst")
    page = visitor.get("/settings/schedules")
    assert "clean" in page.text
    assert 'value="retention"' not in page.text
    assert f"/settings/schedules/{made['id']}/" not in page.text
    csrf = token_on(page)
    for sent in (f"/{made['id']}/switch", f"/{made['id']}/delete"):
        assert visitor.post(f"/settings/schedules{sent}", data={"csrf": csrf}).status_code == 403
    assert analyst.post("/api/v1/schedules", json=wanted | {"kind": "backup"}).status_code == 201


def test_what_has_ended_is_titled_as_ended(shop):
    queued(shop, "value", status="running")
    queued(shop, "backup", status="failed", error=REFUSED)
    visitor = pages_of(shop, "owner")
    for language, words in {
        "en": ("Customers valued", "Valuing your customers", "Packing of a backup"),
        "zh-Hans": ("已完成客户估值", "正在为客户估值", "打包备份"),
        "zh-Hant": ("已完成客戶估值", "正在為客戶估值", "打包備份"),
    }.items():
        work = work_on(visitor.get(f"/runs?lang={language}"))
        assert [word for word in words if word not in work] == []


def work_on(answer):
    return answer.text.partition('<div id="jobs"')[2]


@pytest.mark.parametrize("role", [role for role in ROLES if "runs:read" in ROLES[role]])
def test_work_is_listed_for_whoever_may_read_it_and_stopped_by_whoever_may_change_it(role, shop):
    running = queued(shop, status="running", step="simulate", progress=0.42)
    failed = queued(shop, kind="backup", status="failed", error=REFUSED)
    page = pages_of(shop, role).get("/runs")
    work = work_on(page)
    if "jobs:read" not in ROLES[role]:
        assert work == ""
        assert running not in page.text
        return
    assert "simulating futures" in work
    assert re.search(r"42\s%", work)
    assert 'hx-get="/runs/jobs' in work
    may = "jobs:write" in ROLES[role]
    assert (f'action="/jobs/{running}/cancel"' in work) is may
    assert (f'action="/jobs/{failed}/retry"' in work) is may
    seen = "pii:view" in ROLES[role]
    assert "DATA-014" in work
    assert ("wang@example.com" in work) is seen
    assert ("wang@example.com" in pages_of(shop, role).get(f"/jobs/{failed}").text) is seen


def test_from_the_list_work_is_stopped_and_begun_again(shop):
    analyst, waiting = pages_of(shop, "analyst"), queued(shop)
    csrf = {"csrf": token_on(analyst.get("/runs"))}
    assert "Stopped" in analyst.post(f"/jobs/{waiting}/cancel", data=csrf).text
    assert f"/jobs/{waiting}/retry" in work_on(analyst.get("/runs"))
    page = analyst.post(f"/jobs/{waiting}/retry", data=csrf)
    assert "Waiting to begin" in page.text
    assert 'href="/runs#jobs"' in page.text
    assert f"/jobs/{waiting}/cancel" in work_on(analyst.get("/runs"))


def test_what_is_done_leads_to_what_came_of_it_and_is_not_begun_again(shop):
    run_id = shop.current_run().id
    gone = queued(shop, status="done", result={"run_id": "deleted-since"})
    backup = queued(shop, kind="backup", status="done", result={"file": "x.zip"})
    work = work_on(pages_of(shop, "analyst").get("/runs"))
    assert f'href="/?run={run_id}"' in work
    assert f'href="/jobs/{gone}"' in work
    assert "hx-get" not in work  # nothing is open, so nothing is asked for again
    assert "retry" not in work
    page = pages_of(shop, "analyst").get(f"/jobs/{backup}").text
    assert "Backup packed" in page
    assert "/retry" not in page


def test_others_are_named_to_whoever_manages_users_only(shop):
    schedule = planned(shop)
    queued(shop, by=f"user:{user_id(shop, 'administrator')}")
    queued(shop, by=f"schedule:{schedule}")
    cell = r'data-label="For whom">([^<]+)<'
    told = re.findall(cell, work_on(pages_of(shop, "owner").get("/runs")))
    assert {"schedule “Monday”", "administrator"} <= set(told)
    told = re.findall(cell, work_on(pages_of(shop, "analyst").get("/runs")))
    assert {"schedule “Monday”", "a colleague"} <= set(told)
    assert "administrator" not in told
    told = re.findall(cell, work_on(pages_of(shop, "administrator").get("/runs")))
    assert "administrator" in told


def test_a_long_list_has_older_pages_and_no_deliveries(shop):
    made = sorted(queued(shop, kind="backup", status="cancelled") for _ in range(30))
    delivery = queued(shop, kind="deliver", status="failed")
    analyst = pages_of(shop, "analyst")
    first = analyst.get("/runs")
    older = re.search(r'href="(/runs\?before=\w+)#jobs"', first.text)[1]
    second = analyst.get(older)
    found = [re.findall(r'href="/jobs/(\w+)"', work_on(page)) for page in (first, second)]
    assert found[0] == made[:9:-1]
    assert found[1][:10] == made[9::-1]
    assert delivery not in first.text + second.text
    assert analyst.get("/runs?before=%00").status_code == 422


def test_the_overview_tells_of_work_that_will_change_it(shop):
    analyst = pages_of(shop, "analyst")
    assert "/jobs/" not in analyst.get("/").text
    running = queued(shop, status="running", step="fit", progress=0.3)
    queued(shop, kind="deliver")
    page = analyst.get("/").text
    assert re.findall(r'href="/jobs/(\w+)"', page) == [running]
    assert re.search(r"fitting · 30\s%", page)
    assert running not in pages_of(shop, "viewer").get("/").text


def test_a_schedule_whose_last_run_failed_is_told_until_one_works(shop):
    schedule = planned(shop)
    analyst = pages_of(shop, "analyst")
    assert "Monday" not in analyst.get("/").text
    failed = queued(shop, by=f"schedule:{schedule}", status="failed", error=REFUSED)
    notice = re.search(r'<p class="notice bad">(.*?)</p>', analyst.get("/").text, re.S)[1]
    assert "Monday" in notice
    assert f'href="/jobs/{failed}"' in notice
    assert "定时任务“Monday”" in analyst.get("/?lang=zh-Hans").text
    plans = analyst.get("/settings/schedules").text
    assert f'href="/jobs/{failed}">This did not work' in plans
    assert "DATA-014" in plans
    assert "Monday" not in pages_of(shop, "viewer").get("/").text
    queued(shop, by=f"schedule:{schedule}", status="done", result={"run_id": shop.current_run().id})
    assert "Monday" not in analyst.get("/").text
    assert "DATA-014" not in analyst.get("/settings/schedules").text

"""Work in the background where pages list it: who sees it, what it says, what may be done about it."""

import re

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store import accounts, jobs
from lifeworth.store.tables import jobs as table
from lifeworth.store.tables import schedules
from lifeworth.web.roles import ROLES
from lifeworth.workflows.schedules import add_schedule
from web.worlds import app_of, bring_in, orders_csv, sign_in, token_on, valued

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
    assert "Packing a backup" in page
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

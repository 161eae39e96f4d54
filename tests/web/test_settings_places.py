"""Schedules and webhooks as pages: every form works as it stands, and the audit log knows who did what."""

import re

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store.rows import many
from lifeworth.store.tables import audit_events, deliveries, jobs, schedules, webhooks
from lifeworth.web.pages.schedules import rhythm_of
from lifeworth.workflows.webhooks import ALLOW_PRIVATE, announce
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, sign_in, token_on


@pytest.fixture
def owner(fresh):
    (fresh.folder / ALLOW_PRIVATE).touch()
    return sign_in(app_of(fresh), "owner")[0]


def send(visitor, path, place, **form):
    """Send a form that stands on the page `place`, as a browser would."""
    page = visitor.get(place)
    assert f'action="{path}"' in page.text
    return visitor.post(path, data={"csrf": token_on(page), **form}, follow_redirects=False)


def rows(workspace, table):
    with workspace.database.read() as connection:
        return many(connection, sa.select(table))


def actions(workspace):
    return [row["action"] for row in rows(workspace, audit_events)]


def deliver(workspace):
    with workspace.database.begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.status == "waiting").values(run_after=now()))
    Worker(workspace).run_all()


# --- schedules ----------------------------------------------------------------------------------------
SCHEDULES = "/settings/schedules"


def test_a_schedule_needs_no_cron_text(fresh, owner):
    answer = send(owner, SCHEDULES, SCHEDULES, kind="backup", rhythm="weekly", hour="4")
    assert answer.status_code == 303
    (row,) = rows(fresh, schedules)
    assert (row["name"], row["kind"], row["cron"]) == ("Make a backup", "backup", "0 4 * * 1")
    assert (row["next_at"].weekday(), row["next_at"].hour) == (0, 4)
    shown = owner.get(SCHEDULES).text
    assert "Every Monday at 04:00" in shown
    assert f"{row['next_at']:%Y-%m-%d} 04:00 UTC" in shown


def test_cron_text_goes_before_the_form_and_is_refused_in_words(fresh, owner):
    send(owner, SCHEDULES, SCHEDULES, name="Quarterly", cron="30 6 1 1,4,7,10 *")
    assert rows(fresh, schedules)[0]["cron"] == "30 6 1 1,4,7,10 *"
    refused = send(owner, SCHEDULES, SCHEDULES, name="Never", cron="61 * * * *")
    assert refused.status_code == 422
    assert "APP-022" in refused.text
    assert 'value="Never"' in refused.text
    assert len(rows(fresh, schedules)) == 1
    assert send(owner, SCHEDULES, SCHEDULES, kind="erase").status_code == 422


def test_a_schedule_is_switched_off_and_deleted(fresh, owner):
    send(owner, SCHEDULES, SCHEDULES, name="nightly")
    (row,) = rows(fresh, schedules)
    send(owner, f"{SCHEDULES}/{row['id']}/switch", SCHEDULES, active="")
    assert rows(fresh, schedules)[0]["active"] is False
    send(owner, f"{SCHEDULES}/{row['id']}/switch", SCHEDULES, active="1")
    assert rows(fresh, schedules)[0]["active"] is True
    send(owner, f"{SCHEDULES}/{row['id']}/delete", SCHEDULES)
    assert rows(fresh, schedules) == []
    assert actions(fresh)[-4:] == [
        "schedule.added", "schedule.changed", "schedule.changed", "schedule.deleted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cron", "rhythm"),
    [
        ("0 3 * * *", ("daily", 3)), ("0 23 * * 1", ("weekly", 23)), ("0 0 1 * *", ("monthly", 0)),
        ("5 3 * * *", None), ("0 3 * * 2", None), ("0 3 * * *  ", None),
    ],
)  # fmt: skip
def test_only_what_the_form_could_have_made_is_told_in_words(cron, rhythm):
    assert rhythm_of(cron) == rhythm


# --- webhooks -----------------------------------------------------------------------------------------
WEBHOOKS = "/settings/webhooks"


@pytest.fixture
def hook(fresh, owner, listener):
    """A webhook that was added on the page; (its row, the page that answered)."""
    url = f"http://127.0.0.1:{listener.server_address[1]}/hook"
    answer = send(owner, WEBHOOKS, WEBHOOKS, url=url, events=["run.completed", "job.failed"])
    assert answer.status_code == 200
    return rows(fresh, webhooks)[0], answer.text


def test_the_secret_is_shown_once(owner, hook):
    row, answer = hook
    assert row["secret"] in answer
    assert row["secret"] not in owner.get(WEBHOOKS).text
    assert row["secret"] not in owner.get(f"{WEBHOOKS}/{row['id']}").text


def test_an_address_inside_is_refused_and_so_is_a_webhook_for_nothing(fresh, owner):
    (fresh.folder / ALLOW_PRIVATE).unlink()
    refused = send(owner, WEBHOOKS, WEBHOOKS, url="https://127.0.0.1/x", events=["job.failed"])
    assert refused.status_code == 422
    assert "APP-016" in refused.text
    assert re.search(r'value="job.failed" checked', refused.text)
    assert send(owner, WEBHOOKS, WEBHOOKS, url="https://example.com/").status_code == 422
    assert rows(fresh, webhooks) == []


def test_what_was_told_is_listed_and_can_be_sent_again(fresh, owner, hook, listener):
    place = f"{WEBHOOKS}/{hook[0]['id']}"
    send(owner, f"{place}/test", place)
    listener.answers.append(503)
    deliver(fresh)
    shown = owner.get(place).text
    assert "503" in shown
    assert "waiting" in shown
    deliver(fresh)
    assert "delivered" in owner.get(WEBHOOKS).text
    (row,) = rows(fresh, deliveries)
    again = send(owner, f"/settings/deliveries/{row['id']}/resend", place)
    assert again.headers["location"] == place
    deliver(fresh)
    assert len(listener.heard) == 3
    assert actions(fresh)[-3:] == ["webhook.added", "webhook.tested", "webhook.resent"]


def test_a_long_log_is_read_page_by_page(fresh, owner, hook):
    for number in range(60):
        announce(fresh, "run.completed", {"run_id": str(number)})
    place = f"{WEBHOOKS}/{hook[0]['id']}"
    first = owner.get(place).text
    assert first.count("/resend") == 50
    rest = owner.get(place + re.search(r'href="(\?before=\w+)"', first)[1]).text
    assert rest.count("/resend") == 10
    assert owner.get(f"{place}?before=%00").status_code == 422


def test_a_webhook_is_switched_off_and_deleted_with_its_log(fresh, owner, hook):
    place = f"{WEBHOOKS}/{hook[0]['id']}"
    send(owner, f"{place}/switch", place, active="")
    assert announce(fresh, "run.completed", {}) == []
    send(owner, f"{place}/switch", place, active="1")
    assert len(announce(fresh, "run.completed", {})) == 1
    send(owner, f"{place}/delete", place)
    assert rows(fresh, webhooks) == rows(fresh, deliveries) == []
    assert owner.get(place).status_code == 404


# --- who may ------------------------------------------------------------------------------------------
def test_an_analyst_sees_schedules_and_no_webhooks(fresh):
    analyst, _ = sign_in(app_of(fresh), "analyst")
    page = analyst.get("/settings").text
    assert f'href="{SCHEDULES}"' in page
    assert WEBHOOKS not in page
    assert analyst.get(WEBHOOKS).status_code == 403


@pytest.mark.parametrize(
    "path", [SCHEDULES, WEBHOOKS, f"{SCHEDULES}/x/delete", "/settings/deliveries/x/resend"]
)
def test_a_form_from_elsewhere_changes_nothing(owner, path):
    assert owner.post(path, data={"name": "x", "url": "https://example.com"}).status_code == 403

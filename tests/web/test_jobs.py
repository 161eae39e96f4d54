"""Jobs as people and machines see them; a worker that is killed loses nothing."""

import datetime
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store import jobs
from lifeworth.store.tables import deliveries, schedules
from lifeworth.store.tables import jobs as table
from lifeworth.text.catalog import LANGUAGES, catalog
from lifeworth.workflows import ingest
from lifeworth.workflows.pace import PACES, done
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.schedules import add_schedule, move_to_zone, next_moment, run_due
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.webhooks import ALLOW_PRIVATE, RETRY_SECONDS, add_webhook, announce, resend
from lifeworth.workflows.work import WORK
from lifeworth.workflows.worker import Worker, release_dead
from web.worlds import app_of, bring_in, orders_csv, program


def job(workspace, job_id):
    with workspace.database.read() as connection:
        return jobs.job(connection, job_id)


def wait_for(condition, seconds=240):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def spawn(workspace):
    command = [sys.executable, "-m", "lifeworth.cli.main", "worker", "--workspace", str(workspace.folder)]
    return subprocess.Popen(command)


def test_a_worker_killed_in_the_middle_of_a_run_loses_nothing_and_publishes_nothing_half(fresh):
    bring_in(fresh, orders_csv(customers=600, days=600))
    job_id = start_run(fresh)
    worker = spawn(fresh)
    try:
        wait_for(lambda: job(fresh, job_id)["step"] in ("backtest", "fit", "simulate"))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    finally:
        worker.kill()
    row = job(fresh, job_id)
    assert row["status"] == "running"
    assert fresh.runs() == []
    second = Worker(fresh)
    assert not second.run_once()  # the lease of the dead holds
    release_dead(fresh)  # but its process is gone, and a worker that starts sees it
    second.run_all()
    row = job(fresh, job_id)
    assert (row["status"], row["attempts"]) == ("done", 2)
    assert [run.id for run in fresh.runs()] == [row["result"]["run_id"]]
    assert not [path for path in fresh.runs_folder.iterdir() if path.name.startswith(".")]


def test_a_worker_killed_in_the_middle_of_an_import_loses_nothing(fresh):
    content = orders_csv(customers=3000, days=700)
    row, job_id = ingest.add_import(fresh, save_upload(fresh, "o.csv", [content]))
    worker = spawn(fresh)
    try:
        wait_for(lambda: job(fresh, job_id)["status"] == "running")
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    finally:
        worker.kill()
    assert ingest.import_of(fresh, row["id"])["status"] == "uploaded"
    release_dead(fresh)
    Worker(fresh).run_all()
    assert ingest.import_of(fresh, row["id"])["status"] == "checked"


def test_a_running_job_stops_at_its_next_step_when_asked(fresh, monkeypatch):
    reached, go_on = threading.Event(), threading.Event()

    def slow(workspace, one, progress):
        progress("read", 0)
        reached.set()
        go_on.wait(240)
        progress("fit", 0.5)
        raise AssertionError("went on")

    monkeypatch.setitem(WORK, "value", slow)
    with fresh.database.begin() as connection:
        job_id = jobs.add_job(connection, "value", {}, now=now())
    worker = Worker(fresh).start()
    assert reached.wait(240)
    client = program(app_of(fresh), fresh, "analyst")
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 200
    go_on.set()
    wait_for(lambda: job(fresh, job_id)["status"] == "cancelled")
    worker.stop()
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 409


def test_a_job_that_fails_by_accident_is_tried_again_and_by_refusal_is_not(fresh, monkeypatch):
    def broken(workspace, one, progress):
        raise RuntimeError("a name@example.com nobody should read")

    monkeypatch.setitem(WORK, "broken", broken)
    with fresh.database.begin() as connection:
        job_id = jobs.add_job(connection, "broken", {}, now=now(), max_attempts=2)
    worker = Worker(fresh)
    worker.run_all()
    row = job(fresh, job_id)
    assert (row["status"], row["attempts"]) == ("waiting", 1)
    assert "example.com" not in json.dumps(row["error"])
    with fresh.database.begin() as connection:
        connection.execute(sa.update(table).values(run_after=now()))
    worker.run_all()
    assert job(fresh, job_id)["status"] == "failed"
    refused = start_run(fresh)
    worker.run_all()
    assert (job(fresh, refused)["status"], job(fresh, refused)["error"]["code"]) == ("failed", "APP-031")
    client = program(app_of(fresh), fresh, "analyst")
    told = client.get(f"/api/v1/jobs/{refused}", headers={"accept-language": "zh-CN"}).json()
    assert "还没有订单" in told["error"]["text"]
    assert client.post(f"/api/v1/jobs/{refused}/retry").json()["status"] == "waiting"


# --- progress -----------------------------------------------------------------------------------------
def test_a_job_tells_how_far_it_is_and_never_goes_back(fresh, monkeypatch):
    client, heard = program(app_of(fresh), fresh, "analyst"), {}

    def listened_to(kind):
        work = WORK[kind]

        def listening_work(workspace, one, progress):
            def told(step, share=0.0):
                progress(step, share)
                seen = client.get(f"/api/v1/jobs/{one['id']}").json()
                heard.setdefault(kind, []).append((seen["step"], seen["progress"]))

            return work(workspace, one, told)

        return listening_work

    for kind in ("check", "import", "value"):
        monkeypatch.setitem(WORK, kind, listened_to(kind))
    bring_in(fresh, orders_csv(customers=300, days=500))
    job_id = start_run(fresh)
    Worker(fresh).run_all()
    assert job(fresh, job_id)["progress"] == 1
    for kind, least in (("check", 3), ("import", 3), ("value", 6)):
        shares = [share for _, share in heard[kind]]
        assert shares == sorted(shares)
        assert shares[0] == 0
        assert 0.5 < shares[-1] < 1
        assert len(set(shares)) >= least
        assert {step for step, _ in heard[kind]} == set(PACES[kind])


def test_a_long_step_is_told_while_it_lasts(fresh, monkeypatch):
    go_on = threading.Event()

    def slow(workspace, one, progress):
        progress("simulate", 0)
        progress("simulate", 0.4)
        go_on.wait(240)

    monkeypatch.setitem(WORK, "slow", slow)
    with fresh.database.begin() as connection:
        job_id = jobs.add_job(connection, "slow", {}, now=now())
    worker = Worker(fresh).start()
    wait_for(lambda: job(fresh, job_id)["progress"] == 0.4)
    go_on.set()
    wait_for(lambda: job(fresh, job_id)["status"] == "done")
    worker.stop()


def test_every_step_has_a_word_and_a_part_of_the_whole():
    for parts in PACES.values():
        for step in parts:
            assert all(catalog(language).has(f"step.{step}") for language in LANGUAGES)
    assert done("value", "read", 0) == 0
    assert done("value", "index", 1) == 1
    assert done("value", "read", 1) == done("value", "summarise", 0)
    assert done("report", "report", 0.3) == 0.3


# --- schedules ----------------------------------------------------------------------------------------
def test_a_schedule_comes_due_in_the_zone_of_the_workspace():
    start = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
    due = next_moment("0 6 * * *", start, "Asia/Shanghai")
    assert due == datetime.datetime(2026, 3, 1, 22, 0, tzinfo=datetime.UTC)
    assert next_moment("0 6 * * *", start, "") == datetime.datetime(2026, 3, 2, 6, 0, tzinfo=datetime.UTC)


def test_a_due_schedule_starts_one_job_however_many_moments_were_missed(fresh):
    start = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
    made = add_schedule(fresh, name="nightly", cron="0 * * * *", kind="value", payload={}, now=start)
    assert run_due(fresh, start) == []
    moment = start + datetime.timedelta(hours=30, minutes=5)
    (job_id,) = run_due(fresh, moment)
    assert job(fresh, job_id)["created_by"] == f"schedule:{made}"
    assert run_due(fresh, moment) == []
    with fresh.database.read() as connection:
        next_at = connection.execute(sa.select(schedules.c.next_at)).scalar_one()
    assert next_at == start + datetime.timedelta(hours=31)


def test_a_schedule_that_is_due_is_not_lost_when_the_zone_changes(fresh):
    start = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
    add_schedule(fresh, name="nightly", cron="0 * * * *", kind="value", payload={}, now=start)
    later = start + datetime.timedelta(hours=2)
    move_to_zone(fresh, "Asia/Shanghai", later)
    assert len(run_due(fresh, later)) == 1


@pytest.mark.parametrize("cron", ["", "every day", "61 * * * *", "* * * *", "0 0 31 2 *", "* " * 30])
def test_what_is_no_schedule_is_refused(cron, fresh):
    client = program(app_of(fresh), fresh, "owner")
    answer = client.post("/api/v1/schedules", json={"name": "x", "cron": cron})
    assert (answer.status_code, answer.json()["code"]) == (422, "APP-022")


# --- webhooks -----------------------------------------------------------------------------------------
@pytest.fixture
def hook(fresh, listener):
    (fresh.folder / ALLOW_PRIVATE).touch()
    url = f"http://127.0.0.1:{listener.server_address[1]}/hook"
    return add_webhook(fresh, url=url, events=["run.completed"])


def delivery(workspace, delivery_id):
    with workspace.database.read() as connection:
        query = sa.select(deliveries).where(deliveries.c.id == delivery_id)
        return dict(connection.execute(query).mappings().one())


def hurry(workspace):
    with workspace.database.begin() as connection:
        connection.execute(sa.update(table).where(table.c.status == "waiting").values(run_after=now()))
    Worker(workspace).run_all()


def test_a_message_is_signed_over_its_moment_and_body(fresh, listener, hook):
    announce(fresh, "run.completed", {"run_id": "r1"})
    announce(fresh, "import.completed", {"import_id": "not asked for"})
    hurry(fresh)
    ((headers, body),) = listener.heard
    headers = {name.lower(): value for name, value in headers.items()}
    moment = headers["lifeworth-timestamp"]
    expected = hmac.new(hook["secret"].encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["lifeworth-signature"] == f"v1={expected}"
    assert abs(int(moment) - now().timestamp()) < 300
    assert json.loads(body)["data"] == {"run_id": "r1"}


def test_a_message_that_is_not_taken_is_sent_again_and_stays_the_same(fresh, listener, hook):
    listener.answers += [500, 302]
    (delivery_id,) = announce(fresh, "run.completed", {"run_id": "r1"})
    hurry(fresh)
    row = delivery(fresh, delivery_id)
    assert (row["status"], row["attempts"], row["response_status"]) == ("waiting", 1, 500)
    assert row["next_at"] > now()
    hurry(fresh)
    assert delivery(fresh, delivery_id)["response_status"] == 302  # and nobody went where it pointed
    hurry(fresh)
    assert delivery(fresh, delivery_id)["status"] == "delivered"
    assert len({body for _, body in listener.heard}) == 1
    assert len(listener.heard) == 3
    resend(fresh, delivery_id)
    hurry(fresh)
    assert len(listener.heard) == 4


def test_after_the_last_attempt_a_message_is_given_up(fresh, listener, hook):
    listener.answers += [500] * (len(RETRY_SECONDS) + 1)
    (delivery_id,) = announce(fresh, "run.completed", {})
    for _ in range(len(RETRY_SECONDS) + 1):
        hurry(fresh)
    row = delivery(fresh, delivery_id)
    assert (row["status"], row["attempts"]) == ("failed", len(RETRY_SECONDS) + 1)


def test_an_address_that_turns_inward_later_is_not_visited(fresh, listener, hook):
    os.unlink(fresh.folder / ALLOW_PRIVATE)
    (delivery_id,) = announce(fresh, "run.completed", {})
    hurry(fresh)
    assert delivery(fresh, delivery_id)["response_text"] == "APP-016"
    assert listener.heard == []

"""Rules of retention: shown first, then followed, and nothing that is needed goes."""

import datetime

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store import accounts, jobs
from lifeworth.store.tables import audit_events, imports, sessions, uploads
from lifeworth.workflows import ingest
from lifeworth.workflows.doctor import examine
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.retention import due, follow
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, orders_csv, program, small_shop, valued

DAY = datetime.timedelta(days=1)


def counts(found):
    return {each.rule: len(each.what) for each in found}


def busy_shop(workspace):
    """Three runs over one active import; one import undone, one upload never looked at."""
    small_shop(workspace)
    for until in ("2024-06-28", "2024-07-28"):
        start_run(workspace, until=until)
        Worker(workspace).run_all()
    undone = bring_in(workspace, orders_csv(seed=8), "more.csv")
    ingest.undo_import(workspace, undone)
    save_upload(workspace, "forgotten.csv", [b"a,b\n1,2\n"])


@pytest.fixture
def shop(copied):
    return copied(busy_shop)


def test_without_rules_everything_stays(shop):
    assert counts(follow(shop, now() + 1000 * DAY, by="test")) == {
        "keep_runs": 0, "keep_files_days": 0, "keep_traces_days": 0,
    }  # fmt: skip
    assert len(shop.runs()) == 3


def test_what_is_shown_is_what_goes_and_what_is_needed_stays(shop):
    shop.change_settings({"keep_runs": 2, "keep_files_days": 30})
    newest = [entry.id for entry in shop.runs()]
    assert counts(due(shop, now())) == {"keep_runs": 1, "keep_files_days": 0, "keep_traces_days": 0}
    later = now() + 31 * DAY
    shown = due(shop, later)
    assert counts(shown) == {"keep_runs": 1, "keep_files_days": 2, "keep_traces_days": 0}
    assert [entry.id for entry in shop.runs()] == newest
    assert follow(shop, later, by="test") == shown
    assert [entry.id for entry in shop.runs()] == newest[:2]
    with shop.database.read() as connection:
        left = connection.execute(sa.select(imports.c.status)).scalars().all()
        files = connection.execute(sa.select(uploads.c.file)).scalars().all()
        noted = sa.select(audit_events.c.detail).where(audit_events.c.action == "retention.followed")
        assert connection.execute(noted).scalars().all() == [{"keep_runs": 1, "keep_files_days": 2}]
    assert left == ["active"]
    assert [path.name for path in (shop.folder / "uploads").iterdir()] == [files[0].split("/")[1]]
    assert all(line["ok"] for line in examine(shop))
    assert valued(shop)
    assert counts(due(shop, later)) == {"keep_runs": 1, "keep_files_days": 0, "keep_traces_days": 0}


def test_a_file_that_waits_for_its_import_stays(shop):
    shop.change_settings({"keep_files_days": 1})
    row, _ = ingest.add_import(shop, save_upload(shop, "new.csv", [orders_csv(seed=9)]), "orders")
    later = now() + 5 * DAY
    with shop.database.read() as connection:
        assert jobs.open_jobs(connection)
    assert row["upload_id"] not in {one for each in due(shop, later) for one in each.what}
    follow(shop, later, by="test")
    ingest.confirm_import(shop, row["id"], None)
    Worker(shop).run_all()
    with shop.database.read() as connection:
        statuses = connection.execute(sa.select(imports.c.status).where(imports.c.id == row["id"]))
        assert statuses.scalar() == "active"


def test_traces_that_are_over_go_and_open_ones_stay(shop):
    shop.change_settings({"keep_traces_days": 10})
    with shop.database.begin() as connection:
        user = accounts.user_by_login(connection, "viewer@example.com")["id"]
        for moment in (now() - 60 * DAY, now() + 15 * DAY):
            accounts.open_session(connection, user, ip="", agent="", now=moment)
        waiting = jobs.add_job(connection, "value", {}, now=now())
    later = now() + 20 * DAY
    (traces,) = (each for each in due(shop, later) if each.rule == "keep_traces_days")
    kinds = [one.partition(":")[0] for one in traces.what]
    assert kinds.count("session") == 1
    assert kinds.count("job") >= 5
    follow(shop, later, by="test")
    with shop.database.read() as connection:
        assert [job["id"] for job in jobs.open_jobs(connection)] == [waiting]
        assert connection.execute(sa.select(sa.func.count()).select_from(sessions)).scalar() == 1


def test_rules_are_followed_by_a_job_that_who_may_erase_can_start(shop):
    app = app_of(shop)
    owner, auditor, viewer = (program(app, shop, role) for role in ("owner", "auditor", "viewer"))
    shop.change_settings({"keep_runs": 1})
    shown = auditor.get("/api/v1/privacy/retention").json()["data"]
    assert shown[0] == {"rule": "keep_runs", "keep": 1, "count": 2}
    assert viewer.get("/api/v1/privacy/retention").status_code == 403
    assert auditor.post("/api/v1/privacy/retention").status_code == 403
    job = owner.post("/api/v1/privacy/retention").json()["job_id"]
    Worker(shop).run_all()
    done = owner.get(f"/api/v1/jobs/{job}").json()
    assert (done["status"], done["result"]["keep_runs"]) == ("done", 2)
    assert len(shop.runs()) == 1
    made = owner.post("/api/v1/schedules", json={"name": "tidy", "cron": "0 3 * * *", "kind": "retention"})
    assert made.status_code == 201


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "7"])
def test_a_rule_is_a_whole_number(fresh, wrong):
    client = program(app_of(fresh), fresh, "owner")
    version = client.get("/api/v1/settings").headers["etag"]
    answer = client.patch("/api/v1/settings", json={"keep_runs": wrong}, headers={"if-match": version})
    assert answer.json()["code"] == "APP-028"

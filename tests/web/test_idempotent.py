"""A POST with an Idempotency-Key happens once, however often and however simultaneously it is sent."""

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from lifeworth.base.clock import now
from lifeworth.store import jobs
from lifeworth.store.tables import idempotent_answers
from lifeworth.web.api import idempotent
from web.worlds import app_of, program

NEW = {"login": "neu@example.com", "password": "a long password"}
KEY = {"idempotency-key": "one"}


@pytest.fixture
def client(fresh):
    return program(app_of(fresh), fresh, "owner")


def change_kept(workspace, **values):
    with workspace.database.begin() as connection:
        assert connection.execute(idempotent_answers.update().values(**values)).rowcount == 1


def test_the_same_request_with_the_same_key_happens_once(fresh, client):
    first = client.post("/api/v1/users", json=NEW, headers=KEY)
    second = client.post("/api/v1/users", json=NEW, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    other = client.post("/api/v1/users", json={**NEW, "login": "x"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (409, "APP-008")
    assert client.post("/api/v1/users", json=NEW).json()["code"] == "APP-015"
    another = program(app_of(fresh), fresh, "administrator")
    assert another.post("/api/v1/users", json={**NEW, "login": "y"}, headers=KEY).status_code == 201


def test_six_at_the_same_moment_make_one_job(fresh):
    app = app_of(fresh)
    clients = [program(app, fresh, "owner")]
    clients += [
        type(clients[0])(app, base_url=clients[0].base_url, headers=clients[0].headers) for _ in range(5)
    ]
    together = threading.Barrier(6)

    def ask(client):
        together.wait()
        return client.post("/api/v1/runs", json={"margin": 0.4}, headers=KEY)

    with ThreadPoolExecutor(6) as threads:
        told = list(threads.map(ask, clients))
    assert [answer.status_code for answer in told] == [202] * 6
    assert len({answer.json()["job_id"] for answer in told}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in told) == 5
    with fresh.database.read() as connection:
        assert len(jobs.open_jobs(connection)) == 1


def test_a_request_that_is_still_worked_on_is_not_begun_again(fresh, client, monkeypatch):
    client.post("/api/v1/users", json=NEW, headers=KEY)
    change_kept(fresh, status=0, body="another server", at=now())
    monkeypatch.setattr(idempotent, "PATIENCE_SECONDS", 0)
    refused = client.post("/api/v1/users", json=NEW, headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "APP-037")
    assert int(refused.headers["retry-after"]) > 0
    other = client.post("/api/v1/users", json={**NEW, "login": "x"}, headers=KEY)
    assert other.json()["code"] == "APP-008"


def test_a_request_whose_server_died_can_be_sent_again(fresh, client):
    client.post("/api/v1/users", json=NEW, headers=KEY)
    change_kept(fresh, status=0, body="a dead server", at=now() - datetime.timedelta(minutes=1))
    again = client.post("/api/v1/users", json=NEW, headers=KEY)
    assert again.json()["code"] == "APP-015"  # it was worked on: the user is there


@pytest.mark.parametrize("failures", [1, 9])
def test_what_was_done_is_answered_though_the_database_is_busy_afterwards(
    failures, fresh, client, monkeypatch
):
    settle, busy = idempotent._settle, [OperationalError("", {}, Exception())] * failures
    monkeypatch.setattr(idempotent, "PAUSES", (0.0, 0.0, None))
    monkeypatch.setattr(idempotent, "PATIENCE_SECONDS", 0)

    def now_and_then(*asked):
        if busy:
            raise busy.pop()
        return settle(*asked)

    monkeypatch.setattr(idempotent, "_settle", now_and_then)
    assert client.post("/api/v1/users", json=NEW, headers=KEY).status_code == 201
    busy.clear()
    again = client.post("/api/v1/users", json=NEW, headers=KEY)
    assert again.status_code == (201 if failures == 1 else 409)


def test_a_long_request_renews_its_key(fresh, client, monkeypatch):
    renewed, asked = threading.Event(), idempotent._renew
    monkeypatch.setattr(idempotent, "BEAT_SECONDS", 0.01)

    def renew(request, name, token):
        asked(request, name, token)
        renewed.set()

    def slow(*_, **__):
        assert renewed.wait(60)
        with fresh.database.read() as connection:
            row = connection.execute(idempotent_answers.select()).mappings().one()
        return {"id": row["body"], "status": row["status"]}

    monkeypatch.setattr(idempotent, "_renew", renew)
    monkeypatch.setattr("lifeworth.web.api.runs.start_run", slow)
    answer = client.post("/api/v1/runs", json={}, headers=KEY)
    assert answer.json()["job_id"]["status"] == 0  # reserved while it was worked on
    assert client.post("/api/v1/runs", json={}, headers=KEY).json() == answer.json()


def test_a_refused_request_is_corrected_under_the_same_key(client):
    refused = client.post("/api/v1/users", json={**NEW, "password": "short"}, headers=KEY)
    assert refused.status_code == 422
    assert client.post("/api/v1/users", json=NEW, headers=KEY).status_code == 201


def test_nobody_reserves_a_key_without_signing_in(fresh, client):
    client.headers.pop("authorization")
    assert client.post("/api/v1/users", json=NEW, headers=KEY).status_code == 401
    with fresh.database.read() as connection:
        assert connection.execute(idempotent_answers.select()).all() == []


def test_an_answer_that_holds_a_secret_is_not_kept(fresh, client):
    made = client.post("/api/v1/keys", json={"name": "k"}, headers=KEY).json()
    with fresh.database.read() as connection:
        kept = repr(connection.execute(idempotent_answers.select()).all())
    assert made["key"] not in kept

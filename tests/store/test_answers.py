"""An Idempotency-Key is held by one request, kept with its answer, and given free by one that died."""

import datetime
import threading

import pytest
from sqlalchemy.exc import IntegrityError

from lifeworth.store import answers

NOW = datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def reserve(database):
    def ask(token, moment=NOW, request_hash="a"):
        with database.begin() as connection:
            return answers.reserve(connection, "key", request_hash, token, moment)

    return ask


def test_one_of_many_at_the_same_moment_holds_the_key(database, reserve):
    together, won = threading.Barrier(6), []

    def ask(token):
        together.wait()
        while True:
            try:
                if reserve(token) is None:
                    won.append(token)
                return
            except IntegrityError:
                continue

    threads = [threading.Thread(target=ask, args=(f"t{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert reserve("later")["body"] == won[0]


def test_what_is_renewed_stays_held_and_what_died_gives_way(database, reserve):
    assert reserve("first") is None
    with database.begin() as connection:
        answers.renew(connection, "key", "first", NOW + answers.HELD)
    assert reserve("second", NOW + 2 * answers.HELD)["body"] == "first"
    assert reserve("second", NOW + 2 * answers.HELD + SECOND) is None
    with database.begin() as connection:  # the first was not dead after all: too late
        answers.keep(connection, "key", "first", status=201, headers={}, body="late", at=NOW)
        answers.release(connection, "key", "first")
    assert reserve("third", NOW + 2 * answers.HELD + SECOND)["body"] == "second"


def test_an_answer_is_kept_for_a_day_and_a_refusal_is_not(database, reserve):
    assert reserve("first") is None
    with database.begin() as connection:
        answers.release(connection, "key", "first")
    assert reserve("second", request_hash="corrected") is None
    with database.begin() as connection:
        answers.keep(connection, "key", "second", status=201, headers={"etag": "x"}, body="done", at=NOW)
    known = reserve("third", NOW + answers.KEPT)
    assert (known["status"], known["headers"], known["body"]) == (201, {"etag": "x"}, "done")
    assert known["request_hash"] == "corrected"
    assert reserve("third", NOW + answers.KEPT + SECOND) is None

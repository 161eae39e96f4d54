"""The queue: each job to one worker, leases, retries, cancelling."""

import datetime
import threading

import pytest

from lifeworth.store import jobs

START = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


def later(seconds):
    return START + datetime.timedelta(seconds=seconds)


def add(database, kind="value", **more):
    with database.begin() as connection:
        return jobs.add_job(connection, kind, {"n": 1}, now=START, **more)


def take(database, worker="one", moment=START):
    with database.begin() as connection:
        return jobs.claim(connection, worker, moment)


def look(database, job_id):
    with database.read() as connection:
        return jobs.job(connection, job_id)


def test_a_job_is_done_once_and_keeps_its_result(database):
    job_id = add(database)
    job = take(database)
    assert (job["id"], job["status"], job["attempts"], job["payload"]) == (job_id, "running", 1, {"n": 1})
    assert take(database, "two") is None
    with database.begin() as connection:
        assert jobs.finish(connection, job_id, "one", later(5), result={"run": "r"})
        assert not jobs.finish(connection, job_id, "one", later(6), result={"run": "again"})
    done = look(database, job_id)
    assert (done["status"], done["result"], done["progress"]) == ("done", {"run": "r"}, 1.0)
    assert done["finished_at"] == later(5)


def test_the_oldest_job_comes_first(database):
    first, second = add(database), add(database)
    assert [take(database)["id"], take(database)["id"]] == [first, second]


def test_a_job_whose_worker_died_goes_to_another_when_the_lease_is_over(database):
    job_id = add(database)
    take(database, "dead")
    assert take(database, "two", later(jobs.LEASE_SECONDS - 1)) is None
    again = take(database, "two", later(jobs.LEASE_SECONDS + 1))
    assert (again["id"], again["worker"], again["attempts"]) == (job_id, "two", 2)
    with database.begin() as connection:
        assert jobs.renew(connection, job_id, "dead", later(90), "fit", 0.5) == "lost"
        assert not jobs.finish(connection, job_id, "dead", later(90), result={})


def test_a_renewed_lease_holds(database):
    job_id = add(database)
    take(database)
    with database.begin() as connection:
        assert jobs.renew(connection, job_id, "one", later(50), "fit", 0.25) == "go"
    assert take(database, "two", later(jobs.LEASE_SECONDS + 30)) is None
    row = look(database, job_id)
    assert (row["step"], row["progress"]) == ("fit", 0.25)


def test_a_job_that_kills_every_worker_ends_as_failed(database):
    job_id = add(database, max_attempts=2)
    take(database, "one")
    take(database, "two", later(100))
    assert take(database, "three", later(200)) is None
    assert look(database, job_id)["status"] == "failed"


def test_a_job_of_a_worker_known_to_be_dead_is_free_at_once(database):
    job_id = add(database)
    take(database, "host/7/x")
    with database.begin() as connection:
        assert jobs.workers(connection) == ["host/7/x"]
        assert jobs.release(connection, "host/7/x", START) == 1
    assert take(database, "two", START)["id"] == job_id


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_its_next_step(database):
    waiting, running = add(database), None
    with database.begin() as connection:
        assert jobs.cancel(connection, waiting, START)
    assert look(database, waiting)["status"] == "cancelled"
    running = add(database)
    take(database)
    with database.begin() as connection:
        assert jobs.cancel(connection, running, START)
        assert jobs.renew(connection, running, "one", later(1), "fit", 0.1) == "cancel"
        jobs.finish(connection, running, "one", later(2), status="cancelled")
        assert not jobs.cancel(connection, running, later(3))


def test_a_job_that_was_to_be_cancelled_is_not_taken_over(database):
    job_id = add(database)
    take(database)
    with database.begin() as connection:
        jobs.cancel(connection, job_id, START)
    assert take(database, "two", later(1000)) is None
    assert look(database, job_id)["status"] == "cancelled"


def test_a_failed_job_waits_longer_each_time_and_can_be_begun_again(database):
    job_id = add(database)
    take(database)
    with database.begin() as connection:
        jobs.try_later(connection, job_id, "one", START, 1, {"code": "APP-025", "facts": {}})
    assert take(database, "two", later(jobs.RETRY_SECONDS[0] - 1)) is None
    assert take(database, "two", later(jobs.RETRY_SECONDS[0]))["attempts"] == 2
    with database.begin() as connection:
        jobs.finish(connection, job_id, "two", later(9), status="failed", error={"code": "X", "facts": {}})
        assert jobs.retry(connection, job_id, later(10))
        assert not jobs.retry(connection, job_id, later(10))
    again = take(database, "three", later(10))
    assert (again["id"], again["attempts"], again["error"]) == (job_id, 1, None)


@pytest.mark.parametrize("workers", [4])
def test_several_workers_never_do_the_same_job(database, workers):
    wanted = {add(database) for _ in range(60)}
    done, lock = [], threading.Lock()

    def work(name):
        while (job := take(database, name)) is not None:
            with lock:
                done.append(job["id"])

    threads = [threading.Thread(target=work, args=(f"worker {number}",)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(wanted)


def test_no_worker_goes_away_empty_while_there_is_a_job_for_each(database):
    """Eight workers come at the same moment to eight jobs, again and again."""
    workers = 8
    together, empty, taken, lock = threading.Barrier(workers), [], [], threading.Lock()

    def work(name):
        for each_round in range(15):
            if name == 0:
                for _ in range(workers):
                    add(database)
            together.wait()
            job = take(database, f"worker {name}")
            with lock:
                (taken if job else empty).append(job["id"] if job else each_round)
            together.wait()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert empty == []
    assert len(set(taken)) == len(taken) == 15 * workers

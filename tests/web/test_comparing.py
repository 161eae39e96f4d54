"""Large runs are compared by a worker: the page says how far it is, keeps what was found, and never waits."""

import json
import re

import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.results.contract import SUMMARY
from lifeworth.results.index import drop_index
from lifeworth.store import jobs
from lifeworth.store.rows import many
from lifeworth.store.tables import jobs as table
from lifeworth.workflows import comparing
from lifeworth.workflows.comparing import COMPARE, ask_comparison
from lifeworth.workflows.comparison import compare_runs, kept_comparison
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, token_on


def with_three_runs(workspace):
    bring_in(workspace, orders_csv())
    for until in ("2024-06-28", "2024-07-28", "2024-08-28"):
        start_run(workspace, until=until)
        Worker(workspace).run_all()


@pytest.fixture
def shop(copied):
    return copied(with_three_runs)


@pytest.fixture
def pair(shop, monkeypatch):
    """Three runs, every one of them large; (the first, the last), which nobody has compared yet."""
    monkeypatch.setattr(comparing, "AT_ONCE", 0)
    runs = shop.runs()
    return runs[2], runs[0]


def jobs_of(workspace):
    with workspace.database.read() as connection:
        return many(connection, sa.select(table).where(table.c.kind == COMPARE).order_by(table.c.id))


def address(pair, page="/compare"):
    return f"{page}?before={pair[0].id}&after={pair[1].id}"


def test_the_page_does_not_wait_and_one_worker_is_enough(shop, pair):
    viewer, _ = sign_in(app_of(shop), "viewer")  # may read runs, and no jobs
    for _ in range(2):
        page = viewer.get(address(pair))
        assert "in the background" in page.text
    card = re.search(r'hx-get="(/compare/card[^"]+)"', page.text)[1].replace("&amp;", "&")
    answer = viewer.get(card)
    assert answer.status_code == 200
    assert "hx-redirect" not in answer.headers
    assert [job["payload"] for job in jobs_of(shop)] == [{"before": pair[0].id, "after": pair[1].id}]
    assert kept_comparison(*pair) is None
    Worker(shop).run_all()
    assert viewer.get(card).headers["hx-redirect"] == address(pair)
    assert 'id="bridge"' in viewer.get(address(pair)).text
    assert kept_comparison(*pair) == compare_runs(*pair)
    assert len(jobs_of(shop)) == 1


def test_the_last_two_runs_are_compared_before_anybody_asks(shop, pair):
    owner, _ = sign_in(app_of(shop), "owner")
    assert 'id="bridge"' in owner.get("/").text
    assert 'id="bridge"' in owner.get("/compare").text
    assert jobs_of(shop) == []


def test_what_failed_stays_so_until_someone_asks_again(shop, pair):
    job_id = ask_comparison(shop, *pair, by="test").job["id"]
    with shop.database.begin() as connection:
        jobs.cancel(connection, job_id, now())
    owner, _ = sign_in(app_of(shop), "owner")
    page = owner.get(address(pair))
    assert "hx-get" not in page.text
    assert owner.get(address(pair, "/compare/card")).headers["hx-redirect"] == address(pair)
    assert len(jobs_of(shop)) == 1
    form = {"csrf": token_on(page), "before": pair[0].id, "after": pair[1].id}
    again = owner.post("/compare", data=form, follow_redirects=False)
    assert again.headers["location"] == address(pair)
    assert [job["status"] for job in jobs_of(shop)] == ["cancelled", "waiting"]
    Worker(shop).run_all()
    assert 'id="bridge"' in owner.get(address(pair)).text


def chosen_at(visitor, address):
    page = visitor.get(address).text
    return re.findall(r'<option value="([^"]+)" selected', page), page


def test_the_oldest_of_three_runs_is_set_beside_the_one_that_followed_it(shop):
    newest, middle, oldest = (run.id for run in shop.runs())
    visitor, _ = sign_in(app_of(shop), "viewer")
    for asked in ("run", "after"):
        chosen, page = chosen_at(visitor, f"/compare?{asked}={oldest}&lang=en")
        assert chosen[:2] == [oldest, middle]
        assert "beside the one that followed" in page
    assert chosen_at(visitor, f"/compare?after={newest}")[0][:2] == [middle, newest]


def test_a_run_on_terms_of_its_own_is_set_beside_the_newest_other_one_and_the_page_says_so(shop):
    newest, _, oldest = shop.runs()
    told = json.loads((oldest.folder / SUMMARY).read_text())
    (oldest.folder / SUMMARY).write_text(json.dumps(told | {"horizon_months": told["horizon_months"] + 12}))
    visitor, _ = sign_in(app_of(shop), "viewer")
    chosen, page = chosen_at(visitor, f"/compare?after={oldest.id}&lang=en")
    assert chosen[:2] == [oldest.id, newest.id]
    assert "beside the newest other one" in page
    assert "beside the one that followed" not in page


def test_small_runs_are_compared_on_the_spot(shop, pair, monkeypatch):
    monkeypatch.undo()
    owner, _ = sign_in(app_of(shop), "owner")
    assert 'id="bridge"' in owner.get(address(pair)).text
    assert jobs_of(shop) == []


def test_the_api_does_not_wait_either_and_answers_at_the_same_address(shop, pair):
    viewer = program(app_of(shop), shop, "viewer")  # may read runs, and no jobs
    place = f"/api/v1/runs/{pair[1].id}/compare/{pair[0].id}"
    first = viewer.get(place)
    (job,) = jobs_of(shop)
    assert first.status_code == 202
    assert first.json() == {"job_id": job["id"], "status": "waiting", "progress": 0.0}
    assert int(first.headers["retry-after"]) > 0
    for answer in (viewer.get(place), viewer.post(place)):
        assert (answer.status_code, answer.json()["job_id"]) == (202, job["id"])
    assert kept_comparison(*pair) is None
    Worker(shop).run_all()
    told = viewer.get(place)
    assert (told.status_code, told.json()) == (200, compare_runs(*pair))
    assert viewer.post(place).json() == told.json()
    assert len(jobs_of(shop)) == 1


def test_the_api_says_that_a_comparison_did_not_end_and_begins_it_again_when_asked(shop, pair):
    analyst = program(app_of(shop), shop, "analyst")
    place = f"/api/v1/runs/{pair[1].id}/compare/{pair[0].id}"
    job_id = analyst.get(place).json()["job_id"]
    assert analyst.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 200
    refused = analyst.get(place)
    assert (refused.status_code, refused.json()["code"]) == (409, "APP-036")
    assert refused.json()["facts"] == {"seen": "cancelled"}
    again = analyst.post(place)
    assert again.status_code == 202
    assert again.json()["job_id"] != job_id
    Worker(shop).run_all()
    assert analyst.get(place).status_code == 200


def test_dimensions_of_large_runs_are_read_from_their_tables_without_a_comparison(shop, pair):
    after, before = shop.runs()[:2]
    drop_index(after.folder)  # where the comparison of the last two was kept
    told = program(app_of(shop), shop, "analyst").get("/api/v1/dimensions").json()
    assert (kept_comparison(before, after), jobs_of(shop)) == (None, [])
    assert told["since"] == before.id
    assert told["change"]["steps"]
    assert told["change"] == compare_runs(before, after)["dimensions"]


def test_dimensions_of_runs_on_other_terms_are_not_set_side_by_side(shop, pair):
    start_run(shop, horizon_months=24)
    Worker(shop).run_all()
    analyst = program(app_of(shop), shop, "analyst")
    asked = {"run": shop.runs()[0].id, "before": pair[0].id}
    told = analyst.get("/api/v1/dimensions", params=asked).json()
    assert (told["since"], told["change"]) == (pair[0].id, None)
    assert compare_runs(pair[0], shop.runs()[0])["dimensions"] is None


def test_the_description_tells_how_to_wait_for_a_comparison(shop):
    described = sign_in(app_of(shop), "viewer")[0].get("/api/v1/openapi.json").json()
    for method in ("get", "post"):
        told = described["paths"]["/api/v1/runs/{run_id}/compare/{other_id}"][method]["responses"]
        assert told["202"]["content"]["application/json"]["schema"] == {
            "$ref": "#/components/schemas/Underway"
        }
        assert "Retry-After" in told["202"]["headers"]
        assert "APP-036" in told["409"]["description"]
    assert set(described["components"]["schemas"]["Underway"]["properties"]) == {
        "job_id",
        "status",
        "progress",
    }

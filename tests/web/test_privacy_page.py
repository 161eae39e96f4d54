"""Privacy as a page: what is known of one person is counted first, then given out, or erased by the sure."""

import io
import re
import zipfile

import pytest
import sqlalchemy as sa

from lifeworth.results.index import pseudonym
from lifeworth.store.rows import many
from lifeworth.store.tables import audit_events, jobs
from lifeworth.web.roles import ROLES
from lifeworth.workflows.erasure import OF_A_PERSON, erase_person, known_of
from lifeworth.workflows.ingest import add_import
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, program, sign_in, token_on, valued

PLACE = "/settings/privacy"
PERSON = "annaC00007@example.com"
NOBODY = {"rows": 0, "files": 0, "runs": 0, "not_searched": []}


@pytest.fixture
def shop(small):
    return small


@pytest.fixture
def owner(shop):
    return sign_in(app_of(shop), "owner")[0]


def send(visitor, path, place=PLACE, **form):
    return visitor.post(path, data={"csrf": token_on(visitor.get(place)), **form}, follow_redirects=False)


def done(workspace, visitor, answer):
    """Let the worker do what the form began; the address that its job then leads to."""
    assert answer.status_code == 303, answer.text
    Worker(workspace).run_all()
    return visitor.get(answer.headers["location"], follow_redirects=False).headers["location"]


def actions(workspace):
    with workspace.database.read() as connection:
        rows = many(connection, sa.select(audit_events).order_by(audit_events.c.number))
    return [row["action"] for row in rows]


def test_what_is_counted_first_is_what_erasing_takes(shop):
    before = [path.read_bytes() for path in sorted(shop.folder.rglob("*.parquet"))]
    counts = known_of(shop, PERSON)
    assert [path.read_bytes() for path in sorted(shop.folder.rglob("*.parquet"))] == before
    assert counts["rows"] > 0
    assert erase_person(shop, PERSON, by="test", reason="asked") == counts
    assert known_of(shop, PERSON) == NOBODY


def test_a_file_that_is_no_table_stands_in_nobodys_way(shop):
    add_import(shop, save_upload(shop, "letter.pdf", [b"%PDF-1.7 " + PERSON.encode()]), "orders")
    Worker(shop).run_all()
    assert erase_person(shop, PERSON, by="test", reason="asked")["runs"] == 1


def test_a_person_is_looked_for_given_out_and_erased(shop, owner):
    place = done(shop, owner, send(owner, f"{PLACE}/person", customer=f" {PERSON} "))
    shown = owner.get(place)
    rows = known_of(shop, PERSON)["rows"]
    assert f"Rows that name this person: {rows}, in 1 files. Runs that know this person: 1." in shown.text
    package = owner.get(re.search(r'href="(/api/v1/privacy/export/\w+)"', shown.text)[1])
    assert "person.json" in zipfile.ZipFile(io.BytesIO(package.content)).namelist()
    for form in ({"reason": "asked by letter"}, {"reason": "  x ", "sure": "1"}):
        refused = send(owner, f"{place}/erase", place, **form)
        assert refused.status_code == 422
        assert "tick that you are sure" in refused.text
    assert known_of(shop, PERSON)["rows"] == rows
    erased = done(shop, owner, send(owner, f"{place}/erase", place, reason="asked by letter", sure="1"))
    log = owner.get(erased).text
    assert "Erased." in log
    assert re.search(rf"owner@example.com</td>.*?asked by letter</td>.*?>{rows}</td>", log)
    assert known_of(shop, PERSON) == NOBODY
    again = done(shop, owner, send(owner, f"{PLACE}/person", customer=PERSON))
    assert "Nothing is known of this person" in owner.get(again).text
    assert actions(shop)[-4:] == [
        "person.looked_for",
        "person.exported",
        "person.erased",
        "person.looked_for",
    ]


def test_neither_queue_nor_log_nor_address_names_the_person(shop, owner):
    place = done(shop, owner, send(owner, f"{PLACE}/person", customer=PERSON))
    with shop.database.read() as connection:
        kept = [many(connection, sa.select(table)) for table in (jobs, audit_events)]
    assert PERSON not in repr(kept)
    assert PERSON not in place
    assert PERSON not in owner.get(place).text


@pytest.mark.parametrize("role", [role for role in ROLES if "jobs:read" in ROLES[role]])
def test_whom_a_job_is_about_is_told_to_those_who_may_erase(shop, owner, role):
    ref = pseudonym(PERSON, shop.secret)
    place = done(shop, owner, send(owner, f"{PLACE}/person", customer=PERSON))
    done(shop, owner, send(owner, f"{place}/erase", place, reason="asked", sure="1"))
    app = app_of(shop)
    client, (visitor, _) = program(app, shop, role), sign_in(app, role)
    listed = client.get("/api/v1/jobs").json()["data"]
    about = [job for job in listed if job["kind"] in OF_A_PERSON]
    assert [job["status"] for job in about] == ["done", "done"]
    for job in about:
        told = client.get(f"/api/v1/jobs/{job['id']}")
        assert told.json()["result"] == job["result"]
        assert (ref in told.text) is ("privacy:erase" in ROLES[role])
        if "privacy:erase" not in ROLES[role]:
            assert job["result"] is None
            assert ref not in visitor.get(f"/jobs/{job['id']}").text
    assert all(job["result"] for job in listed if job["kind"] == "value")


def test_the_page_of_a_customer_leads_there_for_who_may(shop, owner):
    app = app_of(shop)
    ref = owner.get("/api/v1/customers", params={"q": PERSON}).json()["data"][0]["ref"]
    page = f"/customers/{ref}"
    assert f'name="ref" value="{ref}"' in owner.get(page).text
    place = done(shop, owner, send(owner, f"{PLACE}/person", page, ref=ref))
    assert ref in owner.get(place).text
    service = sign_in(app, "service")[0].get(page).text
    assert f"/api/v1/privacy/export/{ref}" in service
    assert f"{PLACE}/person" not in service
    assert "/privacy/" not in sign_in(app, "viewer")[0].get(page).text


def test_only_a_search_that_has_ended_is_a_page(shop, owner):
    answer = send(owner, f"{PLACE}/person", customer=PERSON)
    waiting = answer.headers["location"].rpartition("/")[2]
    assert owner.get(f"{PLACE}/person/{waiting}").status_code == 404
    with shop.database.read() as connection:
        other = next(row["id"] for row in many(connection, sa.select(jobs)) if row["kind"] == "value")
    assert owner.get(f"{PLACE}/person/{other}").status_code == 404
    assert send(owner, f"{PLACE}/person/{other}/erase", reason="asked", sure="1").status_code == 404
    assert send(owner, f"{PLACE}/person", customer="  ").status_code == 422


def test_the_rules_of_retention_are_set_shown_and_followed(shop, owner):
    valued(shop)
    assert send(owner, f"{PLACE}/retention", keep_runs="1", keep_files_days="0").status_code == 303
    assert [shop.settings()[name] for name in ("keep_runs", "keep_files_days")] == [1, 0]
    shown = owner.get(PLACE).text
    assert re.findall(r"Would go now: (\d+)", shown) == ["1", "0", "0"]
    assert len(shop.runs()) == 2
    after = done(shop, owner, send(owner, f"{PLACE}/retention/follow"))
    assert "The rules were followed." in owner.get(after).text
    assert len(shop.runs()) == 1
    for wrong in ("-1", "many", "1e9"):
        refused = send(owner, f"{PLACE}/retention", keep_runs=wrong)
        assert refused.status_code == 422
        assert f'value="{wrong}"' in refused.text
    assert shop.settings()["keep_runs"] == 1


def test_an_auditor_reads_the_log_and_changes_nothing(shop):
    auditor, _ = sign_in(app_of(shop), "auditor")
    assert f'href="{PLACE}"' in auditor.get("/audit").text
    page = auditor.get(PLACE).text
    assert "Who was erased" in page
    assert f'action="{PLACE}/person"' not in page
    assert f'action="{PLACE}/retention/follow"' not in page
    token = token_on(auditor.get(PLACE))
    for path in ("person", "retention", "retention/follow"):
        assert auditor.post(f"{PLACE}/{path}", data={"csrf": token}).status_code == 403

"""Files in and out: again, undone, erased, backed up."""

import csv
import io
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.workflows import ingest
from lifeworth.workflows.backup import backup, restore
from lifeworth.workflows.doctor import examine
from lifeworth.workflows.erasure import erase_person, person_of, person_package
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, orders_csv, program, valued

PERSON = "annaC00003@example.com"


def customers(workspace):
    """The customers of the newest run, without what only the moment of the run decides."""
    return pq.ParquetFile(workspace.current_run().folder / CUSTOMERS_PARQUET).read()


def ids(workspace):
    return set(customers(workspace)["customer_id"].to_pylist())


def more_orders():
    rows = [f"late{n % 5}@example.com,2024-10-{1 + n % 20:02d},{20 + n}" for n in range(20)]
    return ("customer_id,date,amount\n" + "\n".join(rows)).encode()


def test_the_same_file_imported_again_changes_nothing(fresh):
    first = bring_in(fresh, orders_csv())
    again = bring_in(fresh, orders_csv(), name="renamed.csv")
    assert again == first
    assert len(ingest.active_imports(fresh)) == 1


def test_undoing_an_import_restores_the_exact_state(small):
    before = customers(small)
    later = bring_in(small, more_orders(), name="later.csv")
    valued(small)
    assert "late0@example.com" in ids(small)
    ingest.undo_import(small, later)
    small.change_settings({"company": "no matter"})
    run_id = valued(small)
    assert customers(small).equals(before)
    assert small.run(run_id).summary["as_of"] == small.runs()[-1].summary["as_of"]


def test_an_undone_import_can_be_confirmed_again(fresh):
    first = bring_in(fresh, orders_csv())
    ingest.undo_import(fresh, first)
    ingest.confirm_import(fresh, first)
    Worker(fresh).run_all()
    assert [row["id"] for row in ingest.active_imports(fresh)] == [first]


def test_a_question_about_a_column_is_asked_and_the_answer_is_remembered(fresh):
    head = "客户编号,下单日期,总金额,实付金额\n"

    def rows(days):
        return head + "".join(
            f"K{n % 40},2024-{1 + n % 9:02d}-{1 + n % days:02d},{100 + n},{90 + n}\n" for n in range(90)
        )

    row, _ = ingest.add_import(fresh, save_upload(fresh, "a.csv", [rows(20).encode("gb18030")]))
    Worker(fresh).run_all()
    found = ingest.import_of(fresh, row["id"])
    assert found["status"] == "checked"
    report = found["report"]
    assert report["sheets"][0]["columns"] == ["客户编号", "下单日期", "总金额", "实付金额"]
    assert len(report["sheets"][0]["preview"]) == 20
    assert report["sheets"][0]["encoding"] == "gb18030"
    decided = {"columns": {"amount": "实付金额"}}
    ingest.confirm_import(fresh, row["id"], decided)
    Worker(fresh).run_all()
    found = ingest.import_of(fresh, row["id"])
    assert found["status"] == "active"
    assert found["report"]["import_report"]["files"][0]["mapping"]["amount"]["column"] == "实付金额"
    second, _ = ingest.add_import(fresh, save_upload(fresh, "b.csv", [rows(25).encode("gb18030")]))
    Worker(fresh).run_all()
    found = ingest.import_of(fresh, second["id"])
    assert found["options"] == decided
    assert found["report"]["from_template"]


def test_two_files_keep_their_own_mappings(fresh):
    def file(who):
        rows = (f"{who}{n % 30},2024-0{1 + n % 9}-11,{n + 5},{n + 50}\n" for n in range(90))
        return ("who,when,paid,listed\n" + "".join(rows)).encode()

    same = {"customer_id": "who", "placed_at": "when"}
    bring_in(fresh, file("A"), "one.csv", options={"columns": {**same, "amount": "paid"}})
    bring_in(fresh, file("B"), "two.csv", options={"columns": {**same, "amount": "listed"}})
    valued(fresh)
    table = customers(fresh).to_pandas().set_index("customer_id")
    assert float(table.loc["A0", "net_sales"]) == 5 + 35 + 65
    assert float(table.loc["B0", "net_sales"]) == 50 + 80 + 110


def test_costs_come_as_files_of_their_own_with_columns_that_a_person_named(fresh):
    bring_in(fresh, orders_csv())
    whole = b"kind,customer_id,amount,date\nservice,annaC00001@example.com,7.50,2024-05-01\n"
    odd = b"what,who,howmuch,ondate\nservice,annaC00001@example.com,2.25,2024-06-01\n"
    bring_in(fresh, whole, "costs.csv", "costs")
    named = {"kind": "what", "customer_id": "who", "amount": "howmuch", "day": "ondate"}
    bring_in(fresh, odd, "more costs.csv", "costs", options={"columns": named})
    assert {row["kind"] for row in ingest.active_imports(fresh)} == {"orders", "costs"}
    assert len(ingest.active_imports(fresh)) == 3
    fresh.change_settings({"basis": "contribution_margin", "margin": 0.5})
    valued(fresh)
    table = customers(fresh).to_pandas().set_index("customer_id")
    assert float(table.loc["annaC00001@example.com", "service_cost"]) == 9.75
    assert float(table["service_cost"].sum()) == 9.75


def test_a_file_that_cannot_be_read_says_why_and_is_not_active(fresh):
    row, _ = ingest.add_import(fresh, save_upload(fresh, "x.csv", [b"just,words\nand,more\n"]))
    Worker(fresh).run_all()
    found = ingest.import_of(fresh, row["id"])
    assert (found["status"], found["report"]["problem"]["code"][:5]) == ("checked", "DATA-")
    ingest.confirm_import(fresh, row["id"])
    Worker(fresh).run_all()
    assert ingest.active_imports(fresh) == []


# --- one person ---------------------------------------------------------------------------------------
def everything(workspace):
    """Every byte of the workspace, unpacked where it is packed."""
    found = b""
    for path in workspace.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content = repr(pq.ParquetFile(path).read().to_pydict()).encode()
            found += content
    with workspace.database.read() as connection:
        from lifeworth.store.tables import metadata

        for table in metadata.sorted_tables:
            found += repr(connection.execute(table.select()).all()).encode()
    return found


def test_an_erased_person_is_nowhere_and_does_not_come_back(small):
    client = program(app_of(small), small, "owner")
    row = client.get("/api/v1/customers", params={"q": PERSON}).json()["data"][0]
    assert PERSON.encode() in everything(small)
    answer = client.post("/api/v1/privacy/erasures", json={"ref": row["ref"], "reason": "asked by letter"})
    assert answer.status_code == 202
    Worker(small).run_all()
    assert PERSON.encode() not in everything(small)
    assert client.get(f"/api/v1/customers/{row['ref']}").status_code == 404
    # the old file, sent once more
    for one in ingest.active_imports(small):
        ingest.undo_import(small, one["id"])
    bring_in(small, orders_csv(), name="old copy.csv")
    valued(small)
    assert PERSON not in ids(small)
    assert len(ids(small)) == 119
    log = client.get("/api/v1/privacy/erasures").json()["data"]
    assert [entry["reason"] for entry in log] == ["asked by letter"]
    assert log[0]["erased_by"].startswith("key:")
    assert log[0]["counts"]["rows"] > 0
    assert "person.erased" in {entry["action"] for entry in client.get("/api/v1/audit").json()["data"]}


def test_erasing_leaves_every_other_row_as_it_stood(small):
    before = customers(small)
    counts = erase_person(small, PERSON, by="test", reason="asked")
    rows = pd.read_csv(io.BytesIO(orders_csv()))
    gone = int((rows["customer_id"] == PERSON).sum())
    assert counts == {"rows": gone, "files": 1, "runs": 1, "not_searched": []}
    kept = before.filter(pa.array([one != PERSON for one in before["customer_id"].to_pylist()]))
    assert customers(small).equals(kept)
    path = small.folder / ingest.active_imports(small)[0]["file"]
    left = pd.read_csv(path)
    assert left.reset_index(drop=True).equals(rows[rows["customer_id"] != PERSON].reset_index(drop=True))


def test_erasing_twice_is_as_erasing_once(small):
    erase_person(small, PERSON, by="test", reason="asked")
    state = customers(small)
    assert erase_person(small, PERSON, by="test", reason="asked")["rows"] == 0
    assert customers(small).equals(state)


def test_a_person_gets_everything_that_is_known_about_them(small):
    client = program(app_of(small), small, "service")
    ref = client.get("/api/v1/customers", params={"q": PERSON}).json()["data"][0]["ref"]
    assert person_of(small, ref) == PERSON
    answer = client.get(f"/api/v1/privacy/export/{ref}")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(archive.read("person.json"))
    (run,) = told["runs"].values()
    assert run["customers"][0]["customer_id"] == PERSON
    rows = list(csv.DictReader(io.StringIO(archive.read("rows-1.csv").decode("utf-8-sig"))))
    source = pd.read_csv(io.BytesIO(orders_csv()))
    assert len(rows) == (source["customer_id"] == PERSON).sum()
    assert {row["customer_id"] for row in rows} == {PERSON}
    assert client.get("/api/v1/privacy/export/0123456789abcdef").status_code == 404
    assert person_package(small, PERSON)[:2] == b"PK"


# --- backup -------------------------------------------------------------------------------------------
@pytest.fixture
def saved(small, tmp_path):
    return backup(small, tmp_path / "copy.zip")


def test_a_backup_restores_people_files_runs_and_pseudonyms(small, saved, tmp_path):
    again = restore(saved, tmp_path / "again")
    assert customers(again).equals(customers(small))
    assert [row["id"] for row in ingest.active_imports(again)] == [
        row["id"] for row in ingest.active_imports(small)
    ]
    one, two = (program(app_of(place), place, "analyst") for place in (small, again))
    assert one.get("/api/v1/customers").json() == two.get("/api/v1/customers").json()
    assert all(line["ok"] for line in examine(again))
    assert saved.stat().st_mode & 0o077 == 0


def test_the_doctor_sees_what_is_missing(small, saved):
    (small.folder / ingest.active_imports(small)[0]["file"]).unlink()
    (small.current_run().folder / CUSTOMERS_PARQUET).unlink()
    assert {line["check"] for line in examine(small) if not line["ok"]} == {"files", "runs"}

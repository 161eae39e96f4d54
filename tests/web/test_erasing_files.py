"""A person goes out of every file, imported or not, and of what a killed server left; the rest stays."""

import io
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from lifeworth.base.clock import now
from lifeworth.data.sources.files import read_grids
from lifeworth.data.sources.stream import open_stream
from lifeworth.workflows import person_rows
from lifeworth.workflows.doctor import examine
from lifeworth.workflows.erasure import erase_person, known_of
from lifeworth.workflows.ingest import active_imports
from lifeworth.workflows.person_files import rows_of_people
from lifeworth.workflows.person_rows import rows_of_person
from lifeworth.workflows.retention import follow
from lifeworth.workflows.uploads import ABANDONED_SECONDS, orphans, save_upload, sweep_orphans, upload
from lifeworth.workflows.worker import Worker
from lifeworth.workflows.workspace import Workspace
from web.worlds import app_of, bring_in, orders_csv, program

PERSON = "annaC00003@example.com"


def everything(workspace):
    return b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())


def erase(workspace, person=PERSON):
    return erase_person(workspace, person, by="test", reason="asked")


# --- files without an import --------------------------------------------------------------------------
def test_an_upload_that_was_never_imported_is_searched(fresh):
    content = orders_csv()
    row = save_upload(fresh, "orders.csv", [content])
    looked = known_of(fresh, PERSON)
    assert (fresh.folder / row["file"]).read_bytes() == content
    lines = content.decode().splitlines()
    gone = sum(PERSON in line for line in lines)
    assert erase(fresh) == looked == {"rows": gone, "files": 1, "runs": 0, "not_searched": []}
    left = (fresh.folder / upload(fresh, row["id"])["file"]).read_text("utf-8-sig").splitlines()
    assert left == [line for line in lines if PERSON not in line]
    assert erase(fresh)["files"] == 0


def test_somebody_whom_only_an_upload_names_is_erased_by_the_api(fresh):
    client = program(app_of(fresh), fresh, "owner")
    content = b"who;note\nzoe@x.example;vip\nb;c\n"
    headers = {"content-type": "application/octet-stream"}
    sent = client.post("/api/v1/uploads", params={"name": "people.txt"}, content=content, headers=headers)
    assert sent.status_code == 201, sent.text
    asked = {"customer_id": "zoe@x.example", "reason": "asked by letter"}
    job = client.post("/api/v1/privacy/erasures", json=asked).json()["job_id"]
    Worker(fresh).run_all()
    result = client.get(f"/api/v1/jobs/{job}").json()["result"]
    assert (result["rows"], result["files"]) == (1, 1)
    assert b"zoe@x.example" not in everything(fresh)
    assert b"b;c" in everything(fresh)


def test_a_workbook_that_was_never_imported_is_searched_too(fresh):
    table = pd.read_csv(io.BytesIO(orders_csv()))
    packed = io.BytesIO()
    table.to_excel(packed, index=False)
    row = save_upload(fresh, "orders.xlsx", [packed.getvalue()])
    assert erase(fresh)["rows"] == (table["customer_id"] == PERSON).sum()
    left = pd.read_csv(fresh.folder / upload(fresh, row["id"])["file"])
    assert set(left["customer_id"]) == set(table["customer_id"]) - {PERSON}


def test_a_file_that_is_no_table_but_holds_the_person_goes(fresh):
    save_upload(fresh, "letter.pdf", [b"%PDF-1.7 " + PERSON.encode()])
    other = save_upload(fresh, "other.pdf", [b"%PDF-1.7 somebody else"])
    assert erase(fresh) == {"rows": 0, "files": 1, "runs": 0, "not_searched": ["other.pdf"]}
    assert PERSON.encode() not in everything(fresh)
    assert (fresh.folder / other["file"]).exists()


def test_an_imported_file_in_another_alphabet_is_read_as_before(fresh):
    text = "会员,下单时间,金额\n" + "".join(f"王{n % 9},2024-0{1 + n % 9}-11,{10 + n}\n" for n in range(60))
    options = {"encoding": "gb18030"}
    bring_in(fresh, text.encode("gb18030"), options=options)
    erase(fresh, "王3")
    (row,) = active_imports(fresh)
    assert (fresh.folder / row["file"]).read_text("utf-8-sig") == "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith("王3,")
    )
    (grid,) = read_grids(fresh.folder / row["file"], "gb18030", None, None)  # as a template still asks
    assert grid.columns == ["会员", "下单时间", "金额"]
    # and a copy that comes later, in the same alphabet
    bring_in(fresh, (text + "王9,2024-12-01,5\n").encode("gb18030"), name="copy.csv", options=options)
    kept = [(fresh.folder / one["file"]).read_text("utf-8-sig") for one in active_imports(fresh)]
    assert len(kept) == 2
    assert all("王3" not in one and "王4" in one for one in kept)


# --- which rows are the person's ----------------------------------------------------------------------
FILLER = "".join(f"F{n},filler{n}@x.example,,2024-03-{1 + n % 28:02d},{5 + n}.5,\n" for n in range(60))
GUESTS = (
    "order_id,customer_email,customer_phone,date,amount,note\n" + FILLER +
    "A1,Zoe@X.example,,2024-05-01,10,first\n"
    "A1,,,2024-05-01,12,the rest of the order\n"
    "A2,,+86 138-1111-2222,2024-05-02,9,\"two\nlines, of text\"\n"
    "A3,zoe@x.example.org,,2024-05-03,8,another\n"
)  # fmt: skip
IDS = (
    "customer_id,customer_email,order_id,date,amount\n"
    + "".join(f"K{n},k{n}@x.example,F{n},2024-03-{1 + n % 28:02d},{5 + n}\n" for n in range(60))
    + '="C1",c1@x.example,A1,2024-05-01,10\nC10,c10@x.example,A2,2024-05-01,11\n'
    ",c1@x.example,A3,2024-05-04,12\n,,A3,2024-05-04,2\nC2,c1.x.example,A4,2024-05-05,3\n"
)
NUMBERS = "customer_id;date;amount\n" + "".join(f"{n}.0;2024-03-{1 + n % 28:02d};{n}\n" for n in range(1, 80))


@pytest.mark.parametrize(
    ("text", "person", "count"),
    [
        (GUESTS, "zoe@x.example", 2),
        (GUESTS, "13811112222", 1),
        (GUESTS, "filler7@x.example", 1),
        (IDS, "C1", 3),
        (IDS, "C10", 1),
        (NUMBERS, "7", 1),
        ("\n".join(["shop report", "", NUMBERS]), "78", 1),
        (NUMBERS, "nobody", 0),
    ],
)
def test_rows_are_told_as_by_the_reader_of_the_whole_file(tmp_path, monkeypatch, text, person, count):
    monkeypatch.setattr(person_rows, "HEAD_ROWS", 30)
    path = tmp_path / "orders.csv"
    path.write_text(text, newline="")

    def read(of):
        return rows_of_people(of, "orders", {})

    whole = {row for _, row, customer in read(path) if customer == person}
    assert len(whole) == count
    found = rows_of_person(open_stream(path), path.name, [person], [read], [("orders", {})])
    assert found.rows == whole


def test_a_row_that_could_not_be_read_goes_and_a_name_within_a_name_stays(fresh):
    text = (
        "customer_id,date,amount\nMEM001,2024-01-01,1\nMEM0010,2024-01-02,2\n"
        "C2,2024-01-03,3,4,MEM001,5\nC3,2024-01-04,4"
    )
    row = save_upload(fresh, "orders.csv", [text.encode()])
    assert erase(fresh, "MEM001")["rows"] == 2
    left = (fresh.folder / upload(fresh, row["id"])["file"]).read_text("utf-8-sig")
    assert left == "customer_id,date,amount\nMEM0010,2024-01-02,2\nC3,2024-01-04,4"


PEAK = """
import sys
import pyarrow
from lifeworth.workflows.erasure import erase_person
from lifeworth.workflows.workspace import Workspace

pyarrow.set_memory_pool(pyarrow.system_memory_pool())
workspace = Workspace.open(sys.argv[1])
counts = erase_person(workspace, "annaC00003@example.com", by="test", reason="asked")
assert counts == {"rows": 2, "files": 2, "runs": 0, "not_searched": []}, counts
print(pyarrow.default_memory_pool().max_memory())
"""


def test_memory_does_not_grow_with_the_files(tmp_path):
    def peak(folder, rows):
        workspace = Workspace.open(folder)
        for number in range(2):
            lines = (f"c{n},2024-01-{1 + n % 28:02d},{n % 90},{'x' * 900}\n".encode() for n in range(rows))
            content = [b"customer_id,date,amount,note\n", *lines, f"{PERSON},2024-02-01,5,x\n".encode()]
            save_upload(workspace, f"orders{number}.csv", content)
        workspace.database.close()
        asked = [sys.executable, "-c", PEAK, str(folder)]
        return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) >> 20

    small, large = peak(tmp_path / "small", 21_000), peak(tmp_path / "large", 160_000)
    assert large - small < 60, (small, large)  # megabytes of tables; the larger files are 2 x 126 MB more


# --- what a killed server left ------------------------------------------------------------------------
WRITING = """
import sys, time
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.workspace import Workspace

def chunks():
    yield b"customer_id,date,amount\\nannaC00003@example.com,2024-01-01,5\\n" * 20_000
    print("begun", flush=True)
    time.sleep(600)

save_upload(Workspace.open(sys.argv[1]), "half.csv", chunks())
"""


@pytest.fixture
def killed(fresh):
    """A workspace in which an upload was cut off by kill -9; what was told while it was written."""
    asked = [sys.executable, "-c", WRITING, str(fresh.folder)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        told = (orphans(fresh), sweep_orphans(fresh), unwell(fresh))
        process.send_signal(signal.SIGKILL)
    return fresh, told


def unwell(workspace):
    return [(line["check"], line["facts"]) for line in examine(workspace) if not line["ok"]]


def test_an_upload_that_was_cut_off_is_told_and_taken_away_after_an_hour(killed):
    workspace, meanwhile = killed
    assert meanwhile == ([], 0, [])
    assert unwell(workspace) == [("orphans", {"count": 1})]
    save_upload(workspace, "whole.csv", [orders_csv()])
    (folder,) = orphans(workspace)
    Worker(workspace)._housekeeping()
    assert folder.exists()
    past = time.time() - ABANDONED_SECONDS - 1
    for path in (*folder.iterdir(), folder):
        os.utime(path, (past, past))
    Worker(workspace)._housekeeping()
    assert not folder.exists()
    assert unwell(workspace) == []
    assert len(list((workspace.folder / "uploads").iterdir())) == 1


def test_erasing_takes_what_was_cut_off(killed):
    workspace, _ = killed
    assert PERSON.encode() in everything(workspace)
    erase(workspace)
    assert PERSON.encode() not in everything(workspace)


def test_rules_of_retention_take_what_was_cut_off(killed):
    workspace, _ = killed
    (folder,) = orphans(workspace)
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, 0))
    follow(workspace, now(), by="test")
    assert orphans(workspace) == []

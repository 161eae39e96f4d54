"""Erasing one person leaves everybody else; what cannot be searched surely is told by name and stays."""

import io
import os
import time
import zipfile
from functools import partial

import pandas as pd
import pytest
import sqlalchemy as sa

from lifeworth.data.sources.records import Record
from lifeworth.store.tables import uploads as kept_uploads
from lifeworth.workflows import uploads
from lifeworth.workflows.erasure import erase_person, known_of
from lifeworth.workflows.ingest import active_imports
from lifeworth.workflows.person_keys import Sought
from lifeworth.workflows.person_packed import holds, members
from lifeworth.workflows.person_rows import _linked
from lifeworth.workflows.uploads import ABANDONED_SECONDS, orphans, save_upload, upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, program, sign_in, valued

MAIL = "zoe@x.example"
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600  # a workbook with a password is such a file
SHOP = pd.DataFrame(
    {
        "customer_id": [str(1 + n % 9) for n in range(60)],
        "order_id": [f"A{n}" for n in range(60)],
        "date": [f"2024-03-{1 + n % 28:02d}" for n in range(60)],
        "amount": [("5.00", "7.00", "12.50")[n % 3] for n in range(60)],
        "quantity": [str(1 + n % 3) for n in range(60)],
        "product_name": ["1", "tea", "5"] * 20,
    }
)


def content_of(table, ending):
    packed = io.BytesIO()
    table.to_csv(packed, index=False) if ending == "csv" else table.to_excel(packed, index=False)
    return packed.getvalue()


def erase(workspace, person):
    looked = known_of(workspace, person)
    assert erase_person(workspace, person, by="test", reason="asked") == looked
    return looked


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


# --- rows of others -----------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("is_imported", [True, False])
@pytest.mark.parametrize("person", ["1", "5"])
def test_a_short_key_in_columns_of_other_things_is_nobody(fresh, ending, is_imported, person):
    name, content = f"orders.{ending}", content_of(SHOP, ending)
    if is_imported:
        bring_in(fresh, content, name=name)
        path = active_imports(fresh)[0]["file"]
    else:
        path = save_upload(fresh, name, [content])["file"]
    counts = erase(fresh, person)
    own = SHOP["customer_id"] == person
    assert (counts["rows"], counts["not_searched"]) == (own.sum(), [])
    left = pd.read_csv((fresh.folder / path).with_suffix(".csv"), dtype=str)
    assert left["order_id"].tolist() == SHOP["order_id"][~own].tolist()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_column_that_nothing_knows_counts_for_an_address_only(fresh, ending):
    table = SHOP.assign(**{"handed to": [MAIL, "C1001X", "13811112222"] * 20})
    bring_in(fresh, content_of(table, ending), name=f"orders.{ending}")
    name = active_imports(fresh)[0]["name"]
    told = erase(fresh, "C1001X")
    assert (told["rows"], told["not_searched"]) == (0, [name])
    assert erase(fresh, MAIL)["rows"] == 20
    assert erase(fresh, "13811112222")["rows"] == 20


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_of_no_known_kind_gives_up_only_keys_that_mean_nobody_else(fresh, ending):
    table = pd.DataFrame(
        {"id": ["7", "MEM007", "8"], "name": ["cup", "tea", "pot"], "price": ["8", "7", "9"]}
    )
    row = save_upload(fresh, f"things.{ending}", [content_of(table, ending)])
    assert erase(fresh, "7") == {"rows": 0, "files": 0, "runs": 0, "not_searched": [f"things.{ending}"]}
    assert erase(fresh, "70")["not_searched"] == []
    assert erase(fresh, "MEM007")["rows"] == 1
    assert pd.read_csv(fresh.folder / upload(fresh, row["id"])["file"])["id"].tolist() == [7, 8]


def test_a_row_that_could_not_be_read_stays_for_a_short_key_and_is_told(fresh):
    lines = [
        "customer_id,date,amount",
        *(f"C{n},2024-01-01,{n}" for n in range(30)),
        "C40,2024-01-03,3,4,7,5",
    ]
    row = save_upload(fresh, "orders.csv", ["\n".join(lines).encode()])
    assert erase(fresh, "7")["not_searched"] == ["orders.csv"]
    assert erase(fresh, "C40")["rows"] == 1
    assert "C40" not in (fresh.folder / upload(fresh, row["id"])["file"]).read_text()


@pytest.mark.parametrize(
    ("key", "text", "is_there"),
    [
        ("7", "page 17 of 70", False),
        ("7", "page 7", True),
        (MAIL, "<Zoe@X.example>.", True),
        (MAIL, "anzoe@x.example", False),
        (MAIL, "an.zoe@x.example", False),
        (MAIL, "zoe@x.example.org", False),
        ("13811112222", "tel:+8613811112222", True),
        ("13811112222", "138111122223", False),
        ("MEM007", "客户MEM007已", True),
        ("MEM007", "MEM007-2", False),
    ],
)
def test_a_key_in_a_text_is_a_word_of_its_own(key, text, is_there):
    assert Sought(key).is_in_text(text) is is_there


def test_words_for_nothing_link_no_rows():
    links = [(0, "phone"), (1, "mail"), (2, "order")]
    assert list(_linked(Record(1, "", ["无", "-", "N/A"], 0), links)) == []
    assert list(_linked(Record(1, "", ["none given", "a@b.example", "9"], 0), links)) == [
        ("mail", "a@b.example"),
        ("order", "9"),
    ]


# --- households ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("header", ["household", "户号", "parent account"])
def test_a_household_of_the_same_number_stays_and_a_parent_of_that_name_goes(fresh, ending, header):
    members = pd.DataFrame({"customer": ["1", "2", "4"], header: ["3", "3", "9"]})
    bring_in(fresh, content_of(SHOP, "csv"))
    bring_in(fresh, content_of(members, ending), f"homes.{ending}", "relationships")
    valued(fresh)
    run = fresh.current_run().folder
    erase(fresh, "3")
    gone = header == "parent account"
    (path,) = [one["file"] for one in active_imports(fresh) if one["kind"] == "relationships"]
    read = partial(pd.read_excel, engine="calamine") if path.endswith("xlsx") else pd.read_csv
    left = read(fresh.folder / path, dtype=str)
    assert left["customer"].tolist() == (["4"] if gone else ["1", "2", "4"])
    assert ("3" in left[header].tolist()) is not gone
    groups = pd.read_parquet(run / "tables" / "group_members.parquet")
    assert "3" not in groups["customer_id"].tolist()
    assert ("3" in groups["group_id"].tolist()) is not gone
    assert "3" not in pd.read_parquet(run / "customers.parquet")["customer_id"].tolist()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_household_named_after_an_address_goes_with_the_person_and_another_name_is_told(fresh, ending):
    members = pd.DataFrame(
        {"customer": ["1", "2", "4", "5"], "household": [MAIL, "A Long Name", "A Long Name", "8"]}
    )
    bring_in(fresh, content_of(members, ending), f"homes.{ending}", "relationships")
    assert erase(fresh, "A Long Name") == {
        "rows": 0, "files": 0, "runs": 0, "not_searched": [f"homes.{ending}"]
    }  # fmt: skip
    assert erase(fresh, "8")["not_searched"] == []
    assert erase(fresh, MAIL)["rows"] == 1


@pytest.mark.parametrize(
    ("headers", "options", "is_kept"),
    [
        (["household"], {"columns": {"customer_id": "customer", "group_id": "household"}}, True),
        (["household", "户号"], None, True),
        (["household", "parent account"], None, False),
    ],
)
def test_households_of_several_files_or_of_a_file_with_options_are_known_as_such(
    fresh, headers, options, is_kept
):
    bring_in(fresh, content_of(SHOP, "csv"))
    for number, header in enumerate(headers):
        members = pd.DataFrame({"customer": [str(1 + number), str(4 + number)], header: ["3", "H9"]})
        name = f"homes{number}.csv"
        bring_in(fresh, content_of(members, "csv"), name, "relationships", options)
    valued(fresh)
    run = fresh.current_run()
    assert run.summary["relationships"]["are_households"] is is_kept
    erase(fresh, "3")
    groups = pd.read_parquet(run.folder / "tables" / "groups.parquet")["group_id"].tolist()
    assert groups == (["3", "H9"] if is_kept else ["H9"])


@pytest.mark.parametrize(
    ("person", "spelled"), [(MAIL, "Zoe@X.example"), ("13811112222", "+86 138-1111-2222")]
)
def test_a_household_named_by_an_address_or_a_phone_leaves_the_run_and_does_not_come_back(
    fresh, person, spelled
):
    members = pd.DataFrame({"customer": ["1", "2", "4"], "household": [spelled, spelled, "H9"]})
    content = content_of(members, "csv")
    bring_in(fresh, content_of(SHOP, "csv"))
    bring_in(fresh, content, "homes.csv", "relationships")
    valued(fresh)
    assert erase(fresh, person) == {"rows": 2, "files": 1, "runs": 1, "not_searched": []}
    run = fresh.current_run().folder
    for table in ("groups", "group_members"):
        assert pd.read_parquet(run / "tables" / f"{table}.parquet")["group_id"].tolist() == ["H9"]
    bring_in(fresh, content + b"5,H9\n", "old.csv", "relationships")
    kept = [(fresh.folder / one["file"]).read_bytes() for one in active_imports(fresh)]
    assert [one for one in kept if spelled.encode() in one] == []
    assert len(kept) == 3


# --- what is packed, drawn or locked ------------------------------------------------------------------
def test_a_zip_of_several_files_is_searched(fresh):
    named = f"customer_id,date,amount\n{MAIL},2024-01-01,5\n".encode()
    other = b"customer_id,date,amount\nbo@x.example,2024-01-01,7\n"
    sheet = content_of(pd.DataFrame({"who": [MAIL, "b"], "n": ["1", "2"]}), "xlsx")
    save_upload(fresh, "months.zip", [zipped(a__csv=named, b__csv=other)])
    save_upload(fresh, "books.zip", [zipped(a__xlsx=sheet, b__csv=other)])
    stays = save_upload(fresh, "others.zip", [zipped(a__csv=other, b__csv=other)])
    assert erase(fresh, "7")["not_searched"] == ["books.zip", "months.zip", "others.zip"]
    assert erase(fresh, MAIL) == {"rows": 0, "files": 2, "runs": 0, "not_searched": []}
    assert [path.name for path in (fresh.folder / "uploads").iterdir()] == [stays["id"]]


def test_somebody_whom_only_a_zip_names_is_erased_by_the_api(fresh):
    content = zipped(a__csv=f"who;note\n{MAIL};vip\nb;c\n".encode(), b__csv=b"who;note\nd;e\n")
    save_upload(fresh, "months.zip", [content])
    client = program(app_of(fresh), fresh, "owner")
    client.post("/api/v1/privacy/erasures", json={"customer_id": MAIL, "reason": "asked by letter"})
    Worker(fresh).run_all()
    assert list((fresh.folder / "uploads").iterdir()) == []


@pytest.mark.parametrize("person", [MAIL, "7"])
def test_what_cannot_be_searched_stays_and_is_told(fresh, person):
    inner = zipped(a__csv=MAIL, b__csv=MAIL)
    files = {
        "locked.xlsx": LOCKED, "letter.pdf": b"%PDF-1.7 page 7 FlateDecode", "photo.png": b"\x89PNG\r\n",
        "packed.zip": zipped(a__csv=b"x;y\n1;2\n", b__xlsx=LOCKED),
        "twice.zip": zipped(a__zip=inner, b__csv=b"x"),
    }  # fmt: skip
    for name, content in files.items():
        save_upload(fresh, name, [content])
    assert erase(fresh, person) == {"rows": 0, "files": 0, "runs": 0, "not_searched": sorted(files)}


def test_a_bomb_is_told_and_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("lifeworth.workflows.person_packed.FREE_BYTES", 1000)
    path = tmp_path / "many.zip"
    path.write_bytes(zipped(a__csv=b"x" * 5_000_000, b__csv=MAIL))
    assert list(members(path)) == [None]
    assert holds(path, Sought(MAIL)) is None


def test_the_pages_name_what_was_not_searched(fresh):
    save_upload(fresh, "locked.xlsx", [LOCKED])
    save_upload(fresh, "people.txt", [f"who;note\n{MAIL};vip\nb;c\n".encode()])
    client, (owner, _) = program(app_of(fresh), fresh, "owner"), sign_in(app_of(fresh), "owner")
    job = client.post("/api/v1/privacy/erasures", json={"customer_id": MAIL, "reason": "asked"}).json()[
        "job_id"
    ]
    Worker(fresh).run_all()
    assert client.get(f"/api/v1/jobs/{job}").json()["result"]["not_searched"] == ["locked.xlsx"]
    assert "Not searched" in owner.get(f"/jobs/{job}").text
    assert "locked.xlsx" not in repr(client.get("/api/v1/privacy/erasures").json())
    for whom in ("nobody@x.example", MAIL):
        page = owner.get("/settings/privacy").text
        token = page.partition('name="csrf" value="')[2].partition('"')[0]
        sent = owner.post("/settings/privacy/person", data={"csrf": token, "customer": whom})
        Worker(fresh).run_all()
        assert "locked.xlsx" in owner.get(str(sent.url)).text


# --- uploads that are being written -------------------------------------------------------------------
def test_an_upload_that_commits_during_the_sweep_stays(fresh, monkeypatch):
    row = save_upload(fresh, "orders.csv", [b"customer_id,date,amount\n"])
    with fresh.database.begin() as connection:
        connection.execute(sa.delete(kept_uploads))
    look = uploads._is_being_written

    def commits_then(folder):
        with fresh.database.begin() as connection:
            connection.execute(sa.insert(kept_uploads).values(**row))
        return look(folder)

    monkeypatch.setattr(uploads, "_is_being_written", commits_then)
    assert orphans(fresh) == []


def test_a_file_that_is_empty_and_fresh_is_being_written(fresh):
    folder = fresh.folder / "uploads" / "begun"
    folder.mkdir(parents=True)
    (folder / "orders.csv").touch()
    assert orphans(fresh) == []
    past = time.time() - ABANDONED_SECONDS - 1
    for path in (folder / "orders.csv", folder):
        os.utime(path, (past, past))
    assert orphans(fresh) == [folder]

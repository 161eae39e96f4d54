"""Customers as a file: the same rows in each format, marked, masked, capped, and no formula among them."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from lifeworth.results.contract import CUSTOMERS_PARQUET
from lifeworth.results.customers import ASKABLE
from lifeworth.results.export import AS_OF, MARK
from lifeworth.web import exports
from lifeworth.web.passing import passing_file
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, valued

KINDS = ("csv", "xlsx", "parquet")


def read(answer, kind):
    """(head, rows as text) of a file."""
    if kind == "csv":
        head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        return head, rows
    if kind == "parquet":
        table = pq.read_table(io.BytesIO(answer.content))
        return table.column_names, [[str(value) for value in row.values()] for row in table.to_pylist()]
    head, *rows = sheet(answer, 0)
    return head, rows


def sheet(answer, place):
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(place).to_python()


def export(client, kind, **asked):
    answer = client.get(f"/api/v1/customers.{kind}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_holds_the_rows_of_the_run_with_its_mark(app, company, kind):
    answer = export(program(app, company, "analyst"), kind, sort="customer_id")
    head, rows = read(answer, kind)
    published = pq.read_table(company.current_run().folder / CUSTOMERS_PARQUET).sort_by("customer_id")
    assert head == [*ASKABLE, AS_OF, MARK]
    assert [row[0] for row in rows] == published["customer_id"].to_pylist()
    values = [float(row[head.index("lifetime_value")]) for row in rows]
    assert values == [float(value) for value in published["lifetime_value"].to_pylist()]
    mark = answer.headers["x-export-mark"]
    assert {(str(row[-2]), row[-1]) for row in rows} == {(company.current_run().summary["as_of"], mark)}
    assert answer.headers["x-row-count"] == str(len(rows)) == "120"
    events = program(app, company, "auditor").get("/api/v1/audit", params={"action": "customers.exported"})
    last = events.json()["data"][0]
    assert last["detail"] == {"rows": 120, "format": kind, "mark": mark}
    assert last["actor"].startswith("key:")


@pytest.mark.parametrize("kind", KINDS)
def test_a_masked_role_takes_masks(app, company, kind):
    answer = export(program(app, company, "marketer"), kind)
    head, rows = read(answer, kind)
    assert {row[head.index("customer_id")] for row in rows} == {"a***@example.com"}
    assert b"anna" not in answer.content  # workbooks are compressed: their cells were looked at above


@pytest.mark.parametrize(
    ("language", "about", "column"),
    [
        ("en", "About this file", "Columns"),
        ("zh-CN", "关于本文件", "各列说明"),
        ("zh-TW", "關於本檔案", "各欄說明"),
    ],
)
def test_a_workbook_says_who_took_what_when_and_defines_its_columns(app, company, language, about, column):
    client = program(app, company, "analyst")
    asked = {"filter[tier]": "high", "sort": "-orders", "fields": "customer_id,tier,orders", "lang": language}
    answer = export(client, "xlsx", **asked)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert book.sheet_names[1:] == [about, column]
    told = "\n".join(str(cell) for row in sheet(answer, 1) for cell in row)
    summary = company.current_run().summary
    wanted = ("analyst@example.com", answer.headers["x-export-mark"], company.current_run().id)
    for fact in (*wanted, "tier = high", "-orders", str(summary["as_of"]), "10"):
        assert fact in told
    names = [row[0] for row in sheet(answer, 2)[1:]]
    assert names == ["customer_id", "tier", "orders", AS_OF, MARK]
    assert all(row[1] and row[2] for row in sheet(answer, 2)[1:])
    high = [row for row in sheet(answer, 0)[1:] if row[1] == "high"]
    assert len(high) == len(sheet(answer, 0)) - 1 == int(answer.headers["x-row-count"]) > 0


def test_no_cell_of_an_export_is_a_formula(fresh):
    names = ["=cmd|calc", "+1+1", "-2", "@sum", "\tx", "fine"]
    text = orders_csv(customers=60).decode()
    for number, name in enumerate(names):
        text = text.replace(f"annaC{number:05d}@example.com", name)
    bring_in(fresh, text.encode())
    valued(fresh)
    client = program(app_of(fresh), fresh, "analyst")
    for kind in ("csv", "xlsx"):
        answer = export(client, kind, fields="customer_id")
        _, rows = read(answer, kind)
        ids = {str(row[0]) for row in rows}
        assert {"'=cmd|calc", "'+1+1", "'@sum", "fine"} <= ids
        assert not any(name[:1] in "=+-@\t" for name in ids)


def test_an_export_has_a_cap_and_needs_the_right(app, company):
    company.change_settings({"export_rows": 100})
    try:
        for kind in KINDS:
            answer = program(app, company, "analyst").get(f"/api/v1/customers.{kind}")
            assert (answer.status_code, answer.json()["code"]) == (422, "APP-021")
        fewer = {"filter[tier]": "high"}
        export(program(app, company, "analyst"), "xlsx", **fewer)
    finally:
        company.change_settings({"export_rows": 100_000})
    assert program(app, company, "viewer").get("/api/v1/customers.xlsx").status_code == 403
    assert program(app, company, "analyst").get("/api/v1/customers.exe").status_code == 422


def test_the_page_gives_what_it_shows(app, company):
    visitor, _ = sign_in(app, "marketer")
    page = visitor.get("/customers", params={"tier": "high"})
    assert "/customers.xlsx?tier=high" in page.text
    answer = visitor.get("/customers.xlsx", params={"tier": "high"})
    rows = sheet(answer, 0)
    place = rows[0].index("tier")
    assert {row[place] for row in rows[1:]} == {"high"}
    assert "reason_keys" not in rows[0]
    assert "anna" not in json.dumps([[str(cell) for cell in row] for row in rows])


def test_a_large_workbook_is_written_apart_and_is_the_same(app, company, monkeypatch):
    client = program(app, company, "marketer")
    small = sheet(export(client, "xlsx", sort="-orders"), 0)
    apart, plain = [], exports._apart
    monkeypatch.setattr(exports, "LARGE_ROWS", 100)
    monkeypatch.setattr(exports, "_apart", lambda work: apart.append(plain(work)) or apart[-1])
    answer = export(client, "xlsx", sort="-orders")
    assert [row[:-1] for row in sheet(answer, 0)] == [row[:-1] for row in small]
    assert [one.mark for one in apart] == [answer.headers["x-export-mark"]]
    company.change_settings({"export_rows": 110})
    try:
        assert client.get("/api/v1/customers.xlsx").json()["code"] == "APP-021"
    finally:
        company.change_settings({"export_rows": 100_000})


def test_a_file_to_be_sent_goes_at_once_where_it_cannot_be_written():
    written = []

    def cut_off():
        with passing_file(".csv") as path:
            path.write_text("Anna")
            written.append(path)
            raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        cut_off()
    assert not written[0].exists()

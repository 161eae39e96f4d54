"""The import report as other programs read it."""

import json

from lifeworth.data.sources.read import read_orders
from orders.made import frame, write

ROWS = [("1", "a", "13.01.2024", "10,50"), ("1", "a", "13.01.2024", "10,50"), ("2", "", "14.01.2024", "5,00"),
        ("3", "b", "soon", "1,00"), ("4", "b", "15.01.2024", "-2,25")]  # fmt: skip
HEADER = ("order_id", "customer_id", "date", "amount")


def test_the_report_has_every_figure_of_the_contract(tmp_path):
    path = write(tmp_path, ROWS, HEADER, delimiter=";", encoding="utf-8-sig")
    orders = read_orders(path)
    report = orders.report.to_json()
    assert report["rows_read"] == 5
    assert report["rows_used"] == 3
    assert report["rows_rejected"] == {"bad_date": 1, "duplicate": 1}
    assert report["duplicates"] == 1
    assert report["lines_without_customer"] == 1
    assert (report["gross"], report["discounts"], report["refunds"], report["net"]) == (
        15.5,
        0.0,
        2.25,
        13.25,
    )
    assert report["period"] == {"first": "2024-01-13", "last": "2024-01-15"}
    (file,) = report["files"]
    assert (file["name"], file["delimiter"], file["date_order"]) == ("orders.csv", ";", "dmy")
    assert file["encoding"].startswith("utf-8")
    assert file["preset"] is None
    assert file["mapping"]["placed_at"]["column"] == "date"
    assert file["mapping"]["placed_at"]["why"]
    assert report["warnings"]
    assert json.loads(json.dumps(report)) == report


def test_warnings_are_sentences_in_three_languages():
    report = read_orders(frame(ROWS, HEADER)).report
    said = [report.to_json(language)["warnings"] for language in ("en", "zh-Hans", "zh-Hant")]
    assert len({len(warnings) for warnings in said}) == 1
    assert len({warnings[0] for warnings in said}) == 3


def test_rejected_rows_keep_their_cells(tmp_path):
    rejected = read_orders(write(tmp_path, ROWS, HEADER, delimiter=";")).rejected.to_pylist()
    assert [(row["row"], row["reason"], row["date"]) for row in rejected] == [
        (3, "duplicate", "13.01.2024"),
        (5, "bad_date", "soon"),
    ]


def test_reports_of_several_files_add_up():
    report = read_orders([frame(ROWS, HEADER), frame([("9", "z", "16.01.2024", "4")], HEADER)]).report
    assert report.rows_read == sum(file.rows_read for file in report.files) == 6
    assert report.net == sum(file.net for file in report.files)

"""No record is lost: whatever the bytes, every one ends up in the table or among the rejected."""

import csv
import gzip
import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.sources.files import read_raw
from lifeworth.data.sources.raw import ROW
from lifeworth.data.sources.records import records, split
from shared_data import needs_shared, shared

HEADER = ["order_id", "customer_id", "order_date", "amount"]
anything = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read(path: Path, data: bytes | str, **options):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_raw(path, **options)


def orders(count: int, delimiter: str = ",", end: str = "\n") -> str:
    rows = [HEADER] + [[f"o{i}", f"c{i % 5}", f"2024-01-{1 + i % 28:02}", f"{i}.50"] for i in range(count)]
    return end.join(delimiter.join(row) for row in rows) + end


def lines_with_content(text: str) -> int:
    return sum(bool(line.strip(" \t\v\f\x00\x1a\u3000\ufeff")) for line in re.split("\r\n|\r|\n", text))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_delimiters_and_line_ends_are_found(delimiter, end, tmp_path):
    (table,) = read(tmp_path / "o.txt", orders(30, delimiter, end))
    assert (table.delimiter, table.columns, table.rows_read) == (delimiter, HEADER, 30)
    assert table.table.column(ROW).to_pylist() == list(range(2, 32))


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path):
    text = "Datum;Kunde;Betrag\n" + "".join(f"{i + 1:02}.01.2024;K{i % 3};{i},50\n" for i in range(20))
    (table,) = read(tmp_path / "o.csv", text)
    assert (table.delimiter, table.columns) == (";", ["Datum", "Kunde", "Betrag"])


def test_a_separator_line_of_excel_is_obeyed_and_is_no_row(tmp_path):
    (table,) = read(tmp_path / "o.csv", "sep=|\n" + orders(3, "|"))
    assert (table.delimiter, table.rows_read, table.columns) == ("|", 3, HEADER)


def test_short_rows_are_padded_and_long_ones_rejected_unless_the_surplus_is_empty(tmp_path):
    text = (
        orders(3)
        + "o9,c1,2024-02-01\n"
        + "o10,c1,2024-02-02,5,,\n"
        + "o11,c1,2024-02-03,1,234\n"
        + "o12,c1,2024-02-04,5\n"
    )
    (table,) = read(tmp_path / "o.csv", text)
    assert [(row.row, row.reason, row.text) for row in table.rejected] == [
        (7, "too_many_cells", "o11,c1,2024-02-03,1,234")
    ]
    assert table.table.column("order_id").to_pylist() == ["o0", "o1", "o2", "o9", "o10", "o12"]
    assert table.table.column("amount").to_pylist() == ["0.50", "1.50", "2.50", None, "5", "5"]
    assert table.table.column(ROW).to_pylist() == [2, 3, 4, 5, 6, 8]


def test_blank_lines_are_no_rows_and_rows_of_delimiters_are_rejected_as_empty(tmp_path):
    text = orders(2) + "\n\n,,,\n" + "o9,c1,2024-02-01,3\n\n"
    (table,) = read(tmp_path / "o.csv", text)
    assert [(row.row, row.reason) for row in table.rejected] == [(6, "empty_row")]
    assert table.table.column(ROW).to_pylist() == [2, 3, 7]


def test_quoted_line_ends_and_delimiters_stay_in_their_cell(tmp_path):
    (table,) = read(tmp_path / "o.csv", orders(2) + '"o\n8",c1,2024-02-01,"1,234.50"\n')
    assert table.table.column("order_id").to_pylist()[-1] == "o\n8"
    assert table.table.column("amount").to_pylist()[-1] == "1,234.50"


@pytest.mark.parametrize("stray", ['o9,"c1,2024-02-01,3\n', 'o9,c"1,2024-02-01,3\n', '"o9,c1,2024-02-01,3\n'])
def test_a_stray_quote_swallows_no_rows(stray, tmp_path):
    text = orders(3) + stray + orders(4).split("\n", 1)[1]
    (table,) = read(tmp_path / "o.csv", text)
    assert table.rows_read == 8
    assert table.table.num_rows == 8


def test_two_stray_quotes_far_apart_swallow_no_rows(tmp_path):
    body = orders(40).split("\n", 1)[1]
    text = orders(2) + 'o9,"c1,2024-02-01,3\n' + body + 'o9,c1",2024-02-01,3\n' + body
    (table,) = read(tmp_path / "o.csv", text)
    assert table.rows_read == 84


def test_a_row_cut_off_at_the_end_of_the_file_is_rejected(tmp_path):
    (table,) = read(tmp_path / "o.csv", orders(3) + "o9,c1,2024-")
    assert [(row.row, row.reason) for row in table.rejected] == [(5, "cut_off_row")]


def test_lines_above_the_header_and_sums_below_the_table_are_set_aside(tmp_path):
    text = (
        "支付明细查询\n账号:[a@b.cn]\n起始日期:[2024-01-01]\n\n" + orders(5) + "合计,,,12.5\n共5笔记录,,,\n"
    )
    (table,) = read(tmp_path / "o.csv", text)
    assert table.columns == HEADER
    assert table.table.num_rows == 5
    assert [row.reason for row in table.rejected] == ["total_row", "footer_row"]
    assert {finding.code for finding in table.findings} >= {
        "reading_preamble",
        "reading_total_rows",
        "reading_footer_rows",
    }


def test_a_sum_without_a_label_is_a_total_too(tmp_path):
    (table,) = read(tmp_path / "o.csv", orders(5) + ",,,12.5\n")
    assert [row.reason for row in table.rejected] == ["total_row"]


def test_repeated_and_empty_headers_get_names_of_their_own(tmp_path):
    (table,) = read(tmp_path / "o.csv", "order_id,date,amount,note,note,\n1,2024-01-01,2,a,b,c\n")
    assert table.columns == ["order_id", "date", "amount", "note", "note_2", "column_6"]


def test_compressed_files_are_read_by_content_whatever_they_are_called(tmp_path):
    plain = orders(4).encode()
    with zipfile.ZipFile(tmp_path / "z.dat", "w") as archive:
        archive.writestr("inner.csv", plain)
    (tmp_path / "g.csv").write_bytes(gzip.compress(plain, mtime=0))
    for name in ("z.dat", "g.csv"):
        assert read_raw(tmp_path / name)[0].rows_read == 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DATA-002"),
        (b"\n\n \n", "DATA-012"),
        (b"%PDF-1.7 ...", "DATA-005"),
        (bytes(range(256)) * 40, "DATA-005"),
        (gzip.compress(b"a,b\n1,2\n" * 900, mtime=0)[:30], "DATA-004"),
        (b"PK\x03\x04broken", "DATA-004"),
        (b"PAR1broken", "DATA-004"),
        (b"<html><body>please sign in</body></html>", "DATA-006"),
    ],
)
def test_what_is_no_table_is_refused_with_a_code(data, code, tmp_path):
    with pytest.raises(DataError) as refusal:
        read(tmp_path / "o.csv", data)
    assert refusal.value.code == code
    assert "o.csv" in str(refusal.value)


def test_an_html_table_dressed_as_xls_is_read(tmp_path):
    rows = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in line.split(",")) + "</tr>"
        for line in orders(3).split()
    )
    (table,) = read(tmp_path / "orders.xls", f"<html><table>{rows}</table></html>")
    assert (table.columns, table.rows_read) == (HEADER, 3)


def test_unknown_encodings_and_delimiters_are_usage_of_the_caller(tmp_path):
    for option, code in (({"encoding": "klingon"}, "DATA-008"), ({"delimiter": "ab"}, "DATA-010")):
        with pytest.raises(UsageError) as refusal:
            read(tmp_path / "o.csv", orders(3), **option)
        assert refusal.value.code == code


cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)


@anything
@given(st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=25), st.sampled_from(",;\t|"))
def test_every_well_formed_row_is_accounted_for(tmp_path, rows, delimiter):
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows([HEADER, *rows])
    (table,) = read(tmp_path / "o.csv", stream.getvalue(), encoding="utf-8", delimiter=delimiter)
    # a lone pair of quotes or less is a blank line; everything else is a record
    assert table.rows_read == len(rows)
    kept = dict(zip(table.table.column(ROW).to_pylist(), table.table.select(HEADER).to_pylist(), strict=True))
    for number, row in kept.items():
        assert [cell or "" for cell in row.values()] == rows[number - 2]


@anything
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_never_crash(tmp_path, data):
    tables, refusal = [], None
    try:
        tables = read(tmp_path / "o.csv", data)
    except DataError as error:
        refusal = error
    assert tables or (refusal and refusal.code.startswith("DATA-") and str(refusal))
    for table in tables:
        assert table.rows_read == table.table.num_rows + len(table.rejected)


@anything
@given(
    st.text(st.sampled_from('ab1,;\t|" \n\r='), min_size=1, max_size=200),
    st.sampled_from([",", ";", "\t", "|"]),
)
def test_no_line_of_delimiters_and_quotes_is_ever_lost(tmp_path, noise, delimiter):
    text = delimiter.join(HEADER) + "\n" + noise
    (table,) = read(tmp_path / "o.csv", text, delimiter=delimiter)
    records_kept = table.table.select(table.columns).to_pylist()
    spanned = sum(
        len(re.findall("\r\n|\r|\n", cell)) for row in records_kept for cell in row.values() if cell
    )
    spanned += sum(len(re.findall("\r\n|\r|\n", row.text)) for row in table.rejected)
    body = lines_with_content(noise)
    blank_inside = lines_with_content(noise) != sum(1 for line in re.split("\r\n|\r|\n", noise) if line)
    if not blank_inside and "\n\n" not in noise and "\r" not in noise:
        assert table.rows_read + spanned >= body
    assert table.rows_read <= len(re.split("\r\n|\r|\n", noise))


@anything
@given(st.integers(1, 2_000))
def test_a_file_cut_anywhere_keeps_its_whole_rows(tmp_path, size):
    text = orders(60)[: max(size, 40)]
    (table,) = read(tmp_path / "o.csv", text)
    assert table.rows_read == lines_with_content(text) - 1


def test_the_fast_and_the_tolerant_reader_agree(tmp_path):
    rng = random.Random(5)
    alphabet = ["a", '"', ",", "1", "\n", " ", "é"]
    for _ in range(300):
        cell_rows = [
            ["".join(rng.choices(alphabet, k=rng.randint(0, 5))) for _ in range(3)] for _ in range(6)
        ]
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(cell_rows)
        text = stream.getvalue()
        mine = [record.cells for record in records(io.StringIO(text, newline=""), ",") if record.cells]
        theirs = [
            row for row in csv.reader(io.StringIO(text, newline="")) if "".join(row).strip() or len(row) > 1
        ]
        assert mine == theirs


def test_an_open_quote_has_no_cells_yet():
    assert split('a,"b', ",") is None
    assert split('a,"b""c",d', ",") == ["a", 'b"c', "d"]
    assert split('5" disk,2', ",") == ['5" disk', "2"]


@needs_shared
def test_naughty_strings_survive_as_customer_names_cell_by_cell(tmp_path):
    naughty = shared("naughty_strings/blns.txt").read_text(encoding="utf-8").splitlines()
    names = [line for line in naughty if line.strip() and "\x00" not in line]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["order_id", "customer_name", "order_date", "amount"])
    writer.writerows([str(i), name, "2024-01-05", "3.50"] for i, name in enumerate(names))
    (table,) = read(tmp_path / "o.csv", stream.getvalue())
    assert table.rows_read == len(names)
    assert table.rejected == []
    assert table.table.column("customer_name").to_pylist() == names

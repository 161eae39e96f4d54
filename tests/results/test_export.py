"""Files for people to take away: sheets that continue, and memory that does not grow with the rows."""

import datetime
import tracemalloc
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from lifeworth.results import export
from lifeworth.results.export import About, Sheet, write_export

ABOUT = About(
    datetime.date(2026, 3, 1), "01MARK", "Rows", (Sheet("About", ("what", "is"), (("who", "ann"),)),)
)


def part(first, size):
    return pa.table(
        {
            "customer_id": [f"C{number}" for number in range(first, first + size)],
            "money": pa.array([Decimal("1.10")] * size, pa.decimal128(18, 2)),
            "share": [float("nan"), *[0.5] * (size - 1)],
            "day": pa.array([datetime.date(2026, 1, 2)] * size),
            "none": pa.array([None] * size, pa.string()),
        }
    )


def test_a_full_sheet_goes_on_in_the_next_with_the_same_head(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "SHEET_ROWS", 10)
    path = tmp_path / "rows.xlsx"
    write_export("xlsx", (part(start, 8) for start in (0, 8, 16)), path, ABOUT)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["Rows", "Rows 2", "Rows 3", "About"]
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(rows) - 1 for rows in sheets[:3]] == [10, 10, 4]
    assert sheets[0][0] == sheets[1][0] == [*part(0, 1).column_names, "as_of", "export_mark"]
    assert [row[0] for rows in sheets[:3] for row in rows[1:]] == [f"C{number}" for number in range(24)]
    assert sheets[1][1][1:4] == [1.1, 0.5, datetime.date(2026, 1, 2)]
    assert sheets[0][1][2] == ""  # no number
    assert sheets[3] == [["what", "is"], ["who", "ann"]]


def test_parquet_keeps_types_and_says_what_it_is(tmp_path):
    path = tmp_path / "rows.parquet"
    write_export("parquet", (part(start, 8) for start in (0, 8)), path, ABOUT)
    table = pq.read_table(path)
    assert table.num_rows == 16
    assert table.schema.field("money").type == pa.decimal128(18, 2)
    assert b'"ann"' in table.schema.metadata[b"lifeworth"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_ten_times_the_rows_take_no_more_memory(tmp_path, kind):
    def peak(parts):
        tracemalloc.start()
        held = pa.total_allocated_bytes()
        most = [0]

        def each():
            for number in range(parts):
                most[0] = max(most[0], pa.total_allocated_bytes() - held)
                yield part(number * 1_000, 1_000)

        write_export(kind, each(), tmp_path / f"{parts}.{kind}", ABOUT)
        python = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return python + most[0]

    peak(2)  # whatever is loaded late
    assert peak(20) < 1.5 * peak(2) + 2_000_000

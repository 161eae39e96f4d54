"""The embedded engine: parameters, replacement, streaming, limits, no downloads."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lifeworth.engines.batches import collect, stream
from lifeworth.engines.duckdb import DuckDBEngine, translate


@pytest.fixture
def engine():
    with DuckDBEngine(threads=2) as opened:
        yield opened


def test_parameters_are_named_and_unused_ones_ignored(engine):
    engine.register("orders", pa.table({"day": [1, 2, 3]}))
    answer = engine.query("SELECT COUNT(*) AS n FROM orders WHERE orders.day <= :until", until=2, other="x")
    assert answer["n"].to_pylist() == [2]


def test_colons_in_strings_comments_and_casts_are_no_parameters():
    sql = "SELECT ':a', \":b\", x::INTEGER -- :c\n, :d"
    assert translate(sql, {"d": 1}) == ("SELECT ':a', \":b\", x::INTEGER -- :c\n, $d", {"d": 1})


def test_a_missing_parameter_is_an_error():
    with pytest.raises(KeyError):
        translate("SELECT :until", {})


def test_a_reader_can_be_asked_twice(engine):
    engine.register("numbers", pa.table({"x": [1, 2]}).to_reader())
    for _ in range(2):
        assert sorted(engine.query("SELECT x FROM numbers")["x"].to_pylist()) == [1, 2]


def test_registered_tables_are_seen_by_batches(engine):
    engine.register("numbers", pa.table({"x": [1, 2]}))
    assert [batch["x"].to_pylist() for batch in engine.batches("SELECT x FROM numbers ORDER BY x")] == [
        [1, 2]
    ]


def test_a_table_can_replace_itself(engine):
    engine.create("numbers", "SELECT * FROM range(10) AS t(x)")
    engine.create("numbers", "SELECT x FROM numbers WHERE x >= :low", low=7)
    assert sorted(engine.query("SELECT x FROM numbers")["x"].to_pylist()) == [7, 8, 9]
    engine.register("numbers", pa.table({"x": [1]}))
    assert engine.query("SELECT x FROM numbers")["x"].to_pylist() == [1]


def test_batches_come_in_order_while_other_questions_are_asked(engine):
    engine.create("numbers", "SELECT * FROM range(300000) AS t(x)")
    batches = engine.batches("SELECT x FROM numbers ORDER BY x", rows=50_000)
    first = next(batches)
    assert engine.query("SELECT COUNT(*) AS n FROM numbers")["n"].to_pylist() == [300_000]
    rest = [value for batch in batches for value in batch["x"].to_pylist()]
    assert first["x"].to_pylist() + rest == list(range(300_000))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_array_functions_give_the_same_answer_for_any_number_of_threads(engine, threads):
    engine.create("numbers", "SELECT * FROM range(100000) AS t(x)")

    def double(batch):
        return pa.record_batch({"y": pc.multiply(batch["x"], 2)})

    answer = collect(
        engine, "SELECT x FROM numbers ORDER BY x", double,
        schema=pa.schema([("y", pa.int64())]), rows=7_000, threads=threads,
    )  # fmt: skip
    assert answer["y"].to_pylist() == list(range(0, 200_000, 2))


def test_an_error_in_the_array_function_reaches_the_caller(engine):
    engine.create("numbers", "SELECT * FROM range(10) AS t(x)")
    with pytest.raises(ZeroDivisionError):
        list(stream(engine, "SELECT x FROM numbers", lambda batch: 1 / 0))


def test_a_query_larger_than_memory_spills_and_is_still_right(tmp_path):
    with DuckDBEngine(memory_limit="300MB", temp_directory=tmp_path, threads=2) as engine:
        engine.create("many", "SELECT x % 1500000 AS id, x AS v FROM range(3000000) AS t(x)")
        answer = engine.query(
            "SELECT COUNT(*) AS n, SUM(s) AS total "
            "FROM (SELECT 'customer-' || id AS k, SUM(v) AS s FROM many GROUP BY 1)"
        )
    assert answer["n"].to_pylist() == [1_500_000]
    assert int(answer["total"].to_pylist()[0]) == 3_000_000 * 2_999_999 // 2


def test_no_extension_is_ever_downloaded(engine):
    settings = engine.query(
        "SELECT value FROM duckdb_settings() "
        "WHERE name IN ('autoinstall_known_extensions', 'autoload_known_extensions')"
    )
    assert settings["value"].to_pylist() == ["false", "false"]


def test_the_folder_for_spilling_is_gone_after_closing():
    engine = DuckDBEngine()
    folder = engine.query("SELECT current_setting('temp_directory') AS f")["f"].to_pylist()[0]
    engine.close()
    assert not Path(folder).exists()

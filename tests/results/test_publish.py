import json

import pyarrow as pa
import pytest

from lifeworth.base.errors import DataError
from lifeworth.results.contract import CUSTOMER_SCHEMA
from lifeworth.results.publish import publish, write_csv
from lifeworth.results.read import read_run


def customers(ids):
    columns = {name: pa.nulls(len(ids), CUSTOMER_SCHEMA.field(name).type) for name in CUSTOMER_SCHEMA.names}
    return pa.table({**columns, "customer_id": pa.array(ids)})


def publish_plain(folder, **changes):
    parts = {"customers": customers(["a", "b"]), "summary": {"customers": 2}, "import_report": {"files": []}}
    return publish(folder, **{**parts, **changes})


def test_a_published_run_reads_back_as_it_was(tmp_path):
    publish_plain(tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.customers["customer_id"].to_pylist() == ["a", "b"]
    assert run.summary == {"customers": 2}


def test_a_second_run_takes_the_place_of_the_first(tmp_path):
    publish_plain(tmp_path / "run", rejected=pa.table({"row": [1], "reason": ["bad_date"]}))
    publish_plain(tmp_path / "run", customers=customers(["c"]))
    assert read_run(tmp_path / "run").customers["customer_id"].to_pylist() == ["c"]
    assert not (tmp_path / "run" / "rejected_rows.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_people_put_beside_the_results_stays(tmp_path):
    publish_plain(tmp_path / "run")
    (tmp_path / "run" / "my notes.txt").write_text("keep me")
    publish_plain(tmp_path / "run")
    assert (tmp_path / "run" / "my notes.txt").read_text() == "keep me"


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("three years of work")
    with pytest.raises(DataError, match="RESULT-001"):
        publish_plain(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_report_that_fails_publishes_nothing(tmp_path):
    publish_plain(tmp_path / "run")

    def broken(run):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_plain(tmp_path / "run", customers=customers(["c"]), report=broken)
    assert read_run(tmp_path / "run").customers["customer_id"].to_pylist() == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_file_is_no_folder_for_results(tmp_path):
    (tmp_path / "orders.csv").write_text("three years of orders")
    with pytest.raises(DataError, match="RESULT-001"):
        publish_plain(tmp_path / "orders.csv")
    assert (tmp_path / "orders.csv").read_text() == "three years of orders"


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(DataError, match="RESULT-002"):
        read_run(tmp_path)


def test_csv_starts_with_a_mark_and_hides_no_formula(tmp_path):
    table = pa.table({"customer_id": ["=1+1", "+86", "-x", "@y", "fine", None], "value": [-1, 2, 3, 4, 5, 6]})
    write_csv(table, tmp_path / "t.csv")
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig").splitlines()
    assert lines[1:5] == ['"\'=1+1",-1', '"\'+86",2', '"\'-x",3', '"\'@y",4']
    assert lines[5:] == ['"fine",5', ",6"]


def test_json_is_plain(tmp_path):
    import numpy as np

    publish_plain(tmp_path / "run", summary={"n": np.int64(3), "share": np.float64(0.5)})
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == {"n": 3, "share": 0.5}

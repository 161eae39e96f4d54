"""`lifeworth export`: the customers of a workspace's run as a file."""

import csv

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from lifeworth.store.tables import audit_events
from web.worlds import bring_in, orders_csv, valued, workspace_at


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("export") / "shop")
    bring_in(workspace, orders_csv())
    valued(workspace)
    return workspace


def test_a_filtered_export_says_its_rows_and_is_noted(call, shop, tmp_path):
    out = tmp_path / "best.csv"
    asked = [
        "--workspace",
        shop.folder,
        "--out",
        out,
        "--where",
        "tier=high",
        "--columns",
        "customer_id,tier",
    ]
    answer = call("export", *asked, "--json")
    assert answer.code == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["tier"] for row in rows} == {"high"}
    assert answer.json["rows"] == len(rows) > 0
    assert {row["export_mark"] for row in rows} == {answer.json["mark"]}
    with shop.database.read() as connection:
        query = sa.select(audit_events).where(audit_events.c.action == "customers.exported")
        noted = [dict(row) for row in connection.execute(query).mappings()]
    assert noted[-1]["detail"]["mark"] == answer.json["mark"]
    assert noted[-1]["actor"] == "cli"


def test_names_can_be_masked_and_money_bounded(call, shop, tmp_path):
    out = tmp_path / "some.parquet"
    asked = ["--workspace", shop.folder, "--out", out, "--format", "parquet", "--masked"]
    answer = call("export", *asked, "--where", "lifetime_value>=100", "--sort", "lifetime_value")
    assert answer.code == 0
    assert str(out) in answer.out
    table = pq.read_table(out).to_pydict()
    assert set(table["customer_id"]) == {"a***@example.com"}
    assert table["lifetime_value"] == sorted(table["lifetime_value"])
    assert table["lifetime_value"][0] >= 100


@pytest.mark.parametrize("wrong", [["--where", "tier"], ["--where", "secret=1"], ["--sort", "-secret"]])
def test_what_cannot_be_asked_is_refused(call, shop, tmp_path, wrong):
    answer = call("export", "--workspace", shop.folder, "--out", tmp_path / "x.csv", *wrong)
    assert answer.code == 1
    assert "APP-019" in answer.notes

"""A companion file is read by its headers, its cells typed, and every row accounted for."""

import csv

import numpy as np
import pandas as pd
import pytest

from lifeworth.base.errors import DataError
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.tables.companion import CompanionColumn, CompanionTable
from lifeworth.workflows.value import value_files
from workflows.shops import shop

VISITS = CompanionTable(
    "visits",
    "one row per visit",
    (
        CompanionColumn("customer_id", "text", "key", "who came", "customer, 客户编号", needed=True),
        CompanionColumn("day", "day", "personal", "when", "date, 日期", needed=True),
        CompanionColumn("spend", "money", "personal", "what it cost", "amount, 金额"),
        CompanionColumn("score", "number", "personal", "how it was", "rating, 评分"),
        CompanionColumn("came_alone", "flag", "personal", "without company", "alone, 独自"),
    ),
    one_of=(("spend", "score"),),
)


def test_a_chinese_file_with_guards_signs_and_full_width_digits_is_read(tmp_path):
    path = tmp_path / "到访.csv"
    path.write_text(
        '客戶編號,日期,金額,評分,独自\n="00012",2024年3月5日,"￥1,234.50",９,是\nA7,2024/3/6,,8.5,否\n',
        encoding="gb18030",
    )
    found = read_companion(path, VISITS)
    assert found.table.to_pylist() == [
        {
            "customer_id": "00012", "day": 19787, "spend": pytest.approx(1234.5), "score": 9.0,
            "came_alone": True, "source_row": 2,
        },
        {
            "customer_id": "A7", "day": 19788, "spend": None, "score": 8.5,
            "came_alone": False, "source_row": 3,
        },
    ]  # fmt: skip
    assert found.table.schema == VISITS.schema


def test_every_row_is_used_or_rejected_with_its_number_and_reason():
    frame = pd.DataFrame(
        {
            "customer": ["a", None, "c", "d"],
            "date": ["2024-01-01", "2024-01-02", "soon", "2024-01-04"],
            "amount": ["1", "2", "3", "-"],
        }
    )
    found = read_companion(frame, VISITS)
    assert found.table["customer_id"].to_pylist() == ["a"]
    assert [(row["row"], row["reason"]) for row in found.rejected.to_pylist()] == [
        (2, "no_customer_id"),
        (3, "no_day"),
        (4, "no_spend"),
    ]
    assert found.rows_read == len(frame)
    assert found.findings[-1].facts["count"] == 3


def test_a_missing_column_is_named_with_the_columns_that_are_there():
    with pytest.raises(DataError, match="DATA-301") as caught:
        read_companion(pd.DataFrame({"customer": ["a"], "amount": ["1"]}), VISITS)
    assert caught.value.facts["column"] == "day"
    assert caught.value.facts["seen"] == ["customer", "amount"]


def test_a_column_that_was_asked_for_goes_before_header_words():
    frame = pd.DataFrame({"customer": ["a"], "who": ["b"], "date": ["2024-01-01"], "amount": ["1"]})
    assert read_companion(frame, VISITS, columns={"customer_id": "who"}).mapping["customer_id"] == "who"
    with pytest.raises(DataError, match="DATA-302"):
        read_companion(frame, VISITS, columns={"customer_id": "whom"})


def test_rows_left_out_of_every_file_stand_in_rejected_rows(tmp_path):
    """Each once, with the file, the row and the reason, beside those of the orders."""
    table = shop(customers=150, days=300)
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    table.loc[5, "date"] = "soon"
    who = table["customer_id"].iloc[0]
    files = {
        "costs": f"kind,amount,customer_id\nservice,5,{who}\nservice,,{who}\n",
        "products": "product_id,category\nA,x\n,y\n",
        "referrals": f"customer_id,referrer_id\n{who},\n,{who}\n",
        "marketing": "channel,month,spend\nweb,2024-02,10\nweb,2024-03,\n",
        "surveys": f"customer_id,date,nps\n{who},2024-03-01,9\n{who},,9\n",
        "relationships": f"customer_id,household\n{who},H1\n{who},\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    given = {name: str(tmp_path / f"{name}.csv") for name in files}
    table["product_id"] = np.where(np.arange(len(table)) % 2, "A", "B")
    table.to_csv(tmp_path / "orders.csv", index=False)
    run = value_files([tmp_path / "orders.csv"], tmp_path / "run", model="MBGNBD", **given)
    with (run.folder / "rejected_rows.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = {
        ("orders.csv", "bad_date"), ("costs.csv", "no_amount"), ("products.csv", "no_product_id"),
        ("referrals.csv", "no_customer_id"), ("marketing.csv", "no_amount"), ("surveys.csv", "no_day"),
        ("relationships.csv", "no_group_id"),
    }  # fmt: skip
    assert {(row["file"], row["reason"]) for row in rows} == wanted
    assert len(rows) == len(wanted)
    assert next(row for row in rows if row["file"] == "surveys.csv")["text"] == f"{who}\t\t9"

"""A customer is found by whatever somebody has of them: id, name, pinyin, e-mail address, tail of a phone."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifeworth.results.contract import CUSTOMERS_PARQUET, TABLES
from lifeworth.results.customers import Customers
from lifeworth.results.publish import write_rows
from lifeworth.results.question import Question
from lifeworth.results.searched import spellings_of
from results.test_customers import SECRET, published

PEOPLE = {
    0: ("张伟", None, "13900001111"),
    1: ("單雄信", "Shan@Example.com", "138****2222"),
    2: ("Zoë Müller", None, None),
    3: ("上海长乐科技有限公司", None, "021-1234567"),
    4: ("歐陽　娜娜", None, None),
    5: ("Mary Jo Quill", None, None),
}


@pytest.fixture
def customers(tmp_path):
    table = published(size=60)
    pq.write_table(table, tmp_path / CUSTOMERS_PARQUET)
    (tmp_path / TABLES).mkdir()
    ids = table["customer_id"].to_pylist()
    names = ("customer_name", "customer_email", "customer_phone")
    rows = [{"customer_id": ids[i], **dict(zip(names, each, strict=True))} for i, each in PEOPLE.items()]
    write_rows(pa.Table.from_pylist(rows), tmp_path / TABLES / "contacts.parquet")
    return Customers(tmp_path, SECRET)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("张", {0}),
        ("zhangwei", {0}),
        ("Zhang Wei", {0}),
        ("zw", {0}),
        ("1111", {0}),
        ("+86 139-0000-1111", {0}),
        ("0086 13900001111", {0}),
        ("shanxiongxin", {1}),
        ("danxiongxin", {1}),
        ("dxx", {1}),
        ("2222", {1}),
        ("shan@", {1}),
        ("zoë", {2}),
        ("shclkjyxgs", {3}),
        ("anna00007", {7}),
        ("歐陽娜娜", {4}),
        ("歐陽 娜娜", {4}),
        ("张 伟", {0}),
        ("maryjoquill", {5}),
        ("MaryJo Quill", {5}),
        ("mary jo", {5}),
        ("nobody", set()),
        ("-----", set()),
        ("(+) ---", set()),
    ],
)
def test_somebody_is_found_by_what_one_has_of_them(customers, typed, who):
    found = customers.page(Question(search=typed), limit=60).rows
    assert {int(row["customer_id"][4:9]) for row in found} == who


def test_who_may_look_up_whole_ids_only_finds_nobody_by_name(customers):
    assert customers.count(Question(search="zhangwei", exact=True)) == 0
    assert customers.count(Question(search="13900001111", exact=True)) == 0
    assert customers.count(Question(search="Anna00000@example.com", exact=True)) == 1


def test_contacts_stand_in_lists_files_and_alone_and_nowhere_else(customers, tmp_path):
    question = Question(search="zhangwei")
    asked = ["customer_id", "customer_name", "customer_phone"]
    (row,) = customers.page(question, fields=asked).rows
    assert (row["customer_name"], row["customer_phone"]) == PEOPLE[0][::2]
    assert customers.one(row["ref"])["customer_name"] == "张伟"
    (part,) = customers.parts(question, asked)
    assert part.to_pylist() == [{name: row[name] for name in asked}]
    assert "customer_name" not in pq.read_schema(tmp_path / CUSTOMERS_PARQUET).names
    assert customers.knows_contacts()


def test_many_readings_stay_few_spellings():
    assert len(spellings_of("乐乐乐乐").split("\n")) <= 16
    assert spellings_of("张") == "zhang\nz"

"""Customers of a run by page, order and filter are those of the published table, whatever is mapped."""

import datetime
import threading
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifeworth.base.errors import AppError
from lifeworth.base.kept import Kept
from lifeworth.results import index
from lifeworth.results.columns import Columns
from lifeworth.results.contract import CUSTOMER_SCHEMA, CUSTOMERS_PARQUET, TABLES
from lifeworth.results.customers import FIELDS, Customers
from lifeworth.results.publish import write_rows
from lifeworth.results.question import Condition, Question
from lifeworth.results.tables import rows_of_customer

SIZE = 5_000
SECRET = b"a secret of thirty-two bytes, yes"
WORDS = {
    "channel": ("shop", "app", None),
    "tier": ("high", "potential", "low"),
    "customer_grade": ("D", "B", "A", None),
    "pattern": ("gold", "comet", "stream", "burden"),
}


def published(size=SIZE, seed=4):
    rng = np.random.default_rng(seed)
    columns = {}
    for field in CUSTOMER_SCHEMA:
        if field.name in WORDS:
            words = WORDS[field.name]
            values = [words[place] for place in rng.integers(0, len(words), size)]
        elif pa.types.is_decimal(field.type):
            cents = rng.integers(-5_000, 500_000, size)
            values = [None if cent % 17 == 0 else Decimal(int(cent)).scaleb(-2) for cent in cents]
        elif pa.types.is_date(field.type):
            values = [
                datetime.date(2024, 1, 1) + datetime.timedelta(int(day)) for day in rng.integers(0, 300, size)
            ]
        elif pa.types.is_integer(field.type):
            values = rng.integers(0, 40, size).tolist()
        elif pa.types.is_floating(field.type):
            values = rng.random(size).tolist()
        else:
            values = [f"{field.name} {number % 7}" for number in range(size)]
        columns[field.name] = pa.array(values, field.type)
    columns["customer_id"] = pa.array([f"Anna{number:05d}@example.com" for number in range(size)])
    return pa.table(columns, schema=CUSTOMER_SCHEMA)


@pytest.fixture(scope="module")
def table():
    return published()


@pytest.fixture
def customers(table, tmp_path):
    pq.write_table(table, tmp_path / CUSTOMERS_PARQUET)
    return Customers(tmp_path, SECRET)


def plain(table, sort):
    """Ids in an order that Python makes: missing ones last, equal ones by what they are worth."""
    table = table.sort_by([("lifetime_value", "descending")])
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    rows = [(value, place) for place, value in enumerate(table[name].to_pylist()) if value is not None]
    rows.sort(key=lambda row: row[0], reverse=falling)  # stable, also when reversed
    missing = [place for place, value in enumerate(table[name].to_pylist()) if value is None]
    ids = table["customer_id"].to_pylist()
    return [ids[place] for place in [*(place for _, place in rows), *missing]]


def every_id(customers, question):
    return [
        one for part in customers.parts(question, ["customer_id"]) for one in part["customer_id"].to_pylist()
    ]


@pytest.mark.parametrize(
    "sort",
    [
        "-lifetime_value",
        "lifetime_value",
        "customer_grade",
        "-channel",
        "-last_purchase",
        "orders",
        "customer_id",
    ],
)
def test_an_order_is_the_one_that_a_plain_sort_makes(customers, table, sort):
    assert every_id(customers, Question(sort=sort)) == plain(table, sort)


@pytest.mark.parametrize(
    ("conditions", "meets"),
    [
        ((Condition("tier", "in", ("high", "low")),), lambda row: row["tier"] in ("high", "low")),
        ((Condition("channel", "in", ("app", "")),), lambda row: row["channel"] in ("app", None)),
        ((Condition("channel", "in", ("nowhere",)),), lambda row: False),
        ((Condition("customer_grade", "min", ("B",)),), lambda row: (row["customer_grade"] or "") >= "B"),
        (
            (Condition("net_sales", "min", ("100.50",)), Condition("pattern", "in", ("gold",))),
            lambda row: (row["net_sales"] or 0) >= Decimal("100.50") and row["pattern"] == "gold",
        ),
    ],
)
def test_a_filter_selects_what_its_words_say(customers, table, conditions, meets):
    wanted = {row["customer_id"] for row in table.to_pylist() if meets(row)}
    found = every_id(customers, Question(conditions))
    assert set(found) == wanted
    assert len(found) == len(wanted) == customers.count(Question(conditions))


@pytest.mark.parametrize("few", [0, 64, SIZE])
def test_pages_of_a_selection_are_parts_of_it_however_it_is_found(customers, monkeypatch, few):
    monkeypatch.setattr("lifeworth.results.selection.STRETCH", 300)
    monkeypatch.setattr("lifeworth.results.customers._FEW", few)
    for conditions in ((Condition("tier", "in", ("low",)),), (Condition("orders", "max", ("0",)),)):
        question = Question(conditions, sort="-orders")
        whole = every_id(customers, question)
        assert customers.count(question) == len(whole) > 100
        for offset in (0, 45, len(whole) - 3, len(whole), 10 * SIZE):
            page = customers.page(question, offset=offset, limit=50)
            assert [row["customer_id"] for row in page.rows] == whole[offset : offset + 50]
            assert page.total == len(whole)


def test_pages_hold_every_customer_once_with_money_to_the_cent(customers, table):
    question, rows, offset = Question(sort="-current_value"), [], 0
    while offset is not None:
        page = customers.page(question, offset=offset, limit=700)
        rows += page.rows
        offset = page.next_offset
    told = {row["customer_id"]: row for row in table.to_pylist()}
    assert len(rows) == SIZE
    assert all({name: row[name] for name in FIELDS} == told[row["customer_id"]] for row in rows)
    assert {customers.one(row["ref"])["customer_id"] for row in rows[:50]} == {
        row["customer_id"] for row in rows[:50]
    }


def test_parts_of_an_export_are_the_published_rows(customers, table):
    parts = list(customers.parts(Question(sort="customer_id"), size=999))
    assert pa.concat_tables(parts).equals(table.combine_chunks().cast(CUSTOMER_SCHEMA))
    nobody = list(customers.parts(Question(search="nobody at all")))
    assert [part.num_rows for part in nobody] == [0]
    assert nobody[0].schema == CUSTOMER_SCHEMA


def test_nothing_changes_when_mapped_memory_is_given_back(customers, table):
    question = Question((Condition("tier", "in", ("low",)),), sort="-orders")
    before = every_id(customers, question)
    for each in list(index._opened):
        each.give_back()
    index.touched(cells=index._MOST_WINDOWS)
    assert every_id(customers, question) == before
    assert every_id(customers, Question(sort="-orders")) == plain(table, "-orders")


def test_columns_are_those_of_the_table_and_masked_where_they_must_be(customers, table):
    clear, masked = Columns(customers), Columns(customers, lambda name, column: f"{name[:1]}***")
    assert clear.num_rows == SIZE
    table = table.sort_by([("lifetime_value", "descending")])
    assert clear.column("net_sales").to_pylist() == [
        None if value is None else float(value) for value in table["net_sales"].to_pylist()
    ]
    assert clear["channel"].to_pylist() == table["channel"].to_pylist()
    assert set(masked["customer_id"].to_pylist()) == {"A***"}
    places = pa.array([7, 3, 4_999])
    names = ["customer_id", "tier", "lifetime_value"]
    assert clear.select(names).take(places).equals(table.select(names).take(places))
    assert masked.select(names).take(places)["customer_id"].to_pylist() == ["A***"] * 3


def test_an_index_of_what_the_run_was_before_is_thrown_away(tmp_path, table):
    pq.write_table(table, tmp_path / CUSTOMERS_PARQUET)
    Customers(tmp_path, SECRET).warm()
    pq.write_table(table.slice(0, 100), tmp_path / CUSTOMERS_PARQUET)
    fewer = Customers(tmp_path, SECRET)
    assert len(fewer) == fewer.count(Question()) == 100
    names = {path.name.split(".")[0] for path in (tmp_path / index.INDEX).iterdir()}
    assert len(names) == 1


def test_an_empty_run_has_no_customers_and_no_channels(tmp_path):
    pq.write_table(CUSTOMER_SCHEMA.empty_table(), tmp_path / CUSTOMERS_PARQUET)
    nobody = Customers(tmp_path, SECRET)
    assert nobody.page(Question((Condition("tier", "in", ("low",)),))).rows == []
    assert nobody.values("channel") == []
    assert nobody.one("0" * 16) is None


def test_a_customer_is_found_by_pseudonym_and_nobody_by_another_text(customers, table):
    names = table["customer_id"].to_pylist()[::997]
    assert [customers.one(customers.ref_of(name))["customer_id"] for name in names] == names
    for text in ("0" * 16, "f" * 16, "-" + "0" * 14 + "1", "no pseudonym, no", "", "1" * 15, "1" * 17):
        assert customers.one(text) is None


def test_an_unknown_column_is_refused(customers):
    for question in (Question(sort="-secret"), Question((Condition("secret", "in", ("1",)),))):
        with pytest.raises(AppError) as refusal:
            customers.page(question)
        assert refusal.value.code == "APP-019"


def test_the_rows_of_a_customer_are_found_across_groups(tmp_path, monkeypatch):
    monkeypatch.setattr("lifeworth.results.publish.ROWS_AT_ONCE", 10)
    ids = sorted(f"C{number % 40:03d}" for number in range(1_000))
    rows = pa.table({"customer_id": ids, "day": list(range(1_000))})
    path = tmp_path / TABLES
    path.mkdir()
    write_rows(rows, path / "timeline.parquet")
    write_rows(rows.select(["day"]), path / "days.parquet")
    assert pq.read_metadata(path / "timeline.parquet").num_row_groups == 100
    found = rows_of_customer(path / "timeline.parquet", "C017")
    assert [row["day"] for row in found] == [day for day, name in enumerate(ids) if name == "C017"]
    assert rows_of_customer(path / "timeline.parquet", "nobody") == []
    assert rows_of_customer(path / "days.parquet", "C017") == []


def test_what_is_kept_is_made_once_and_the_least_wanted_goes():
    kept, made = Kept(2), []

    def make(name):
        return kept.get(name, lambda: made.append(name) or name)

    assert [make(name) for name in "abacab"] == list("abacab")
    assert "".join(made) == "abcb"
    slow, counts = Kept(5), []
    ready = threading.Barrier(8)

    def ask():
        ready.wait()
        slow.get("one", lambda: counts.append(1))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1]

"""Pages that are open while somebody is erased: each request is answered, and later ones know nobody."""

import itertools
import shutil

import pyarrow.parquet as pq
import pytest

from lifeworth.results import index
from lifeworth.results.customers import FIELDS, customers_of
from lifeworth.results.question import Question
from lifeworth.workflows import comparison, erasure
from lifeworth.workflows.comparison import compare_runs, compared, kept_comparison
from lifeworth.workflows.erasure import erase_person
from web.worlds import app_of, business_at, sign_in

PLACES = ("/", "/customers", "/referrals", "/households", "/map", "/compare", "/dimensions", "/satisfaction")
SORTS = tuple(f"{sign}{name}" for name in FIELDS for sign in ("", "-"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = business_at(tmp_path_factory.mktemp("open"), customers=150)
    yield workspace
    workspace.database.close()


@pytest.fixture
def owner(shop):
    return sign_in(app_of(shop), "owner")[0]


def referrers(shop):
    """Who brought most, first; pages name them beside their customers."""
    rows = pq.read_table(shop.runs()[0].folder / "tables" / "referrals.parquet").to_pylist()
    return [row["customer_id"] for row in sorted(rows, key=lambda row: -row["referrals"])]


def test_whoever_asks_between_any_two_steps_of_an_erasure_is_answered(shop, owner, monkeypatch):
    person, other = referrers(shop)[:2]
    ref_of, sorts, answers = customers_of(shop.runs()[0], shop.secret).ref_of, itertools.cycle(SORTS), []

    def visits():
        """Every page, and a list in an order that nobody has asked for before."""
        places = (*PLACES, f"/customers/{ref_of(other)}", f"/referrals?customer={ref_of(other)}")
        lists = (f"/api/v1/customers?limit=500&sort={next(sorts)}", f"/customers?sort={next(sorts)}")
        return [(place, owner.get(place)) for place in (*places, *lists)]

    def interrupted(step):
        def then(*arguments, **named):
            answers.extend(visits())
            return step(*arguments, **named)

        return then

    before = visits()
    assert {place for place, answer in before if person in answer.text} > {"/referrals", before[-2][0]}
    monkeypatch.setattr(erasure, "drop_index", interrupted(erasure.drop_index))
    monkeypatch.setattr(erasure, "write_rows", interrupted(erasure.write_rows))
    assert erase_person(shop, person, by="test", reason="asked")["runs"] == 2
    assert len(answers) > 60
    assert [(place, answer.status_code) for place, answer in answers if answer.status_code != 200] == []
    after = visits()
    assert [(place, answer.status_code) for place, answer in after if answer.status_code != 200] == []
    assert [place for place, answer in after if person in answer.text or ref_of(person) in answer.text] == []
    assert owner.get(f"/customers/{ref_of(person)}").status_code == 404


def test_who_is_named_by_tables_alone_is_gone_from_pages_that_were_read_meanwhile(shop, owner, monkeypatch):
    """Kept sections are told apart by the moment of the customers, whom such an erasure leaves alone."""
    monkeypatch.setattr(erasure, "_has_households", lambda folder: False)  # parent accounts name persons
    run = shop.runs()[0]
    customers = (run.folder / "customers.parquet").read_bytes()
    path = run.folder / "tables" / "group_members.parquet"
    name = pq.read_table(path)["group_id"][0].as_py()
    moment = (run.folder / "customers.parquet").stat().st_mtime_ns
    assert name in owner.get("/households").text
    assert erasure._out_of_run(run.folder, [name], look=False) == 1
    assert (run.folder / "customers.parquet").read_bytes() == customers
    assert (run.folder / "customers.parquet").stat().st_mtime_ns > moment
    assert name not in owner.get("/households").text


def test_a_list_that_was_opened_before_is_read_to_its_end_in_any_order(shop):
    opened = customers_of(shop.runs()[0], shop.secret)
    everyone = set(opened.refs(Question()))
    person = referrers(shop)[2]
    erase_person(shop, person, by="test", reason="asked")
    for sort in SORTS[::4]:
        assert set(opened.refs(Question(sort=sort))) == everyone
    now = customers_of(shop.runs()[0], shop.secret)
    assert len(now) == len(opened) - 1
    assert now.one(opened.ref_of(person)) is None


@pytest.mark.parametrize("step", ["_build", "_save"])
def test_an_index_that_is_taken_away_while_it_is_made_is_made_again(shop, monkeypatch, step):
    folder, made = shop.runs()[0].folder, getattr(index, step)
    index.drop_index(folder)
    times = iter([True, False, False, False])

    def made_and_lost(*arguments):
        made(*arguments)
        if next(times):
            index.drop_index(folder)

    monkeypatch.setattr(index, step, made_and_lost)
    opened = index.Index(folder, shop.secret)
    assert sorted(opened.order("orders", True).tolist()) == list(range(len(opened.table)))
    shutil.rmtree(folder / index.INDEX)
    assert len(opened.order("net_sales", False)) == len(opened.table)


def test_a_run_that_is_gone_has_no_index(tmp_path):
    with pytest.raises(FileNotFoundError):
        index.Index(tmp_path, b"secret")


def test_a_comparison_is_told_though_there_is_nowhere_to_keep_it(shop, monkeypatch):
    after, before = shop.runs()
    index.drop_index(after.folder)
    write = comparison.write_json

    def written_and_lost(path, told):
        write(path, told)
        index.drop_index(after.folder)

    monkeypatch.setattr(comparison, "write_json", written_and_lost)
    assert compared(before, after) == compare_runs(before, after)
    assert kept_comparison(before, after) is None

"""Customers by name: shown, found by pinyin and tail of a phone, taken away, masked and erased."""

import csv
import io

import pytest

from lifeworth.results.index import pseudonym
from lifeworth.workflows.erasure import erase_person
from web.worlds import app_of, bring_in, program, sign_in, tmall_csv, valued, workspace_at

SURNAMES, GIVEN = "王李刘陈杨赵黄周吴徐", "芳娜敏静丽强磊洋勇艳杰涛"
PEOPLE = [
    ("tb_weiwei", "张伟", "13900001111"),
    ("tb_amy", "amy88", "0912345678"),
    *((f"tb_{i}", SURNAMES[i % 10] + GIVEN[i % 12], f"1380000{i:04d}") for i in range(120)),
]


@pytest.fixture(scope="module")
def china(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("china") / "shop")
    bring_in(workspace, tmall_csv(PEOPLE), "订单.csv")
    valued(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="module")
def ref(china):
    return pseudonym("tb_weiwei", china.secret)


@pytest.mark.parametrize("typed", ["张伟", "zhang wei", "ZW", "1111", "+86 139 0000 1111", "weiwei"])
def test_a_customer_is_found_on_the_page_and_by_the_api(china, ref, typed):
    visitor, _ = sign_in(app_of(china), "owner")
    page = visitor.get("/customers", params={"q": typed, "lang": "zh-Hans"}).text
    assert f'/customers/{ref}">张伟</a><br><span class="range">tb_weiwei</span>' in page
    rows = program(app_of(china), china, "owner").get("/api/v1/customers", params={"q": typed}).json()["data"]
    assert [(row["customer_name"], row["customer_phone"]) for row in rows if row["ref"] == ref] == [
        ("张伟", "13900001111")
    ]


def test_the_page_of_a_customer_is_headed_by_the_name(china, ref):
    visitor, _ = sign_in(app_of(china), "analyst")
    page = visitor.get(f"/customers/{ref}?lang=zh-Hant").text
    assert "<h1>张伟\n" in page
    assert "tb_weiwei · 13900001111" in page


@pytest.mark.parametrize("role", ["marketer", "viewer", "auditor"])
def test_who_sees_masks_sees_no_name_and_finds_nobody_by_it(china, ref, role, caplog):
    app = app_of(china)
    client, (visitor, _) = program(app, china, role), sign_in(app, role)
    table = f"runs/{china.current_run().id}/tables/contacts"
    told = [visitor.get(path).text for path in ("/customers", f"/customers/{ref}")]
    for path in ("customers?limit=500", f"customers/{ref}", table, "customers.csv"):
        told.append(client.get(f"/api/v1/{path}").text)
    for text in told:
        for person in PEOPLE[:2]:
            assert not [each for each in person if each in text]
    for typed in ("张伟", "zhangwei", "1111", "13900001111"):
        found = client.get("/api/v1/customers", params={"q": typed})
        assert found.status_code == 403 or found.json()["total"] == 0
    for asked in ({"filter[customer_name]": "张伟"}, {"sort": "customer_phone"}):
        assert client.get("/api/v1/customers", params=asked).status_code == 403
    assert "张伟" not in caplog.text


def test_a_file_has_names_and_phones_where_they_are_known(china, company):
    def taken(workspace, **asked):
        answer = sign_in(app_of(workspace), "analyst")[0].get("/customers.csv", params=asked)
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    (row,) = [row for row in taken(china, q="zw") if row["customer_id"] == "tb_weiwei"]
    assert (row["customer_name"], row["customer_phone"]) == ("张伟", "13900001111")
    assert taken(company)[0]["customer_name"].startswith("Anna of ")


def test_an_erased_person_is_called_nothing_any_more(tmp_path):
    workspace = workspace_at(tmp_path / "shop")
    bring_in(workspace, tmall_csv(PEOPLE), "订单.csv")
    valued(workspace)
    assert erase_person(workspace, "tb_weiwei", by="owner", reason="asked")["runs"] == 1
    table = workspace.current_run().folder / "tables" / "contacts.parquet"
    assert "张伟".encode() not in table.read_bytes()
    client = program(app_of(workspace), workspace, "owner")
    assert client.get("/api/v1/customers", params={"q": "zhangwei"}).json()["total"] == 0
    files = [path for path in workspace.folder.rglob("*") if path.is_file()]
    assert [path for path in files if "张伟".encode() in path.read_bytes()] == []
    workspace.database.close()

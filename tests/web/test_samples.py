"""The samples of the start page, and files of costs of either kind."""

import re
import threading

import pytest

from lifeworth.data.samples import CDNOW
from lifeworth.data.samples.company import write_company
from lifeworth.workflows import ingest, sample
from lifeworth.workflows.demo import value_company
from lifeworth.workflows.sample_data import remove_sample
from lifeworth.workflows.uploads import save_upload
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, orders_csv, program, sign_in, token_on, valued, workspace_at


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(sample, "CUSTOMERS", 400)


def test_the_sample_company_is_worth_the_same_by_page_and_by_command(tmp_path, small):
    shop = workspace_at(tmp_path / "shop")
    visitor, _ = sign_in(app_of(shop), "owner")
    visitor.headers["accept-language"] = "zh-CN"
    start = visitor.get("/")
    form = {"what": "company", "csrf": token_on(start)}
    assert visitor.post("/start/sample", data=form, follow_redirects=False).status_code == 303
    Worker(shop).run_all()
    told = shop.current_run().summary
    by_command = value_company(tmp_path / "demo", language="zh-Hans", customers=400).summary
    assert told["totals"] == by_command["totals"]
    assert told["value_basis"] == "contribution_margin"
    assert {"referrals", "surveys", "relationships", "acquisition"} <= {name for name in told if told[name]}
    page = visitor.get("/")
    assert page.status_code == 200
    assert "商品.csv" in visitor.get("/import").text


def test_a_price_list_is_taken_for_costs_and_goes_before_the_list_of_products(tmp_path):
    files = write_company(tmp_path / "files", "en", 7, 300)
    shop = workspace_at(tmp_path / "shop")
    bring_in(shop, files.orders.read_bytes())
    products = files.products.read_bytes()
    bring_in(shop, products, "products.csv", "products")
    valued(shop)
    by_products = shop.current_run().summary
    assert by_products["value_basis"] == "gross_margin"
    bring_in(shop, products, "prices.csv", "costs")
    valued(shop)
    assert shop.current_run().summary["totals"] == by_products["totals"]
    dear = products.decode("utf-8-sig").splitlines()
    head = dear[0].split(",")
    place = next(at for at, name in enumerate(head) if "cost" in name.lower())
    rows = [line.split(",") for line in dear[1:]]
    doubled = [",".join([*row[:place], str(2 * float(row[place])), *row[place + 1 :]]) for row in rows]
    bring_in(shop, "\n".join([dear[0], *doubled]).encode(), "dear.csv", "costs")
    valued(shop)
    assert (
        shop.current_run().summary["totals"]["historical_value"] < by_products["totals"]["historical_value"]
    )


def test_a_sample_is_loaded_by_the_api_and_once(tmp_path, small):
    shop = workspace_at(tmp_path / "shop")
    app = app_of(shop)
    client = program(app, shop, "analyst")
    client.headers["accept-language"] = "zh-TW"
    assert program(app, shop, "viewer").post("/api/v1/samples", json={}).status_code == 403
    assert client.post("/api/v1/samples", json={"what": "shop"}).status_code == 422
    answers = [client.post("/api/v1/samples", json={}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    Worker(shop).run_all()
    job = client.get(f"/api/v1/jobs/{answers[0].json()['job_id']}").json()
    assert (job["status"], job["progress"]) == ("done", 1)
    first = [(one["name"], one["status"]) for one in client.get("/api/v1/imports").json()["data"]]
    client.post("/api/v1/samples", json={})
    Worker(shop).run_all()
    assert [(one["name"], one["status"]) for one in client.get("/api/v1/imports").json()["data"]] == first
    assert "商品.csv" in [name for name, _ in first]


def test_the_same_sample_asked_for_twice_at_the_same_moment_is_loaded_once(fresh):
    together, made = threading.Barrier(8), []

    def ask():
        together.wait()
        made.append(sample.start_sample(fresh, "company", "en"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len({job_id for job_id, _ in made}) == 1
    assert sum(fresh_one for _, fresh_one in made) == 1


def load(shop, what="company"):
    visitor, _ = sign_in(app_of(shop), "owner")
    visitor.post("/start/sample", data={"what": what, "csrf": token_on(visitor.get("/"))})
    Worker(shop).run_all()
    return visitor


def test_the_first_file_of_ones_own_takes_the_place_of_the_sample(fresh, small):
    visitor = load(fresh)
    assert len(ingest.active_imports(fresh)) == 10
    assert "sample data" in visitor.get("/?lang=en").text
    row, _ = ingest.add_import(fresh, save_upload(fresh, "mine.csv", [orders_csv()]))
    Worker(fresh).run_all()
    page = visitor.get(f"/import/{row['id']}")
    assert re.search(r'value="out" checked', page.text)
    visitor.post(f"/import/{row['id']}/take", data={"csrf": token_on(page)})
    Worker(fresh).run_all()
    assert [one["id"] for one in ingest.active_imports(fresh)] == [row["id"]]
    (run,) = fresh.runs()  # that of the sample has gone
    alone = workspace_at(fresh.folder.parent / "alone")
    bring_in(alone, orders_csv())
    valued(alone)
    assert run.summary["totals"] == alone.current_run().summary["totals"]
    assert run.summary["currency"] == alone.current_run().summary["currency"]
    alone.database.close()
    page = visitor.get("/?lang=en").text
    assert "sample data" not in page
    assert 'id="since"' not in page  # no bridge from a company that is not one's own


def test_a_file_that_cannot_be_read_leaves_the_sample_where_it_is(fresh):
    load(fresh, "orders")
    bring_in(fresh, b"just,words\nand,more\n", "x.csv")
    assert [row["name"] for row in ingest.active_imports(fresh)] == [CDNOW.name]


def test_whoever_asks_keeps_the_sample_beside_their_own(fresh):
    visitor = load(fresh, "orders")
    row, _ = ingest.add_import(fresh, save_upload(fresh, "mine.csv", [orders_csv()]))
    Worker(fresh).run_all()
    form = {"csrf": token_on(visitor.get("/import")), "sample": "keep"}
    visitor.post(f"/import/{row['id']}/take", data=form)
    Worker(fresh).run_all()
    assert fresh.current_run().summary["customers"] == 2357 + 120
    second, _ = ingest.add_import(fresh, save_upload(fresh, "two.csv", [orders_csv(seed=8)]))
    Worker(fresh).run_all()
    assert 'name="sample"' not in visitor.get(f"/import/{second['id']}").text  # asked once
    client = program(app_of(fresh), fresh, "analyst")
    client.post(f"/api/v1/imports/{second['id']}/confirm", json={"keep_sample": False})
    Worker(fresh).run_all()
    assert len(ingest.active_imports(fresh)) == 3
    answer = visitor.post("/sample/remove", data={"csrf": token_on(visitor.get("/import"))})
    assert answer.status_code == 200
    Worker(fresh).run_all()
    assert {row["name"] for row in ingest.active_imports(fresh)} == {"mine.csv", "two.csv"}
    assert fresh.current_run().summary["customers"] == 120
    assert len(fresh.runs()) == 2  # that of the sample alone has gone, the one it shared has stayed


def test_the_sample_goes_as_one_with_its_runs(fresh, small):
    load(fresh)
    analyst, client = (program(app_of(fresh), fresh, role) for role in ("analyst", "administrator"))
    refused = analyst.post("/api/v1/imports/sample/remove")
    assert refused.json()["facts"] == {"permission": "runs:delete"}  # runs of the sample go with it
    for scope in ("runs:delete", "imports:write"):
        key = program(app_of(fresh), fresh, "owner", scopes=[scope])
        assert key.post("/api/v1/imports/sample/remove").status_code == 403
    assert "/sample/remove" not in sign_in(app_of(fresh), "analyst")[0].get("/import").text
    assert client.post("/api/v1/imports/sample/remove").json() == {"imports": 10, "runs": 1}
    assert (ingest.active_imports(fresh), fresh.runs()) == ([], [])
    assert client.post("/api/v1/imports/sample/remove").json() == {"imports": 0, "runs": 0}
    assert fresh.settings()["currency"] == ""
    visitor = load(fresh)
    assert len(fresh.runs()) == 1
    assert "sample.removed" in visitor.get("/audit").text


def test_runs_of_ones_own_never_go_with_the_sample(fresh):
    bring_in(fresh, orders_csv())
    valued(fresh)
    load(fresh, "orders")
    before = len(fresh.runs())
    assert remove_sample(fresh) == {"imports": 1, "runs": 0}
    assert len(fresh.runs()) == before

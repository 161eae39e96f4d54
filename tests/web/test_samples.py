"""The samples of the start page, and files of costs of either kind."""

import pytest

from lifeworth.data.samples.company import write_company
from lifeworth.workflows import sample
from lifeworth.workflows.demo import value_company
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, sign_in, token_on, valued, workspace_at


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

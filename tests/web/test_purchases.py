"""What a customer bought, product by product, stands on her page; it goes with her when she is erased."""

import re
from decimal import Decimal

import pandas as pd
import pyarrow.parquet as pq

from lifeworth.results.customers import customers_of
from lifeworth.workflows.erasure import erase_person
from reports.pages import parse
from web.worlds import app_of, bring_in, program, sign_in, valued

ORDERS = """order_id,customer_id,date,product,category,quantity,amount,status
1,anna@example.com,2024-01-05,Beans,Coffee,2,20.00,paid
1,anna@example.com,2024-01-05,Filter,Gear,1,5.00,paid
2,anna@example.com,2024-02-10,Beans,Coffee,1,10.00,paid
3,anna@example.com,2024-03-15,Beans,Coffee,4,40.00,cancelled
4,ben@example.com,2024-03-20,Filter,Gear,1,5.00,paid
"""


def table(workspace):
    return pq.read_table(workspace.current_run().folder / "tables" / "purchases.parquet").to_pandas()


def test_products_are_counted_on_orders_that_count(fresh):
    bring_in(fresh, ORDERS.encode())
    valued(fresh)
    rows = table(fresh).set_index(["customer_id", "product_name"])
    beans = rows.loc[("anna@example.com", "Beans")]
    assert (beans["orders"], beans["units"], beans["net_sales"]) == (2, 3, Decimal("30.00"))
    assert pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(beans["last_day"])) == pd.Timestamp(
        "2024-02-10"
    )
    assert len(rows) == 3
    site, ref = app_of(fresh), customers_of(fresh.current_run(), fresh.secret).ref_of("anna@example.com")
    page = parse(sign_in(site, "owner")[0].get(f"/customers/{ref}").text)
    assert "Products bought: 2; most often Beans, on 2 orders." in page.text
    answer = program(site, fresh, "viewer").get(f"/api/v1/customers/{ref}/purchases")
    assert [(row["product_name"], row["orders"]) for row in answer.json()["data"]] == [
        ("Beans", 2),
        ("Filter", 1),
    ]
    assert "anna@" not in answer.text
    erase_person(fresh, "anna@example.com", by="test", reason="asked")
    assert set(table(fresh)["customer_id"]) == {"ben@example.com"}


def test_money_of_products_is_that_of_counted_orders(business, owner):
    run = business.runs()[0]
    rows = pq.read_table(run.folder / "tables" / "purchases.parquet").to_pandas()
    lines = pq.read_table(run.folder / "tables" / "timeline.parquet").to_pandas()
    counted = lines[lines["counted"]].groupby("customer_id")["net_sales"].sum()
    told = rows.groupby("customer_id")["net_sales"].sum()
    assert told.to_dict() == counted[told.index].to_dict()
    best = rows["customer_id"].value_counts().index[0]
    ref = customers_of(run, business.secret).ref_of(best)
    page = owner.get(f"/customers/{ref}").text
    body = re.search(r'<section id="bought".*?</section>', page, re.S)[0]
    assert body.count("<tr") - 1 == min(50, int((rows["customer_id"] == best).sum()))


def test_orders_without_products_keep_no_such_table(small):
    run = small.current_run()
    assert not (run.folder / "tables" / "purchases.parquet").exists()
    ref = program(app_of(small), small, "viewer").get("/api/v1/customers?limit=1").json()["data"][0]["ref"]
    assert (
        program(app_of(small), small, "viewer").get(f"/api/v1/customers/{ref}/purchases").json()["data"] == []
    )

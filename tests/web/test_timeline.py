"""What happened with a customer: told of all of it, though the table shows only the newest."""

import datetime

from lifeworth.results.customers import customers_of
from reports.pages import parse
from web.worlds import app_of, bring_in, sign_in, valued

FIRST = datetime.date(2023, 1, 1)


def orders(count):
    lines = ["order_id,customer_id,date,amount,currency,status"]
    lines += [f"{n},C-1,{FIRST + datetime.timedelta(days=n)},10.00,CNY,paid" for n in range(count)]
    lines += [f"b{n},C-2,{FIRST + datetime.timedelta(days=7 * n)},5.00,CNY,paid" for n in range(20)]
    lines.append(f"c1,C-2,{FIRST + datetime.timedelta(days=300)},70.00,CNY,cancelled")
    return "\n".join(lines).encode()


def page_of(workspace, customer):
    ref = customers_of(workspace.current_run(), workspace.secret).ref_of(customer)
    return parse(sign_in(app_of(workspace), "owner")[0].get(f"/customers/{ref}").text)


def test_320_orders_are_told_as_320_and_the_table_says_that_it_is_cut(fresh):
    bring_in(fresh, orders(320))
    valued(fresh)
    page = page_of(fresh, "C-1")
    assert "Bought on 320 days" in page.text
    assert "¥3,200 in all" in page.text
    assert f"From {FIRST} to {FIRST + datetime.timedelta(days=319)}" in page.text
    assert "The table shows the newest 200 of 320 orders and refunds" in page.text
    body = page.by_id("timeline-2-table")
    assert f"{FIRST + datetime.timedelta(days=319)}" in body.text
    assert f"{FIRST + datetime.timedelta(days=120)}" in body.text
    assert f"{FIRST + datetime.timedelta(days=119)}" not in body.text
    other = page_of(fresh, "C-2")  # whose cancelled order is no purchase
    assert "Bought on 20 days" in other.text
    assert "¥100 in all" in other.text
    assert "The table shows" not in other.text

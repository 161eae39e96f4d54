"""The ledger: every cent of a cost file has a place, and the waterfall adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lifeworth as lw
from lifeworth.base.errors import UsageError
from lifeworth.base.parts import COST_KINDS
from lifeworth.data.cost_pools import period_days
from lifeworth.value.ledger import choose_basis, ledger
from workflows.shops import shop


@pytest.fixture(scope="module")
def orders():
    table = shop(customers=200, days=400)
    table["channel"] = np.where(np.arange(len(table)) % 3 == 0, "web", "store")
    return table


def entry(**cells):
    return {
        "kind": "service",
        "amount": 100.0,
        "customer_id": "",
        "channel": "",
        "date": "",
        "period": "",
        **cells,
    }


def valued(orders, *entries, **settings):
    return lw.value(orders, costs=pd.DataFrame(list(entries)).astype(str), model="formula", **settings)


entries = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(
                ["acquisition", "service", "shipping", "fees", "rent", "goods", "loyalty"]
            ),
            "amount": st.floats(0.01, 5000).map(lambda amount: round(amount, 2)),
            "customer_id": st.sampled_from(["", "C00003", "C00100", "nobody"]),
            "channel": st.sampled_from(["", "web", "Store", "radio"]),
            "date": st.sampled_from(["", "2024-03-05", "2024-11-30", "2031-01-01"]),
            "period": st.sampled_from(["", "2024-05", "2024Q2", "2024"]),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20, deadline=None)
@given(entries)
def test_every_cent_is_allocated_unallocated_or_set_aside(orders, rows):
    found = valued(orders, *rows).summary
    known = {**found["costs"], **found["costs_not_deducted"]}
    whole = sum(known.values()) + sum(found["costs_set_aside"].values())
    assert whole == pytest.approx(sum(row["amount"] for row in rows), abs=0.011)


def test_acquisition_falls_on_those_acquired_in_that_channel_and_month(orders):
    found = valued(orders, entry(kind="广告费", amount=90, channel="WEB", period="2024年3月"))
    frame = found.frame
    first = pd.to_datetime(frame["first_purchase"])
    came = (first >= "2024-03-01") & (first <= "2024-03-31") & (frame["channel"] == "web")
    assert came.sum() > 2
    assert frame.loc[came, "acquisition_cost"].sum() == pytest.approx(90)
    assert frame.loc[~came, "acquisition_cost"].sum() == 0
    assert frame.loc[came, "acquisition_cost"].max() - frame.loc[came, "acquisition_cost"].min() <= 0.011
    assert found.summary["cost_rules"] == [{"kind": "acquisition", "driver": "new_customers"}]


def test_fees_fall_on_net_sales_and_shipping_on_orders(orders):
    rows = [entry(kind="fees", period="2024"), entry(kind="shipping", period="2024")]
    found = valued(orders, *rows, until="2024-12-31")
    frame = found.frame
    assert frame["fees_cost"].to_numpy() == pytest.approx(
        100 * (frame["net_sales"] / frame["net_sales"].sum()).to_numpy(), abs=0.02
    )
    assert frame["fulfilment_cost"].to_numpy() == pytest.approx(
        100 * (frame["orders"] / frame["orders"].sum()).to_numpy(), abs=0.02
    )


def test_acquisition_lowers_the_past_and_never_the_future(orders):
    plain = valued(orders, entry(kind="service", amount=0.01, customer_id="C00003")).summary["totals"]
    costly = valued(
        orders,
        entry(kind="service", amount=0.01, customer_id="C00003"),
        entry(kind="acquisition", amount=5000, period="2024"),
    ).summary["totals"]
    assert costly["current_value"] == plain["current_value"]
    assert costly["historical_value"] == pytest.approx(plain["historical_value"] - 5000, abs=0.011)


def test_the_waterfall_adds_up_for_a_customer_a_segment_and_the_whole(orders):
    found = valued(orders, entry(period="2024"), entry(kind="acquisition", period="2024"), margin=0.4)
    frame, summary = found.customers.to_pandas(), found.summary
    costs = sum(frame[f"{kind}_cost"] for kind in COST_KINDS)
    assert (frame["net_sales"] - costs == frame["historical_value"]).all()
    assert (frame["gross_sales"] - frame["discounts"] - frame["refunds"] == frame["net_sales"]).all()
    assert (
        frame["historical_value"] + frame["current_value"] + frame["potential_value"]
        == frame["lifetime_value"]
    ).all()
    wholes = [summary["waterfall"], *(group["waterfall"] for group in summary["segments"])]
    for steps in wholes:
        running = 0
        for step in steps:
            cents = round(step["amount"] * 100)
            if step["sum"]:
                assert step["key"] == "gross_sales" or running == cents
                running = cents
            else:
                running += cents
    tiers = [group for group in summary["segments"] if group["scheme"] == "tier"]
    lifetime = sum(round(group["waterfall"][-1]["amount"] * 100) for group in tiers)
    assert lifetime == round(summary["totals"]["lifetime_value"] * 100)


def test_discounted_and_undiscounted_stand_side_by_side(orders):
    found = lw.value(orders, model="MBGNBD", discount_rate=0.1).summary["totals"]
    free = lw.value(orders, model="MBGNBD", discount_rate=0.0).summary["totals"]
    assert found["current_value"] < found["current_value_undiscounted"]
    assert found["current_value_undiscounted"] == pytest.approx(free["current_value"], rel=1e-6)


@pytest.mark.parametrize(
    ("asked", "goods", "further", "chosen"),
    [
        ("auto", False, False, "net_revenue"),
        ("auto", True, False, "gross_margin"),
        ("auto", False, True, "contribution_margin"),
        ("net_revenue", True, True, "net_revenue"),
        ("gross_margin", True, True, "gross_margin"),
    ],
)
def test_the_basis_is_what_was_asked_or_the_deepest_there_is(asked, goods, further, chosen):
    assert choose_basis(asked, goods=goods, further=further) == chosen


def test_a_basis_the_data_cannot_carry_is_refused(orders):
    with pytest.raises(UsageError, match="VALUE-102"):
        lw.value(orders, basis="contribution_margin")
    with pytest.raises(UsageError, match="VALUE-101"):
        lw.value(orders, basis="turnover")


def test_net_revenue_deducts_nothing_though_costs_are_known(orders):
    found = valued(orders, entry(customer_id="C00003"), basis="net_revenue")
    assert found.summary["basis"] == "revenue"
    assert found.summary["costs_not_deducted"] == {"service": 100.0}
    assert found["historical_value"].sum() == pytest.approx(found["net_sales"].sum())


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024", (19723, 20088)), ("2024-02", (19754, 19782)), ("2024年2月", (19754, 19782)),
        ("2024Q2", (19814, 19904)), ("2024年第2季度", (19814, 19904)), ("soon", None), ("2024-13", None),
    ],
)  # fmt: skip
def test_periods_are_read_as_people_write_them(text, days):
    assert period_days(text) == days


@given(
    st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(0, 1e3), st.floats(-1e3, 1e5), st.floats(0, 1e3)),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_any_ledger_is_exact(rows):
    gross, refunds, net, cost = (np.array(each) for each in zip(*rows, strict=True))
    found = ledger(gross, refunds, net, {"service": cost}, 0.35)
    assert (found.gross_sales - found.discounts - found.refunds == found.net_sales).all()
    assert (found.net_sales - sum(found.costs.values()) == found.historical).all()

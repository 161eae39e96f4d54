from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shared_data import needs_shared, shared

import lifeworth as lw
from lifeworth.base.errors import DataError, UsageError
from lifeworth.data.holdings import NEVER
from lifeworth.models.wallet.quantile_wallet import quantile_wallet
from lifeworth.value.potential.add_on import Pair, Parents, hazards, learned_pairs, told_pairs
from lifeworth.value.potential.adoption import calibration, faded, fading_of, learn
from lifeworth.value.potential.claims import granted
from lifeworth.value.potential.growth import persistence, risen
from lifeworth.value.potential.streams import STREAMS, interval

PARTS = ("cross_sell", "up_sell", "add_on", "referral", "base", "growth")


def stocked_shop(customers=900, days=720, seed=5):
    """Customers take up categories one after the other; cartridges follow printers; three prices."""
    rng = np.random.default_rng(seed)
    rows, kinds = [], ["printer", "paper", "desk", "lamp", "chair"]
    for number in range(customers):
        moment = rng.uniform(0, days * 0.6)
        home, owned = rng.random() < 0.5, set()
        while moment < days:
            group = ["desk", "lamp", "chair"] if home else ["printer", "paper"]
            kind = group[rng.integers(len(group))] if rng.random() < 0.9 else kinds[rng.integers(5)]
            owned.add(kind)
            tier = rng.integers(3)
            rows.append((f"C{number:04d}", int(moment), f"{kind}-{tier}", kind, 20.0 * (1 + tier)))
            if "printer" in owned and rng.random() < 0.4:
                rows.append((f"C{number:04d}", int(moment) + 3, "cartridge-0", "cartridge", 15.0))
            moment += rng.exponential(60.0)
    table = pd.DataFrame(rows, columns=["customer_id", "day", "product_id", "category", "amount"])
    table["date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(table.pop("day"), unit="D")
    table["order_id"] = [f"O{row:06d}" for row in range(len(table))]
    table["quantity"] = 1
    return table


@pytest.fixture(scope="module")
def stocked():
    return lw.value(stocked_shop(), model="MBGNBD", margin=0.4)


def test_the_parts_of_potential_add_up_to_the_cent_for_each_customer_and_in_total(stocked):
    table = stocked.customers.to_pydict()
    parts = zip(*(table[f"{part}_value"] for part in PARTS), strict=True)
    assert [sum(row) for row in parts] == table["potential_value"]
    for historical, current, potential, lifetime in zip(
        *(table[f"{name}_value"] for name in ("historical", "current", "potential", "lifetime")), strict=True
    ):
        assert historical + current + potential == lifetime
    assert sum(table["potential_value"]) == Decimal(str(stocked.summary["totals"]["potential_value"]))


def test_the_table_holds_every_cent_of_the_streams_with_an_interval_around_it(stocked):
    frame = stocked.tables["potential"].to_pandas()
    sums = frame.groupby("customer_id")["value"].sum()
    told = stocked.customers.to_pandas().set_index("customer_id")["potential_value"]
    assert (sums == told[sums.index]).all()
    assert told[~told.index.isin(sums.index)].eq(0).all()
    assert (frame["low"] <= frame["value"]).all()
    assert (frame["value"] <= frame["high"]).all()
    assert frame["reason"].notna().all()
    assert frame["evidence"].isin(list("ABCD")).all()
    assert frame["customer_id"].is_monotonic_increasing


def test_cross_sell_offers_what_is_not_owned_and_what_alike_customers_take_up(stocked):
    frame = stocked.tables["potential"].to_pandas()
    owned = stocked_shop().groupby("customer_id")["category"].agg(set)
    offers = frame[frame["stream"] == "cross_sell"]
    assert len(offers) > 100
    assert not any(row.item in owned[row.customer_id] for row in offers.itertuples())
    office = {
        who for who, what in owned.items() if "printer" in what and "paper" not in what and "desk" not in what
    }
    theirs = offers[offers["customer_id"].isin(office)]
    assert len(theirs) >= 5
    assert theirs["item"].eq("paper").mean() > 0.8


def test_the_held_out_months_confirm_the_chances(stocked):
    found = stocked.summary["potential"]["backtest"]
    assert found["said"] == pytest.approx(found["came"], rel=0.25)
    assert found["top_10_capture"] > 0.2  # a tenth by chance


def test_cartridges_follow_printers(stocked):
    frame = stocked.tables["potential"].to_pandas()
    add_ons = frame[frame["stream"] == "add_on"]
    assert len(add_ons)
    assert add_ons["item"].str.startswith("cartridge").mean() > 0.9
    printers = stocked_shop().query("category == 'printer'")["customer_id"].unique()
    cartridges = stocked_shop().query("category == 'cartridge'")["customer_id"].unique()
    sold = add_ons[add_ons["item"].str.startswith("cartridge")]["customer_id"]
    assert sold.isin(printers).all()
    assert not sold.isin(cartridges).any()


def test_offers_stay_within_the_room_of_the_wallet(stocked):
    frame = stocked.tables["potential"].to_pandas()
    offers = frame[frame["stream"].isin(["cross_sell", "up_sell", "add_on", "growth", "base"])]
    base = offers[offers["stream"] == "base"]
    rest = offers[offers["stream"] != "base"]
    assert len(base)
    assert len(rest)
    # whoever has no room (spends more than the wallet of comparable customers) is offered nothing
    rich = set(stocked.customers["customer_id"].to_pylist()) - set(offers["customer_id"])
    assert rich
    assert (stocked.customers.to_pandas().set_index("customer_id").loc[list(rich), "base_value"] == 0).all()


def test_twice_the_money_is_twice_the_potential(stocked):
    table = stocked_shop()
    table["amount"] *= 2
    twice = lw.value(table, model="MBGNBD", margin=0.4).summary["totals"]
    for name in ("potential_value", "cross_sell_value", "base_value"):
        assert twice[name] == pytest.approx(2 * stocked.summary["totals"][name], rel=2e-3)


def test_what_lacks_evidence_is_0_and_says_what_it_needs():
    orders = stocked_shop(300)[["order_id", "customer_id", "date", "amount"]]
    found = lw.value(orders, model="MBGNBD")
    streams = {row["stream"]: row for row in found.summary["potential"]["streams"]}
    assert tuple(streams) == STREAMS
    for name in ("add_on", "up_sell", "cross_sell"):
        assert streams[name]["needs"] == "product_lines"
        assert streams[name]["value"] == 0
    assert streams["referral"]["needs"] == "referrals"
    assert found["cross_sell_value"].sum() == 0


def test_a_product_file_names_categories_costs_and_accessories():
    orders = stocked_shop(400).drop(columns="category")
    names = orders["product_id"].unique()
    products = pd.DataFrame({"sku": names, "category": [name.split("-")[0] for name in names]})
    products["unit cost"] = 10.0
    products["add on of"] = ["printer" if name.startswith("cartridge") else None for name in names]
    found = lw.value(orders, products=products, model="MBGNBD", margin=0.4)
    assert found.summary["potential"]["items"] == "category"
    add_ons = found.tables["potential"].to_pandas().query("stream == 'add_on'")
    assert len(add_ons)
    assert add_ons["item"].str.startswith("cartridge").all()


def test_a_product_file_of_other_products_is_told_and_changes_nothing():
    orders = stocked_shop(300).drop(columns="category")
    products = pd.DataFrame({"sku": ["A", "A", "B"], "category": ["x", "x", "y"]})
    found = lw.value(orders, products=products, model="MBGNBD")
    codes = {finding["code"] for finding in found.summary["findings"]}
    assert {"products_unknown", "products_repeated"} <= codes
    assert found.summary["potential"]["items"] == "product"
    with pytest.raises(DataError, match="DATA-301"):
        lw.value(orders, products=pd.DataFrame({"colour": ["red"]}), model="MBGNBD")


@needs_shared
def test_the_grocery_files_are_valued_with_their_product_file():
    folder = "completejourney_sample"
    found = lw.value(
        str(shared(f"{folder}/transactions.parquet")),
        products=str(shared(f"{folder}/products.parquet")), margin=0.25, model="MBGNBD",
    )  # fmt: skip
    record = found.summary["potential"]
    assert record["items"] == "category"
    assert record["backtest"]["said"] == pytest.approx(record["backtest"]["came"], rel=0.15)
    for row in record["backtest"]["bins"]:
        assert row["said"] == pytest.approx(row["came"], rel=0.25)
    assert 0.65 < record["wallet"]["coverage"] < 0.9
    assert record["wallet"]["loss"] < record["wallet"]["loss_of_one_wallet"]
    streams = {row["stream"]: row["value"] for row in record["streams"]}
    assert min(streams["cross_sell"], streams["up_sell"], streams["add_on"], streams["base"]) > 0
    table = found.customers.to_pydict()
    assert sum(table["lifetime_value"]) == sum(
        sum(table[f"{name}_value"]) for name in ("historical", "current", "potential")
    )


# --- the parts by themselves ---


def test_learned_lifts_find_the_pair_and_no_other():
    rng = np.random.default_rng(0)
    n = 20_000
    owned = np.zeros((n, 3), bool)
    owned[:, 0] = rng.random(n) < 0.5
    chance = np.where(owned[:, 0], 0.12, 0.04)
    adopted = np.stack([np.zeros(n, bool), rng.random(n) < chance, rng.random(n) < 0.06], axis=1)
    model = learn(owned, adopted, np.zeros(n, np.int64), window_days=90, kinds=1)
    said = model.chances(owned, np.zeros(n, np.int64))
    assert said[owned[:, 0], 1].mean() == pytest.approx(0.12, rel=0.1)
    assert said[~owned[:, 0], 1].mean() == pytest.approx(0.04, rel=0.2)
    assert said[:, 2].mean() == pytest.approx(0.06, rel=0.1)
    assert (said[owned] == 0).all()
    rows = calibration(said[:, 1], adopted[:, 1])
    assert sum(row["came"] for row in rows) == adopted[:, 1].sum()


def test_the_fading_of_unequal_rates_is_foreseen():
    rng = np.random.default_rng(1)
    rate = rng.gamma(0.8, 0.5, (60_000, 1))
    first, second, third = (rng.exponential(1 / rate) < 1 for _ in range(3))
    nobody = np.zeros_like(first)
    fading = fading_of(nobody, first, second & ~first)
    open_ = ~first & ~second
    last = (second & ~first).sum() / (~first).sum()
    said = 1 - np.exp(np.log1p(-last) * faded(fading, np.array(1.0)))
    assert said == pytest.approx(third[open_].mean(), rel=0.06)
    assert last > 1.1 * third[open_].mean()  # which the last window alone overstates
    assert faded(0.0, np.array(2.5)) == 2.5


def test_hazards_by_age_of_ownership_are_found():
    rng = np.random.default_rng(2)
    owned = rng.integers(0, 600, 40_000).astype(np.int64)
    delay = rng.exponential(1 / 0.004, 40_000)
    taken = np.where(owned + delay <= 700, owned + delay, NEVER).astype(np.int64)
    assert hazards(owned, taken, 700)[:4] == pytest.approx(0.004, rel=0.15)


def test_pairs_are_ordered_and_told_pairs_go_by_product_or_category():
    rng = np.random.default_rng(3)
    first = np.full((4000, 3), NEVER, np.int32)
    some = rng.random(4000) < 0.3
    first[some, 0] = rng.integers(0, 100, some.sum())
    follow = some & (rng.random(4000) < 0.5)
    first[follow, 1] = first[follow, 0] + 10
    first[rng.random(4000) < 0.2, 2] = 50
    items = Parents(["printer", "ink", "desk"], first, np.eye(3, dtype=bool))
    assert learned_pairs(items, first) == [Pair(0, 1, False)]
    assert told_pairs(items, [None, "printer", None]) == [Pair(0, 1, True)]
    assert told_pairs(items, ["printer", "unheard of", None]) == []


def test_growth_is_granted_only_where_it_lasts():
    rng = np.random.default_rng(4)
    pace = rng.gamma(4.0, 1.0, 4000)
    before, after, later = (rng.poisson(pace).astype(float) for _ in range(3))
    lucky = risen(before, after)
    steady = persistence(lucky, later, pace)
    assert steady.risers > 50
    assert steady.rise == 0
    really = rng.random(4000) < 0.1
    after = np.where(really, rng.poisson(3 * pace), after).astype(float)
    later = np.where(really, rng.poisson(3 * pace), later).astype(float)
    found = persistence(risen(before, after), later, np.where(really, 2 * pace, pace))
    assert found.rise == pytest.approx(0.45, abs=0.15)  # half as many again, diluted by the merely lucky


def test_wallets_are_the_quantile_among_comparable_customers():
    rng = np.random.default_rng(5)
    group = rng.integers(0, 2, 20_000)
    spend = rng.exponential(np.where(group == 0, 10.0, 100.0))
    wallet = quantile_wallet(spend, [group], quantile=0.8)
    for code, mean in ((0, 10.0), (1, 100.0)):
        assert wallet.size[group == code][0] == pytest.approx(mean * np.log(5), rel=0.05)
        assert wallet.size[group == code][0] == pytest.approx(
            np.quantile(spend[group == code], 0.8, method="weibull")
        )
    assert ((wallet.share >= 0) & (wallet.share <= 1)).all()
    rare = quantile_wallet(spend, [group, np.arange(20_000)], quantile=0.8)
    assert (rare.size == wallet.size).all()  # cells of one customer fall back
    with pytest.raises(UsageError, match="VALUE-202"):
        quantile_wallet(spend, [group], quantile=1.0)


@pytest.mark.parametrize("quantile", [0.6, 0.8, 0.95])
def test_a_further_customer_stays_below_the_wallet_as_often_as_it_says(quantile):
    """Cells of 50, the smallest that stand alone, and the 51st of each; spend follows any law."""
    rng, cells = np.random.default_rng(2), 6000
    spend = np.append(rng.lognormal(3, 1, 50 * cells), rng.lognormal(3, 1, cells))
    cell = np.append(np.repeat(np.arange(cells), 50), np.arange(cells))
    known = np.arange(len(spend)) < 50 * cells
    wallet = quantile_wallet(spend, [cell], quantile=quantile, learn=known)
    held = (spend <= wallet.size)[~known].mean()
    assert held == pytest.approx(quantile, abs=3 * np.sqrt(quantile * (1 - quantile) / cells))


@given(
    st.lists(st.tuples(st.floats(-10, 1e4), st.floats(0, 1e4), st.floats(0, 1e4)), min_size=1, max_size=20)
)
def test_claims_never_exceed_the_room(rows):
    room, one, two = (np.array(each) for each in zip(*rows, strict=True))
    shares, left = granted(room, [one, two])
    assert (left >= 0).all()
    assert shares[0] * one + shares[1] * two + left == pytest.approx(np.maximum(room, 0), abs=1e-6)
    assert ((shares[0] == 1) | (shares[1] * two < 1e-6)).all()  # the second gets what the first leaves


def test_intervals_hold_their_value_and_nine_in_ten():
    rng = np.random.default_rng(6)
    mean, sd = np.array([10.0]), 6.0
    low, high = interval(mean, np.array([sd**2]))
    drawn = rng.gamma((10 / sd) ** 2, sd**2 / 10, 200_000)
    assert ((drawn >= low) & (drawn <= high)).mean() == pytest.approx(0.9, abs=0.01)
    low, high = interval(np.array([1.0]), np.array([1e4]))
    assert low <= 1.0 <= high


def test_what_is_assumed_can_be_set_and_the_run_says_whose_word_it_is(stocked):
    assert stocked.summary["potential"]["yours"] == []
    mine = lw.value(stocked_shop(), model="MBGNBD", margin=0.4, base_share=0.2)
    found = mine.summary["potential"]
    assert found["yours"] == ["base_share"]
    assert found["assumptions"] == stocked.summary["potential"]["assumptions"] | {"base_share": 0.2}
    totals = [each.summary["totals"]["base_value"] for each in (stocked, mine)]
    assert totals[1] == pytest.approx(2 * totals[0], abs=0.01)
    without = lw.value(stocked_shop(), model="MBGNBD", margin=0.4, offer_effect=0.0).summary["totals"]
    assert [without[f"{stream}_value"] for stream in ("add_on", "up_sell", "cross_sell")] == [0, 0, 0]
    assert without["base_value"] > totals[0]  # what no offer claims is room for the rest


@pytest.mark.parametrize(
    "assumed",
    [{"base_share": 1.1}, {"offer_effect": -0.1}, {"wallet_quantile": 1.0}, {"offer_effect_cv": 11}],
)
def test_an_assumption_out_of_its_range_is_refused(assumed):
    with pytest.raises(UsageError, match="VALUE-203"):
        lw.value(stocked_shop(customers=20), **assumed)

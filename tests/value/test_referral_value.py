from decimal import Decimal

import pandas as pd
import pytest
from tests.value.referred import referred_shop

import lifeworth as lw
from lifeworth.base.errors import DataError, UsageError


@pytest.fixture(scope="module")
def shop():
    return referred_shop()


@pytest.fixture(scope="module")
def known(shop):
    orders, referrals, _ = shop
    return lw.value(orders, referrals=referrals, would_have_joined=0.25, model="MBGNBD", margin=0.5)


@pytest.fixture(scope="module")
def unknown(shop):
    orders, referrals, _ = shop
    return lw.value(orders, referrals=referrals, model="MBGNBD", margin=0.5)


def test_net_adds_up_to_own_to_the_cent_and_own_is_historical_value(known, unknown):
    for found in (known, unknown):
        table = found.tables["referrals"].to_pydict()
        assert sum(table["net"]) == sum(table["own"])
        assert table["own"] == found.customers["historical_value"].to_pylist()
        assert table["customer_id"] == found.customers["customer_id"].to_pylist()


def test_a_naive_count_overstates(known):
    record = known.summary["referrals"]
    assert record["naive"] > 1.2 * record["own"]
    assert record["own"] == pytest.approx(known.summary["totals"]["historical_value"])


def test_the_truth_of_the_world_is_found(shop, known):
    _, _, world = shop
    record = known.summary["referrals"]
    R = world.reproduction[: world.observed].mean()
    assert record["R"]["low"] < R < record["R"]["high"]
    assert abs(record["parameters"]["theta"] - 90) < 3 * record["standard_errors"]["theta"]
    # the model knows no covariate here, so its k holds the spread that the loyalty answer would explain
    assert record["to_come"]["low"] < world.future_referrals.sum() < record["to_come"]["high"] * 1.2
    assert record["referred"] == (world.parent[: world.observed] >= 0).sum()


def test_without_a_share_there_is_a_band_and_no_point(known, unknown):
    assert unknown.summary["totals"]["referral_value"] == 0
    stream = next(row for row in unknown.summary["potential"]["streams"] if row["stream"] == "referral")
    assert stream["needs"] == "share"
    assert stream["low"] == 0
    assert stream["high"] > 0
    band = unknown.summary["referrals"]["band"]
    assert [row["share"] for row in band] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert [row["expected"] for row in band] == sorted((row["expected"] for row in band), reverse=True)
    assert band[-1]["expected"] == pytest.approx(0)
    assert band[-1]["moved"] == pytest.approx(0)
    assert stream["high"] == pytest.approx(band[0]["expected"])
    assert known.summary["totals"]["referral_value"] == pytest.approx(band[1]["expected"], abs=0.01)


def test_referral_value_is_part_of_potential_and_of_lifetime(known):
    table = known.customers.to_pydict()
    assert sum(table["referral_value"]) > 0
    for row in zip(
        *(table[f"{n}_value"] for n in ("historical", "current", "potential", "lifetime")), strict=True
    ):
        assert sum(row[:3], Decimal(0)) == row[3]
    totals = known.summary["intervals"]["lifetime_value"]
    assert totals["low"] < totals["value"] < totals["high"]
    assert totals["value"] == pytest.approx(known.summary["totals"]["lifetime_value"], abs=0.01)


def test_classes_split_the_base_with_their_certainty(known):
    classes = known.summary["referrals"]["classes"]
    assert [row["key"] for row in classes] == ["champions", "affluents", "advocates", "misers"]
    assert sum(row["customers"] for row in classes) == known.summary["customers"]
    table = known.tables["referrals"].to_pandas()
    assert table["class_probability"].between(0, 1).all()
    champions = table[table["class"] == "champions"]
    assert champions["referrals"].mean() > 2 * table["referrals"].mean()


def test_codes_and_ids_and_a_customers_file_say_the_same(shop, known):
    orders, referrals, _ = shop
    ids = orders["customer_id"].unique()
    used = referrals.set_index("customer_id")["referrer_id"]
    by_code = pd.DataFrame(
        {
            "客户编号": ids,
            "专属推荐码": ["R-" + one for one in ids],
            "邀请码": ["R-" + used[one] if one in used.index else None for one in ids],
        }
    )
    parents = pd.DataFrame({"customer": ids, "referred by": [used.get(one) for one in ids]})
    for source in (by_code, parents):
        found = lw.value(orders, referrals=source, would_have_joined=0.25, model="MBGNBD", margin=0.5)
        assert found.tables["referrals"]["parent_id"].equals(known.tables["referrals"]["parent_id"])
        assert found.summary["totals"] == known.summary["totals"]


def test_faults_are_cut_counted_and_told(shop):
    orders, referrals, _ = shop
    first = referrals["customer_id"].iloc[0]
    a, b = orders["customer_id"].unique()[:2]
    faults = pd.DataFrame(
        {
            "customer_id": ["nobody-we-know", first, "C000005", a, b, "C000010", "C000011"],
            "referrer_id": ["C000001", "C000002", "stranger", b, a, "C000010", None],
            "code": [None] * 6 + ["LOST-CODE"],
        }
    )
    found = lw.value(orders, referrals=pd.concat([referrals, faults]), model="MBGNBD")
    codes = {finding["code"] for finding in found.summary["findings"]}
    assert {
        "referrals_not_customers", "referrals_repeated", "referrals_unknown_code",
        "referral_unknown_referrer", "referral_self", "referral_cycle",
    } <= codes  # fmt: skip
    counts = found.summary["referrals"]["file"]
    assert counts["rows"] == len(referrals) + 7
    assert (counts["not_customers"], counts["repeated"], counts["unknown_code"]) == (1, 1, 1)
    table = found.tables["referrals"].to_pandas().set_index("customer_id")
    assert table.loc[[a, b, "C000005", "C000010"], "parent_id"].isna().all()
    assert sum(table["net"]) == sum(table["own"])


def test_unsure_referrals_count_less(shop):
    orders, referrals, _ = shop
    half = lw.value(
        orders, referrals=referrals.assign(confidence=60), would_have_joined=0.0, model="MBGNBD", margin=0.5
    )
    sure = lw.value(orders, referrals=referrals, would_have_joined=0.4, model="MBGNBD", margin=0.5)
    assert half.tables["referrals"]["net"].equals(sure.tables["referrals"]["net"])  # 1 - 0.6 = 0.4
    none = lw.value(orders, referrals=referrals.assign(confidence=10), model="MBGNBD")
    assert none.summary["referrals"]["referred"] == 0
    assert none.summary["potential"]["streams"][-1]["needs"] == "more_referrals"


def test_without_ids_the_days_of_arrival_speak_for_the_company(shop):
    orders, _, _ = shop
    nobody = pd.DataFrame({"customer_id": orders["customer_id"].unique()})
    found = lw.value(orders, referrals=nobody, model="MBGNBD")
    record = found.summary["referrals"]
    assert record["kind"] == "times"
    assert "referrals" not in found.tables
    assert 0 <= record["endogenous_share"] <= 1
    assert "referrals_nobody" in {finding["code"] for finding in found.summary["findings"]}


def test_what_cannot_be_is_refused(shop):
    orders, referrals, _ = shop
    with pytest.raises(UsageError, match="VALUE-201"):
        lw.value(orders, referrals=referrals, would_have_joined=1.5)
    with pytest.raises(DataError, match="DATA-301"):
        lw.value(orders, referrals=pd.DataFrame({"colour": ["red"]}), model="MBGNBD")


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_report_tells_of_referrals_and_potential(tmp_path, shop, language):
    from lifeworth.workflows.value import value_files

    orders, referrals, _ = shop
    for name, table in (("orders", orders), ("referrals", referrals)):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    run = value_files(
        [tmp_path / "orders.csv"], tmp_path / "run", referrals=tmp_path / "referrals.csv", model="MBGNBD",
        language=language,
    )  # fmt: skip
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    for mark in (
        "referral-band",
        "referral-path",
        "referral-growth",
        "referral-generations",
        "potential-streams",
    ):
        assert mark in page
    assert run.table("referrals").num_rows == run.customers.num_rows
    assert (run.folder / "tables" / "potential.parquet").exists()


def test_who_recommends_before_the_first_order_that_counts_keeps_the_recruit(shop):
    orders, referrals, _ = shop
    first, second = (orders.groupby("customer_id")["date"].nth(place) for place in (0, 1))
    days = {
        name: dict(zip(orders.loc[found.index, "customer_id"], found, strict=True))
        for name, found in (("first", first), ("second", second))
    }
    recruit, who = next(
        (recruit, who) for recruit, who in referrals[["customer_id", "referrer_id"]].itertuples(index=False)
        if days["first"][recruit] < days["second"].get(who, pd.Timestamp.min)
    )  # fmt: skip
    returned = (orders["customer_id"] == who) & (orders["date"] == days["first"][who])
    orders = orders.assign(status=["refunded" if back else "paid" for back in returned])
    found = lw.value(orders, referrals=referrals, model="formula")
    assert "referral_backwards" not in {finding["code"] for finding in found.summary["findings"]}
    table = found.tables["referrals"].to_pydict()
    assert dict(zip(table["customer_id"], table["parent_id"], strict=True))[recruit] == who

"""The page of settings: what it keeps, and what the next valuation, schedules and pages make of it."""

import datetime
import re
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import sqlalchemy as sa

from lifeworth.base.clock import now
from lifeworth.store.rows import many, one
from lifeworth.store.tables import audit_events, imports, schedules
from lifeworth.value.model import POOLED, WITH_COVARIATES
from lifeworth.web.moments import in_zone
from lifeworth.workflows.schedules import add_schedule
from lifeworth.workflows.worker import Worker
from web.worlds import app_of, bring_in, program, sign_in, token_on, valued
from workflows.shops import shop

FORM = {
    "company": "Shop", "horizon_months": "12", "discount": "10", "margin": "", "basis": "auto",
    "currency": "", "language": "en",
}  # fmt: skip


def save(visitor, **values):
    form = {**FORM, "csrf": token_on(visitor.get("/settings")), **values}
    return visitor.post("/settings", data=form, follow_redirects=False)


def test_the_zone_decides_on_which_day_a_moment_falls_and_how_it_is_shown(fresh):
    late = shop(customers=60, days=60)
    late["date"] = late["date"].dt.strftime("%Y-%m-%dT17:30:00+00:00")
    import_id = bring_in(fresh, late.to_csv(index=False).encode())
    owner, _ = sign_in(app_of(fresh), "owner")
    valued(fresh)
    last = fresh.current_run().summary["as_of"]
    assert "UTC+8" not in owner.get("/import").text
    assert save(owner, zone="Asia/Shanghai").status_code == 303
    assert fresh.settings()["zone"] == "Asia/Shanghai"
    valued(fresh)
    next_day = datetime.date.fromisoformat(last) + datetime.timedelta(days=1)
    assert fresh.current_run().summary["as_of"] == next_day.isoformat()
    page = owner.get("/import").text
    assert re.search(rf'{import_id}">.*?\d\d:\d\d UTC\+8<', page, re.S)
    assert "UTC+8" in owner.get("/audit").text


def test_schedules_keep_their_hour_when_the_zone_changes(fresh):
    add_schedule(fresh, name="nightly", cron="0 6 * * *", kind="value", payload={}, now=now())
    owner, _ = sign_in(app_of(fresh), "owner")
    assert save(owner, zone="Asia/Shanghai").status_code == 303
    with fresh.database.read() as connection:
        assert one(connection, sa.select(schedules))["next_at"].hour == 22  # six o'clock there


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"covariates": "x" * 201}, {"pool_by": "x" * 201}]
)
def test_what_is_no_setting_is_refused_and_what_was_typed_stays(fresh, wrong):
    owner, _ = sign_in(app_of(fresh), "owner")
    refused = save(owner, company="Another", **wrong)
    assert refused.status_code == 422
    assert "APP-028" in refused.text
    assert 'value="Another"' in refused.text
    assert fresh.settings()["company"] == ""


def test_the_audit_log_says_what_each_setting_was(fresh):
    owner, _ = sign_in(app_of(fresh), "owner")
    save(owner, zone="Europe/Berlin", discount="12")
    with fresh.database.read() as connection:
        noted = many(connection, sa.select(audit_events).where(audit_events.c.action == "settings.changed"))
    changes = noted[0]["detail"]["changes"]
    assert changes["zone"] == ["", "Europe/Berlin"]
    assert changes["discount_rate"] == [0.1, 0.12]


def test_files_of_attributes_offer_their_columns_and_a_valuation_uses_them(fresh):
    orders = shop(customers=300, days=540)
    orders["Region"] = orders["customer_id"].str[-1].map(lambda digit: "north" if digit < "5" else "south")
    bring_in(fresh, orders.to_csv(index=False).encode())
    ids = sorted(orders["customer_id"].unique())
    people = pd.DataFrame({"Client": ids, "Kind": ["a" if name[-2] < "5" else "b" for name in ids]})
    options = {"columns": {"customer_id": "Client"}}
    bring_in(fresh, people.to_csv(index=False).encode(), "people.csv", "attributes", options)
    ages = pd.DataFrame({"Client": ids[:200], "Age": [30 + int(name[-1]) for name in ids[:200]]})
    bring_in(fresh, ages.to_csv(index=False).encode(), "ages.csv", "attributes", options)
    owner, _ = sign_in(app_of(fresh), "owner")
    assert "In the files taken in: Kind, Age." in owner.get("/settings").text
    assert save(owner, covariates="Kind， Age", scope="Region").status_code == 303
    valued(fresh)
    summary = fresh.current_run().summary
    assert WITH_COVARIATES in [each["name"] for each in summary["backtest"]["candidates"]]
    told = owner.get("/dimensions").text
    assert "north" in told
    assert "south" in told
    assert owner.get("/quality").status_code == 200


@pytest.fixture
def regions(fresh):
    """Customers of a region each, and with an address that names them."""
    orders = shop(customers=120, days=300)
    bring_in(fresh, orders.to_csv(index=False).encode())
    people = pd.DataFrame({"Client": sorted(orders["customer_id"].unique())})
    people["Region"] = ["north" if name[-1] < "6" else "south" for name in people["Client"]]
    people["Address"] = people["Client"] + "@example.com"
    options = {"columns": {"customer_id": "Client"}}
    bring_in(fresh, people.to_csv(index=False).encode(), "people.csv", "attributes", options)
    return fresh


def test_segments_that_are_named_on_the_page_get_a_model_each(regions):
    owner, _ = sign_in(app_of(regions), "owner")
    assert '<option value="Region">' in owner.get("/settings").text
    assert save(owner, pool_by=" Region ").status_code == 303
    assert 'name="pool_by" value="Region"' in owner.get("/settings").text
    valued(regions)
    told = {each["name"]: each for each in regions.current_run().summary["backtest"]["candidates"]}
    assert told[POOLED]["metrics"]
    assert save(owner, pool_by="").status_code == 303
    assert regions.settings()["pool_by"] == ""


@pytest.mark.parametrize(
    ("column", "code"), [("Address", "DATA-303"), ("Nowhere", "DATA-360"), ("Region", "VALUE-071")]
)
def test_segments_are_refused_as_at_the_terminal_in_the_words_of_the_reader(regions, column, code):
    owner, _ = sign_in(app_of(regions), "owner")
    if code == "VALUE-071":  # there is no file of attributes any more
        with regions.database.begin() as connection:
            connection.execute(
                sa.update(imports).where(imports.c.kind == "attributes").values(status="undone")
            )
    save(owner, pool_by=column)
    started = owner.post("/value", data={"csrf": token_on(owner.get("/import"))}, follow_redirects=False)
    Worker(regions).run_all()
    page = owner.get(started.headers["location"], headers={"accept-language": "zh-Hans"})
    assert code in page.text
    assert regions.current_run() is None


def test_one_run_by_the_api_has_segments_of_its_own(regions):
    client = program(app_of(regions), regions, "owner")
    asked = client.post("/api/v1/runs", json={"pool_by": "Address"})
    assert asked.status_code == 202
    Worker(regions).run_all()
    job = client.get(f"/api/v1/jobs/{asked.json()['job_id']}").json()
    assert (job["status"], job["error"]["code"]) == ("failed", "DATA-303")
    assert client.get("/api/v1/settings").json()["pool_by"] == ""


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-01-05 23:30 UTC"),
        ("Asia/Shanghai", "2026-01-06 07:30 UTC+8"),
        ("Asia/Kolkata", "2026-01-06 05:00 UTC+5:30"),
        ("America/St_Johns", "2026-01-05 20:00 UTC−3:30"),
    ],
)
def test_a_moment_says_how_far_it_is_from_utc(zone, text):
    moment = datetime.datetime(2026, 1, 5, 23, 30, tzinfo=datetime.UTC)
    assert in_zone(moment, ZoneInfo(zone)) == text

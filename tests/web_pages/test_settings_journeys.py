"""Schedules, webhooks, privacy and assignments as somebody clicks through them, with scripts and without."""

import csv
import datetime
import io
import re
import time
import zipfile

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from lifeworth.base.clock import now
from lifeworth.store import jobs
from lifeworth.store.tables import jobs as table
from lifeworth.workflows.webhooks import ALLOW_PRIVATE
from web.worlds import bring_in, listening, orders_csv, valued, workspace_at
from web_pages.visits import Server, complaints, opened, storage_of

RUNS = 3
HURRY_MS, PATIENCE_S = 50, 120


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("journeys") / "shop")
    (workspace.folder / ALLOW_PRIVATE).touch()
    bring_in(workspace, orders_csv(customers=60))
    for _ in range(RUNS):
        valued(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="module")
def server(shop):
    running = Server(shop.folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def inside(server, browser):
    return storage_of(browser, server, "owner")


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request):
    return request.param


@pytest.fixture
def visit(server, browser, inside, scripts):
    """A page of the owner and what it complains about, which is nothing unless a form was refused."""
    context, page, noise = opened(browser, inside, base_url=server.address, java_script_enabled=scripts)
    yield page, noise
    assert noise == []
    context.close()


@pytest.fixture
def page(visit):
    return visit[0]


def press(place, name):
    place.get_by_role("button", name=re.compile(f"^{name}\\b")).click()


def refusal(visit):
    """What the page says of a form that was refused."""
    page, noise = visit
    told = page.locator(".notice.bad").inner_text()
    assert {each for each in noise if "422" not in each} == {page.url}
    noise.clear()
    return told


def looked_at(page, place, scripts):
    """The page as it is filled by now, wide and narrow; what looks is a script itself."""
    if scripts:
        assert complaints(page, place, "en") == []


def reloaded_until(page, found):
    patient_until = time.monotonic() + PATIENCE_S
    while time.monotonic() < patient_until:
        if found.count():
            return
        page.wait_for_timeout(HURRY_MS)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def led_on(page, place, scripts):
    """A job ends, and its page leads on: by itself, or when it is loaded anew."""
    if not scripts:
        reloaded_until(page, page.locator(".crumb, .notice.good"))
    page.wait_for_url(place)


def test_a_schedule_is_made_paused_taken_up_and_deleted(visit, page, server, scripts):
    page.goto("/settings")
    page.locator("main").get_by_role("link", name="Schedules").click()
    page.fill("#schedule-name", "Every night")
    page.select_option("#schedule-kind", "backup")
    page.select_option("#schedule-rhythm", "daily")
    page.select_option("#schedule-hour", "2")
    press(page, "Add")
    row = page.locator("tbody tr")
    assert "Every day at 02:00" in row.inner_text()
    looked_at(page, f"{server.address}/settings/schedules", scripts)
    press(row, "Switch off")
    assert "Off" in row.inner_text()
    press(row, "Switch on")
    assert "02:00 UTC" in row.inner_text()
    page.fill("#schedule-cron", "61 * * * *")
    press(page, "Add")
    assert "APP-022" in refusal(visit)
    assert page.locator("#schedule-cron").input_value() == "61 * * * *"
    press(row, "Delete")
    expect(row).to_have_count(0)


def test_a_webhook_is_made_tells_what_it_told_and_is_deleted(visit, page, server, scripts):
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.server_address[1]}/hook"
        page.goto("/settings/webhooks")
        page.fill("#webhook-url", url)
        press(page, "Add")
        assert "at least one" in refusal(visit)
        assert page.locator("#webhook-url").input_value() == url
        page.check("input[value='run.completed']")
        press(page, "Add")
        secret = page.locator(".notice.good pre").inner_text()
        page.goto("/settings/webhooks")
        assert secret not in page.content()
        page.get_by_role("link", name=url).click()
        press(page, "Send a test")
        reloaded_until(page, page.locator("tbody tr", has_text="delivered"))
        listener.answers.append(503)
        press(page, "Send again")
        reloaded_until(page, page.locator("tbody tr", has_text="503"))
        assert len(listener.heard) == 2
    looked_at(page, page.url, scripts)
    looked_at(page, f"{server.address}/settings/webhooks", scripts)
    page.goto("/settings/webhooks")
    page.get_by_role("link", name=url).click()
    press(page, "Switch off")
    assert "Off" in page.locator("main").inner_text()
    page.locator("details.sure summary").click()
    press(page, "Delete for good")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_a_person_is_looked_for_given_out_and_erased(page, server, shop, scripts):
    person = f"annaC0000{7 if scripts else 8}@example.com"
    page.goto("/settings/privacy")
    page.fill("#customer", person)
    press(page, "See what is known")
    led_on(page, "**/settings/privacy/person/*", scripts)
    assert f"Runs that know this person: {len(shop.runs())}." in page.locator("main .lead").inner_text()
    looked_at(page, page.url, scripts)
    with page.expect_download() as given:
        page.locator("main a[download]").click()
    with zipfile.ZipFile(given.value.path()) as package:
        assert person in package.read("person.json").decode()
    found = page.url
    page.fill("#reason", "asked by letter")
    press(page, "Erase for good")
    assert page.url == found  # nobody has said to be sure
    page.check("input[name='sure']")
    press(page, "Erase for good")
    led_on(page, "**/settings/privacy?done=erased&job=*", scripts)
    assert "asked by letter" in page.locator("tbody tr").first.inner_text()
    looked_at(page, f"{server.address}/settings/privacy", scripts)
    page.goto(f"/customers?q={person}")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_a_list_of_a_file_is_looked_at_assigned_and_taken_back(visit, page):
    page.goto("/customers")
    one, two = (page.locator("tbody th .range").nth(number).inner_text() for number in (0, 1))
    lines = io.StringIO()
    rows = [("customer", "login"), (one, "service@example.com"), (two, "service@example.com")]
    csv.writer(lines).writerows([*rows, ("nobody@example.com", "service@example.com")])
    page.goto("/assignments")
    page.set_input_files("#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": b"what is this?"})
    page.locator("form[action='/assignments/file'] button").click()
    assert "APP-033" in refusal(visit)
    content = lines.getvalue().encode()
    page.set_input_files("#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("form[action='/assignments/file'] button").click()
    assert "nobody@example.com" in page.locator("tbody tr").inner_text()
    with page.expect_download() as given:
        page.locator("main a[href$='unmatched.csv']").click()
    assert "nobody@example.com" in given.value.path().read_text("utf-8-sig")
    draft = page.url
    press(page, "Assign")
    assert page.url == draft
    page.goto("/assignments")
    holder = page.locator("tbody tr", has_text="service").first
    assert holder.locator("td").last.inner_text() == "2"
    press(page, "Undo")
    page.goto("/assignments")
    expect(page.locator("tbody tr", has_text="service")).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_the_rules_of_retention_say_what_would_go_before_it_goes(page, shop, scripts):
    runs = len(shop.runs())
    page.goto("/settings/privacy")
    page.fill("#keep_runs", str(runs - 1))
    page.locator("form[action$='/retention'] button").click()
    assert page.locator("#keep_runs-hint").inner_text() == "Would go now: 1"
    assert len(shop.runs()) == runs
    page.locator("details.sure summary").click()
    page.locator("form[action$='/follow'] button").click()
    led_on(page, "**/settings/privacy?done=followed", scripts)
    assert page.locator("#keep_runs-hint").inner_text() == "Would go now: 0"
    assert len(shop.runs()) == runs - 1


def test_what_is_opened_in_the_list_of_work_stays_open_while_the_list_is_asked_for_again(
    shop, server, browser, inside
):
    moment, failed = now(), {"status": jobs.FAILED, "error": {"code": "APP-025", "facts": {}}}
    held = {"status": jobs.RUNNING, "lease_until": moment + datetime.timedelta(days=1), "worker": "other"}
    with shop.database.begin() as connection:
        made = []
        for kind, state in (("value", failed), ("backup", held)):
            made.append(jobs.add_job(connection, kind, {}, now=moment))
            connection.execute(sa.update(table).where(table.c.id == made[-1]).values(**state))
    context, page, noise = opened(browser, inside, base_url=server.address)
    page.goto("/runs")
    page.locator(f"#said-{made[0]}").click()
    with page.expect_response("**/runs/jobs*"):
        page.locator(f"#said-{made[0]}").focus()
    with shop.database.begin() as connection:
        connection.execute(sa.update(table).where(table.c.id == made[1]).values(status=jobs.CANCELLED))
    expect(page.locator(f"#retry-{made[1]}")).to_have_count(1)  # the list is another by now
    expect(page.locator("#jobs details[open]")).to_have_count(1)
    assert noise == []
    context.close()

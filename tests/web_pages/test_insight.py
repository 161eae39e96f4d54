"""A company with costs, referrals and two valuations, in a real Chromium: what sets things side by side."""

import pytest

from lifeworth.data.samples.company import write_company
from lifeworth.workflows.recalculate import start_run
from lifeworth.workflows.worker import Worker
from web.worlds import PASSWORD, bring_in, workspace_at
from web_pages.visits import LANGUAGES, Server, complaints, listen, opened

PLACES = (
    "/",
    "/potential",
    "/cohorts",
    "/customers?pattern=gold",
    "/compare",
    "/scenarios?churn=25",
    "/referrals",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("business")
    files = write_company(folder / "files", "en", 7, 400)
    workspace = workspace_at(folder / "shop")
    for kind in ("orders", "costs", "products", "referrals"):
        bring_in(workspace, getattr(files, kind).read_bytes(), f"{kind}.csv", kind)
    for until in ("2024-06-30", None):
        start_run(workspace, **({"until": until} if until else {}))
        Worker(workspace).run_all()
    running = Server(folder / "shop")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def inside(server, browser):
    """Storage of a browser in which the analyst has signed in."""
    context = browser.new_context()
    page, noise = listen(context.new_page())
    page.goto(f"{server.address}/login")
    page.fill("#login", "analyst@example.com")
    page.fill("#password", PASSWORD)
    page.click("main button")
    assert noise == []
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_silent_accessible_and_fits_wide_and_narrow(server, browser, inside, language):
    context, page, noise = opened(browser, inside, viewport={"width": 1440, "height": 900})
    for place in PLACES:
        assert complaints(page, server.address + place, language) == []
    assert noise == []
    context.close()


def test_every_chart_of_a_page_is_drawn(server, browser, inside):
    context, page, noise = opened(browser, inside)
    for place in PLACES:
        if place.startswith("/customers"):
            continue
        page.goto(server.address + place)
        page.evaluate("window.lifeworthCharts.drawEvery()")
        charts = page.locator("[data-chart]")
        assert charts.count() == page.locator("[data-chart] svg").count() > 0
    assert noise == []
    context.close()


def test_one_thing_is_moved_and_the_address_can_be_sent(server, browser, inside):
    context, page, _ = opened(browser, inside)
    page.goto(f"{server.address}/scenarios")
    page.fill("#lever-price", "12")
    page.locator("main .filters button").click()
    assert "price=12" in page.url
    told = page.locator("h1").inner_text()
    assert "12\xa0%" in told
    page.goto(page.url)
    assert page.locator("h1").inner_text() == told
    page.go_back()
    assert page.locator("#lever-price").input_value() == "5"
    context.close()


def test_forms_work_without_scripts(server, browser, inside):
    context, page, _ = opened(browser, inside, java_script_enabled=False)
    page.goto(f"{server.address}/referrals")
    page.select_option("#customer", index=1)
    page.locator("main .filters button").click()
    who = page.locator("#customer option[selected]").inner_text().split(" · ")[0]
    assert page.locator("#tree .finding").inner_text().startswith(who)
    page.locator(".tree a").first.click()
    assert page.locator("h1").inner_text().startswith(who)
    page.goto(f"{server.address}/compare")
    runs = page.locator("#before option").all()
    page.select_option("#before", runs[0].get_attribute("value"))
    page.select_option("#after", runs[1].get_attribute("value"))
    page.locator("main .filters button").click()
    assert page.locator("#bridge").count() == 1
    page.locator("details").first.locator("summary").click()
    assert page.locator("#value-bridge-table").is_visible()
    context.close()


def test_a_view_is_saved_opened_and_deleted_without_scripts(server, browser, inside):
    context, page, _ = opened(browser, inside, java_script_enabled=False)
    page.goto(f"{server.address}/customers")
    page.select_option("#filter-pattern", "comet")
    page.locator("main .filters button").click()
    found = page.locator("h1").inner_text()
    page.locator(".keep-view summary").click()
    page.fill("#view-name", "Comets")
    page.locator("form[action='/views'] button").click()
    page.goto(f"{server.address}/customers")
    page.locator(".views a", has_text="Comets").click()
    assert page.locator("h1").inner_text() == found
    page.locator(".keep-view summary").click()
    page.locator("form[action$='/forget'] button").click()
    assert page.locator(".views").count() == 0
    context.close()

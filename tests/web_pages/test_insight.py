"""A company with costs, referrals and two valuations, in a real Chromium: what sets things side by side."""

import pytest
from playwright.sync_api import expect

from web.worlds import business_at
from web_pages.visits import LANGUAGES, Server, complaints, opened, storage_of

PLACES = (
    "/",
    "/potential",
    "/subscriptions",
    "/cohorts",
    "/customers?pattern=gold",
    "/compare",
    "/scenarios?churn=25",
    "/referrals",
    "/households",
    "/satisfaction",
    "/dimensions",
    "/map?repeats=1.7&profit=42",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory, new_url):
    folder = tmp_path_factory.mktemp("business")
    workspace = business_at(folder, new_url(), customers=400)
    running = Server(folder / "shop")
    yield running
    running.stop()
    workspace.database.close()


@pytest.fixture(scope="module")
def inside(server, browser):
    return storage_of(browser, server, "analyst")


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
        if place.startswith(("/customers", "/households")):  # lists
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
    page.get_by_role("button", name="Work it out").click()
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
    expect(page.locator("#bridge")).to_have_count(1)
    page.locator("details").first.locator("summary").click()
    expect(page.locator("#value-bridge-table")).to_be_visible()
    context.close()


def test_cut_lines_are_dragged_moved_by_keys_and_set_back(server, browser, inside):
    context, page, noise = opened(browser, inside, viewport={"width": 1440, "height": 900})
    page.goto(f"{server.address}/map#map")
    line = page.locator(".cut-line.upright")
    line.scroll_into_view_if_needed()
    page.evaluate("window.lifeworthCharts.drawEvery()")
    used = float(page.locator("#cut-repeats").input_value())
    box = line.bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60, steps=4)
    dragged = float(page.locator("#cut-repeats").input_value())
    assert dragged > used
    page.mouse.up()
    page.wait_for_url(f"**repeats={dragged:g}&**")
    expect(page.locator("#map-2-table tbody tr")).to_have_count(4)
    page.evaluate("window.lifeworthCharts.drawEvery()")
    level = page.locator(".cut-line.level")
    high = float(level.get_attribute("aria-valuenow"))
    level.focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    assert float(level.get_attribute("aria-valuenow")) < high
    with page.expect_navigation():
        page.keyboard.press("Enter")
    told = page.locator("#map-2-table").inner_text()
    page.goto(page.url)
    assert page.locator("#map-2-table").inner_text() == told
    gold = page.locator("#map-2-table tbody tr").first
    count = gold.locator("td").first.inner_text()
    gold.locator("a").click()
    assert page.locator("h1").inner_text() == f"{count} customers"
    page.go_back()
    page.locator("#cut-lines a").click()
    assert "repeats" not in page.url
    expect(page.locator("#map-2-table")).to_have_count(0)
    assert noise == []
    context.close()


def test_a_cell_of_the_grid_opens_its_customers(server, browser, inside):
    context, page, noise = opened(browser, inside)
    page.goto(f"{server.address}/map")
    page.evaluate("window.lifeworthCharts.drawEvery()")
    spot = page.evaluate(
        "window.lifeworthCharts.of('rfm-grid').chart.convertToPixel({seriesIndex: 0}, [4, 4])"
    )
    page.locator("[data-chart=rfm-grid]").click(position={"x": spot[0], "y": spot[1]})
    page.wait_for_url("**/customers?rfm=55")
    assert "R5 F5" in page.locator("main .tabs").first.inner_text()
    assert noise == []
    context.close()


def test_a_household_opens_its_members_and_the_list_narrows_and_widens(server, browser, inside):
    context, page, noise = opened(browser, inside, java_script_enabled=False)
    page.goto(f"{server.address}/households")
    page.select_option("#sort", "-members")
    page.locator("main .filters button").click()
    row = page.locator("#households tbody tr").first
    name, members = row.locator("th").inner_text(), row.locator("td").first.inner_text()
    row.locator("a").click()
    assert page.locator("h1").inner_text() == f"{members} customers"
    assert f"Members of {name}" in page.locator("main .tabs").first.inner_text()
    page.select_option("#filter-pattern", "gold")
    page.locator("main .filters button").click()
    assert "group=" in page.url
    assert "pattern=gold" in page.url
    page.locator("main .tabs a", has_text=name).click()
    assert "group=" not in page.url
    assert "pattern=gold" in page.url
    assert noise == []
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
    expect(page.locator(".views")).to_have_count(0)
    context.close()

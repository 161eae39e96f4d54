"""The application in a real Chromium: a new user's way in, every page in three languages, and no scripts."""

import re

import pytest
from playwright.sync_api import expect

from web_pages.visits import LANGUAGES, Server, complaints, listen, opened
from workflows.shops import shop

PLACES = (
    *("/", "/value", "/map", "/cohorts", "/compare", "/scenarios", "/quality", "/customers", "/referrals"),
    "/assignments",
    "/calculator?template=automotive",
    *("/import", "/data", "/runs", "/settings", "/people", "/account", "/audit"),
    *("/settings/schedules", "/settings/webhooks", "/settings/privacy"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def inside(server, browser):
    """Storage of a browser whose user made the first account and loaded the sample."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, noise = listen(context.new_page())
    page.goto(f"{server.address}/setup?token={server.app.state.workspace.first_owner_token()}")
    page.fill("#login", "owner@shop.example")
    page.fill("#password", "correct horse battery")
    page.click("main button.button")
    page.get_by_role("button", name="Load the real orders").click()
    page.wait_for_url(f"{server.address}/")
    assert "2,357 customers are worth" in page.locator("h1").inner_text()
    assert noise == []
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_silent_accessible_and_fits_wide_and_narrow(server, browser, inside, language):
    context, page, noise = opened(browser, inside, viewport={"width": 1440, "height": 900})
    page.goto(f"{server.address}/customers")
    one = page.locator("tbody th a").first.get_attribute("href")
    for place in (*PLACES, one):
        assert complaints(page, server.address + place, language) == []
    assert noise == []
    context.close()


def test_a_chinese_export_goes_from_drop_to_value(server, browser, inside, tmp_path):
    table = shop(customers=250)
    table.columns = ["订单编号", "买家会员名", "下单时间", "实付金额"]
    (tmp_path / "订单.csv").write_bytes(table.to_csv(index=False).encode("gb18030"))
    context, page, noise = opened(browser, inside, locale="zh-CN")
    page.goto(f"{server.address}/import?lang=zh-Hans")
    page.set_input_files("#file", tmp_path / "订单.csv")
    page.click("#drop button.button")
    page.locator("section#data td", has_text="买家会员名").first.wait_for()
    page.check("input[name=sample][value=keep]")
    page.locator("form[action$='/take'] button").click()
    page.wait_for_url(f"{server.address}/")
    assert "2,607" in page.locator("h1").inner_text()  # with the 2,357 of the sample, as was asked
    assert noise == []
    page.goto(f"{server.address}/import?lang=en")
    page.locator("tr", has_text="订单.csv").locator("button").click()  # leave it out again
    page.locator("form[action='/value'] button").first.click()
    page.wait_for_url(f"{server.address}/")
    assert "2,357" in page.locator("h1").inner_text()
    context.close()


def test_the_address_keeps_the_filters_and_back_goes_back(server, browser, inside):
    context, page, _ = opened(browser, inside)
    page.goto(f"{server.address}/customers")
    page.select_option("#filter-pattern", "gold")
    page.click(".filters button")
    assert "pattern=gold" in page.url
    golden = page.locator("h1").inner_text()
    page.click("thead a >> text=Orders")
    assert "pattern=gold" in page.url
    assert "sort=-orders" in page.url
    page.click("tbody th a >> nth=0")
    expect(page.locator("#anatomy")).to_have_count(1)
    page.go_back()
    assert page.locator("h1").inner_text() == golden
    page.goto(f"{server.address}/customers?pattern=gold")
    assert page.locator("h1").inner_text() == golden
    context.close()


def test_charts_are_drawn_and_the_language_changes_for_good(server, browser, inside):
    context, page, noise = opened(browser, inside)
    page.goto(f"{server.address}/map")
    page.locator("[data-chart] svg").first.wait_for()
    with page.expect_navigation():
        page.select_option("#language", "zh-Hant")
    page.goto(f"{server.address}/customers")
    assert page.locator("nav.places [aria-current]").inner_text() == "客戶"
    with page.expect_navigation():
        page.select_option("#language", "en")
    assert noise == []
    context.close()


def test_everything_works_without_scripts(server, browser, inside):
    context, page, _ = opened(browser, inside, java_script_enabled=False)
    page.goto(f"{server.address}/settings")
    page.fill("#horizon", "6")
    page.locator("form[action='/settings'] button").click()
    expect(page.locator(".notice.good")).to_be_visible()
    assert page.locator("#horizon").input_value() == "6"
    page.fill("#horizon", "0")
    page.locator("form[action='/settings'] button").click()
    assert "VALUE-002" in page.locator(".notice.bad").inner_text()
    page.goto(f"{server.address}/settings")
    page.fill("#horizon", "12")
    page.locator("form[action='/settings'] button").click()
    page.goto(f"{server.address}/calculator?template=retail")
    page.fill("#input-margin", "50")
    page.locator(".calculator button").click()
    worked = re.sub(r"\s+", " ", page.locator(".answers").inner_text())
    assert "60.00 × 4 × 50 %" in worked
    page.select_option("#language", "zh-Hans")
    page.locator(".language button").click()
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.select_option("#language", "en")
    page.locator(".language button").click()
    context.close()


def test_a_list_is_given_to_a_colleague_who_then_sees_nobody_else(server, browser, inside):
    context, page, noise = opened(browser, inside, viewport={"width": 1440, "height": 900})
    page.goto(f"{server.address}/people")
    for name, text in (("login", "rep@shop.example"), ("name", "Rep"), ("team", "north")):
        page.fill(f"#{name}", text)
    page.fill("#password", "correct horse battery")
    page.select_option("#role", "service")
    page.select_option("#sees", "own")
    page.get_by_role("button", name="Add", exact=True).click()
    page.goto(f"{server.address}/customers?tier=high")
    page.get_by_role("link", name="Assign these").click()
    page.select_option("#login", "rep@shop.example")
    page.click("form[action^='/assignments/selected'] button")
    draft = page.url
    for language in LANGUAGES:
        assert complaints(page, draft, language) == []
    page.goto(f"{draft}?lang=en")
    page.get_by_role("button", name="Assign", exact=True).click()
    for language in LANGUAGES:
        assert complaints(page, f"{server.address}/assignments", language) == []
    assert noise == []
    other = browser.new_context(viewport={"width": 390, "height": 800})
    rep, quiet = listen(other.new_page())
    rep.goto(f"{server.address}/login")
    rep.fill("#login", "rep@shop.example")
    rep.fill("#password", "correct horse battery")
    rep.click("main button.button")
    rep.goto(f"{server.address}/customers")
    page.goto(f"{server.address}/customers?tier=high&lang=en")
    assert rep.locator("h1").inner_text() == page.locator("h1").inner_text()
    assert "assigned to you" in rep.locator("main .hint").first.inner_text()
    assert complaints(rep, f"{server.address}/customers", "en") == []
    assert quiet == []
    page.goto(draft)
    page.get_by_role("button", name="Undo").click()
    rep.goto(f"{server.address}/customers")
    expect(rep.locator("tbody tr")).to_have_count(0)
    for each in (context, other):
        each.close()

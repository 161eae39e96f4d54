"""From a file to its value by clicking only: with the sample in the way, dates in doubt, and no scripts."""

import pytest
from playwright.sync_api import expect

from web.test_import_page import ambiguous
from web_pages.visits import LANGUAGES, Server, complaints, listen, opened


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / "site")
    yield running
    running.stop()


@pytest.fixture
def inside(server, browser):
    """Storage of a browser whose user made the first account."""
    context = browser.new_context()
    page, _ = listen(context.new_page())
    page.goto(f"{server.address}/setup?token={server.app.state.workspace.first_owner_token()}")
    page.fill("#login", "owner@shop.example")
    page.fill("#password", "correct horse battery")
    page.click("main button.button")
    page.get_by_role("button", name="Load the real orders").wait_for()
    state = context.storage_state()
    context.close()
    return state


def headline(page):
    return page.locator("h1").inner_text()


def test_dates_in_doubt_are_settled_and_the_sample_makes_room(server, browser, inside, tmp_path):
    (tmp_path / "orders.csv").write_bytes(ambiguous())
    context, page, noise = opened(browser, inside, viewport={"width": 1366, "height": 900})
    page.goto(server.address)
    page.get_by_role("button", name="Load the real orders").click()
    page.wait_for_url(f"{server.address}/")
    assert "2,357" in headline(page)
    page.get_by_role("link", name="Choose a file").click()
    page.set_input_files("#file", tmp_path / "orders.csv")
    page.click("#drop button.button")
    page.locator(".notice.bad").wait_for()
    assert "Choose the date order below" in page.locator(".notice.bad").inner_text()
    assert page.evaluate("document.activeElement.id") == "dates"
    mine = page.url
    for language in LANGUAGES:
        assert complaints(page, mine, language) == []
    page.goto(f"{mine}?lang=en")
    page.select_option("#dates", label="day first (31/12/2025)")
    page.get_by_role("button", name="Look again").click()
    page.get_by_role("radio", name="Take them out").wait_for()
    assert page.get_by_role("radio", name="Take them out").is_checked()
    page.click("#correct > summary")
    page.click("#correct > form > details:last-of-type > summary")
    assert "C0" in page.locator(".meaning", has_text="Customer").first.inner_text()
    for language in LANGUAGES:
        assert complaints(page, mine, language) == []
    page.goto(f"{mine}?lang=en")
    page.get_by_role("button", name="Value my customers").click()
    page.wait_for_url(f"{server.address}/")
    assert headline(page).startswith("150 customers")
    expect(page.get_by_text("sample data")).to_have_count(0)
    assert len(server.app.state.workspace.runs()) == 1  # that of the sample alone has gone
    assert noise == []
    context.close()


def test_without_scripts_a_file_goes_from_upload_to_value(server, browser, inside, tmp_path):
    (tmp_path / "orders.csv").write_bytes(ambiguous())
    context, page, _ = opened(browser, inside, java_script_enabled=False)
    page.goto(f"{server.address}/import?lang=en")
    page.set_input_files("#file", tmp_path / "orders.csv")
    page.click("#drop button.button")
    page.locator(".notice.bad").wait_for()
    expect(page.get_by_role("radio")).to_have_count(0)
    page.select_option("#dates", label="day first (31/12/2025)")
    page.get_by_role("button", name="Look again").click()
    page.get_by_role("button", name="Value my customers").click()
    page.wait_for_url(f"{server.address}/")
    assert headline(page).startswith("150 customers")
    context.close()


def test_the_sample_is_removed_in_one_go(server, browser, inside):
    context, page, noise = opened(browser, inside)
    page.goto(f"{server.address}/?lang=en")
    page.get_by_role("button", name="Load the real orders").click()
    page.wait_for_url(f"{server.address}/")
    page.goto(f"{server.address}/import")
    page.locator(".notice .sure").wait_for()
    for language in LANGUAGES:
        assert complaints(page, f"{server.address}/import", language) == []
    page.goto(f"{server.address}/import?lang=en")
    page.click(".sure summary")
    page.get_by_role("button", name="Remove now").click()
    page.goto(f"{server.address}/import")
    expect(page.locator(".sure")).to_have_count(0)
    assert noise == []
    context.close()

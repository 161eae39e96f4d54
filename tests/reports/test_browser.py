"""The report in a real browser: silent, alone, accessible, whole at any width, with and without scripts."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from lifeworth.reports import value_report
from reports import worlds
from reports.browser import PATIENCE_MS, chromium

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
WIDE, PHONE = 1440, 375
CHARTS = 7
A4_WITHIN_MARGINS = 700


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Every world in English, the normal one in every language."""
    folder = tmp_path_factory.mktemp("reports")
    made = {}
    wanted = [(world, "en") for world in worlds.WORLDS] + [("normal", language) for language in LANGUAGES]
    for world, language in wanted:
        made[f"{world}-{language}"] = folder / f"{world}-{language}.html"
        made[f"{world}-{language}"].write_text(
            value_report(worlds.WORLDS[world](), language), encoding="utf-8"
        )
    return made


@dataclass
class Visit:
    """An open page and all it said or asked for."""

    page: Page
    noises: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser, files):
    contexts = []

    def open_(name: str, *, width: int = WIDE, dark: bool = False, scripts: bool = True) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        seen = Visit(context.new_page())
        seen.page.on("console", lambda message: seen.noises.append(message.text))
        seen.page.on("pageerror", lambda error: seen.noises.append(str(error)))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.goto(files[name].as_uri())
        if scripts:
            seen.page.evaluate("lifeworthCharts.drawEvery()")
        return seen

    yield open_
    for context in contexts:
        context.close()


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_serious(visit, language, dark):
    seen = visit(f"normal-{language}", dark=dark)
    seen.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert serious(seen.page) == []


@pytest.mark.parametrize("world", ["declined", "hostile"])
def test_axe_finds_nothing_serious_on_a_phone(visit, world):
    assert serious(visit(f"{world}-en", width=PHONE).page) == []


@pytest.mark.parametrize("world", worlds.WORLDS)
def test_every_world_is_silent_and_asks_for_nothing(visit, world):
    seen = visit(f"{world}-en")
    assert seen.noises == []
    assert [address for address in seen.asked if not address.startswith(("file:", "data:"))] == []
    assert len(seen.asked) == 1
    assert seen.page.evaluate("window.hacked === undefined")


@pytest.mark.parametrize("world", worlds.WORLDS)
def test_no_world_scrolls_sideways_at_a_desk_or_on_a_phone(visit, world):
    page = visit(f"{world}-en").page
    assert overflow(page) <= 0
    page.set_viewport_size({"width": PHONE, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    assert overflow(page) <= 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_is_drawn_with_its_title_sentence_and_table(visit, language):
    page = visit(f"normal-{language}").page
    figures = page.locator("figure.picture")
    assert figures.count() == CHARTS
    for place in range(CHARTS):
        figure = figures.nth(place)
        assert figure.locator("h3").inner_text()
        assert figure.locator("figcaption").inner_text()
        assert figure.locator("svg path").count() > 5
        figure.locator("summary").click()
        assert figure.locator("table tbody tr").first.is_visible()


def test_the_switch_turns_light_to_dark_and_back_and_redraws_the_charts(visit):
    page = visit("normal-en").page

    def look() -> tuple[str, str]:
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return paper, page.locator("#patterns-title ~ [data-chart] svg").inner_html()

    light = look()
    page.get_by_role("button", name="Dark").click()
    dark = look()
    assert dark[0] != light[0]
    assert dark[1] != light[1]
    page.get_by_role("button", name="Light").click()
    assert look()[0] == light[0]


def test_a_table_downloads_as_a_spreadsheet_reads_it(visit, tmp_path):
    page = visit("hostile-en").page
    with page.expect_download() as waiting:
        page.locator("#customers button[data-download]").click()
    waiting.value.save_as(tmp_path / "top.csv")
    text = (tmp_path / "top.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeffCustomer,Pattern,Current value")
    assert "\n'=cmd" in text
    assert "\n=cmd" not in text
    assert waiting.value.suggested_filename == "top_customers.csv"


def test_numbers_in_a_download_are_plain_and_exact(visit, tmp_path):
    page = visit("normal-en").page
    with page.expect_download() as waiting:
        page.locator("button[data-name=money]").click()
    waiting.value.save_as(tmp_path / "money.csv")
    lines = (tmp_path / "money.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "订单.csv,120500.1,0.0,4500.05,116000.05"


def test_without_scripts_tables_remain_and_nothing_is_left_empty(visit):
    page = visit("normal-en", scripts=False).page
    assert page.locator(".chart").first.is_hidden()
    assert page.locator("#theme").is_hidden()
    assert page.locator("figcaption").first.is_visible()
    page.locator("figure.picture summary").first.click()
    assert page.locator("figure.picture table").first.is_visible()


def test_a_phone_shows_customers_as_cards(visit):
    page = visit("normal-en", width=PHONE).page
    cell = page.locator("#customers td[data-label]").first
    assert cell.evaluate("cell => getComputedStyle(cell).display") == "flex"
    assert page.locator("#customers tbody tr").first.evaluate("row => row.clientWidth") <= PHONE


def test_paper_is_always_light(visit):
    page = visit("normal-en", dark=True).page
    page.emulate_media(media="print", color_scheme="dark")
    assert (
        page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')").strip()
        == "#fbfaf7"
    )
    assert page.locator("nav").is_hidden()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_that_is_printed_fits_a_sheet_of_paper(visit, language):
    page = visit(f"normal-{language}").page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WITHIN_MARGINS, "height": 1000})
    widths = page.evaluate("[...document.querySelectorAll('table')].map(table => table.offsetWidth)")
    assert len(widths) > 5
    assert max(widths) <= A4_WITHIN_MARGINS


def test_the_keyboard_reaches_every_control(visit):
    page = visit("declined-en").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "theme"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY", "BUTTON"} <= reached

"""Pages that journeys pass by, in a real Chromium: before one is in, of one thing, of trouble."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from lifeworth.base.clock import now
from lifeworth.store import accounts, jobs
from lifeworth.store.tables import jobs as table
from lifeworth.workflows.webhooks import ALLOW_PRIVATE, add_webhook
from web.worlds import PASSWORD, small_shop, workspace_at
from web_pages.visits import LANGUAGES, Server, complaints, enter, listen, opened

WRONG = {"code": "DATA-014", "facts": {"kind": "costs"}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("others") / "shop")
    (workspace.folder / ALLOW_PRIVATE).touch()
    small_shop(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="module")
def server(shop):
    running = Server(shop.folder)

    @running.app.get("/broken")
    def broken():
        raise RuntimeError("on purpose")

    yield running
    running.stop()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("empty"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def places(shop):
    """Addresses of single things: a job in each state, a person, a webhook, what is known of somebody."""
    moment = now()
    with shop.database.begin() as connection:
        made = {}
        for kind, values in {
            "value": {"status": jobs.FAILED, "error": WRONG},
            "backup": {
                "status": jobs.RUNNING, "worker": "another", "progress": 0.4, "step": "read",
                "lease_until": moment.replace(year=moment.year + 1),
            },
            "report": {"status": jobs.CANCELLED},
            "person": {
                "status": jobs.DONE,
                "result": {"ref": "0" * 16, "known": True, "rows": 3, "files": 1, "runs": 1,
                           "not_searched": ["photo.jpg"]},
            },
        }.items():  # fmt: skip
            made[kind] = jobs.add_job(connection, kind, {"ref": "0" * 16}, now=moment)
            connection.execute(sa.update(table).where(table.c.id == made[kind]).values(**values))
        user = accounts.user_by_login(connection, "viewer@example.com")["id"]
    hook = add_webhook(shop, url="http://127.0.0.1:9/", events=["run.completed"])["id"]
    return (
        *(f"/jobs/{made[kind]}" for kind in ("value", "backup", "report")),
        *(f"/settings/privacy/person/{made['person']}", f"/settings/webhooks/{hook}"),
        *("/runs", f"/people/{user}", "/jobs/none", "/nowhere", "/broken"),
    )


def page_of(context, server, role):
    page, _ = listen(context.new_page())
    enter(page, server, role)
    return page


def tidy(page, server, places, language):
    found = []
    for place in places:
        found += complaints(page, server.address + place, language)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_one_thing_and_of_trouble_are_accessible_and_fit(server, browser, places, language):
    context = browser.new_context()
    page = page_of(context, server, "owner")
    assert tidy(page, server, places, language) == []
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_before_one_is_in_are_accessible_and_fit(server, empty, browser, language):
    context, page, noise = opened(browser, None)
    assert tidy(page, server, ("/login", "/reset?token=none"), language) == []
    token = empty.app.state.workspace.first_owner_token()
    assert tidy(page, empty, (f"/setup?token={token}",), language) == []
    assert noise == []
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_workspace_and_a_refusal_are_accessible_and_fit(server, empty, browser, language):
    context, page, noise = opened(browser, None)
    workspace = empty.app.state.workspace
    with workspace.database.begin() as connection:
        first = f"first-{language}".lower()
        login = f"{first}@example.com"
        accounts.add_user(connection, login=login, name="First", password=PASSWORD, role="owner", now=now())
    enter(page, empty, first)
    nothing = ("/", "/customers", "/compare", "/import")
    assert tidy(page, empty, nothing, language) == []
    assert noise == []
    context.close()
    context = browser.new_context()
    assert tidy(page_of(context, server, "viewer"), server, ("/people",), language) == []
    context.close()


def test_a_page_is_printed_without_what_one_clicks_and_with_all_its_figures(server, browser):
    context = browser.new_context(viewport={"width": 800, "height": 1100})
    page = page_of(context, server, "owner")
    page.emulate_media(media="print")
    seen = dict.fromkeys(("table", "[data-chart] svg"), 0)
    for place in ("/", "/map", "/cohorts", "/customers", "/runs", "/import"):
        page.goto(server.address + place)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        for away in ("nav", "form", "button", "input", "select", ".button", ".quiet-button"):
            assert page.locator(f"{away} >> visible=true").count() == 0, (place, away)
        for chart in page.locator("[data-chart]").all():
            expect(chart.locator("svg").first).to_be_visible()
        for name in seen:
            seen[name] += page.locator(f"main {name} >> visible=true").count()
        assert page.locator("h1").is_visible()
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(wide), place
    assert min(seen.values()) > 3
    context.close()

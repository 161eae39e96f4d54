"""A server to visit, a browser to visit it with, and what a visit finds to complain about."""

import socket
import threading
import time

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lifeworth.web.app import create_app
from reports.browser import PATIENCE_MS
from web.worlds import PASSWORD

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
SERIOUS = {"serious", "critical"}
WAYS = ((1440, "light"), (375, "dark"))

expect.set_options(timeout=PATIENCE_MS)


class Server:
    """The application on a free port, with its worker, in a thread."""

    def __init__(self, folder):
        self.app = create_app(folder, worker=True)
        door = socket.socket()  # stays open: a port found and let go may be taken
        door.bind(("127.0.0.1", 0))
        self.port = door.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, args=([door],), daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server ended before it began"
            time.sleep(0.02)

    def stop(self):
        self._server.should_exit = True
        self._thread.join(10)
        self.app.state.workspace.database.close()


def listen(page):
    """The page, and a list that fills with whatever it complains about."""
    noise = []
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("response", lambda answer: noise.append(answer.url) if answer.status >= 400 else None)
    return page, noise


def enter(page, server, role):
    page.goto(f"{server.address}/login")
    page.fill("#login", f"{role}@example.com")
    page.fill("#password", PASSWORD)
    page.click("main button")


def storage_of(browser, server, role):
    """Storage of a browser in which somebody of this role has signed in."""
    context = browser.new_context()
    page, noise = listen(context.new_page())
    enter(page, server, role)
    assert noise == []
    state = context.storage_state()
    context.close()
    return state


def opened(browser, inside, **settings):
    context = browser.new_context(storage_state=inside, **settings)
    page, noise = listen(context.new_page())
    return context, page, noise


def complaints(page, address, language):
    """What is wrong with a page in one language, wide and light, narrow and dark."""
    found = []
    for width, scheme in WAYS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        facts = {
            "language": page.locator("html").get_attribute("lang") == language,
            "one title": page.locator("h1").count() == 1,
            "fits": page.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ),
        }
        wrong = [name for name, true in facts.items() if not true]
        wrong += [each["id"] for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
        found += [(address, width, each) for each in wrong]
    return found

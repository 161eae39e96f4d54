"""A server to visit, a browser to visit it with, and what a visit finds to complain about."""

import socket
import threading
import time

import uvicorn
from axe_playwright_python.sync_playwright import Axe

from lifeworth.web.app import create_app

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
SERIOUS = {"serious", "critical"}
WAYS = ((1440, "light"), (375, "dark"))


class Server:
    """The application on a free port, with its worker, in a thread."""

    def __init__(self, folder):
        self.app = create_app(folder, worker=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(uvicorn.Config(self.app, port=self.port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)

    def stop(self):
        self._server.should_exit = True
        self._thread.join(10)


def listen(page):
    """The page, and a list that fills with whatever it complains about."""
    noise = []
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("response", lambda answer: noise.append(answer.url) if answer.status >= 400 else None)
    return page, noise


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

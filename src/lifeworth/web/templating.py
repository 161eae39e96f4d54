"""Templates: `render(request, "name.html", ...)` with what every page has.

In every template: `t(key, **facts)` (a sentence of the catalogue), `language`, `csrf` (the hidden
field's value), `actor` (or None), `may(permission)`, `request`, `moment(datetime)` (its words in the
zone of the workspace), `at(address)` (a link that leads to the run the reader chose), and what the frame
around the page needs. `web/page.py` adds what a page about a run is drawn with.
"""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from lifeworth.reports.blocks import Document
from lifeworth.reports.documents.value_statement import WORDS
from lifeworth.reports.formats.html import environment, setting_json
from lifeworth.text.catalog import LANGUAGES, catalog
from lifeworth.text.format import formats
from lifeworth.web.csrf import VISIT, csrf_token, visit
from lifeworth.web.language import language_of
from lifeworth.web.moments import moment_words
from lifeworth.web.navigation import navigation

TEMPLATES = Path(__file__).parent / "templates"


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    language = language_of(request)
    actor = getattr(request.state, "actor", None)
    known = None if actor else visit(request)
    words = catalog(language)
    given: dict[str, Any] = {
        "t": words.text,
        "say": words.text,
        "language": language,
        "languages": list(LANGUAGES),
        "csrf": csrf_token(request),
        "actor": actor,
        "may": actor.may if actor else (lambda permission: False),
        "request": request,
        "moment": moment_words(request),
        "groups": navigation(actor),
        "page": None,
        "at": lambda address: address,
        "doc": empty_document(language, ""),
        "qualifiers": (),
        "sections": (),
        "has_charts": False,
        **values,
    }
    document: Document = given["doc"]
    given["setting_json"] = setting_json(document.form, document.words)
    content = environment(TEMPLATES).get_template(template).render(given)
    answer = HTMLResponse(content, status)
    if known and not request.cookies.get(VISIT):
        answer.set_cookie(VISIT, known, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer


@cache
def empty_document(language: str, currency: str) -> Document:
    """What the macros of reports read of their document: the words and the form of numbers."""
    words = {name: catalog(language).text(f"report.word.{name}") for name in WORDS}
    return Document("", "", language, formats(language, currency), (), words, [])

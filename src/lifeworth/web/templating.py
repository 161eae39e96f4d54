"""Templates: `render(request, "name.html", ...)` with what every page has.

In every template: `t(key, **facts)` (a sentence of the catalogue), `language`, `csrf` (the hidden
field's value), `actor` (or None), `may(permission)`, `request`. `web/context.py` may add more.
"""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lifeworth.text.catalog import catalog
from lifeworth.web.csrf import VISIT, csrf_token, visit
from lifeworth.web.language import language_of

TEMPLATES = Path(__file__).parent / "templates"
environment = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    language = language_of(request)
    actor = getattr(request.state, "actor", None)
    known = None if actor else visit(request)
    content = environment.get_template(template).render(
        t=catalog(language).text,
        language=language,
        csrf=csrf_token(request),
        actor=actor,
        may=actor.may if actor else (lambda permission: False),
        request=request,
        **values,
    )
    answer = HTMLResponse(content, status)
    if known and not request.cookies.get(VISIT):
        answer.set_cookie(VISIT, known, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return answer

"""The reader's language: chosen once, kept in a cookie."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from lifeworth.text.catalog import language_tag
from lifeworth.web.language import COOKIE
from lifeworth.web.pages.sign_in import local_path

router = APIRouter()
YEAR_SECONDS = 365 * 86_400


@router.post("/language")
def choose(language: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    answer = RedirectResponse(local_path(_without_language(back)), 303)
    remember(answer, language_tag(language))
    return answer


def remember(answer: Response, language: str) -> None:
    answer.set_cookie(COOKIE, language, max_age=YEAR_SECONDS, samesite="lax")


def _without_language(back: str) -> str:
    """The address with all it asks for, but for the language that was chosen before."""
    path, _, query = back.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "lang"]
    return f"{path}?{urlencode(kept)}" if kept else path

"""The reader's language: chosen once, kept in a cookie."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from lifeworth.text.catalog import language_tag
from lifeworth.web.language import COOKIE
from lifeworth.web.pages.sign_in import local_path

router = APIRouter()
YEAR_SECONDS = 365 * 86_400


@router.post("/language")
def choose(language: Annotated[str, Form()], back: Annotated[str, Form()] = "/") -> Response:
    answer = RedirectResponse(local_path(back), 303)
    answer.set_cookie(COOKIE, language_tag(language), max_age=YEAR_SECONDS, samesite="lax")
    return answer

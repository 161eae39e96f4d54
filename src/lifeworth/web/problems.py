"""Errors as answers: problem+json (RFC 9457) for the API, a page for people; codes and sentences of ours."""

import logging
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DataError as SqlDataError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from lifeworth.base.errors import AppError, LifeworthError, UsageError
from lifeworth.text.messages import error_text
from lifeworth.web.access import SignInFirst, is_api
from lifeworth.web.language import language_of
from lifeworth.web.templating import render

STATUS = {
    "APP-001": 401, "APP-002": 403, "APP-003": 404, "APP-004": 401, "APP-005": 429, "APP-006": 403,
    "APP-007": 422, "APP-008": 409, "APP-009": 412, "APP-010": 413, "APP-011": 422, "APP-012": 429,
    "APP-013": 403, "APP-014": 422, "APP-015": 409, "APP-016": 422, "APP-017": 409, "APP-018": 404,
    "APP-019": 422, "APP-020": 422, "APP-021": 422, "APP-022": 422, "APP-024": 503, "APP-025": 500,
    "APP-026": 409, "APP-031": 409, "APP-032": 422,
    "APP-033": 422, "APP-034": 422, "APP-035": 409, "APP-036": 409, "APP-037": 409,
    "APP-027": 428, "APP-028": 422, "APP-029": 405, "APP-030": 400,
}  # fmt: skip
_OF_STATUS = {404: "APP-003", 405: "APP-029", 413: "APP-010", 400: "APP-030"}
_log = logging.getLogger("lifeworth.web")
Model = TypeVar("Model", bound=BaseModel)


def status_of(error: LifeworthError) -> int:
    if error.code in STATUS:
        return STATUS[error.code]
    return 422 if error.exit_code in (2, 3) or isinstance(error, UsageError) else 500


def typed(kind: type[Model], **values: Any) -> Model:
    """What was typed into a form, checked as the API checks it.

    Raises:
        AppError: APP-007 with the fields that cannot be so.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        raise AppError("APP-007", fields=sorted({str(one["loc"][0]) for one in error.errors()})) from None


def problem(error: LifeworthError, request: Request, language: str) -> dict[str, Any]:
    """The body of a problem+json answer, and what a page says of it."""
    first, *rest = error_text(error, language, clicks=not is_api(request)).splitlines()
    return {
        "type": f"urn:lifeworth:error:{error.code}",
        "title": first.partition("  ")[2],
        "status": status_of(error),
        "code": error.code,
        "detail": "\n".join(line.strip() for line in rest),
        "facts": {name: _plain(fact) for name, fact in error.facts.items()},
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", ""),
    }


async def answer(request: Request, error: LifeworthError) -> Response:
    language = await run_in_threadpool(language_of, request)
    status = status_of(error)
    headers = dict(getattr(request.state, "limit_headers", {}))
    if "seconds" in error.facts:
        headers["retry-after"] = str(error.facts["seconds"])
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    body = problem(error, request, language)
    if is_api(request):
        return JSONResponse(body, status, headers, media_type="application/problem+json")
    page = await run_in_threadpool(render, request, "problem.html", status=status, problem=body)
    page.headers.update(headers)
    return page


def handle_errors(app: FastAPI) -> None:
    @app.exception_handler(LifeworthError)
    async def _ours(request: Request, error: LifeworthError) -> Response:
        return await answer(request, error)

    @app.exception_handler(SqlDataError)
    async def _unfit(request: Request, error: SqlDataError) -> Response:
        return await answer(request, AppError("APP-030"))  # a name of an address that no database can hold

    @app.exception_handler(SignInFirst)
    async def _sign_in(request: Request, error: SignInFirst) -> Response:
        if request.headers.get("hx-request"):
            return Response(status_code=204, headers={"hx-redirect": error.location})
        return RedirectResponse(error.location, 303)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        places = [".".join(str(part) for part in one["loc"]) for one in error.errors()]
        return await answer(request, AppError("APP-007", fields=sorted(set(places))))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code = _OF_STATUS.get(error.status_code, "APP-030")
        facts = {"APP-003": {"kind": "page", "seen": request.url.path}}.get(code, {})
        reply = await answer(request, AppError(code, **facts))
        if error.headers:
            reply.headers.update(error.headers)
        return reply

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        # no text of the error: it may hold personal data; the kind and the request id are enough to look
        _log.error(
            "%s %s failed: %s", request.method, request.url.path, type(error).__name__,
            exc_info=error if _log.isEnabledFor(logging.DEBUG) else None,
        )  # fmt: skip
        return await answer(request, AppError("APP-025"))


def _plain(fact: Any) -> Any:
    if isinstance(fact, list | tuple):
        return [_plain(one) for one in fact]
    return fact if isinstance(fact, str | int | float | bool | None) else str(fact)

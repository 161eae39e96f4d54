"""What pages look and move like, beyond `/static`: the theme, and the styles and scripts of reports."""

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response
from starlette.exceptions import HTTPException

from lifeworth.reports.formats.html import HERE as REPORTS
from lifeworth.reports.formats.html import theme_css

router = APIRouter()
OF_REPORTS = {
    "report.css": "text/css",
    "charts.js": "text/javascript",
    "page.js": "text/javascript",
    "early.js": "text/javascript",
}
KEPT = {"Cache-Control": "max-age=3600"}


@router.get("/assets/theme.css")
def theme() -> Response:
    return Response(theme_css(), media_type="text/css", headers=KEPT)


@router.get("/assets/{name}")
def asset(name: str) -> Response:
    if name not in OF_REPORTS:
        raise HTTPException(404)
    return FileResponse(REPORTS / "static" / name, media_type=OF_REPORTS[name], headers=KEPT)

"""Moments as people read them: in the zone of the workspace, with the distance from UTC beside them."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request

from lifeworth.text.format import NOTHING
from lifeworth.web.access import workspace_of


def moment_words(request: Request) -> Callable[..., str]:
    """A moment as `2026-03-01 08:30 UTC+8`, a dash for none. The zone is looked up at the first moment."""
    zone: list[ZoneInfo] = []

    def words(moment: datetime | None, *, seconds: bool = False) -> str:
        if moment is None:
            return NOTHING
        if not zone:
            zone.append(zone_of(request))
        return in_zone(moment, zone[0], seconds=seconds)

    return words


def zone_of(request: Request) -> ZoneInfo:
    """The zone of the workspace."""
    return ZoneInfo(workspace_of(request).settings()["zone"] or "UTC")


def in_zone(moment: datetime, zone: ZoneInfo, *, seconds: bool = False) -> str:
    local = moment.astimezone(zone)
    offset = local.utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    distance = f"{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""
    return f"{local:{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}} UTC{distance}"

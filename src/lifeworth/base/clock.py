"""Days as integers since 1970-01-01, and the one place that asks what day it is."""

import datetime

EPOCH = datetime.date(1970, 1, 1)


def day_number(date: datetime.date | str) -> int:
    """Days since 1970-01-01. Strings are ISO dates (YYYY-MM-DD)."""
    if isinstance(date, str):
        date = datetime.date.fromisoformat(date)
    return (date - EPOCH).days if not isinstance(date, datetime.datetime) else (date.date() - EPOCH).days


def date_of(day: int) -> datetime.date:
    return EPOCH + datetime.timedelta(days=int(day))


def now() -> datetime.datetime:
    """The present moment in UTC. Only outer floors call it, and pass the result on."""
    return datetime.datetime.now(datetime.UTC)

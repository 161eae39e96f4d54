"""Databases for the tests that want one: a real PostgreSQL is started when it is first asked for."""

import itertools

import pytest

from store.postgres import fresh_database, server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres():
    with server() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_url(request):
    """What gives the address of an empty database, or of a copy of one that nobody has open; "" for the
    SQLite file of the workspace."""
    if request.param == "sqlite":
        return lambda copied="": ""
    postgres = request.getfixturevalue("postgres")
    return lambda copied="": fresh_database(postgres, f"shop{next(_numbers)}", copied.rpartition("/")[2])

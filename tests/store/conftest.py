"""Every test here runs twice: on SQLite and on a real PostgreSQL."""

import itertools

import pytest

from lifeworth.store.database import Database
from store.postgres import fresh_database

_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'lifeworth.db'}"
    return fresh_database(request.getfixturevalue("postgres"), f"test{next(_numbers)}")


@pytest.fixture
def database(url):
    database = Database(url)
    database.migrate()
    yield database
    database.close()

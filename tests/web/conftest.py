"""One valued shop for the tests that only look; whoever changes something makes their own.

Every test with a workspace runs twice: on SQLite and on a real PostgreSQL.
"""

import itertools

import pytest

from store.postgres import fresh_database, server
from web.worlds import app_of, bring_in, orders_csv, valued, workspace_at

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres():
    with server() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_url(request):
    """What gives the address of an empty database; "" for the SQLite file of the workspace."""
    if request.param == "sqlite":
        return lambda: ""
    postgres = request.getfixturevalue("postgres")
    return lambda: fresh_database(postgres, f"shop{next(_numbers)}")


@pytest.fixture(scope="session")
def company(tmp_path_factory, new_url):
    workspace = workspace_at(tmp_path_factory.mktemp("company") / "shop", new_url())
    bring_in(workspace, orders_csv())
    valued(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="session")
def app(company):
    return app_of(company)


@pytest.fixture
def fresh(tmp_path, new_url):
    """A workspace with people and nothing else."""
    workspace = workspace_at(tmp_path / "shop", new_url())
    yield workspace
    workspace.database.close()

"""One valued shop for the tests that only look; whoever changes something makes their own.

Every test with a workspace runs twice: on SQLite and on a real PostgreSQL.
"""

import shutil

import pytest
from argon2 import PasswordHasher

from lifeworth.store import accounts
from lifeworth.workflows.workspace import Workspace
from web.worlds import app_of, business_at, listening, sign_in, small_shop, workspace_at


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """The same passwords, hashed at the least cost: hundreds of people are made here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def company(tmp_path_factory, new_url):
    workspace = workspace_at(tmp_path_factory.mktemp("company") / "shop", new_url())
    small_shop(workspace)
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="session")
def app(company):
    return app_of(company)


@pytest.fixture(scope="session")
def business(tmp_path_factory, new_url):
    workspace = business_at(tmp_path_factory.mktemp("business"), new_url())
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="session")
def site(business):
    return app_of(business)


@pytest.fixture
def owner(site):
    return sign_in(site, "owner")[0]


@pytest.fixture
def fresh(tmp_path, new_url):
    """A workspace with people and nothing else."""
    workspace = workspace_at(tmp_path / "shop", new_url())
    yield workspace
    workspace.database.close()


@pytest.fixture(scope="session")
def originals(tmp_path_factory, new_url):
    """A function: the folder of a workspace that nobody has open, made by `make` when first asked for."""
    made = {}

    def folder_of(make):
        if make not in made:
            workspace = workspace_at(tmp_path_factory.mktemp("original") / "shop", new_url())
            make(workspace)
            workspace.database.close()
            made[make] = workspace.folder
        return made[make]

    return folder_of


@pytest.fixture
def copied(tmp_path, new_url, originals):
    """A function: a workspace of one's own, as `make` leaves a fresh one; it is made once and copied."""
    opened = []

    def copy(make):
        folder = shutil.copytree(originals(make), tmp_path / "shop")
        named = folder / "database"
        if named.exists():
            named.write_text(new_url(named.read_text()))
        opened.append(Workspace.open(folder))
        return opened[-1]

    yield copy
    for workspace in opened:
        workspace.database.close()


@pytest.fixture
def small(copied):
    """A small shop, valued, to change at will."""
    return copied(small_shop)


@pytest.fixture
def listener():
    with listening() as server:
        yield server

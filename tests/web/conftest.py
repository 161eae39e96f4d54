"""One valued shop for the tests that only look; whoever changes something makes their own."""

import pytest

from web.worlds import app_of, bring_in, orders_csv, valued, workspace_at


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    workspace = workspace_at(tmp_path_factory.mktemp("company") / "shop")
    bring_in(workspace, orders_csv())
    valued(workspace)
    return workspace


@pytest.fixture(scope="session")
def app(company):
    return app_of(company)


@pytest.fixture
def fresh(tmp_path):
    """A workspace with people and nothing else."""
    return workspace_at(tmp_path / "shop")

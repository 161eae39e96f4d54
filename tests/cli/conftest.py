import pytest

from cli.calls import caller
from workflows.shops import shop


@pytest.fixture(scope="session")
def orders(tmp_path_factory):
    """A shop of 300 customers as a CSV file; one date in it is none."""
    table = shop(customers=300, days=400, seed=5)
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    table.loc[7, "date"] = "soon"
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    return caller(monkeypatch, capsys, tmp_path)

"""What an import costs: heavy packages are loaded by the work that needs them, never before."""

import subprocess
import sys

import pytest

HEAVY = {"pandas", "polars", "pyarrow", "duckdb", "scipy", "narwhals", "babel", "jinja2", "typer", "numpy"}


def loaded_by(statement):
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import lifeworth; lifeworth.errors", set()),
        ("import lifeworth.models", {"numpy"}),
        ("import lifeworth; lifeworth.load", {"numpy"}),
        ("import lifeworth.kernels.special", {"numpy"}),
        ("from lifeworth.text.messages import error_text", set()),
        ("import lifeworth.cli.main", {"typer"}),
    ],
)
def test_an_import_loads_no_package_that_it_does_not_need(statement, allowed):
    assert loaded_by(statement) <= allowed

"""What an import costs: heavy packages are loaded by the work that needs them, never before."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROUGHT = {"polars", "scikit-learn", "matplotlib", "formulaic"}  # by who wants them, or by an extra

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


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_every_package_that_is_imported_is_installed_with_the_program():
    locked = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements/run.txt").read_text()))
    origin = {name: {each.lower() for each in found} for name, found in packages_distributions().items()}
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "src").rglob("*.py")
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
        if (top := name.split(".")[0]) not in {*sys.stdlib_module_names, "lifeworth"}
        and not origin.get(top, set()) & (locked | BROUGHT)
    }
    assert not missing

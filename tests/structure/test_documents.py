"""What README and the guides name is there, and what they show runs."""

import importlib.util
import os
import re
import shlex

import pandas as pd
import pytest
from typer.main import get_command

from cli.calls import run
from lifeworth.cli.main import app
from lifeworth.data.samples import CDNOW
from structure.places import ROOT, blocks, pages
from workflows.shops import shop

_SPEC = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
reference = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(reference)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:src|docs|locales|tests|tools|bench)/[\w./-]*)`")
MADE_BY_BENCH = ROOT / "docs" / "reference" / "benchmarks.md"  # exists once `make bench` has run


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_path_on_a_page_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = [page.parent / link for link in LINK.findall(text) if "://" not in link]
    targets += [ROOT / path for path in PATH.findall(text)]
    missing = [str(target) for target in targets if not target.exists()]
    assert [path for path in missing if os.path.normpath(path) != str(MADE_BY_BENCH)] == []


def shown_commands():
    return [
        pytest.param(line.partition("  #")[0].strip(), id=f"{page.name}: {line.split('  #')[0].strip()}")
        for page in pages()
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if line.strip()
    ]


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_shown_exists_with_its_options(line):
    program, *words = shlex.split(line)
    if program == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert words[0] in targets
        return
    assert program.rpartition("/")[2] == "lifeworth"
    command = get_command(app).commands[words[0]]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_commands_of_the_readme_run_on_such_files(tmp_path):
    table = shop(customers=150, days=300)
    table.to_csv(tmp_path / "orders.csv", index=False)
    table.to_csv(tmp_path / "订单.csv", index=False, encoding="gb18030")
    returns = table[["order_id", "amount"]].head(5)
    with pd.ExcelWriter(tmp_path / "退货.xlsx") as book:
        returns.to_excel(book, index=False)
    lines = [line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    ran = 0
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        if program.endswith("lifeworth"):
            answer = run(*words, folder=tmp_path)
            assert answer.code == 0, (line, answer.notes)
            ran += 1
    assert ran == 3


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_bytes(CDNOW.read_bytes())
    (block,) = blocks(ROOT / "README.md", "python")
    names: dict = {}
    exec(compile(block, "README.md", "exec"), names)
    assert len(names["statement"].frame) == 2357
    assert names["model"].params_["r"] == pytest.approx(0.243, abs=0.001)


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_says_what_the_code_says(name):
    assert (reference.TARGET / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run `make docs`"

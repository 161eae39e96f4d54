"""Help names every command and option, in three languages."""

import subprocess
import sys
from typing import get_args

import pytest
from typer.main import get_command

from cli.calls import run
from lifeworth.cli import options
from lifeworth.cli.main import app
from lifeworth.engines.catalog import ENGINES
from lifeworth.text.catalog import catalog

COMMANDS = ("value", "check", "backtest", "demo")
PROMISED = {
    *("--out", "--until", "--horizon-months", "--discount-rate", "--margin", "--costs", "--model"),
    *("--engine", "--map", "--lang"),
}


def squeezed(text):
    """Without blanks: help is wrapped to the width of the terminal."""
    return "".join(text.split())


def declared(name):
    """The options of a command, and ORDERS where it takes files."""
    for parameter in get_command(app).commands[name].params:
        if parameter.name != "help":
            yield parameter.opts[0].replace("orders", "ORDERS")


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_help_names_every_command_in_the_reader_s_language(language, tmp_path):
    answer = run("--help", folder=tmp_path, language=language)
    words = catalog(language)
    assert answer.code == 0
    assert squeezed(words.text("cli.help")) in squeezed(answer.out)
    for name in COMMANDS:
        assert squeezed(name + words.text(f"cli.{name}.help")) in squeezed(answer.out), name


@pytest.mark.parametrize(
    ("name", "language"), [*((name, "en") for name in COMMANDS), ("value", "zh-Hans"), ("value", "zh-Hant")]
)
def test_help_of_a_command_names_every_option_with_its_sentence(name, language, tmp_path):
    answer = run(name, "--help", folder=tmp_path, language=language)
    words = catalog(language)
    for option in declared(name):
        assert option in answer.out, option
        key = option.strip("-").replace("-", "_").lower()
        key = "out_demo" if (name, key) == ("demo", "out") else key
        assert squeezed(words.text(f"cli.option.{key}")) in squeezed(answer.out), option


def test_value_has_the_options_that_design_promises():
    assert set(declared("value")) >= PROMISED


def test_reading_is_told_the_same_way_by_every_command_that_reads():
    names = {"ORDERS", "--map", "--encoding", "--dates", "--currency", "--rates", "--zone", "--duplicates"}
    for command in ("value", "check", "backtest"):
        assert names | {"--until"} <= set(declared(command)), command


def test_the_engines_offered_are_the_engines_there_are():
    choices, _ = get_args(options.Engine)
    assert set(get_args(choices)) == set(ENGINES)


def test_help_needs_no_heavy_package(tmp_path):
    code = (
        "import sys; sys.argv = ['lifeworth', '--help']\n"
        "from lifeworth.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'duckdb', 'babel', 'jinja2', 'rich', 'narwhals'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"

"""The entry point `lifeworth`. Commands load what they need when they run, so that help is instant."""

import os
import sys

import typer

from lifeworth.base.errors import LifeworthError
from lifeworth.cli.commands import (
    backtest,
    backup,
    calculate,
    check,
    compare,
    demo,
    doctor,
    erase,
    explain,
    export,
    guard_rail,
    import_,
    init,
    key,
    leads,
    questionnaire,
    restore,
    retention,
    run,
    run_due,
    scenario,
    serve,
    subscriptions,
    user,
    value,
    worker,
)
from lifeworth.cli.output import asked_language, report_error, words

app = typer.Typer(
    name="lifeworth",
    help=words().text("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    *(value, explain, compare, check, backtest, scenario, guard_rail, calculate, subscriptions, leads),
    *(questionnaire, demo, serve, init, import_, run, export),
    *(user, key, worker, run_due, erase, retention, backup, restore, doctor),
)
for command in _COMMANDS:
    name = command.__name__.rpartition(".")[2].rstrip("_").replace("_", "-")
    sentence = words().text(f"cli.{name}.help")
    app.command(name, help=sentence, short_help=sentence)(command.run)


def _show_version(asked: bool) -> None:
    if asked:
        from lifeworth import __version__

        typer.echo(f"lifeworth {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help=words().text("cli.version")
    ),
) -> None:
    """Options that stand before a command."""


class _WithoutPandas:
    """PyArrow loads pandas wherever it is installed, at two thirds of a second; no command needs it."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname, name=fullname)


def main() -> None:
    """Run one command; exit 0 ok, 1 failed, 2 usage, 3 data problem."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.meta_path.insert(0, _WithoutPandas())  # type: ignore[arg-type]
    try:
        asked_language(sys.argv[1:], os.environ)
        app()
    except LifeworthError as error:
        report_error(error, "--json" in sys.argv)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        if os.environ.get("LIFEWORTH_DEBUG"):
            raise
        report_error(
            LifeworthError("USE-009", kind=type(error).__name__, text=str(error)), "--json" in sys.argv
        )
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`python -m bench`: measure, write the page and bench/results/latest.json.

A complete run replaces docs/reference/benchmarks.md; a partial one prints its page instead, unless
`--page` says where to write it.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from bench import (
    bars,
    commands,
    environments,
    every_model,
    fits,
    forecasts,
    machine,
    many_columns,
    order_rows,
    posteriors,
    service,
)
from bench.page import page
from bench.plan import FULL_NAMES, PEERS, SECTIONS, Plan, full, narrowed, quick, tiny
from bench.running import cpu_so_far, say

PAGE = environments.ROOT / "docs/reference/benchmarks.md"
RESULTS = Path(__file__).with_name("results") / "latest.json"


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    plan = narrowed(asked.plan(), tuple(asked.only))
    libraries = [environments.ours(), *(environments.peer(name) for name in plan.peers_used)]
    before, begin = machine.load(), time.monotonic()

    def rounds() -> int:
        return plan.rounds if cpu_so_far() < plan.whole_s else 1

    found: dict[str, list] = {
        "fits": [], "posteriors": [], "columns": [], "every": [], "forecasts": [], "summaries": [],
        "commands": [], "services": [],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="lifeworth-bench-") as name:
        folder = Path(name)
        if "commands" in plan.sections:
            say("commands")
            found["commands"] = commands.measure(plan.rounds)
        if "rows" in plan.sections:
            say("order rows")
            found["summaries"] = order_rows.measure(plan, libraries, folder, rounds)
        if "predictions" in plan.sections:
            say("forecasts for many")
            found["forecasts"] = forecasts.measure(plan, libraries[0], folder, rounds)
        if "fits" in plan.sections:
            say("fits")
            found["fits"] = fits.measure(plan, libraries, folder, rounds)
        if "posteriors" in plan.sections:
            say("posteriors")
            found["posteriors"] = posteriors.measure(plan, libraries, folder, rounds)
        if "columns" in plan.sections:
            say("covariates")
            found["columns"] = many_columns.measure(plan, libraries[0], rounds)
        if "every" in plan.sections:
            say("every model")
            found["every"] = every_model.measure(plan, libraries[0])
        if "service" in plan.sections:
            say("the web application")
            found["services"] = service.measure(plan, folder)
    promised = [
        *bars.fit_bars(found["fits"]),
        *bars.posterior_bars(found["posteriors"]),
        *bars.column_bars(found["columns"]),
        *bars.forecast_bars(found["forecasts"]),
        *bars.row_bars(found["summaries"]),
        *bars.command_bars(found["commands"]),
        *bars.service_bars(found["services"]),
    ]
    facts = machine.facts(_command(asked), before, plan, found["fits"])
    text = page(plan, facts, promised, **found)
    _write(asked, plan, text, {"facts": facts, "bars": promised, **found})
    say(f"{time.monotonic() - begin:.0f} s; promises kept: {sum(bar.held is True for bar in promised)}"
        f" of {sum(bar.held is not None for bar in promised)}")  # fmt: skip
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="plan", action="store_const", const=quick, help=quick.__doc__)
    size.add_argument("--full", dest="plan", action="store_const", const=full, help=full.__doc__)
    size.add_argument("--tiny", dest="plan", action="store_const", const=tiny, help=tiny.__doc__)
    known = (*SECTIONS, *FULL_NAMES, *PEERS)
    parser.add_argument("--only", nargs="+", choices=known, default=[], help="sections, models or peers")
    parser.add_argument("--page", type=Path, help="where to write the page")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the figures")
    parser.set_defaults(plan=Plan)
    return parser


def _command(asked: argparse.Namespace) -> str:
    size = next((f" --{each.__name__}" for each in (quick, full, tiny) if asked.plan is each), "")
    only = f" --only {' '.join(asked.only)}" if asked.only else ""
    return f"python -m bench{size}{only}" if size or only else "make bench"


def _write(asked: argparse.Namespace, plan: Plan, text: str, figures: dict) -> None:
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        name: [asdict(each) for each in rows] if isinstance(rows, list) else rows
        for name, rows in figures.items()
    }
    asked.json.write_text(json.dumps({"plan": asdict(plan), **plain}, indent=1), encoding="utf-8")
    where = asked.page or (PAGE if plan.complete else None)
    if where is None:
        print(text)
        return
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(text, encoding="utf-8")
    say(f"written: {where}")


if __name__ == "__main__":
    sys.exit(main())

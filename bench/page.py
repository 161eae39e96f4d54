"""The page docs/reference/benchmarks.md: `page.md` with its tables filled in."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from bench.bars import LEVEL, Bar
from bench.commands import Command
from bench.data import CDNOW_CUSTOMERS
from bench.every_model import Line
from bench.fits import Fit
from bench.forecasts import Forecast
from bench.many_columns import CLVTOOLS_CPU_S, COLUMNS, FEW, Columns
from bench.order_rows import CLEANING, MEMORY_LIMIT, UNCHECKED_SHARE, Summary
from bench.plan import FULL_NAMES, HORIZON_WEEKS, Plan
from bench.posteriors import Draws, disagreement
from bench.service import PER_SECOND, Service

TEMPLATE = Path(__file__).with_name("page.md")
NOT_MEASURED = "*Not measured in this run.*"
BESIDE = "beside ours"
FIT_HEAD = (
    "Customers", "Library", f"Fit {BESIDE}", "CPU s", f"Forecast {BESIDE}", "CPU s",
    "Log-likelihood", "Below ours", "Rounds",
)  # fmt: skip


def page(
    plan: Plan,
    facts: dict[str, str],
    bars: list[Bar],
    fits: list[Fit],
    posteriors: list[Draws],
    columns: list[Columns],
    every: list[Line],
    forecasts: list[Forecast],
    summaries: list[Summary],
    commands: list[Command],
    services: list[Service],
) -> str:
    """The whole document. `facts`: command, date, machine, versions, load, completeness."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        facts,
        horizon=HORIZON_WEEKS,
        cdnow=f"{CDNOW_CUSTOMERS:,}",
        predictions=f"{plan.predictions:,}",
        rows=f"{plan.rows:,}",
        fewer_rows=f"{plan.rows // UNCHECKED_SHARE:,}",
        memory=MEMORY_LIMIT.replace("GB", " GB"),
        bars=_bars(bars),
        fits=_fits(fits),
        imports=_imports(fits),
        posteriors=_posteriors(posteriors),
        columns=COLUMNS,
        few=FEW,
        clvtools=CLVTOOLS_CPU_S,
        columns_table=_columns(columns),
        every=_every(every),
        forecasts=_forecasts(forecasts),
        rows_table=_summaries(summaries),
        commands=_commands(commands),
        per_second=PER_SECOND,
        services=_services(services),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, first column to the left, the others to the right."""
    lines = [" | ".join(row) for row in rows]
    if not lines:
        return NOT_MEASURED
    rule = " | ".join(["---", *["---:"] * (len(head) - 1)])
    return "\n".join(f"| {line} |" for line in (" | ".join(head), rule, *lines))


def _bars(bars: list[Bar]) -> str:
    words = {True: "yes", False: "**no**", None: "not measured"}
    return table(
        ("Promise", "Wanted", "Measured", "Held"),
        [(each.promise, each.wanted, each.measured, words[each.held]) for each in bars],
    )


def _fits(fits: list[Fit]) -> str:
    parts = []
    for model, name in FULL_NAMES.items():
        rows = [_fit_row(each, fits) for each in fits if each.model == model]
        if rows:
            parts.append(f"### {name}\n\n{table(FIT_HEAD, rows)}")
    return "\n\n".join(parts) or NOT_MEASURED


def _fit_row(fit: Fit, fits: list[Fit]) -> tuple[str, ...]:
    customers = _count(fit.customers)
    if fit.trouble:
        return (customers, fit.library, fit.trouble, *[""] * 6)
    ours = next(
        each
        for each in fits
        if (each.model, each.customers, each.library) == (fit.model, fit.customers, "lifeworth")
    )
    mine = fit is ours or bool(ours.trouble)
    below = ours.log_likelihood - fit.log_likelihood
    return (
        customers,
        fit.library + (f" ({fit.note})" if fit.note else ""),
        "" if mine else times(fit.fit_cpu / ours.fit_cpu),
        seconds(fit.fit_cpu),
        "" if mine else times(fit.predict_cpu / ours.predict_cpu),
        seconds(fit.predict_cpu),
        f"{fit.log_likelihood:,.4f}",
        "" if mine else ("0" if abs(below) < LEVEL else f"{below:,.3f}"),
        str(fit.rounds),
    )


def _count(customers: int) -> str:
    return f"CDNOW {customers:,}" if customers == CDNOW_CUSTOMERS else f"{customers:,}"


def _imports(fits: list[Fit]) -> str:
    loaded: dict[str, list[float]] = {}
    for fit in fits:
        if not fit.trouble:
            loaded.setdefault(f"{fit.library} {fit.version}", []).append(fit.import_cpu)
    middle = {name: sorted(times)[len(times) // 2] for name, times in loaded.items()}
    return table(("Library", "CPU s"), [(name, f"{cpu:.2f}") for name, cpu in middle.items()])


def _posteriors(draws: list[Draws]) -> str:
    beside = BESIDE.capitalize()
    head = ("Model", "Library", "How", "CPU s", "Effective draws", "CPU ms each", beside, "Apart")
    rows = []
    for each in draws:
        name = FULL_NAMES[each.model]
        ours = next(one for one in draws if (one.model, one.library) == (each.model, "lifeworth"))
        if each.trouble:
            rows.append((name, each.library, each.trouble, *[""] * 5))
            continue
        peer = each is not ours and not ours.trouble
        ratio = times(each.per_draw / ours.per_draw) if peer else ""
        apart = f"{disagreement(ours, each):.1f}" if peer else ""
        figures = (seconds(each.cpu), f"{each.effective:,.0f}", seconds(1000 * each.per_draw))
        rows.append((name, each.library, each.how, *figures, ratio, apart))
    return table(head, rows)


def _columns(columns: list[Columns]) -> str:
    head = ("Model", "Customers", "Fit, CPU s", "Forecast, CPU s", "Peak memory, MB", "Furthest", "Rounds")
    rows = []
    for each in columns:
        start = (FULL_NAMES[each.model], f"{each.customers:,}")
        if each.trouble:
            rows.append((*start, each.trouble, *[""] * 4))
            continue
        figures = (seconds(each.fit_cpu), seconds(each.predict_cpu), f"{each.peak_mb:,.0f}")
        rows.append((*start, *figures, f"{each.worst_z:.1f}", str(each.rounds)))
    return table(head, rows)


def _every(lines: list[Line]) -> str:
    rows = []
    for each in lines:
        start = (each.model, _count(each.customers))
        if each.trouble:
            rows.append((*start, each.trouble, "", ""))
        else:
            rows.append((*start, seconds(each.fit_cpu), each.forecast, seconds(each.predict_cpu)))
    return table(("Model", "Customers", "Fit, CPU s", "Forecast", "CPU s"), rows)


def _forecasts(forecasts: list[Forecast]) -> str:
    head = (
        "Model",
        "P(alive), CPU s",
        "million per second",
        "Purchases, CPU s",
        "million per second",
        "Fit, CPU s",
        "Rounds",
    )
    rows = []
    for each in forecasts:
        name = FULL_NAMES[each.model]
        if each.trouble:
            rows.append((name, each.trouble, *[""] * 5))
            continue
        pairs = [
            text
            for cpu in (each.alive_cpu, each.purchases_cpu)
            for text in (seconds(cpu), f"{each.customers / cpu / 1e6:.1f}")
        ]
        rows.append((name, *pairs, seconds(each.fit_cpu), str(each.rounds)))
    return table(head, rows)


def _summaries(summaries: list[Summary]) -> str:
    head = (
        "Way",
        BESIDE.capitalize(),
        "CPU s",
        "Peak memory, MB",
        "Customers",
        "Repeat purchase days",
        "Rounds",
    )
    ours = next((each for each in summaries if each.way == "lifeworth" and not each.trouble), None)
    rows = []
    for each in summaries:
        name = _way(each)
        if each.trouble:
            rows.append((name, each.trouble, *[""] * 5))
            continue
        ratio = "" if ours is None or each is ours or each.way == CLEANING else times(each.cpu / ours.cpu)
        counts = ["" if each.customers is None else f"{count:,}" for count in (each.customers, each.repeats)]
        rows.append((name, ratio, seconds(each.cpu), f"{each.peak_mb:,.0f}", *counts, str(each.rounds)))
    return table(head, rows)


def _way(summary: Summary) -> str:
    if summary.way == CLEANING:
        return f"{summary.way} ({summary.rows:,} rows)"
    if summary.way == "lifeworth" or not summary.version:
        return summary.way
    return f"{summary.way} ({'DuckDB ' if summary.way == 'plain scan' else ''}{summary.version})"


def _commands(commands: list[Command]) -> str:
    rows = [(f"`{each.shown}`", each.trouble or f"{each.cpu:.2f}", str(each.runs or "")) for each in commands]
    return table(("Command", "CPU s", "Runs"), rows)


def _services(services: list[Service]) -> str:
    head = ("Page", "Requests", "Errors", "Median, ms", "95 %, ms", "CPU ms per request", "Peak memory, MB")
    rows = []
    for each in services:
        times_ms = [f"{each.median_ms:,.0f}", f"{each.p95_ms:,.0f}", f"{each.cpu_ms:.1f}"]
        counts = [str(each.requests), str(each.errors)]
        rows.append((each.kind.capitalize(), *counts, *times_ms, f"{each.peak_mb:,.0f}"))
    told = f"{services[0].customers:,} customers, {services[0].runs} published runs.\n\n" if services else ""
    return told + table(head, rows)


def seconds(cpu: float) -> str:
    """Three significant digits, without exponents."""
    if cpu <= 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(cpu)))
    return f"{cpu:.{digits}f}"


def times(ratio: float) -> str:
    """How many times our CPU; below 1 they are quicker."""
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×" if ratio >= 1 else f"{ratio:.2f} ×"

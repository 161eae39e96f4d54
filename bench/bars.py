"""What lifeworth promises about speed, and whether this run kept it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bench.commands import Command
from bench.fits import Fit
from bench.forecasts import Forecast
from bench.many_columns import COLUMNS, Columns
from bench.order_rows import Summary
from bench.plan import FULL_NAMES
from bench.posteriors import Draws, disagreement
from bench.service import OVERVIEW, PER_SECOND, Service

CUSTOMERS_PER_S = 20e6
VALUE_CPU_S, HELP_CPU_S = 3.0, 0.3
ROWS_PEAK_MB = 4096.0
PAGE_MS, OVERVIEW_MS, REQUEST_CPU_MS, SERVER_MB = 300.0, 500.0, 20.0, 1000.0
PROMISED_VISITORS = 1_000_000  # customers of the company that is served
PROMISED_SIZE = 10_000_000  # customers to forecast, order rows to sum up
LEVEL = 1e-3  # log-likelihoods nearer than this are the same optimum
# model, customers, times less CPU than lifetimes
AGAINST_LIFETIMES = (("bg_nbd", 1_000_000, 80), ("pareto_nbd", 100_000, 80), ("gamma_gamma", 1_000_000, 40))
FIT_OF_ALL_S = 1.5  # CPU of BG/NBD on PROMISED_SIZE customers
AGAINST_NUTS = {"bg_nbd": 1_000, "pareto_nbd": 3_000}  # times less CPU per effective draw
APART = 4.0  # standard errors: of some twenty marks the furthest is beyond by chance once in a thousand runs
COLUMNS_CUSTOMERS, COLUMNS_CPU_S, COLUMNS_PEAK_MB, COLUMNS_Z = 1_000_000, 60.0, 4096.0, 5.0


@dataclass(frozen=True)
class Bar:
    """One promise. `held` is None where this run did not measure it."""

    promise: str
    wanted: str
    measured: str
    held: bool | None


def fit_bars(fits: Iterable[Fit]) -> list[Bar]:
    found = {(fit.model, fit.customers, fit.library): fit for fit in fits}
    bars = []
    for model, customers, less in AGAINST_LIFETIMES:
        ours, theirs = (found.get((model, customers, each)) for each in ("lifeworth", "lifetimes"))
        if ours is None or theirs is None:
            continue
        promise = f"{FULL_NAMES[model]} fit on {customers:,} customers beside lifetimes"
        wanted = f"{less} × less CPU, log-likelihood no lower"
        if ours.trouble or theirs.trouble:
            bars.append(Bar(promise, wanted, ours.trouble or theirs.trouble, None))
            continue
        ratio, ahead = theirs.fit_cpu / ours.fit_cpu, ours.log_likelihood - theirs.log_likelihood
        measured = f"{ratio:.1f} ×; log-likelihood {ahead:+.4f}"
        bars.append(Bar(promise, wanted, measured, ratio >= less and ahead >= -LEVEL))
    return bars


def posterior_bars(draws: Iterable[Draws]) -> list[Bar]:
    found = {(each.model, each.library): each for each in draws}
    bars = []
    for model, less in AGAINST_NUTS.items():
        ours, theirs = (found.get((model, each)) for each in ("lifeworth", "pymc-marketing"))
        if ours is None or theirs is None:
            continue
        promise = f"{FULL_NAMES[model]}, posterior on CDNOW beside PyMC-Marketing's NUTS"
        wanted = f"{less:,} × less CPU per effective draw, the same posterior"
        if ours.trouble or theirs.trouble:
            bars.append(Bar(promise, wanted, ours.trouble or theirs.trouble, None))
            continue
        ratio, apart = theirs.per_draw / ours.per_draw, disagreement(ours, theirs)
        measured = f"{ratio:,.0f} ×; at most {apart:.1f} Monte-Carlo errors apart"
        bars.append(Bar(promise, wanted, measured, ratio >= less and apart <= APART))
    return bars


def column_bars(columns: Iterable[Columns]) -> list[Bar]:
    bars = []
    for each in columns:
        if each.customers < COLUMNS_CUSTOMERS:
            continue
        promise = f"{FULL_NAMES[each.model]}, {COLUMNS} covariates, {each.customers:,} customers"
        wanted = f"in {COLUMNS_CPU_S:.0f} CPU s and {COLUMNS_PEAK_MB / 1024:.0f} GB, coefficients found"
        if each.trouble:
            bars.append(Bar(promise, wanted, each.trouble, None))
            continue
        memory = f"{each.peak_mb / 1024:.1f} GB"
        measured = f"{each.fit_cpu:.1f} CPU s, {memory}, at most {each.worst_z:.1f} standard errors off"
        fits = each.fit_cpu <= COLUMNS_CPU_S and each.peak_mb <= COLUMNS_PEAK_MB
        bars.append(Bar(promise, wanted, measured, fits and each.worst_z <= COLUMNS_Z))
    return bars


def forecast_bars(forecasts: Iterable[Forecast]) -> list[Bar]:
    bars = []
    for each in forecasts:
        if each.customers < PROMISED_SIZE:
            continue
        kinds = (("P(alive)", each.alive_cpu), ("expected purchases", each.purchases_cpu))
        for what, cpu in kinds:
            promise = f"{FULL_NAMES[each.model]}, {what}, {each.customers:,} customers"
            wanted = f"{CUSTOMERS_PER_S / 1e6:.0f} million customers per second and core"
            if each.trouble:
                bars.append(Bar(promise, wanted, each.trouble, None))
                continue
            rate = each.customers / cpu
            bars.append(Bar(promise, wanted, f"{rate / 1e6:.1f} million", rate >= CUSTOMERS_PER_S))
        if each.model == "bg_nbd":
            measured = each.trouble or f"{each.fit_cpu:.2f} CPU s"
            held = None if each.trouble else each.fit_cpu <= FIT_OF_ALL_S
            promise = f"{FULL_NAMES[each.model]} fit on {each.customers:,} customers"
            bars.append(Bar(promise, f"within {FIT_OF_ALL_S} CPU s", measured, held))
    return bars


def row_bars(summaries: Iterable[Summary]) -> list[Bar]:
    ours = [each for each in summaries if each.way == "lifeworth" and each.rows >= PROMISED_SIZE]
    bars = []
    for each in ours:
        promise, wanted = f"{each.rows:,} order rows to histories", f"within {ROWS_PEAK_MB / 1024:.0f} GB"
        if each.trouble:
            bars.append(Bar(promise, wanted, each.trouble, None))
        else:
            measured = f"{each.peak_mb / 1024:.1f} GB, {each.cpu:.1f} CPU s"
            bars.append(Bar(promise, wanted, measured, each.peak_mb <= ROWS_PEAK_MB))
    return bars


def command_bars(commands: Iterable[Command]) -> list[Bar]:
    bars = []
    for each in commands:
        limit = HELP_CPU_S if "--help" in each.shown else VALUE_CPU_S
        measured = each.trouble or f"{each.cpu:.2f} CPU s"
        bars.append(
            Bar(each.shown, f"under {limit} CPU s", measured, None if each.trouble else each.cpu < limit)
        )
    return bars


def service_bars(services: Iterable[Service]) -> list[Bar]:
    large = [each for each in services if each.customers >= PROMISED_VISITORS]
    bars = []
    for each in large:
        limit = OVERVIEW_MS if each.kind == OVERVIEW else PAGE_MS
        promise = f"{each.kind.capitalize()}, {each.customers:,} customers, {PER_SECOND} requests per second"
        measured = f"{each.p95_ms:,.0f} ms, {each.errors} errors"
        bars.append(
            Bar(promise, f"95 % within {limit:.0f} ms", measured, each.p95_ms < limit and not each.errors)
        )
    for each in large[:1]:  # the server is the same for all
        wanted = f"under {REQUEST_CPU_MS:.0f} CPU ms per request"
        bars.append(Bar("The server", wanted, f"{each.cpu_ms:.1f} ms", each.cpu_ms < REQUEST_CPU_MS))
        memory = f"{each.peak_mb:,.0f} MB"
        bars.append(Bar("The server", f"under {SERVER_MB:,.0f} MB", memory, each.peak_mb < SERVER_MB))
    return bars

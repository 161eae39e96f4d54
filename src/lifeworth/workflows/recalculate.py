"""A value run over everything that was imported, with the settings of the workspace."""

import inspect
from datetime import date
from typing import Any

import pyarrow as pa

from lifeworth.base.clock import now
from lifeworth.base.errors import AppError, DataError
from lifeworth.data.sources.companions import read_companion
from lifeworth.data.tables.companions.attributes import attributes_with
from lifeworth.results.customers import customers_of
from lifeworth.results.runs import RunEntry
from lifeworth.store.jobs import add_job
from lifeworth.workflows.comparison import compared, run_before
from lifeworth.workflows.ingest import active_imports
from lifeworth.workflows.options import OF_A_RUN, names_in
from lifeworth.workflows.person_columns import of_households
from lifeworth.workflows.recognition import ATTRIBUTES, COSTS, ORDERS, PRICE, read_kind, usable_rows
from lifeworth.workflows.sample_data import forget_sample_runs, sample_is_in, sample_runs
from lifeworth.workflows.step import Progress
from lifeworth.workflows.value import value, value_files
from lifeworth.workflows.workspace import Workspace


def start_run(workspace: Workspace, *, by: str = "", **settings: Any) -> str:
    """Queue a value run; the id of its job. `settings` go before those of the workspace."""
    with workspace.database.begin() as connection:
        return add_job(connection, "value", {"settings": settings}, now=now(), created_by=by)


def value_job(workspace: Workspace, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The work of a job of the kind "value"; gives the id of the run."""
    payload = job["payload"] or {}
    # named after the job's own moment, so that a job done again takes the place of what it began
    run_id = workspace.new_run_id(job["created_at"])
    run = value_workspace(workspace, run_id, payload.get("settings") or {}, progress)
    progress("index", 0)
    forget_sample_runs(workspace)
    ready(workspace, workspace.run(run_id))
    return {"run_id": run_id, "customers": run.summary["customers"]}


def value_workspace(workspace: Workspace, run_id: str, settings: dict[str, Any], progress: Progress) -> Any:
    """Value the active imports and publish the run.

    Raises:
        AppError: APP-031 when no orders have been imported.
    """
    imports = active_imports(workspace)
    orders = [one for one in imports if one["kind"] == ORDERS]
    if not orders:
        raise AppError("APP-031")
    chosen = {**workspace.settings(), **settings}
    until, covariates = chosen.get("until"), names_in(chosen["covariates"])
    scope, pool_by = chosen["scope"] or None, chosen["pool_by"]
    known_by = list(dict.fromkeys([*covariates, *filter(None, [scope, pool_by])]))
    companions = _companions(workspace, imports, chosen["margin"], known_by)
    of_sample = set() if sample_is_in(workspace) else {run.id for run in sample_runs(workspace)}
    earlier = [
        run for run in workspace.runs()
        if run.id != run_id and (not until or run.summary["as_of"] <= until) and run.id not in of_sample
    ]  # fmt: skip
    return value_files(
        [workspace.folder / one["file"] for one in orders],
        workspace.runs_folder / run_id,
        until=date.fromisoformat(until) if until else None,
        progress=progress,
        keep_timeline=True,
        previous=max(earlier, key=lambda run: (run.summary["as_of"], run.created)).folder
        if earlier
        else None,
        reading=_reading(orders, chosen),
        scope=scope,
        covariates=covariates,
        pool_by=pool_by,
        **{name: chosen[name] for name in OF_A_RUN},
        **companions,
    )


def _companions(
    workspace: Workspace, imports: list[dict[str, Any]], margin: float | None, known_by: list[str]
) -> dict[str, Any]:
    """Files beside the orders, by the argument of `value` that takes them. Several files of a kind, and those
    whose columns a person named, are handed over as one table; costs file by file. A list of products with
    unit costs gives the cost of goods where nothing else tells it.
    """
    known = inspect.signature(value).parameters
    found: dict[str, list[dict[str, Any]]] = {}
    for one in imports:
        if one["kind"] != ORDERS and one["kind"] in known:
            found.setdefault(one["kind"], []).append(one)
    single = found.keys() - {COSTS, ATTRIBUTES}
    sources = {kind: _one_source(workspace, kind, files) for kind, files in found.items() if kind in single}
    if ATTRIBUTES in found:
        sources[ATTRIBUTES] = _attributes(workspace, found[ATTRIBUTES], known_by)
    costs = [_one_source(workspace, COSTS, [one]) for one in found.get(COSTS, [])]
    if margin is None and not any(PRICE in _mapped(one) for one in imports if one["kind"] in (ORDERS, COSTS)):
        priced = [one for one in found.get("products", []) if PRICE in _mapped(one)]
        costs += [_one_source(workspace, "products", priced)] if priced else []
    return sources | ({COSTS: costs} if costs else {})


def _mapped(one: dict[str, Any]) -> set[str]:
    """What the columns of an import were taken for."""
    report = (one["report"] or {}).get("import_report") or {}
    return {name for part in (report, *report.get("files", [])) for name in part.get("mapping") or {}}


def _one_source(workspace: Workspace, kind: str, files: list[dict[str, Any]]) -> Any:
    if len(files) == 1 and not files[0]["options"]:
        return workspace.folder / files[0]["file"]
    read = [read_kind(workspace.folder / one["file"], kind, one["options"] or {}) for one in files]
    table = pa.concat_tables([usable_rows(one, kind) for one in read], promote_options="default")
    if all(of_households("group_id", one.mapping.get("group_id")) for one in read):
        names = ["household" if name == "group_id" else name for name in table.column_names]
        return table.rename_columns(names)  # so that the groups are known to be no customers
    return table


def _attributes(workspace: Workspace, files: list[dict[str, Any]], names: list[str]) -> pa.Table:
    """The columns asked for, of each file that has some of them."""
    tables = []
    for one in files:
        options = one["options"] or {}
        read = read_companion(
            workspace.folder / one["file"],
            attributes_with(names),
            columns=options.get("columns") or None,
            encoding=options.get("encoding") or None,
            dates=options.get("dates") or None,
        )
        tables.append(read.table.select([name for name in read.table.column_names if name in read.mapping]))
    return pa.concat_tables(tables, promote_options="default")


def _reading(orders: list[dict[str, Any]], chosen: dict[str, Any]) -> dict[str, Any]:
    """How to read: what people confirmed for each file, and the currency and zone of the workspace."""
    mappings = [(one["options"] or {}).get("columns") or {} for one in orders]
    reading: dict[str, Any] = {name: chosen[name] for name in ("currency", "zone") if chosen[name]}
    if any(mappings):
        reading["columns"] = mappings
    for name in ("encoding", "dates", "duplicates"):
        told = [(one["options"] or {}).get(name) or None for one in orders]
        if any(told):
            reading[name] = told
    for name in ("currency", "zone"):  # of the run; those of the workspace go before those of files
        asked = {(one["options"] or {}).get(name) for one in orders} - {None, ""}
        if not chosen[name] and len(asked) == 1:
            reading[name] = asked.pop()
    led = [one["options"] for one in orders if (one["options"] or {}).get("rates")]
    if led:
        reading.setdefault("currency", led[-1]["currency"])
        reading["rates"] = _rates_to(reading["currency"], led)
    return reading


def _rates_to(currency: str, told: list[dict[str, Any]]) -> dict[str, float]:
    """The rates people gave for each file, oldest first, as rates to the currency of the run; where two files
    tell the same one, the newer file's.

    Raises:
        DataError: DATA-221 where the rates of a file lead to another currency, and none leads on from there.
    """
    found: dict[str, float] = {}
    for options in told:
        rates = {**options["rates"], options["currency"]: 1.0}
        if currency not in rates:
            raise DataError("DATA-221", currencies=[currency], base=options["currency"])
        found |= {code: rate / rates[currency] for code, rate in rates.items() if code != currency}
    return found


def ready(workspace: Workspace, entry: RunEntry) -> None:
    """Make what pages look up in a run, here and not when the first page asks."""
    customers_of(entry, workspace.secret).warm()
    before = run_before(workspace.runs(), entry)
    if before is not None:
        compared(before, entry)

"""One customer's numbers explained, and how likely she was active day by day: from a published run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lifeworth.base.clock import day_number
from lifeworth.base.errors import UsageError
from lifeworth.models.catalog import PURCHASE_MODELS
from lifeworth.monitoring import curves
from lifeworth.reports.documents.origins import origins
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.contract import Run
from lifeworth.results.read import read_run


def explain_customer(folder: str | Path, customer_id: str, language: str) -> dict[str, Any]:
    """`customer_anatomy` of the run in `folder`.

    Raises:
        DataError: RESULT-002 where there is no run.
        UsageError: VALUE-103 for a customer that the run does not have.
    """
    return customer_anatomy(read_run(folder), customer_id, language)


def customer_anatomy(run: Run, customer_id: str, language: str) -> dict[str, Any]:
    """Where each number of one customer comes from.

    Returns:
        {"customer_id", "as_of", "currency", "value_basis", "horizon_months", "individual",
        "numbers"};
        numbers: [{"name", "label", "value", "low", "high", "written",
        "source": data|model|measured|assumption, "source_label", "formula", "worked"}], in the order in which
        they build on one another.
    Raises:
        UsageError: VALUE-103 for a customer that the run does not have.
    """
    place = pc.index(run.customers.column("customer_id"), pa.scalar(customer_id)).as_py()
    if place < 0:
        raise UsageError("VALUE-103", seen=customer_id, folder=str(run.folder))
    row = run.customers.slice(place, 1).to_pylist()[0]
    table = run.table("survey_answers")
    answers = [] if table is None else table.filter(pc.equal(table["customer_id"], customer_id)).to_pylist()
    reading = Reading(run, language)
    summary = run.summary
    return {
        "customer_id": customer_id,
        "as_of": summary["as_of"],
        "currency": reading.currency,
        "value_basis": summary.get("value_basis") or "net_revenue",
        "horizon_months": summary["horizon_months"],
        "individual": row["current_value"] is not None,
        "numbers": [
            each.to_json(reading.say(f"explain.source.{each.source}"))
            for each in origins(reading, row, answers)
        ],
    }


def alive_history(
    summary: Mapping[str, Any], events: Sequence[Mapping[str, Any]], points: int | None = None
) -> dict[str, Any] | None:
    """P(alive) of one customer on each day up to the as-of date of the run, knowing only what came before.

    Args:
        summary: of the run; its model gives the parameters, so the last day agrees with the published
            probability.
        events: the customer's rows of the table `timeline`.
        points: about how many days, for a curve; every day without it.
    Returns:
        Columns day, purchase, frequency, probability_alive; None where the plain formula forecasts, or
        nothing was bought.
    """
    model = summary.get("model") or {}
    days = np.unique([each["day"] for each in events if each["counted"]])
    if model.get("name") not in PURCHASE_MODELS or len(days) == 0:
        return None
    fitted = PURCHASE_MODELS[model["name"]].with_parameters(**model["params"])
    columns = curves.alive_history(fitted, days, day_number(summary["as_of"]), 1.0, points=points)
    return {name: np.asarray(values).tolist() for name, values in columns.items()}

"""The demonstration: the bundled real orders, valued, and a simulated company with its truth."""

from pathlib import Path

from lifeworth.data.samples import CDNOW
from lifeworth.data.samples.company import write_company
from lifeworth.results.contract import Run
from lifeworth.results.publish import refuse_foreign
from lifeworth.workflows.step import Progress, silent
from lifeworth.workflows.value import value_files


def value_sample(out: Path, *, language: str = "en", progress: Progress = silent) -> Run:
    """Value CDNOW's 1/10 sample (US dollars, revenue) into the folder `out`."""
    return value_files([CDNOW], out, language=language, progress=progress, reading={"currency": "USD"})


def value_company(
    out: Path,
    *,
    language: str = "en",
    seed: int = 7,
    customers: int = 3000,
    progress: Progress = silent,
) -> Run:
    """Write the sample company into `out`/files and value it, with all it holds, into `out`/run."""
    refuse_foreign(out / "run")
    files = write_company(out / "files", language, seed, customers)
    return value_files(
        [files.orders],
        out / "run",
        language=language,
        progress=progress,
        reading={"currency": files.currency},
        costs=[str(files.costs), str(files.products), str(files.cases)],
        products=str(files.products),
        referrals=str(files.referrals),
        marketing=str(files.marketing),
        surveys=str(files.surveys),
        relationships=str(files.households),
        subscriptions=str(files.subscriptions),
        campaigns=str(files.campaign),
    )

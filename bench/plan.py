"""What is measured, on which sizes, and how long it may take.

`FITS` is one line per model and data set. A peer that would need more than ten minutes for one
piece of work is left for `--full`; the page says so in its row.
"""

from dataclasses import dataclass, replace

HORIZON_WEEKS = 39
SEED = 20
FULL_NAMES = {
    "bg_nbd": "BG/NBD",
    "mbg_nbd": "MBG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "gamma_gamma": "Gamma-Gamma",
}
PEERS = ("lifetimes", "pymc-marketing")
SECTIONS = ("fits", "posteriors", "columns", "every", "predictions", "rows", "commands", "service")
BESIDE_PEERS = ("fits", "posteriors", "rows")  # the sections that need the environments of the peers
# (library, model, least customers) -> why it waits for --full
ONLY_FULL = {
    ("lifetimes", "pareto_nbd", 1_000_000): "not run: about 12 minutes of CPU; `--full` runs it",
}


@dataclass(frozen=True)
class Plan:
    """Sizes and limits of one run of the bench. Budgets are CPU seconds: load does not change the plan."""

    customers: tuple[int, ...] = (100_000, 1_000_000)
    predictions: int = 10_000_000
    rows: int = 10_000_000
    served: int = 1_000_000  # customers of the company whose pages are asked for
    served_runs: int = 10
    visit_s: float = 60.0
    rounds: int = 5
    library_s: float = 30.0  # of one library's rounds in one comparison
    whole_s: float = 600.0  # after this many, every comparison has one round
    worker_s: float = 1_500.0  # by the clock: work that takes longer is stopped
    peers: tuple[str, ...] = PEERS
    models: tuple[str, ...] = tuple(FULL_NAMES)
    sections: tuple[str, ...] = SECTIONS
    full: bool = False

    @property
    def peers_used(self) -> tuple[str, ...]:
        """The peers whose environments are needed."""
        return self.peers if set(BESIDE_PEERS) & set(self.sections) else ()

    @property
    def complete(self) -> bool:
        return self == Plan() or self == full()


def quick() -> Plan:
    """A look in a few minutes: no million, one round."""
    smaller = {"customers": (100_000,), "predictions": 1_000_000, "rows": 1_000_000, "served": 100_000}
    return Plan(**smaller, served_runs=3, visit_s=20.0, rounds=1)


def full() -> Plan:
    """Everything, however long it takes."""
    return Plan(worker_s=3_600.0, whole_s=3_600.0, full=True)


def tiny() -> Plan:
    """The smallest sizes: does the bench itself work?"""
    smaller = {"customers": (3_000,), "predictions": 3_000, "rows": 3_000, "served": 3_000}
    return Plan(**smaller, served_runs=2, visit_s=4.0, rounds=1, peers=())


def narrowed(plan: Plan, only: tuple[str, ...]) -> Plan:
    """The plan for some sections, models or peers; what is not named of a kind stays whole."""
    kinds = (("sections", SECTIONS), ("models", tuple(FULL_NAMES)), ("peers", PEERS))
    for kind, known in kinds:
        chosen = tuple(name for name in known if name in only)
        if chosen:
            plan = replace(plan, **{kind: chosen})
    if any(name in FULL_NAMES for name in only) and not any(name in SECTIONS for name in only):
        plan = replace(plan, sections=("fits",))
    return plan


def waits_for_full(plan: Plan, library: str, model: str, customers: int) -> str:
    """Why this work is not done now; empty where it is."""
    for (who, what, least), why in ONLY_FULL.items():
        if not plan.full and (who, what) == (library, model) and customers >= least:
            return why
    return ""

"""The value statement: what customers are worth, may it be trusted, who they are, and on what grounds.

One order for every format: the answer first, then how far to trust it, then the pictures, the
customers, the data, the model and the definitions. Sections that have nothing to say are left out.
"""

from collections.abc import Callable

from lifeworth.reports.blocks import Document, Section
from lifeworth.reports.documents import (
    acquisition,
    concentration,
    customers,
    decisions,
    dimensions,
    first_products,
    forecast,
    groups,
    households,
    ledger,
    model_card,
    near_term,
    overview,
    pattern_map,
    potential,
    referrals,
    rfm,
    satisfaction,
    scenarios,
    subscriptions,
    terms,
    trust,
    usability,
)
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.contract import Run

PARTS = (
    overview.section,
    trust.section,
    usability.attention,
    ledger.section,
    near_term.section,
    potential.section,
    subscriptions.section,
    referrals.section,
    satisfaction.section,
    households.section,
    groups.section,
    concentration.section,
    rfm.section,
    pattern_map.section,
    decisions.section,
    forecast.section,
    dimensions.section,
    scenarios.section,
    acquisition.section,
    first_products.section,
    customers.section,
    usability.section,
    model_card.section,
    terms.section,
)
WORDS = ("as_table", "contents", "costs", "dark", "do", "download", "light", "skip")


def value_statement(run: Run, language: str, told: Callable[[float], None] | None = None) -> Document:
    """The document of a published run, in "en", "zh-Hans" or "zh-Hant". `told` hears the share done."""
    reading = Reading(run, language)
    sections: list[Section] = []
    for number, part in enumerate(PARTS):
        if told:
            told(number / len(PARTS))
        made = part(reading)
        sections += [] if made is None else [made]
    return Document(
        title=reading.say("report.title"),
        headline=overview.headline(reading),
        language=reading.language,
        form=reading.form,
        qualifiers=qualifiers(reading),
        words={name: reading.say(f"report.word.{name}") for name in WORDS},
        sections=sections,
        footer=_footer(reading),
        badge=reading.say("report.badge.revenue") if reading.is_revenue else "",
    )


def qualifiers(run: Reading) -> tuple[tuple[str, str], ...]:
    """The facts that qualify every number of the document."""
    summary, form = run.summary, run.form
    horizon = run.months
    basis = run.say(f"basis.{summary.get('value_basis') or ('net_revenue' if run.is_revenue else 'profit')}")
    if summary.get("margin") is not None:
        basis = run.say("report.basis_margin", basis=basis, margin=form.percent(summary["margin"], 1))
    facts = [
        (run.label("as_of"), str(summary["as_of"])),
        (run.label("horizon_months"), horizon),
        (run.label("basis"), basis),
        (run.label("discount_rate"), form.percent(summary["discount_rate"], 1)),
        (run.label("currency"), run.currency or run.say("report.no_currency")),
    ]
    return tuple(facts)


def _footer(run: Reading) -> str:
    return run.say(
        "report.footer",
        run=str(run.summary.get("run_id", "")),
        created=str(run.summary.get("created", "")),
        version=str(run.summary.get("lifeworth", "")),
        files=run.form.listing([str(name) for name in run.summary.get("source") or []]),
    )

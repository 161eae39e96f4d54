"""Definitions: each figure once, with its basis, unit and horizon."""

from lifeworth.reports.blocks import Heading, Paragraph, Section, Terms
from lifeworth.reports.documents.reading import Reading
from lifeworth.results.contract import CUSTOMER_COLUMNS, ESTIMATE_COLUMNS

UNSAID = ("reason_keys", "reason_facts")
SUMMARY_TERMS = (
    "as_of",
    "basis",
    "horizon_months",
    "discount_rate",
    "customers",
    "repeat_customers",
    "active_customers",
    "gross_sales",
    "refunds",
    "interval",
    "grade",
    "bias",
    "mae",
    "rmse",
    "spearman",
    "normalised_gini",
    "top_10_capture",
    "coverage",
    "total_inside",
    "log_likelihood",
    "correlation",
)


def chosen(run: Reading, *names: str) -> Section:
    """The definitions of the figures that one page shows."""
    terms = tuple(_term(run, name) for name in names)
    return Section("definitions", run.say("report.terms.title"), "", [Paragraph(_intro(run)), Terms(terms)])


def section(run: Reading) -> Section:
    columns = [column.name for column in CUSTOMER_COLUMNS if column.name not in UNSAID]
    if not run.individual:
        columns = [name for name in columns if name not in ESTIMATE_COLUMNS]
    return Section(
        "definitions",
        run.say("report.terms.title"),
        "",
        [
            Paragraph(_intro(run)),
            Heading(run.say("report.terms.summary")),
            Terms(tuple((run.label(name), run.say(f"definition.{name}"), "") for name in SUMMARY_TERMS)),
            Heading(run.say("report.terms.customer")),
            Terms(tuple(_term(run, name) for name in columns)),
        ],
    )


def _intro(run: Reading) -> str:
    return run.say(
        "report.terms.intro",
        basis=run.say(f"basis.{'revenue' if run.is_revenue else 'profit'}"),
        months=run.months,
        date=run.form.date(run.summary["as_of"]),
        currency=run.currency or run.say("report.no_currency"),
    )


def _term(run: Reading, name: str) -> tuple[str, str, str]:
    unit = run.say(f"unit.{name}") if run.words.has(f"unit.{name}") else ""
    return run.label(name), run.say(f"definition.{name}"), f"{name} · {unit}" if unit else name

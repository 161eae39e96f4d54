"""The answer: how many customers, what they brought, what they are still worth."""

from lifeworth.reports.blocks import Block, Figure, Figures, Paragraph, Part, Section, Whole
from lifeworth.reports.documents import terms
from lifeworth.reports.documents.reading import Reading

VALUES = ("historical_value", "current_value", "potential_value", "lifetime_value")


def headline(run: Reading) -> str:
    """One sentence with the value, its interval and its horizon; what is known where nothing is forecast."""
    form, summary = run.form, run.summary
    count, worth = int(summary["customers"]), run.estimate("current_value")
    if worth is None:
        return run.say(
            "report.headline.declined",
            count=count,
            customers=form.count(count),
            net_sales=form.compact_money(summary["net_sales"]),
            date=form.date(summary["as_of"]),
        )
    return run.say(
        "report.headline.value",
        count=count,
        customers=form.count(count),
        value=form.compact_money_interval(*worth),
        months=form.short(summary["horizon_months"], 3),
        date=form.date(summary["as_of"]),
    )


def section(run: Reading) -> Section:
    blocks: list[Block] = [Figures(tuple(_figures(run)))]
    whole = _whole(run)
    if whole:
        blocks.append(whole)
    if not run.individual:
        blocks.append(Paragraph(run.say("report.overview.declined"), "lead"))
    explained = "report.overview.basis_revenue" if run.is_revenue else "report.overview.basis_profit"
    blocks.append(Paragraph(run.say(explained), "quiet"))
    return Section("overview", run.say("report.overview.title"), "", blocks)


def definitions(run: Reading) -> Section:
    """Of the key figures, and of what stands below them on the overview."""
    values = [name for name in VALUES if run.estimate(name) or run.total(name) is not None]
    active = [name for name in ("active_customers", "remaining_months") if run.estimate(name)]
    active += ["active_window"] if run.summary.get("active_window") else []
    groups = ["pattern", "tier"] if run.individual else []
    return terms.chosen(
        run,
        *("customers", "repeat_customers", *active, "net_sales", "gross_sales", "refunds", *values),
        *("interval", "grade", *groups),
    )


def _figures(run: Reading) -> list[Figure]:
    form, summary = run.form, run.summary
    count, repeat = int(summary["customers"]), int(summary.get("repeat_customers") or 0)
    share = form.percent(repeat / count) if count else form.percent(0)
    figures = [
        Figure(
            run.label("customers"),
            form.count(count),
            note=run.say("definition.customers"),
            context=run.say("report.overview.repeat", repeat=form.count(repeat), share=share),
        )
    ]
    active = run.estimate("active_customers")
    if active:
        figures.append(
            Figure(
                run.label("active_customers"),
                form.percent(active[0] / count) if count else form.count(active[0]),
                context=run.say("report.overview.active", count_interval=form.count_interval(*active)),
                note=run.say("definition.active_customers"),
            )
        )
    remaining = run.estimate("remaining_months")
    if remaining:
        figures.append(
            Figure(
                run.label("remaining_months"),
                run.say("lifetime.months", months=form.number(remaining[0], 1)),
                context=run.say(
                    "lifetime.mean",
                    horizon=form.short(summary["horizon_months"], 3),
                    range=form.range(*remaining[1:], 1),
                ),
                note=run.say("definition.remaining_months"),
            )
        )
    window = summary.get("active_window")
    if window:
        days, gap = window["window_days"], window["median_gap_days"]
        figures.append(
            Figure(
                run.label("active_window"),
                run.say("lifetime.days", days=form.count(days["value"])),
                context=run.say(
                    "lifetime.window",
                    range=form.range(days["low"], days["high"], 0),
                    gap=form.count(gap["value"]),
                ),
                note=run.say("definition.active_window"),
            )
        )
    figures.append(
        Figure(
            run.label("net_sales"),
            form.compact_money(summary["net_sales"]),
            context=_from_gross(run),
            exact=form.money(summary["net_sales"], form.cents),
            note=run.say("definition.net_sales"),
        )
    )
    for name in VALUES:
        figure = _value_figure(run, name)
        if figure:
            figures.append(figure)
    return figures


def _from_gross(run: Reading) -> str:
    """Gross sales less discounts, if any, less refunds."""
    form, summary = run.form, run.summary
    gross, refunds = float(summary.get("gross_sales") or 0), float(summary.get("refunds") or 0)
    discounts = gross - refunds - float(summary["net_sales"])
    key = "net_discounts" if discounts >= 0.005 else "net"
    return run.say(
        f"report.overview.{key}",
        gross=form.compact_money(gross),
        discounts=form.compact_money(discounts),
        refunds=form.compact_money(refunds),
    )


def _value_figure(run: Reading, name: str) -> Figure | None:
    form, total, estimate = run.form, run.total(name), run.estimate(name)
    value = estimate[0] if estimate else total
    if value is None:
        return None
    interval = run.say("report.interval", range=form.compact_range(*estimate[1:])) if estimate else ""
    return Figure(
        run.label(name),
        form.compact_money_interval(*estimate).split(" (")[0] if estimate else form.compact_money(value),
        interval=interval,
        context=run.say(f"report.overview.{name}", months=form.short(run.summary["horizon_months"], 3)),
        exact=form.money(value, form.cents),
        note=run.say(f"definition.{name}"),
    )


def _whole(run: Reading) -> Whole | None:
    """Historical, current and potential value as parts of lifetime value."""
    more = run.estimate("potential_value") or (0.0, 0.0, 0.0)
    past, worth = run.total("historical_value"), run.estimate("current_value")
    if past is None or worth is None or past < 0 or worth[0] < 0 or past + worth[0] <= 0:
        return None
    form, whole = run.form, past + worth[0] + more[0]
    parts: tuple[Part, ...] = (
        Part(run.label("historical_value"), form.compact_money(past), past / whole, "historical"),
        Part(
            run.label("current_value"),
            form.compact_money_interval(*worth),
            worth[0] / whole,
            "current",
            forecast=True,
        ),
    )
    if more[0] > 0:
        told = form.compact_money_interval(*more)
        parts = (
            *parts,
            Part(run.label("potential_value"), told, more[0] / whole, "potential", forecast=True),
        )
    return Whole(run.say("report.overview.whole"), parts)

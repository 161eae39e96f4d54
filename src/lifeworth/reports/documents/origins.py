"""Where each number of one customer comes from: data, model or assumption, with its own numbers filled in.

*Data* was added up from the files, *model* is estimated, *measured* hangs on an offer whose effect a campaign
by lot told, *assumption* is a setting somebody chose. A sum of data and estimates counts as model. Formulas
are filled in from the published row, to the cent, so that whoever reads one can check it with a pencil.
Pages, API and terminal tell the same lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lifeworth.base.parts import COST_KINDS, POTENTIAL_PARTS
from lifeworth.reports.documents.campaigns import measured_effect
from lifeworth.reports.documents.reading import Reading
from lifeworth.text.format import MINUS

Row = Mapping[str, Any]
Source = Literal["data", "model", "measured", "assumption"]
CENTS = 2
OFFERED = ("cross_sell", "up_sell", "add_on")


@dataclass(frozen=True)
class Origin:
    """One number: `value` as published, `written` for people, `formula` in words, `worked` in numbers."""

    name: str
    label: str
    value: Any
    written: str
    source: Source
    formula: str
    worked: str = ""
    low: Any = None
    high: Any = None

    def to_json(self, said: str) -> dict[str, Any]:
        """`said`: the source in the reader's words."""
        return {**vars(self), "source_label": said}


def origins(run: Reading, row: Row, answers: Sequence[Row] = ()) -> list[Origin]:
    """The numbers of one row of `customers`, in the order in which they build on one another.

    `answers`: the customer's rows of the table `survey_answers`.
    """
    found = [_counted(run, row), *_sales(run, row), *_costs(run, row), _historical(run, row)]
    if row.get("current_value") is not None:
        found += [
            *_behaviour(run, row),
            *_current(run, row),
            *_wallet(run, row),
            *_potential(run, row),
            *_sums(run, row),
        ]
    return [*found, *(_answer(run, each) for each in answers), *_settings(run)]


def _counted(run: Reading, row: Row) -> Origin:
    told = run.say("explain.orders", file=run.form.listing(run.summary.get("source") or []))
    return Origin("orders", run.label("orders"), row["orders"], run.form.count(row["orders"]), "data", told)


def _sales(run: Reading, row: Row) -> Iterator[Origin]:
    yield _money(run, row, "gross_sales", "data", run.say("explain.gross_sales"))
    taken = [name for name in ("discounts", "refunds") if row.get(name)]
    for name in taken:
        yield _money(run, row, name, "data", run.say(f"explain.{name}"))
    formula = _difference(run, ["gross_sales", *taken])
    yield _money(run, row, "net_sales", "data", formula, _less(run, row, ["gross_sales", *taken]))
    if row.get("subscription_sales"):
        yield _money(run, row, "subscription_sales", "data", run.say("explain.subscription_sales"))


def _costs(run: Reading, row: Row) -> Iterator[Origin]:
    shared = {rule["kind"]: rule["driver"] for rule in run.summary.get("cost_rules") or []}
    margin = run.summary.get("margin")
    for kind in COST_KINDS:
        name = f"{kind}_cost"
        if not row.get(name):
            continue
        if kind == "goods" and margin is not None:
            worked = f"{_cents(run, row['net_sales'])} × (1 {MINUS} {run.form.percent(margin, 1)})"
            yield _money(run, row, name, "assumption", run.say("explain.goods_by_margin"), worked)
        elif kind in shared:
            driver = run.say(f"ledger.driver.{shared[kind]}")
            yield _money(run, row, name, "data", run.say("explain.cost_shared", driver=driver))
        else:
            yield _money(run, row, name, "data", run.say("explain.cost"))


def _historical(run: Reading, row: Row) -> Origin:
    names = ["net_sales", *(f"{kind}_cost" for kind in COST_KINDS if row.get(f"{kind}_cost"))]
    by_margin = bool(row.get("goods_cost")) and run.summary.get("margin") is not None
    source: Source = "assumption" if by_margin else "data"
    return _money(run, row, "historical_value", source, _difference(run, names), _less(run, row, names))


def _behaviour(run: Reading, row: Row) -> Iterator[Origin]:
    name = str((run.summary.get("model") or {}).get("name", ""))
    form, model = run.form, run.say_or(f"model.{name}", name)
    seen = run.say(
        "explain.seen",
        frequency=form.count(row["frequency"]),
        recency=form.count(row["recency"]),
        age=form.count(row["T"]),
    )
    by_formula = run.uses_formula
    named = run.say("explain.model_formula") if by_formula else run.say("explain.model", model=model)
    if row.get("probability_alive") is not None:
        alive = run.say("explain.beside") if by_formula else named
        written = form.percent(row["probability_alive"], 1)
        yield _line(run, row, "probability_alive", written, alive, seen)
        if row.get("remaining_months") is not None:
            ends = (row["remaining_months_low"], row["remaining_months_high"])
            time = f"{form.number(row['remaining_months'], 1)} ({form.range(*ends, 1)})"
            worked = run.say("lifetime.worked", horizon=form.short(run.summary["horizon_months"], 3))
            yield _line(run, row, "remaining_months", time, alive, worked)
    yield _line(run, row, "expected_purchases", form.significant(row["expected_purchases"]), named, seen)
    worked = ""
    if row.get("monetary_value"):
        worked = run.say("explain.spent", spend=_cents(run, row["monetary_value"]))
    spend = run.say("explain.spend_formula" if by_formula else "explain.spend")
    yield _line(run, row, "expected_spend", _cents(run, row["expected_spend"]), spend, worked)


def _current(run: Reading, row: Row) -> Iterator[Origin]:
    form = run.form
    plain = row.get("current_value_undiscounted")
    purchases, spend = float(row["expected_purchases"]), float(row["expected_spend"])
    sales = purchases * spend
    later = row.get("subscription_value_undiscounted")
    if later:
        told = run.say("explain.subscription_value")
        yield _money(run, row, "subscription_value_undiscounted", "model", told)
        yield _money(run, row, "subscription_value", "model", run.say("definition.subscription_value"))
    if plain is not None:
        worked = f"{form.significant(purchases, 4)} × {_cents(run, spend)}"
        if not run.is_revenue and sales > 0:
            worked += f" × {form.percent(float(plain - (later or 0)) / sales, 1)}"
        key = "explain.undiscounted_revenue" if run.is_revenue else "explain.undiscounted"
        told = run.say(key)
        if later:
            told, worked = (
                f"{told} + {run.label('subscription_value_undiscounted')}",
                f"{worked} + {_cents(run, later)}",
            )
        yield _money(run, row, "current_value_undiscounted", "model", told, worked)
    worked = ""
    if plain:
        share = form.percent(float(row["current_value"]) / float(plain), 1)
        worked = f"{_cents(run, plain)} × {share}"
    rate = form.percent(run.summary["discount_rate"], 1)
    yield _money(run, row, "current_value", "model", run.say("explain.current", rate=rate), worked)


def _wallet(run: Reading, row: Row) -> Iterator[Origin]:
    """What the customer spends wherever it buys, and whose word that is."""
    origin = row.get("wallet_source")
    if origin is None:
        return
    told = run.say(f"explain.wallet.{origin}", months=run.months)
    yield _money(run, row, "wallet", "data" if origin == "survey_spend" else "model", told)
    ours = float(row["wallet"]) * float(row["share_of_wallet"])
    worked = f"{_cents(run, ours)} ÷ {_cents(run, row['wallet'])}" if row["wallet"] else ""
    share = run.form.percent(row["share_of_wallet"], 1)
    yield _line(run, row, "share_of_wallet", share, run.say("explain.share_of_wallet"), worked)


def _answer(run: Reading, row: Row) -> Origin:
    """One answer of a survey as the customer gave it."""
    name, form = str(row["measure"]), run.form
    label = run.say(f"satisfaction.measure.{name}")
    written = form.short(row["answer"], 3)
    scale = ""
    if row["best"] is not None:
        worst, best = form.short(row["worst"], 3), form.short(row["best"], 3)
        written, scale = run.say("satisfaction.of", points=written, best=best), run.say(
            "explain.answer.scale", worst=worst, best=best
        )  # fmt: skip
    day = row["day"].isoformat()
    told = run.sentences(
        run.say("explain.answer.given", date=form.date(day)), scale, run.say(f"explain.answer.{row['use']}")
    )
    return Origin(f"answer.{name}.{day}", label, row["answer"], written, "data", told)


def _potential(run: Reading, row: Row) -> Iterator[Origin]:
    names = [f"{part}_value" for part in POTENTIAL_PARTS if row.get(f"{part}_value")]
    for name in names:
        part = name.removesuffix("_value")
        effect = measured_effect(run, part)
        source: Source = "measured" if effect else "assumption" if part == "base" else "model"
        rests = effect or _assumed(run, part)
        yield _money(run, row, name, source, run.sentences(run.say(f"definition.{name}"), rests))
    if row.get("potential_value") is None:
        return
    told = _sum(run, names) if names else run.say("explain.no_potential")
    yield _money(run, row, "potential_value", "model", told, _added(run, row, names))


def _assumed(run: Reading, part: str) -> str:
    """The declared share that a stream of potential value rests on; "" where it rests on none."""
    setting = {"base": "base_share", **dict.fromkeys(OFFERED, "offer_effect")}.get(part)
    told = (run.summary.get("potential") or {}).get("assumptions") or {}
    if setting is None or setting not in told:
        return ""
    return run.say(f"explain.{setting}", share=run.form.percent(told[setting], 1))


def _sums(run: Reading, row: Row) -> Iterator[Origin]:
    parts = ["current_value"] + (["potential_value"] if row.get("potential_value") is not None else [])
    for name, names in (("future_value", parts), ("lifetime_value", ["historical_value", *parts])):
        yield _money(run, row, name, "model", _sum(run, names), _added(run, row, names))


def _settings(run: Reading) -> Iterator[Origin]:
    summary, form = run.summary, run.form
    basis = summary.get("value_basis") or "net_revenue"
    told = [
        ("basis", basis, run.say(f"basis.{basis}"), run.say("explain.basis")),
        ("horizon_months", summary["horizon_months"], run.months, run.say("explain.horizon")),
        (
            "discount_rate", summary["discount_rate"], form.percent(summary["discount_rate"], 1),
            run.say("explain.discount_rate"),
        ),
    ]  # fmt: skip
    if summary.get("margin") is not None:
        written = form.percent(summary["margin"], 1)
        told.append(("margin", summary["margin"], written, run.say("explain.margin")))
    for name, value, written, formula in told:
        yield Origin(name, run.label(name), value, written, "assumption", formula)


def _money(run: Reading, row: Row, name: str, source: Source, formula: str, worked: str = "") -> Origin:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    written = _cents(run, row[name])
    if low is not None and high is not None and low != high:
        written = run.say("explain.interval", value=written, low=_cents(run, low), high=_cents(run, high))
    return Origin(name, run.label(name), row[name], written, source, formula, worked, low, high)


def _line(run: Reading, row: Row, name: str, written: str, formula: str, worked: str) -> Origin:
    return Origin(name, run.label(name), row[name], written, "model", formula, worked)


def _cents(run: Reading, amount: Any) -> str:
    return run.form.money(float(amount), CENTS)


def _difference(run: Reading, names: list[str]) -> str:
    return f" {MINUS} ".join(run.label(name) for name in names)


def _sum(run: Reading, names: list[str]) -> str:
    return " + ".join(run.label(name) for name in names)


def _less(run: Reading, row: Row, names: list[str]) -> str:
    return f" {MINUS} ".join(_term(run, row[name]) for name in names)


def _added(run: Reading, row: Row, names: list[str]) -> str:
    return " + ".join(_term(run, row[name]) for name in names)


def _term(run: Reading, amount: Any) -> str:
    """An amount inside a sum: what is negative stands in brackets."""
    written = _cents(run, amount)
    return f"({written})" if amount < 0 else written

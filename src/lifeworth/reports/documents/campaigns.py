"""Campaigns by lot: each arm against its control, and what they say of the offers in potential value."""

from collections.abc import Iterator
from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Table
from lifeworth.reports.documents.reading import Reading


def blocks(run: Reading) -> list[Block]:
    """Nothing where no campaign was given."""
    told = run.summary.get("campaigns")
    if not told:
        return []
    money = "revenue" if run.is_revenue else "profit"
    names = ("campaign", "arm", "customers", "response", money, "lift", "use")
    fields = tuple(Field(run.say(f"campaigns.field.{name}")) for name in names)
    rows = [row for each in told for row in _rows(run, each)]
    note = run.say("campaigns.note", days=run.form.count(told[0]["window_days"]))
    return [
        Table(run.say("campaigns.caption"), fields, rows, "campaigns", roomy=True),
        Paragraph(note, "quiet"),
    ]


def effect(run: Reading, stream: str) -> str:
    """Whose word the effect of an offer is, for a stream that offers bring; "" for the others."""
    if stream not in _effects(run):
        return ""
    return measured_effect(run, stream) or run.say("potential.effect.declared")


def measured_effect(run: Reading, stream: str) -> str:
    """What campaigns say of the offers of a stream; "" where none was measured."""
    found = _effects(run).get(stream)
    if not found or not found["measured"]:
        return ""
    names = run.form.listing(name or run.say("campaigns.nameless") for name in found["campaigns"])
    sides = {side: run.form.percent(found[side], 1) for side in ("value", "low", "high")}
    return run.say("potential.effect.measured", campaigns=names, **sides)


def measured_values(run: Reading) -> dict[str, float]:
    """The measured effects, by stream."""
    return {name: found["value"] for name, found in _effects(run).items() if found["measured"]}


def all_measured(run: Reading) -> bool:
    """Whether no offer rests on an assumed effect any more."""
    return bool(_effects(run)) and len(measured_values(run)) == len(_effects(run))


def _effects(run: Reading) -> dict[str, Any]:
    return (run.summary.get("potential") or {}).get("offer_effects") or {}


def _rows(run: Reading, told: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    name = told["campaign"] or run.say("campaigns.nameless")
    use = run.say(f"campaigns.use.{told['use']}")
    if not told["effects"]:
        yield name, "", "", "", "", "", use
        return
    form, control = run.form, told["arms"][0]
    lift = _interval(run, told["take_up_lift"], form.percent) if told["take_up_lift"] else ""
    for arm, found in zip(told["arms"][1:], told["effects"], strict=True):
        sides = {side: form.percent(found["response"][side], 1) for side in ("value", "low", "high")}
        shares = {
            key: form.percent(each["response"], 1) for key, each in (("arm", arm), ("control", control))
        }
        sizes = {key: form.count(each["customers"]) for key, each in (("arm", arm), ("control", control))}
        yield (
            name,
            run.say("campaigns.arms", arm=arm["arm"], control=control["arm"]),
            run.say("campaigns.sizes", **sizes),
            run.say("campaigns.shares", **shares, **sides),
            _interval(run, found["profit"], form.money),
            lift,
            use,
        )


def _interval(run: Reading, told: dict[str, float], write: Any) -> str:
    return run.say("campaigns.interval", **{side: write(told[side]) for side in ("value", "low", "high")})

"""How far the forecast may be trusted: its grade against the simple formula, in plain words."""

from typing import Any

from lifeworth.reports.blocks import Block, Grade, Paragraph, Section
from lifeworth.reports.documents.reading import Reading, real

CLEAR_GAIN, FAR_OFF = 0.05, 0.40  # of grade A, see monitoring.grade
RANKS, TOTALS = 0.20, 0.25  # least rank correlation, largest miss of the total, to rely on: there too


def section(run: Reading) -> Section:
    backtest = run.summary.get("backtest")
    title = run.say("report.trust.title")
    if not backtest:
        why = "report.trust.untested" if run.individual else "report.trust.declined"
        return Section("trust", title, run.say(why), [])
    blocks: list[Block] = [Grade(backtest["grade"], _grade(run), _means(run))]
    for sentence in _sentences(run):
        blocks.append(Paragraph(sentence))
    return Section("trust", title, "", blocks)


def _grade(run: Reading) -> str:
    backtest = run.summary["backtest"]
    missed = backtest["metrics"]["bias"]
    gain, bias = (run.form.percent(abs(share), 0) for share in (backtest["gain"], missed))
    if not _held_back(backtest):
        return run.say(f"grade.{backtest['grade']}.says", gain=gain)
    if abs(missed) >= FAR_OFF:
        return run.say("grade.B.far_off", gain=gain, bias=bias)
    unreliable = backtest["metrics"]["spearman"] < RANKS and abs(missed) > TOTALS
    return run.say("grade.B.unreliable" if unreliable else "grade.B.ranks_worse", gain=gain)


def _held_back(backtest: dict[str, Any]) -> bool:
    """A clear gain that is no A, for its total, for its ranking, or for both."""
    return backtest["grade"] == "B" and backtest["gain"] >= CLEAR_GAIN


def _means(run: Reading) -> str:
    backtest = run.summary["backtest"]
    if run.uses_formula:
        return run.say("grade.formula_used")
    if backtest["grade"] == "C":
        return run.say("grade.C.means")
    bias, order = abs(backtest["metrics"]["bias"]), backtest["metrics"]["spearman"]
    good = {"ranking": order >= RANKS, "totals": bias <= TOTALS}
    kept = "both" if all(good.values()) else next((name for name, is_so in good.items() if is_so), "neither")
    relied = run.say(f"grade.relies.{kept}", bias=run.form.percent(bias))
    small = backtest["grade"] == "B" and not _held_back(backtest)
    return run.sentences(run.say("grade.B.means"), relied) if small else relied


def _sentences(run: Reading) -> list[str]:
    backtest, form = run.summary["backtest"], run.form
    metrics = backtest["baseline_metrics" if run.uses_formula else "metrics"]  # of what was used
    sentences = [
        run.say(
            "report.trust.test",
            cutoff=form.date(backtest["cutoff"]),
            months=form.short(backtest["months"]),
            customers=form.count(backtest["customers"]),
        ),
        _bias(run, metrics["bias"]),
        run.say("report.trust.capture", capture=form.percent(metrics["top_10_capture"])),
    ]
    if metrics.get("coverage") is not None:
        sentences.append(run.say("report.trust.coverage", coverage=form.percent(metrics["coverage"])))
    return [run.sentences(*sentences)]


def _bias(run: Reading, bias: float) -> str:
    if real(bias) is None:  # nothing was bought in the held-out months
        return run.say("report.trust.bias.nothing")
    key = "exact" if abs(bias) < 0.005 else "high" if bias > 0 else "low"
    return run.say(f"report.trust.bias.{key}", bias=run.form.percent(abs(bias)))

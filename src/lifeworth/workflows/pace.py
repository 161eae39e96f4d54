"""How far a job is: each step has its part of the whole, as measured on the samples.

The parts are seconds of an ordinary run; a step that a job leaves out is jumped over.
"""

_READING: dict[str, float] = {"read": 8, "summarise": 1, "publish": 1}
_VALUE: dict[str, float] = {
    "read": 8, "summarise": 6, "backtest": 14, "fit": 18, "simulate": 16,
    "potential": 28, "publish": 4, "index": 6,
}  # fmt: skip
PACES: dict[str, dict[str, float]] = {
    "check": _READING,
    "import": _READING,
    "value": _VALUE,
    "sample": {"import": 8, **_VALUE},
}


def done(kind: str, step: str, share: float) -> float:
    """Part of a job that lies behind it, when it is `share` through `step`.

    Work of one step, or of a kind without measured steps, is as far as its step.
    """
    parts = PACES.get(kind, {})
    if step not in parts:
        return share
    before = sum(list(parts.values())[: list(parts).index(step)])
    return (before + parts[step] * share) / sum(parts.values())

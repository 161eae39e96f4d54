"""Rows of the files that could not be used as they stand. Each rule: count of all, count of those."""

from lifeworth.base.finding import Finding, Severity


def without_customer(rows: int, missing: int) -> Finding | None:
    return _share("quality_without_customer", rows, missing, warn=0.05, bad=0.50)


def unknown_status(rows: int, unknown: int) -> Finding | None:
    return _share("quality_unknown_status", rows, unknown, warn=0.01, bad=0.25)


def duplicates(rows: int, repeated: int) -> Finding | None:
    return _share("quality_duplicates", rows, repeated, warn=0.05)


def rejected(rows: int, refused: int) -> Finding | None:
    return _share("quality_rejected", rows, refused, warn=0.02, bad=0.25)


def _share(code: str, rows: int, count: int, *, warn: float, bad: float = 2.0) -> Finding | None:
    """Any such row is worth a word; how loud depends on the share."""
    if count <= 0:
        return None
    share = count / max(rows, count)
    severity: Severity = "bad" if share >= bad else "warn" if share >= warn else "info"
    return Finding(code, severity, {"rows": count, "share": share})

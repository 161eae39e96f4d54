"""The import report: what was read, used and rejected, file by file and in all.

rows_read = rows_used + the sum of rows_rejected, always. Duplicates are rejected rows with the
reason "duplicate", and stand beside as a figure of their own. gross - discounts - refunds = net, and
net counts the lines that name no customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lifeworth.base.clock import date_of
from lifeworth.base.finding import Finding

ZERO = Decimal(0)


@dataclass(frozen=True)
class FileReport:
    """One file or sheet. Money in major units of `ImportReport.currency`."""

    name: str
    role: str  # "orders" or "returns"
    rows_read: int
    rows_used: int
    rows_rejected: dict[str, int]
    lines_without_customer: int
    gross: Decimal
    discounts: Decimal
    refunds: Decimal
    first_day: int | None
    last_day: int | None
    encoding: str | None = None
    delimiter: str | None = None
    preset: str | None = None
    mapping: dict[str, dict[str, str]] = field(default_factory=dict)  # canonical -> {column, why}
    date_order: str | None = None

    @property
    def net(self) -> Decimal:
        return self.gross - self.discounts - self.refunds

    @property
    def duplicates(self) -> int:
        return self.rows_rejected.get("duplicate", 0)


@dataclass(frozen=True)
class ImportReport:
    """All files of one import, and what is worth saying about them."""

    files: tuple[FileReport, ...]
    currency: str
    findings: tuple[Finding, ...] = ()

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    @property
    def rows_used(self) -> int:
        return sum(file.rows_used for file in self.files)

    @property
    def rows_rejected(self) -> dict[str, int]:
        total: dict[str, int] = {}
        for file in self.files:
            for reason, count in file.rows_rejected.items():
                total[reason] = total.get(reason, 0) + count
        return dict(sorted(total.items()))

    @property
    def duplicates(self) -> int:
        return self.rows_rejected.get("duplicate", 0)

    @property
    def lines_without_customer(self) -> int:
        return sum(file.lines_without_customer for file in self.files)

    @property
    def gross(self) -> Decimal:
        return sum((file.gross for file in self.files), ZERO)

    @property
    def discounts(self) -> Decimal:
        return sum((file.discounts for file in self.files), ZERO)

    @property
    def refunds(self) -> Decimal:
        return sum((file.refunds for file in self.files), ZERO)

    @property
    def net(self) -> Decimal:
        return self.gross - self.discounts - self.refunds

    def to_json(self, language: str = "en") -> dict[str, Any]:
        """The content of `import_report.json`; warnings are sentences in `language`."""
        from lifeworth.text.messages import finding_text

        warned = [finding for finding in self.findings if finding.severity != "info"]
        return {
            "currency": self.currency,
            **_figures(self),
            "period": _period(
                [file.first_day for file in self.files], [file.last_day for file in self.files]
            ),
            "files": [_file(file) for file in self.files],
            "findings": [finding.to_json() for finding in self.findings],
            "warnings": [finding_text(finding, language) for finding in warned],
        }


def _file(file: FileReport) -> dict[str, Any]:
    return {
        "name": file.name,
        "role": file.role,
        **_figures(file),
        "period": _period([file.first_day], [file.last_day]),
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "preset": file.preset,
        "mapping": file.mapping,
        "date_order": file.date_order,
    }


def _figures(part: FileReport | ImportReport) -> dict[str, Any]:
    return {
        "rows_read": part.rows_read,
        "rows_used": part.rows_used,
        "rows_rejected": dict(part.rows_rejected),
        "duplicates": part.duplicates,
        "lines_without_customer": part.lines_without_customer,
        "gross": float(part.gross),
        "discounts": float(part.discounts),
        "refunds": float(part.refunds),
        "net": float(part.net),
    }


def _period(first: Iterable[int | None], last: Iterable[int | None]) -> dict[str, str] | None:
    firsts = [day for day in first if day is not None]
    lasts = [day for day in last if day is not None]
    if not firsts:
        return None
    return {"first": date_of(min(firsts)).isoformat(), "last": date_of(max(lasts)).isoformat()}

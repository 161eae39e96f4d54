"""What a person may decide about a file: as JSON for the API, as fields on a page, and which of the fields
a refusal asks for.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator

from lifeworth.base.errors import AppError
from lifeworth.text.catalog import Catalog
from lifeworth.web.problems import typed
from lifeworth.workflows.recognition import ORDERS, columns_of

COLUMN = "column."  # before the canonical name, in the names of fields
ENCODINGS = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030 (GBK, GB2312)",
    "big5": "Big5",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "ISO 8859-1",
    "shift_jis": "Shift JIS",
}
READING = ("dates", "encoding", "currency", "rates", "zone", "duplicates")
OF_COMPANIONS = ("dates", "encoding")  # what files beside the orders can be told
_CUSTOMER = ("customer_id",)
_ASKED_BY = {
    "DATA-008": ("encoding",),
    "DATA-210": ("dates",),
    "DATA-211": ("dates",),
    "DATA-212": ("zone",),
    "DATA-220": ("currency", "rates", "amount"),
    "DATA-221": ("rates", "currency", "amount"),
    "DATA-102": ("amount",),
    "DATA-108": ("amount", "unit_price", "quantity"),
    "DATA-109": ("placed_at",),
    "DATA-110": ("placed_at",),
    "DATA-113": ("unit_price", "amount"),
    "DATA-200": ("placed_at", "amount", "dates"),
    "DATA-340": ("months", "churned"),
    "DATA-341": ("start_day", "end_day", "event", "mrr"),
    **dict.fromkeys(
        ("DATA-103", "DATA-106", "DATA-107", "DATA-111", "DATA-112", "DATA-114", "DATA-201"), _CUSTOMER
    ),
}
_NAMED_IN = {"DATA-101": "field", "DATA-104": "field", "DATA-301": "column"}  # the fact that is a field
_RATE = re.compile(r"\s*([A-Za-z]{3})\s*[=:：]?\s*(\d+(?:\.\d+)?)\s*")
_SHOWN_SAMPLES, _LONGEST_SAMPLE = 3, 24


Code = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Rate = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class Decisions(BaseModel):
    """What a person decides about a file. Without them: what was recognised."""

    model_config = {"extra": "forbid"}
    columns: dict[str, str] | None = Field(None, description="Canonical name to column of the file")
    encoding: str | None = Field(None, max_length=40)
    dates: Literal["dmy", "mdy", "ymd"] | None = None
    currency: Code | None = None
    rates: dict[Code, Rate] | None = Field(
        None, max_length=200, description="What one unit of each other currency is worth in `currency`"
    )
    zone: str | None = Field(None, max_length=60)
    duplicates: Literal["once", "keep"] | None = None

    @field_validator("rates")
    @classmethod
    def _to_a_currency(cls, rates: Any, known: ValidationInfo) -> Any:
        if rates and not known.data.get("currency"):
            raise ValueError("rates need the currency they lead to")
        return rates


def decided(form: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The decisions that a form holds, without those that were left to us.

    Raises:
        AppError: APP-007 for what cannot be decided so.
    """
    told: dict[str, Any] = {
        name: text for name in reading_fields(kind) if (text := str(form.get(name) or "").strip())
    }
    if "currency" in told:
        told["currency"] = told["currency"].upper()
    if "rates" in told:
        told["rates"] = _rates(told["rates"])
    columns = {name: str(form[COLUMN + name]) for name in columns_of(kind) if form.get(COLUMN + name)}
    return typed(Decisions, **told, columns=columns or None).model_dump(exclude_none=True)


def rates_text(rates: Mapping[str, float]) -> str:
    """Rates as the field on the page has them."""
    return ", ".join(f"{code} {_plain(rate)}" for code, rate in rates.items())


def _plain(rate: float) -> str:
    """Digits that read back as the same number, without an exponent or an empty fraction."""
    digits = format(Decimal(repr(rate)), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _rates(text: str) -> dict[str, float]:
    """
    Raises:
        AppError: APP-007 for what is no list of currencies with their rates, each once.
    """
    parts = [_RATE.fullmatch(part) for part in re.split(r"[,;，；、\n]", text.strip(" ,;，；、\n"))]
    found = {part[1].upper(): float(part[2]) for part in parts if part}
    if len(found) < len(parts):
        raise AppError("APP-007", fields=["rates"])
    return found


def reading_fields(kind: str) -> tuple[str, ...]:
    return READING if kind == ORDERS else OF_COMPANIONS


def asked_for(entry: dict[str, Any]) -> tuple[str, ...]:
    """The fields that the trouble with a file is about, the one to begin with first."""
    report = entry["report"] or {}
    problem = report.get("problem")
    if problem is None:
        nobody = entry["kind"] == ORDERS and report.get("individual") is False
        return _CUSTOMER if nobody and not _keys(report) else ()
    if problem["code"] == "DATA-302":
        chosen = (entry["options"] or {}).get("columns") or {}
        return tuple(name for name, column in chosen.items() if column == problem["facts"].get("column"))
    named = problem["facts"].get(_NAMED_IN.get(problem["code"], ""))
    return tuple(named.split(" / ")) if named else _ASKED_BY.get(problem["code"], ())


def in_plain_words(problem: dict[str, Any], words: Catalog) -> dict[str, Any]:
    """A problem whose canonical names are the words that the fields on the page have."""
    facts = dict(problem["facts"])
    fact = _NAMED_IN.get(problem["code"])
    if fact and isinstance(facts.get(fact), str):
        facts[fact] = " / ".join(label_of(name, words) for name in facts[fact].split(" / "))
    if problem["code"] == "DATA-301" and words.has(f"web.kind.{facts.get('table')}"):
        facts["table"] = words.text(f"web.kind.{facts['table']}")
    return {**problem, "facts": facts}


def label_of(name: str, words: Catalog) -> str:
    key = f"report.field.{name}"
    return words.text(key) if words.has(key) else name


def column_fields(entry: dict[str, Any], words: Catalog, *, samples: bool) -> list[dict[str, Any]]:
    """A field for everything that a column can mean: what was chosen, what was found, why, and a few cells.

    `first` tells fields that a person may well have to look at from those that stay folded.
    """
    report = entry["report"] or {}
    asked = set(asked_for(entry)) - set(reading_fields(entry["kind"]))  # those have a field of their own
    chosen = (entry["options"] or {}).get("columns") or {}
    found = mapping_of(report)
    cells = _cells(report) if samples else {}
    open_to = [*((report.get("problem") or {}).get("facts", {}).get("candidates") or [])]
    fields = []
    for name, needed in columns_of(entry["kind"]).items():
        column, why = found.get(name, (chosen.get(name, ""), ""))
        fields.append(
            {
                "name": COLUMN + name,
                "label": label_of(name, words),
                "needed": needed,
                "chosen": chosen.get(name, ""),
                "column": column,
                "why": words.text(f"report.why.{why}") if words.has(f"report.why.{why}") else why,
                "samples": cells.get(column, ""),
                "candidates": [(each, cells[each]) for each in open_to if name in asked and cells.get(each)],
                "asked": name in asked,
                "first": needed or name in asked or name in chosen or name in found,
            }
        )
    return sorted(fields, key=lambda field: not field["asked"])


def mapping_of(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Canonical name -> (column, why), of the first sheet that has it."""
    told = report.get("import_report") or {}
    found: dict[str, tuple[str, str]] = {}
    for part in (told, *told.get("files", [])):
        for name, one in (part.get("mapping") or {}).items():
            found.setdefault(name, (one["column"], one["why"]))
    return found


def _keys(report: dict[str, Any]) -> set[str]:
    return {"customer_id", "customer_email", "customer_phone"} & set(mapping_of(report))


def _cells(report: dict[str, Any]) -> dict[str, str]:
    """A few different cells of each column, as they stand."""
    found: dict[str, str] = {}
    for sheet in report.get("sheets", []):
        for number, column in enumerate(sheet["columns"]):
            texts = dict.fromkeys(
                str(row[number]) for row in sheet["preview"] if row[number] not in (None, "")
            )
            few = [text[:_LONGEST_SAMPLE] for text in list(texts)[:_SHOWN_SAMPLES]]
            if few:
                found.setdefault(column, " · ".join(few))
    return found

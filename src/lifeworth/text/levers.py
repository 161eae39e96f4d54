"""A lever of a scenario with its change, in words: "Price +5%", "Discount rate −5 points"."""

from typing import Any

from lifeworth.text.catalog import Catalog
from lifeworth.text.format import Format


def lever_text(row: dict[str, Any], words: Catalog, form: Format) -> str:
    points = row["lever"] in ("margin", "discount_rate")
    size = abs(row["change"])
    written = form.short(size * 100, 1) if points else form.percent(size, 0 if _whole(size) else 1)
    sign = "+" if row["change"] > 0 else "−"
    return words.text(f"economics.scenarios.{row['lever']}", change=f"{sign}{written}")


def _whole(share: float) -> bool:
    return round(share * 100, 6).is_integer()

"""What one customer bought, product by product, what was bought last first."""

import datetime
from typing import Any

from lifeworth.reports.blocks import Block, Field, Paragraph, Section, Table
from lifeworth.reports.documents.reading import Reading

SHOWN = 50
EPOCH = datetime.date(1970, 1, 1)


def bought_section(run: Reading, rows: list[dict[str, Any]]) -> Section | None:
    """`rows` are those of the customer in the table `purchases`."""
    if not rows:
        return None
    listed = sorted(rows, key=lambda row: (-row["last_day"], -row["net_sales"], row["product"]))
    favourite = max(rows, key=lambda row: (row["orders"], row["net_sales"]))
    finding = run.say(
        "purchases.finding",
        products=run.form.count(len(rows)),
        favourite=_name(favourite),
        times=run.form.count(favourite["orders"]),
    )
    cells = [
        (
            _name(row), row["category"] or "", row["orders"], row["units"],
            (EPOCH + datetime.timedelta(days=row["last_day"])).isoformat(), float(row["net_sales"]),
        )
        for row in listed[:SHOWN]
    ]  # fmt: skip
    fields = (
        Field(run.say("purchases.field.product")),
        Field(run.say("purchases.field.category")),
        Field(run.label("orders"), "count"),
        Field(run.say("purchases.field.units"), "number"),
        Field(run.label("last_purchase"), "date"),
        Field(run.label("net_sales"), "money"),
    )
    blocks: list[Block] = [Table(run.say("purchases.caption"), fields, list(cells), "purchases", roomy=True)]
    if len(rows) > SHOWN:
        facts = {"shown": run.form.count(SHOWN), "all": run.form.count(len(rows))}
        blocks.append(Paragraph(run.say("purchases.more", **facts), "quiet"))
    return Section("bought", run.say("purchases.title"), finding, blocks)


def _name(row: dict[str, Any]) -> str:
    return str(row["product_name"] or row["product"])

"""`prices`: what a unit of each product costs us."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

PRICES = CompanionTable(
    name="prices",
    grain="one row per product",
    columns=(
        CompanionColumn(
            "product_id",
            "text",
            "business",
            "key of the product, or its stock-keeping code",
            "product, sku, product code, 商品编号, 商品id, 产品编号, 货号, 商家编码",
            needed=True,
        ),
        CompanionColumn(
            "unit_cost",
            "money",
            "business",
            "cost of one unit",
            "unit cost, cost per unit, 单位成本, 成本单价, 单件成本",
            needed=True,
        ),
    ),
)

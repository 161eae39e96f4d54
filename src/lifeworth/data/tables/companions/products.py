"""`products`: what each product is: its category, price, cost, and what it goes with."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

PRODUCTS = CompanionTable(
    name="products",
    grain="one row per product",
    columns=(
        CompanionColumn(
            "product_id",
            "text",
            "business",
            "key of the product, or its stock-keeping code",
            "product, sku, product code, item, item code, 商品编号, 商品id, 产品编号, 货号, 商家编码",
            needed=True,
        ),
        CompanionColumn(
            "product_name",
            "text",
            "business",
            "title of the product",
            "name, title, product title, 商品名称, 产品名称, 商品标题, 品名, 名称",
        ),
        CompanionColumn(
            "category",
            "text",
            "business",
            "category of the product",
            "product category, type, product type, department, 类别, 类目, 品类, 分类, 商品类目, 产品类别",
        ),
        CompanionColumn(
            "price",
            "money",
            "business",
            "list price of one unit",
            "unit price, list price, retail price, 单价, 价格, 售价, 零售价, 标价",
        ),
        CompanionColumn(
            "unit_cost",
            "money",
            "business",
            "cost of one unit",
            "cost, unit cost, cost per unit, 单位成本, 成本单价, 单件成本, 成本",
        ),
        CompanionColumn(
            "add_on_of",
            "text",
            "business",
            "the product, or the category, that this one is an accessory or service of",
            "add on of, accessory of, goes with, parent product, 附属于, 配件所属, 适用商品, 主商品",
        ),
    ),
)

"""`vehicles`: what owners of vehicles bought and paid since, for the automotive template."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

VEHICLES = CompanionTable(
    name="vehicles",
    grain="one row per vehicle",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the owner",
            "customer, customer id, owner, client id, account, "
            "客户编号, 客户, 车主, 车主编号, 会员编号, 买家会员名",
        ),
        CompanionColumn(
            "bought",
            "day",
            "personal",
            "the day of the purchase",
            "bought on, purchase date, sale date, delivery date, sold on, "
            "购车日期, 购买日期, 交车日期, 成交日期, 订单付款时间",
            needed=True,
        ),
        CompanionColumn(
            "until",
            "day",
            "personal",
            "the last day up to which parts and service are counted",
            "counted until, service until, as of, 统计截止, 统计截至, 截止日期, 截至日期",
        ),
        CompanionColumn(
            "price",
            "money",
            "personal",
            "what the vehicle was sold for",
            "vehicle price, sale price, amount, 车价, 成交价, 售价, 买家实际支付金额",
            needed=True,
        ),
        CompanionColumn(
            "service",
            "money",
            "personal",
            "parts and service paid since",
            "parts and service, parts & service, service revenue, aftersales, "
            "配件与保养, 保养配件金额, 售后金额, 维修保养",
        ),
        CompanionColumn(
            "interest",
            "money",
            "personal",
            "interest on its finance, over the whole contract",
            "finance interest, interest paid, 金融利息, 贷款利息, 分期利息",
        ),
    ),
)

"""`costs`: the cost ledger, one row per entry, each for whom or for what it was spent."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

COSTS = CompanionTable(
    name="costs",
    grain="one row per cost entry",
    columns=(
        CompanionColumn(
            "kind",
            "text",
            "business",
            "what it was spent on, a word of KIND_WORDS",
            "cost kind, cost type, type, category, 成本类型, 费用类型, 费用项目, 类型, 科目",
        ),
        CompanionColumn(
            "amount",
            "money",
            "business",
            "what was spent, in the currency of the orders",
            "cost, spend, 金额, 成本, 费用, 花费, 支出",
            needed=True,
        ),
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer it was spent on",
            "customer, customer id, 客户编号, 客户, 会员编号, 买家会员名",
        ),
        CompanionColumn(
            "order_id",
            "text",
            "key",
            "the order it was spent on",
            "order, order no, order number, 订单编号, 订单号",
        ),
        CompanionColumn(
            "channel",
            "text",
            "business",
            "the channel it was spent in",
            "sales channel, 渠道, 通路, 渠道名称",
        ),
        CompanionColumn(
            "segment", "text", "business", "the segment it was spent on", "客群, 客户分组, 客户群"
        ),
        CompanionColumn("department", "text", "business", "who spent it", "dept, team, 部门"),
        CompanionColumn(
            "day", "day", "business", "the day it was spent", "date, spent on, 日期, 发生日期, 费用日期"
        ),
        CompanionColumn(
            "period",
            "text",
            "business",
            "2024, 2024-03 or 2024Q1",
            "month, quarter, year, 月份, 期间, 季度, 年度",
        ),
        CompanionColumn(
            "from_day", "day", "business", "first day it is for", "from, start, 开始日期, 起始日期"
        ),
        CompanionColumn(
            "until_day", "day", "business", "last day it is for", "to, until, end, 结束日期, 截止日期"
        ),
        CompanionColumn(
            "allocation",
            "text",
            "business",
            "what shares it out: orders, net_sales, customers, new_customers or none",
            "allocation rule, rule, driver, 分摊规则, 分摊方式",
        ),
    ),
)

KIND_WORDS = {
    "goods": """goods, cogs, cost of goods, product, product cost, purchase cost,
        商品成本, 货品成本, 产品成本, 采购成本, 销货成本""",
    "fulfilment": """fulfilment, fulfillment, shipping, delivery, logistics, packaging, warehouse, freight,
        postage, 物流, 运费, 快递, 配送, 仓储, 包装, 履约, 履约成本""",
    "fees": """fees, fee, payment, payment fee, payment fees, platform fee, transaction fee, commission,
        手续费, 平台费, 平台佣金, 佣金, 支付手续费, 交易费""",
    "service": """service, support, customer service, care, ticket, tickets, helpdesk,
        服务, 客服, 售后, 服务成本, 客服成本, 售后成本""",
    "retention": """retention, loyalty, crm, points, rewards, member, membership,
        保留, 维系, 会员, 积分, 老客维护, 客户维护""",
    "acquisition": """acquisition, acquire, cac, advertising, ads, ad, marketing, ad spend, promotion,
        获客, 拉新, 广告, 推广, 营销, 市场, 投放, 获客成本, 广告费""",
    "other": "other, others, misc, 其他, 其它",
}
DRIVERS = ("orders", "net_sales", "customers", "new_customers", "none")
DRIVER_WORDS = {
    "orders": "orders, order, by orders, 订单, 按订单, 订单数",
    "net_sales": "net_sales, sales, revenue, by sales, 销售额, 按销售额, 金额",
    "customers": "customers, customer, active customers, 客户, 按客户, 活跃客户",
    "new_customers": "new_customers, new customers, acquired customers, 新客, 新客户, 按新客",
    "none": "none, no, 不分摊, 无",
}
DEFAULT_DRIVER = {
    "acquisition": "new_customers",
    "fees": "net_sales",
    "goods": "net_sales",
    "retention": "customers",
    "service": "orders",
    "fulfilment": "orders",
    "other": "orders",
}

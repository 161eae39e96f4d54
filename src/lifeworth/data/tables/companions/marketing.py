"""`marketing`: what was spent to win customers, by channel and time."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

MARKETING = CompanionTable(
    name="marketing",
    grain="one row per stretch of spending in a channel",
    columns=(
        CompanionColumn(
            "amount",
            "money",
            "business",
            "what was spent, in the currency of the orders",
            "spend, spending, cost, ad spend, budget, 花费, 投放金额, 推广费, 广告费, 消耗, 费用, 金额",
            needed=True,
        ),
        CompanionColumn(
            "channel",
            "text",
            "business",
            "the channel it was spent in, spelled as in the orders",
            "source, medium, platform, marketing channel, 渠道, 通路, 渠道名称, 投放渠道, 平台, 来源",
        ),
        CompanionColumn("day", "day", "business", "the day it was spent", "date, 日期, 投放日期"),
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
            "new_customers",
            "number",
            "business",
            "customers won, as the channel tells it",
            "new customers, customers, conversions, acquisitions, 新客, 新客户, 新客数, 转化数, 获客数",
        ),
    ),
)

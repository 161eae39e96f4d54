"""`surveys`: what customers answered, and when: recommendation, satisfaction, perceived value.

Answers are text here, because exports hold "9", "4 stars", "9/10" and "very satisfied" alike;
`data.surveys` reads them. The question as it was asked will often be the header: add it with `columns`.
What customers told of their wallet stands in further columns (`WALLET`); `data.purses` reads those. The
questions of `text.questionnaire` are header words here; 繁體 is folded to 简体 when compared.
"""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

MEASURES = ("nps", "csat", "economic", "functional", "emotional", "recommend")
PERCEIVED = ("economic", "functional", "emotional")
REACH = "reach"  # a count of people, on no scale
WALLET = ("category_spend", "spend_elsewhere", "share_of_wallet", "brand_rank", "brands_used", "spend_months")

SURVEYS = CompanionTable(
    name="surveys",
    grain="one row per customer and questionnaire",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer who answered",
            "customer, customer id, respondent, respondent id, client id, user id, member id, email, "
            "客户编号, 客户, 客户id, 会员编号, 用户编号, 受访者, 受访者编号, 答题人, 买家会员名",
            needed=True,
        ),
        CompanionColumn(
            "day",
            "day",
            "personal",
            "the day of the answer",
            "date, survey date, answered on, response date, submitted at, submit date, completed at, "
            "timestamp, end date, 日期, 调查日期, 答题日期, 提交时间, 提交日期, 填写时间, 回收时间, 完成时间",
            needed=True,
        ),
        CompanionColumn(
            "nps",
            "text",
            "personal",
            "how likely to recommend, 0 to 10",
            "nps score, net promoter score, likelihood to recommend, how likely to recommend, ltr, "
            "how likely are you to recommend us, "
            "how likely are you to recommend us to a friend or colleague, "
            "nps评分, nps得分, 净推荐值, 推荐可能性, 推荐度, 您有多大可能向朋友或同事推荐我们",
        ),
        CompanionColumn(
            "csat",
            "text",
            "personal",
            "how satisfied",
            "csat score, satisfaction, satisfaction score, overall satisfaction, customer satisfaction, "
            "how satisfied are you, satisfaction rating, 满意度, 满意度评分, 满意度得分, 总体满意度, "
            "整体满意度, 客户满意度, 服务满意度, 您对我们的总体满意程度, "
            "how satisfied are you with us overall, 整体而言您对我们有多满意",
        ),
        CompanionColumn(
            "economic",
            "text",
            "personal",
            "perceived economic value: worth its price",
            "economic value, perceived economic value, value for money, price value, worth the price, "
            "经济价值, 感知经济价值, 性价比, 物有所值, 价格价值, what i get from you is worth its price, "
            "我从贵公司得到的物有所值",
        ),
        CompanionColumn(
            "functional",
            "text",
            "personal",
            "perceived functional value: does what it should",
            "functional value, perceived functional value, perceived quality, quality, usefulness, "
            "功能价值, 感知功能价值, 质量, 实用性, 产品质量, 品质, 产品品质, "
            "what i get from you does what it should, 我从贵公司得到的符合用途",
        ),
        CompanionColumn(
            "emotional",
            "text",
            "personal",
            "perceived emotional value: feels good",
            "emotional value, perceived emotional value, enjoyment, feels good, "
            "情感价值, 感知情感价值, 情感认同, 喜爱程度, i feel good about buying from you, "
            "向贵公司购买让我感觉愉快",
        ),
        CompanionColumn(
            "recommend",
            "text",
            "personal",
            "intends to recommend, on a scale of its own",
            "recommendation intention, intention to recommend, referral intention, would recommend, "
            "推荐意向, 推荐意愿, 愿意推荐, 口碑意愿, i intend to recommend you to others in the next months, "
            "我打算在未来几个月向他人推荐贵公司",
        ),
        CompanionColumn(
            "reach",
            "number",
            "personal",
            "how many people the customer tells of such things, or who follow it",
            "audience, followers, friends told, people told, people reached, network size, contacts reached, "
            "with how many people do you talk about such things in a usual month, "
            "影响人数, 触达人数, 粉丝数, 好友数, 可影响人数, 交流人数, 您平常一个月会和多少人谈到这类产品",
        ),
        CompanionColumn(
            "category_spend",
            "money",
            "personal",
            "what the customer spends on such things in all, wherever it buys",
            "total category spend, annual category spend, monthly category spend, yearly category spend, "
            "wallet, wallet size, total wallet, category budget, annual budget, "
            "how much do you spend on such things in a year wherever you buy, "
            "您一年在这类产品上总共花多少钱, "
            "品类总消费, 品类消费, 品类年消费, 品类月消费, 年度品类支出, 品类总支出, 品类支出, "
            "总消费预算, 同类消费总额, 月均品类消费, 钱包规模",
        ),
        CompanionColumn(
            "spend_elsewhere",
            "money",
            "personal",
            "what the customer spends on such things elsewhere",
            "spent elsewhere, spend with others, spend at competitors, competitor spend, other brands spend, "
            "monthly spend elsewhere, annual spend elsewhere, "
            "how much do you spend on such things in a year elsewhere, "
            "您一年在别处购买这类产品花多少钱, "
            "他处消费, 其他品牌消费, 其他商家消费, 竞品消费, 在别处的消费, 别处消费, "
            "他牌消费, 月均他处消费, 年他处消费",
        ),
        CompanionColumn(
            "share_of_wallet",
            "text",
            "personal",
            "which part of it comes to us: 30, 30% or 0.3",
            "wallet share, our share, share of spend, share of purchases, share with us, sow, "
            "which part of your spending on such things comes to us in %, "
            "您在这类产品上的花费有百分之几在我们这里, "
            "钱包份额, 客户份额, 消费份额, 我们的份额, 我司份额, 本品牌占比, 消费占比",
        ),
        CompanionColumn(
            "brand_rank",
            "number",
            "personal",
            "our place among the brands that the customer uses, 1 the first choice; ties: the mean place",
            "rank, our rank, preference rank, brand ranking, rank among brands used, "
            "which place do we take among the brands you use, "
            "我们在您使用的品牌中排第几, "
            "排名, 品牌排名, 我们的排名, 我司排名, 首选排名, 偏好排名, 本品牌排名",
        ),
        CompanionColumn(
            "brands_used",
            "number",
            "personal",
            "how many brands the customer uses, ours among them",
            "brands, number of brands, number of brands used, brands in use, suppliers used, stores used, "
            "how many brands of such things do you use with ours, "
            "这类产品您共使用几个品牌含我们, "
            "使用品牌数, 品牌数, 品牌数量, 使用的品牌数, 供应商数",
        ),
        CompanionColumn(
            "spend_months",
            "number",
            "personal",
            "how many months the spend told is of; 12 without it, 1 where the header says monthly",
            "months, period months, spend period months, 月数, 消费月数, 统计月数",
        ),
    ),
    one_of=((*MEASURES, REACH, *WALLET[:4]),),
)

# answers in words, from worst to best
LIKERT = (
    "very dissatisfied, very unsatisfied, strongly disagree, very poor, terrible, definitely not, "
    "非常不满意, 很不满意, 非常不同意, 很差, 肯定不会",
    "dissatisfied, unsatisfied, disagree, poor, bad, probably not, 不满意, 不太满意, 不同意, 差, 可能不会",
    "neutral, neither, neither satisfied nor dissatisfied, neither agree nor disagree, average, fair, "
    "not sure, 一般, 中立, 尚可, 不确定, 说不清",
    "satisfied, agree, good, probably, yes, 满意, 比较满意, 同意, 好, 可能会, 会",
    "very satisfied, strongly agree, very good, excellent, definitely, "
    "非常满意, 很满意, 非常同意, 很好, 肯定会",
)

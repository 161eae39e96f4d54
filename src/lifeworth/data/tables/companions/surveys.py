"""`surveys`: what customers answered, and when: recommendation, satisfaction, perceived value.

Answers are text here, because exports hold "9", "4 stars", "9/10" and "very satisfied" alike;
`data.surveys` reads them. The question as it was asked will often be the header: add it with `columns`.
"""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

MEASURES = ("nps", "csat", "economic", "functional", "emotional", "recommend")
PERCEIVED = ("economic", "functional", "emotional")

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
            "整体满意度, 客户满意度, 服务满意度, 您对我们的总体满意程度",
        ),
        CompanionColumn(
            "economic",
            "text",
            "personal",
            "perceived economic value: worth its price",
            "economic value, perceived economic value, value for money, price value, worth the price, "
            "经济价值, 感知经济价值, 性价比, 物有所值, 价格价值",
        ),
        CompanionColumn(
            "functional",
            "text",
            "personal",
            "perceived functional value: does what it should",
            "functional value, perceived functional value, perceived quality, quality, usefulness, "
            "功能价值, 感知功能价值, 质量, 实用性, 产品质量, 品质, 产品品质",
        ),
        CompanionColumn(
            "emotional",
            "text",
            "personal",
            "perceived emotional value: feels good",
            "emotional value, perceived emotional value, enjoyment, feels good, "
            "情感价值, 感知情感价值, 情感认同, 喜爱程度",
        ),
        CompanionColumn(
            "recommend",
            "text",
            "personal",
            "intends to recommend, on a scale of its own",
            "recommendation intention, intention to recommend, referral intention, would recommend, "
            "推荐意向, 推荐意愿, 愿意推荐, 口碑意愿",
        ),
    ),
    one_of=(MEASURES,),
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

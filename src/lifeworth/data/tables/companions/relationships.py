"""`relationships`: who belongs to which household, or to which parent account, from when to when.

A group may itself belong to another one: a branch to a company, a company to its parent.
"""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

# headers of groups that are households: their numbers and names are of nobody, whoever has the same one
HOUSEHOLD = (
    "household, household id, household number, family, family id, "
    "家庭编号, 家庭, 户号, 住户, 住户编号, 所属家庭"
)  # fmt: skip
RELATIONSHIPS = CompanionTable(
    name="relationships",
    grain="one row per customer, or group, that belongs to a group",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer, or the group, that belongs",
            "customer, customer id, member, member id, contact, contact id, child, child account, account, "
            "account id, subsidiary, branch, person, "
            "客户编号, 客户, 客户id, 会员编号, 成员, 成员编号, 子公司, 子账户, 分公司, 门店, 联系人",
            needed=True,
        ),
        CompanionColumn(
            "group_id",
            "text",
            "key",
            "the household or parent account that it belongs to; a customer's id where that is the parent",
            f"{HOUSEHOLD}, parent, parent id, "
            "parent account, parent account id, parent customer, parent company, group, account group, "
            "organisation, organization, company, headquarters, account, account id, "
            "母公司, 上级客户, 上级公司, 上级账户, 集团, 集团编号, 所属集团, 所属公司, 总公司",
            needed=True,
        ),
        CompanionColumn(
            "role",
            "text",
            "personal",
            "what it is there",
            "relation, relationship, position, 角色, 关系, 身份",
        ),
        CompanionColumn(
            "from_day",
            "day",
            "personal",
            "first day it belongs there; always, where there is none",
            "from, start, start date, since, valid from, 开始日期, 起始日期, 生效日期, 加入日期",
        ),
        CompanionColumn(
            "until_day",
            "day",
            "personal",
            "last day it belongs there; still, where there is none",
            "to, until, end, end date, valid to, 结束日期, 截止日期, 失效日期, 退出日期",
        ),
    ),
)

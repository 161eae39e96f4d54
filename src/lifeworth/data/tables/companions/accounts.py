"""`accounts`: subscribers as a company's churn file has them, one row per account at one moment."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

ACCOUNTS = CompanionTable(
    name="accounts",
    grain="one row per account",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the account; the row number where there is none",
            """customerid, customer id, account, account id, accountid, user id, userid, client id,
            subscriber, subscriber id, phone number, 客户编号, 客户号, 客户id, 账号, 账户,
            用户编号, 用户id, 用户, 手机号""",
        ),
        CompanionColumn(
            "months",
            "number",
            "personal",
            "months paid for so far, or until the account left",
            """tenure, tenure months, tenure in months, months active, account age, account age months,
            accountage, account length, months as customer, months subscribed, months since start, 在网时长,
            在网时长月, 使用时长月, 订阅时长月, 在网月数, 入网月数, 使用月数, 订阅月数,
            合约月数, 客龄, 月数""",
            needed=True,
        ),
        CompanionColumn(
            "entry_months",
            "number",
            "personal",
            "months already behind the account when the records begin (0 where there is no such column)",
            "entry, entry months, months before records, 记录前月数, 起始月数",
        ),
        CompanionColumn(
            "plan",
            "text",
            "business",
            "plan or kind of contract",
            """contract, contract type, contract term, plan type, plan tier, package, plan name,
            subscription, subscription type,
            subscription plan, tier, 套餐, 套餐类型, 套餐名称, 资费套餐, 合约期, 合同, 合同类型, 合约,
            合约类型, 方案, 订阅类型""",
        ),
        CompanionColumn(
            "monthly_charge",
            "money",
            "personal",
            "what the account pays a month",
            """monthly charges, monthlycharges, monthly charge, mrr, monthly fee, monthly revenue,
            monthly price,
            monthly amount, monthly recurring revenue, mrr amount, arpu, 月资费,
            月费, 月租, 月租费, 月费用, 每月费用, 月消费""",
        ),
        CompanionColumn(
            "total_charge",
            "money",
            "personal",
            "what the account has paid in all",
            """total charges, totalcharges, total charge, total paid, total billed, total revenue,
            lifetime revenue, 总费用, 累计费用, 总消费, 累计消费, 累计支付, 累计收入""",
        ),
        CompanionColumn(
            "churned",
            "flag",
            "personal",
            "whether the account has left",
            """churn, is churned, has churned, exited, attrition, attrited, cancelled, canceled,
            has left, is cancelled, is canceled, 是否流失, 流失, 已流失, 是否离网, 离网, 是否退订, 是否销户,
            是否取消, 是否解约""",
        ),
        CompanionColumn(
            "churn_label", "flag", "personal", "whether the account has left, said again", "流失标签"
        ),
        CompanionColumn(
            "churn_value",
            "flag",
            "personal",
            "whether the account has left, as 1 or 0",
            "churn flag, target, 流失标志, 流失值",
        ),
        CompanionColumn(
            "here",
            "flag",
            "personal",
            "whether the account is still here",
            "is active, active, is current, still active, 是否在网, 是否活跃, 是否有效, 是否在用",
        ),
        CompanionColumn(
            "status",
            "text",
            "personal",
            "whether the account has left, as a word of LEFT or HERE",
            """customer status, account status, subscription status, state of account, current status,
            客户状态, 账户状态, 账号状态, 用户状态, 会员状态, 订阅状态, 合约状态, 在网状态, 当前状态, 状态""",
        ),
    ),
    one_of=(("churned", "churn_label", "churn_value", "here", "status"),),
)
FLAGS = ("churned", "churn_label", "churn_value")
LEFT = """churned, churn, left, cancelled, canceled, closed, terminated, inactive, lapsed, expired, ended,
    lost, 流失, 已流失, 离网, 已离网, 销户, 已销户, 取消, 已取消, 退订, 已退订, 终止, 已终止,
    停用, 已停用, 注销, 已注销, 解约, 已解约, 过期, 已过期, 到期, 已到期"""
HERE = """active, stayed, joined, current, open, live, renewed, existing, paused, trial, trialing, new,
    subscribed, ongoing, in service,
    在网, 正常, 活跃, 有效, 使用中, 留存, 新入网, 暂停, 停机保号, 试用, 试用中, 在用, 在约, 订阅中, 服务中,
    已激活, 留网"""
# a column with one of these in its name was written by somebody who knew who had left
TOLD = """churn, cancel, attrit, exit, leave, leaving, left, lost, reason, cltv, clv, lifetime value,
    流失, 离网, 退订, 取消, 销户, 原因, 终身价值"""

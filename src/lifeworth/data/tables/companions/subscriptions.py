"""`subscriptions`: what each subscription was, as a billing system tells it, in one of three ways.

Periods: a row with a start, and an end unless it goes on. Events: a row with a day and what happened
(EVENTS). Months: a row per month with its day. A row with an add-on is charged on top of the plan.
"""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

SUBSCRIPTIONS = CompanionTable(
    name="subscriptions",
    grain="one row per subscription and period, event or month",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer who subscribes",
            "customer, customer id, account, account id, user id, member id, client id, email, buyer, "
            "客户编号, 客户, 客户id, 会员编号, 会员号, 用户编号, 账号, 买家会员名, 买家手机号, 买家昵称",
            needed=True,
        ),
        CompanionColumn(
            "subscription_id",
            "text",
            "business",
            "the subscription, where a customer may have several",
            "subscription, sub id, contract, contract id, agreement, 订阅编号, 订阅号, 合约编号, 合同编号, "
            "周期购编号, 签约号",
        ),
        CompanionColumn(
            "start_day",
            "day",
            "personal",
            "first day of the period",
            "start, start date, started at, from, period start, current period start, begin, valid from, "
            "开始日期, 开始时间, 起始日期, 生效日期, 开通时间, 开通日期, 签约时间",
        ),
        CompanionColumn(
            "end_day",
            "day",
            "personal",
            "last day of the period, or the day after it; empty: it goes on",
            "end, end date, ended at, until, period end, current period end, valid until, cancelled at, "
            "canceled at, 结束日期, 结束时间, 到期日期, 终止日期, 失效日期, 解约时间",
        ),
        CompanionColumn(
            "day",
            "day",
            "personal",
            "day of the event, or a day of the month that the row is about",
            "date, event date, event time, occurred at, month, billing month, "
            "日期, 事件日期, 发生时间, 操作时间, 变更时间, 月份, 账单月份",
        ),
        CompanionColumn(
            "event",
            "text",
            "personal",
            "what happened, a word of EVENTS",
            "event type, action, change, movement, 事件, 事件类型, 操作, 操作类型, 变更类型",
        ),
        CompanionColumn(
            "plan",
            "text",
            "business",
            "the plan",
            "plan name, plan tier, product, package, tier, "
            "套餐, 套餐名称, 方案, 档位, 订阅类型, 商品名称, 宝贝标题",
        ),
        CompanionColumn(
            "add_on",
            "text",
            "business",
            "an add-on to the plan; its price is charged on top",
            "addon, add ons, extra, extras, option, 附加项, 附加服务, 加购, 加购项, 增值服务",
        ),
        CompanionColumn(
            "mrr",
            "money",
            "personal",
            "what is paid a month",
            "monthly price, monthly fee, monthly charge, monthly recurring revenue, monthly amount, "
            "mrr amount, "
            "月费, 每月费用, 月订阅费, 月租",
        ),
        CompanionColumn(
            "price",
            "money",
            "personal",
            "what is paid at each renewal, where that is not each month",
            "amount, fee, renewal price, price per period, charge, 价格, 金额, 费用, 每期金额, 续费金额",
        ),
        CompanionColumn(
            "interval",
            "text",
            "business",
            "months from one renewal to the next: a number, or a word of INTERVALS; 1 where nothing is said",
            "interval months, recurrence months, billing period, billing interval, billing cycle, "
            "billing frequency, "
            "周期, 计费周期, 付费周期, 扣款周期, 周期月数",
        ),
        CompanionColumn(
            "status",
            "text",
            "personal",
            "whether the period was paid for, paused or a trial, as a word of STATES",
            "state, subscription status, 状态, 订阅状态, 签约状态",
        ),
        CompanionColumn("trial", "flag", "personal", "whether the period is a trial", "is trial, 是否试用"),
        CompanionColumn(
            "churned",
            "flag",
            "personal",
            "whether the subscription was left at the end of the period",
            "churn, churn flag, is churned, has churned, is cancelled, is canceled, "
            "是否流失, 是否退订, 是否取消",
        ),
    ),
    one_of=(("start_day", "day"), ("mrr", "price", "event", "status")),
)
START, CHANGE, PAUSE, RESUME, END = "start", "change", "pause", "resume", "end"
EVENTS = {
    START: "start, started, new, created, create, subscribe, subscribed, activated, activation, signup, "
    "sign up, trial converted, 开通, 订阅, 新订, 首次订阅, 签约, 新开",
    CHANGE: "change, changed, upgrade, upgraded, downgrade, downgraded, renew, renewal, renewed, add, added, "
    "add on added, plan change, price change, expansion, contraction, 变更, 升级, 降级, 续费, 续订, 加购, "
    "换套餐, 调价",
    PAUSE: "pause, paused, hold, suspended, skip, 暂停, 停用, 中止",
    RESUME: "resume, resumed, reactivate, reactivated, reactivation, restart, restarted, "
    "恢复, 重新开通, 复订, 续约, 重启",
    END: "end, ended, cancel, cancelled, canceled, cancellation, churn, churned, expire, expired, remove, "
    "removed, terminated, 取消, 退订, 终止, 到期, 解约, 取消加购, 移除",
}
PAUSED, TRIAL, ACTIVE = "paused", "trial", "active"
STATES = {
    PAUSED: "paused, pause, on hold, suspended, skipped, 暂停, 已暂停, 停用, 中止",
    TRIAL: "trial, trialing, in trial, free trial, 试用, 试用中, 体验",
}
INTERVALS = {
    1: "month, monthly, 1m, per month, 月, 按月, 月付, 每月",
    3: "quarter, quarterly, 3m, 季, 季度, 按季, 季付",
    6: "half year, half yearly, semiannual, 6m, 半年, 半年付",
    12: "year, yearly, annual, annually, 12m, per year, 年, 按年, 年付, 每年",
}

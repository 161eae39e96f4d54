"""`campaigns`: who was drawn by lot into which arm of which campaign, when, and what was offered."""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

CAMPAIGNS = CompanionTable(
    name="campaigns",
    grain="one row per customer and campaign",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer who was drawn, offered something or not",
            "customer, customer id, id, user id, member id, 客户编号, 客户, 客户id, 会员编号, 买家昵称",
            needed=True,
        ),
        CompanionColumn(
            "arm",
            "text",
            "business",
            "the arm by lot; one of them is the control, by its name or by getting no offer",
            "group, variant, cell, treatment, test group, 分组, 组别, 实验分组, 实验组别",
            needed=True,
        ),
        CompanionColumn(
            "day",
            "day",
            "personal",
            "the day of the offer, of the lot for the control",
            "offered on, offer date, sent on, sent at, assigned on, assigned at, exposed on, exposure date, "
            "date, 发放时间, 发送日期, 发放日期, 分组日期, 曝光日期, 触达时间, 日期",
            needed=True,
        ),
        CompanionColumn(
            "campaign",
            "text",
            "business",
            "the campaign; the file is one campaign without it",
            "campaign name, experiment, experiment name, 活动, 活动名称, 实验, 实验名称",
        ),
        CompanionColumn(
            "offer",
            "text",
            "business",
            "what was offered, empty for nothing",
            "voucher, coupon, 优惠, 优惠券, 优惠内容, 优惠券码名称",
        ),
        CompanionColumn(
            "objective",
            "text",
            "business",
            "cross-sell, up-sell or add-on, where the offer is for one of them alone",
            "goal, aim, purpose, 目标, 目的, 活动目标, 活动目的",
        ),
        CompanionColumn(
            "control_share",
            "text",
            "business",
            "share of the lot meant for the control, 0 to 1 or percent",
            "control pct, control percent, holdout share, 对照比例, 对照组比例, 对照组占比",
        ),
    ),
)

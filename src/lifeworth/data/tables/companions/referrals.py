"""`referrals`: who was brought by whom, by id or by a code that somebody handed out.

A customers file with a column that names the referrer is such a table, too.
"""

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

REFERRALS = CompanionTable(
    name="referrals",
    grain="one row per customer who was brought, or who handed out a code",
    columns=(
        CompanionColumn(
            "customer_id",
            "text",
            "key",
            "the customer who was brought, or who owns `own_code`",
            "referee, referee id, referred customer, new customer, invitee, customer, customer id, id, "
            "被推荐人, 被推荐客户, 被邀请人, 新客户, 受邀人, 客户编号, 客户, 会员编号, 客户id",
            needed=True,
        ),
        CompanionColumn(
            "referrer_id",
            "text",
            "key",
            "the customer who brought it",
            "referrer, referred by, parent, parent id, inviter, introducer, recommended by, "
            "推荐人, 推荐客户, 邀请人, 介绍人, 上级, 推荐人编号, 邀请人编号",
        ),
        CompanionColumn(
            "code",
            "text",
            "key",
            "the code that the customer used",
            "referral code, referral code used, code used, invite code, 推荐码, 邀请码, 使用的推荐码",
        ),
        CompanionColumn(
            "own_code",
            "text",
            "key",
            "the code that the customer hands out",
            "my code, own referral code, share code, 自己的推荐码, 本人推荐码, 专属推荐码, 我的邀请码",
        ),
        CompanionColumn(
            "day",
            "day",
            "personal",
            "the day of the referral",
            "date, referral date, referred on, joined, 日期, 推荐日期, 邀请日期",
        ),
        CompanionColumn(
            "confidence",
            "number",
            "personal",
            "how sure it is that this referrer brought the customer, 0 to 1 or 0 to 100",
            "certainty, self reported confidence, 把握, 置信度, 确信度, 可信度",
        ),
    ),
)

"""`attributes`: what else is known of customers; which of its columns count is said by name. `leads`: the
same of people who have not bought yet."""

from collections.abc import Sequence

from lifeworth.data.tables.companion import CompanionColumn, CompanionTable

KEY = CompanionColumn(
    "customer_id",
    "text",
    "key",
    "the customer",
    "customer, customer id, customer number, customer no, client, client id, member, member id, user id, id, "
    "客户编号, 客户, 客户id, 会员编号, 会员id, 用户id, 用户编号",
    needed=True,
)
LEAD = CompanionColumn(
    "customer_id",
    "text",
    "key",
    "the lead",
    "lead, lead id, lead number, lead no, prospect, prospect id, contact, contact id, customer, customer id, "
    "id, 线索, 线索编号, 潜在客户, 潜客编号, 客户编号, 線索, 線索編號, 潛在客戶",
    needed=True,
)
ATTRIBUTES = CompanionTable("attributes", "one row per customer", (KEY,))
LEADS = CompanionTable("leads", "one row per lead", (LEAD,))


def attributes_with(names: Sequence[str], table: CompanionTable = ATTRIBUTES) -> CompanionTable:
    """The table with further columns, each under its own name."""
    columns = [CompanionColumn(name, "text", "personal", name, name) for name in names]
    return CompanionTable(table.name, table.grain, (*table.columns, *columns))

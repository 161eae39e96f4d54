"""Writes what the sample company keeps beside its orders: answers, cases, club, households, channel spend,
vans."""

from dataclasses import dataclass

import numpy as np

from lifeworth.data.samples.company.beside import MEASURES, Beside
from lifeworth.data.samples.company.cells import Rows, columns, day_text, money_text
from lifeworth.data.samples.company.club import PAUSED, club_periods
from lifeworth.data.samples.company.world import DAYS, FIRST_DAY, Company


@dataclass(frozen=True)
class BesideWords:
    """Headers and words of one language. `csat`: the five grades, worst first; empty: numbers."""

    files: tuple[str, ...]  # surveys, cases, subscriptions, households, marketing, vehicles
    surveys: tuple[str, ...]
    cases: tuple[str, ...]
    subscriptions: tuple[str, ...]
    households: tuple[str, ...]
    marketing: tuple[str, ...]
    vehicles: tuple[str, ...]
    csat: tuple[str, ...]
    topics: tuple[str, ...]
    service: str
    plans: tuple[str, str, str]
    add_on: str
    states: tuple[str, str]  # of a period: paid for, paused
    van: str
    roles: tuple[str, str]
    club_encoding: str = ""  # where it is not that of the other files


BESIDE_WORDS = {
    "en": BesideWords(
        ("surveys", "cases", "subscriptions", "households", "marketing", "vehicles"),
        columns(
            "customer id, survey date, How likely are you to recommend us?, overall satisfaction, "
            "value for money, quality, enjoyment, recommendation intention"
        ),
        columns("case, customer id, date, topic, minutes, kind, amount"),
        columns("customer id, subscription id, plan, add-on, start date, end date, monthly price, status"),
        columns("customer id, household, role, from"),
        columns("channel, month, spend, new customers"),
        columns(
            "customer id, vehicle, purchase date, counted until, price, parts and service, finance interest"
        ),
        (),
        ("late delivery", "broken", "wrong goods", "question"),
        "service",
        ("Small", "Classic", "Big"),
        "Milk",
        ("active", "paused"),
        "Coffee van",
        ("head", "member"),
    ),
    "zh-Hans": BesideWords(
        ("问卷", "客服", "订阅", "家庭", "投放", "车辆"),
        columns("客户编号, 提交时间, 推荐可能性, 总体满意度, 性价比, 质量, 情感认同, 推荐意愿"),
        columns("工单号, 客户编号, 日期, 主题, 时长分钟, 费用类型, 金额"),
        columns("买家昵称, 签约号, 套餐名称, 附加服务, 开通时间, 到期日期, 月费, 订阅状态"),
        columns("客户编号, 家庭编号, 角色, 开始日期"),
        columns("渠道, 月份, 花费, 新客数"),
        columns("买家会员名, 宝贝标题~, 订单付款时间~, 统计截止, 买家实际支付金额, 保养配件金额, 金融利息"),
        ("非常不满意", "不满意", "一般", "满意", "非常满意"),
        ("物流慢", "破损", "发错货", "咨询"),
        "客服",
        ("轻享", "经典", "畅饮"),
        "牛奶包",
        ("正常", "暂停"),
        "咖啡车",
        ("户主", "成员"),
    ),
    "zh-Hant": BesideWords(
        ("問卷", "客服", "訂閱", "家庭", "投放", "車輛"),
        columns("客戶編號, 提交時間, 推薦可能性, 整體滿意度, 性價比, 品質, 情感認同, 推薦意願"),
        columns("工單號, 客戶編號, 日期, 主題, 時長分鐘, 費用類型, 金額"),
        columns("客戶編號, 訂閱編號, 方案, 加購項, 開始日期, 結束日期, 月費, 訂閱狀態"),
        columns("客戶編號, 家庭編號, 角色, 開始日期"),
        columns("通路, 月份, 花費, 新客數"),
        columns("車主編號, 車型, 購車日期, 統計截止, 成交價, 配件與保養, 金融利息"),
        ("1分", "2分", "3分", "4分", "5分"),
        ("物流慢", "破損", "發錯貨", "諮詢"),
        "客服",
        ("輕享", "經典", "暢飲"),
        "牛奶包",
        ("正常", "暫停"),
        "咖啡車",
        ("戶主", "成員"),
        "big5",
    ),
}


def survey_rows(b: Beside, words: BesideWords, keys: list[str]) -> Rows:
    columns = [b.answers[name].tolist() for name in MEASURES]
    for row, (who, day) in enumerate(zip(b.who.tolist(), b.day.tolist(), strict=True)):
        told: list[object] = [column[row] for column in columns]
        if words.csat:
            told[1] = words.csat[int(columns[1][row]) - 1]
        yield keys[who], day_text(day), *told


def case_rows(b: Beside, words: BesideWords, keys: list[str]) -> Rows:
    columns = (b.case_of, b.case_day, b.case_topic, b.case_minutes)
    for number, (who, day, topic, minutes) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True), 1
    ):
        cost = minutes * b.parameters.minute_cost
        told = (words.topics[topic], minutes, words.service, money_text(cost))
        yield f"T{number:05d}", keys[who], day_text(day), *told


def subscription_rows(b: Beside, words: BesideWords, keys: list[str]) -> Rows:
    for row in club_periods(b.club, FIRST_DAY + DAYS - 1):
        plan = "" if row.extra or row.plan == PAUSED else words.plans[row.plan]
        yield (
            *(
                keys[int(b.member[row.member])],
                f"S{row.member + 1:05d}",
                plan,
                words.add_on if row.extra else "",
            ),
            *(day_text(row.start - FIRST_DAY), "" if row.end < 0 else day_text(row.end - FIRST_DAY)),
            *(money_text(row.fee), words.states[0 if row.plan != PAUSED else 1]),
        )


def vehicle_rows(b: Beside, words: BesideWords, keys: list[str]) -> Rows:
    columns_ = (
        b.vehicles.owner,
        b.vehicles.bought,
        b.vehicles.price,
        b.vehicles.service,
        b.vehicles.interest,
    )
    for owner, bought, *money in zip(*(column.tolist() for column in columns_), strict=True):
        cells = (money_text(each) for each in money)
        yield keys[owner], words.van, day_text(bought), day_text(DAYS - 1), *cells


def household_rows(b: Beside, c: Company, words: BesideWords, keys: list[str]) -> Rows:
    head: set[int] = set()
    for who in np.flatnonzero(b.household >= 0).tolist():
        number = int(b.household[who])
        role = words.roles[1 if number in head else 0]
        head.add(number)
        yield keys[who], f"H{number + 1:04d}", role, day_text(float(c.joined[who]))


def marketing_rows(costs: list[tuple[int, int, int, int]], c: Company, channels: tuple[str, ...]) -> Rows:
    """What the cost ledger has as acquisition, with the customers each channel says it won."""
    for kind, minor, channel, month in costs:
        if kind == 0:
            won = int(((c.channel == channel) & (_months(c) == month)).sum())
            when = f"{2022 + month // 12}-{month % 12 + 1:02d}"
            yield channels[channel], when, money_text(minor), won


def _months(c: Company) -> np.ndarray:
    days = np.datetime64("2022-01-01") + np.arange(DAYS)
    months = days.astype("datetime64[M]").astype(int) - np.datetime64("2022-01", "M").astype(int)
    return months[c.joined.astype(np.int64)]

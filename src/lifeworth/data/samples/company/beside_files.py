"""Writes what the sample company keeps beside its orders: answers, cases, club, households, channel spend."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lifeworth.data.samples.company.beside import MEASURES, Beside
from lifeworth.data.samples.company.world import DAYS, Company

Rows = Iterable[Sequence[object]]


@dataclass(frozen=True)
class BesideWords:
    """Headers and words of one language. `csat`: the five grades, worst first; empty: numbers."""

    files: tuple[str, ...]  # surveys, cases, subscriptions, households, marketing
    surveys: tuple[str, ...]
    cases: tuple[str, ...]
    subscriptions: tuple[str, ...]
    households: tuple[str, ...]
    marketing: tuple[str, ...]
    csat: tuple[str, ...]
    topics: tuple[str, ...]
    service: str
    plan: str
    yes_no: tuple[str, str]
    roles: tuple[str, str]


def _columns(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


BESIDE_WORDS = {
    "en": BesideWords(
        ("surveys", "cases", "subscriptions", "households", "marketing"),
        _columns(
            "customer id, survey date, How likely are you to recommend us?, overall satisfaction, "
            "value for money, quality, enjoyment, recommendation intention"
        ),
        _columns("case, customer id, date, topic, minutes, kind, amount"),
        _columns("customer id, plan, months active, monthly charge, churned"),
        _columns("customer id, household, role, from"),
        _columns("channel, month, spend, new customers"),
        (),
        ("late delivery", "broken", "wrong goods", "question"),
        "service",
        "Coffee Club",
        ("yes", "no"),
        ("head", "member"),
    ),
    "zh-Hans": BesideWords(
        ("问卷", "客服", "订阅", "家庭", "投放"),
        _columns("客户编号, 提交时间, 推荐可能性, 总体满意度, 性价比, 质量, 情感认同, 推荐意愿"),
        _columns("工单号, 客户编号, 日期, 主题, 时长分钟, 费用类型, 金额"),
        _columns("客户编号, 套餐, 订阅月数, 月费, 是否流失"),
        _columns("客户编号, 家庭编号, 角色, 开始日期"),
        _columns("渠道, 月份, 花费, 新客数"),
        ("非常不满意", "不满意", "一般", "满意", "非常满意"),
        ("物流慢", "破损", "发错货", "咨询"),
        "客服",
        "咖啡会",
        ("是", "否"),
        ("户主", "成员"),
    ),
    "zh-Hant": BesideWords(
        ("問卷", "客服", "訂閱", "家庭", "投放"),
        _columns("客戶編號, 提交時間, 推薦可能性, 整體滿意度, 性價比, 品質, 情感認同, 推薦意願"),
        _columns("工單號, 客戶編號, 日期, 主題, 時長分鐘, 費用類型, 金額"),
        _columns("客戶編號, 方案, 訂閱月數, 月費, 是否流失"),
        _columns("客戶編號, 家庭編號, 角色, 開始日期"),
        _columns("通路, 月份, 花費, 新客數"),
        ("1分", "2分", "3分", "4分", "5分"),
        ("物流慢", "破損", "發錯貨", "諮詢"),
        "客服",
        "咖啡會",
        ("是", "否"),
        ("戶主", "成員"),
    ),
}


def survey_rows(b: Beside, words: BesideWords, keys: list[str], date_of: Callable[[float], str]) -> Rows:
    columns = [b.answers[name].tolist() for name in MEASURES]
    for row, (who, day) in enumerate(zip(b.who.tolist(), b.day.tolist(), strict=True)):
        told: list[object] = [column[row] for column in columns]
        if words.csat:
            told[1] = words.csat[int(columns[1][row]) - 1]
        yield keys[who], date_of(day), *told


def case_rows(b: Beside, words: BesideWords, keys: list[str], date_of: Callable[[float], str]) -> Rows:
    columns = (b.case_of, b.case_day, b.case_topic, b.case_minutes)
    for number, (who, day, topic, minutes) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True), 1
    ):
        cost = minutes * b.parameters.minute_cost
        amount = f"{cost // 100}.{cost % 100:02d}"
        yield f"T{number:05d}", keys[who], date_of(day), words.topics[topic], minutes, words.service, amount


def subscription_rows(b: Beside, words: BesideWords, keys: list[str]) -> Rows:
    fee = f"{b.parameters.club_fee // 100}.{b.parameters.club_fee % 100:02d}"
    for who, months, left in zip(b.member.tolist(), b.months.tolist(), b.left.tolist(), strict=True):
        yield keys[who], words.plan, months, fee, words.yes_no[0 if left else 1]


def household_rows(
    b: Beside, c: Company, words: BesideWords, keys: list[str], date_of: Callable[[float], str]
) -> Rows:
    head: set[int] = set()
    for who in np.flatnonzero(b.household >= 0).tolist():
        number = int(b.household[who])
        role = words.roles[1 if number in head else 0]
        head.add(number)
        yield keys[who], f"H{number + 1:04d}", role, date_of(float(c.joined[who]))


def marketing_rows(costs: list[tuple[int, int, int, int]], c: Company, channels: tuple[str, ...]) -> Rows:
    """What the cost ledger has as acquisition, with the customers each channel says it won."""
    for kind, minor, channel, month in costs:
        if kind == 0:
            won = int(((c.channel == channel) & (_months(c) == month)).sum())
            when = f"{2022 + month // 12}-{month % 12 + 1:02d}"
            yield channels[channel], when, f"{minor // 100}.{minor % 100:02d}", won


def _months(c: Company) -> np.ndarray:
    days = np.datetime64("2022-01-01") + np.arange(DAYS)
    months = days.astype("datetime64[M]").astype(int) - np.datetime64("2022-01", "M").astype(int)
    return months[c.joined.astype(np.int64)]

"""Fixed words: one word per thing in each language, and the words that must not stand for it.

Chinese has two written standards with words of their own: a 繁體 reader says 資料 where a 简体
reader says 数据, and converting characters is not enough. Tests hold every sentence of
`locales/` against these tables; a translator finds the right word beside the wrong one.
"""

from collections.abc import Iterator

TERMS: dict[str, tuple[str, str, str]] = {  # English, 简体, 繁體
    "customer_lifetime_value": ("customer lifetime value", "客户终身价值", "客戶終身價值"),
    "historical_value": ("historical value", "历史价值", "歷史價值"),
    "current_value": ("current value", "当前价值", "當前價值"),
    "potential_value": ("potential value", "潜在价值", "潛在價值"),
    "base_value": ("base value", "基本价值", "基本價值"),
    "growth_value": ("growth value", "成长价值", "成長價值"),
    "gold": ("gold", "金子", "金子"),
    "comet": ("comet", "彗星", "彗星"),
    "stream": ("stream", "溪流", "溪流"),
    "burden": ("burden", "压力", "壓力"),
    "high": ("high-value customer", "高价值客户", "高價值客戶"),
    "potential": ("potential customer", "潜力客户", "潛力客戶"),
    "low": ("low-value customer", "低价值客户", "低價值客戶"),
    "grade": ("customer grade", "客户等级", "客戶等級"),
    "care": ("customer care", "客户关怀", "客戶關懷"),
    "referral_value": ("referral value", "口碑推荐价值", "口碑推薦價值"),
    "transaction_value": ("transaction value", "交易价值", "交易價值"),
    "share_of_wallet": ("share of wallet", "客户份额", "客戶份額"),
    "win_back": ("win-back", "挽回", "挽回"),
    "churn": ("churn", "流失", "流失"),
    "retention_rate": ("retention rate", "保留率", "保留率"),
    "discount_rate": ("discount rate", "折现率", "折現率"),
    "average_order_value": ("average order value", "平均订单价值", "平均訂單價值"),
    "cross_selling": ("cross-selling", "交叉销售", "交叉銷售"),
    "up_selling": ("up-selling", "往上销售", "追加銷售"),
    "add_on_selling": ("add-on selling", "附加销售", "附加銷售"),
    "value_added_service": ("value-added service", "增值服务", "加值服務"),
    "satisfaction": ("satisfaction", "满意度", "滿意度"),
    "loyalty": ("loyalty", "忠诚度", "忠誠度"),
    "loyalty_points": ("loyalty points", "会员积分", "會員點數"),
    "segment": ("customer segment", "客群", "客群"),
    "pool": ("customer pool", "公海", "公海"),
    "budget_allocation": ("budget allocation", "预算分配", "預算分配"),
}

WRONG: dict[str, dict[str, str]] = {  # wrong word: the right one
    "en": {
        "discounting rate": "discount rate",
        "life time value": "lifetime value",
        "life-time value": "lifetime value",
    },
    "zh-Hans": {
        "折扣率": "折现率",
        "贴现率": "折现率",
        "彗星型": "彗星",
        "顾客": "客户",
        "资料": "数据",
        "档案": "文件",
        "使用者": "用户",
        "软体": "软件",
        "网路": "网络",
        "品质": "质量",
        "机率": "概率",
        "你": "您",
    },
    "zh-Hant": {
        "折扣率": "折現率",
        "貼現率": "折現率",
        "顧客": "客戶",
        "用戶": "使用者",
        "數據": "資料",
        "信息": "資訊",
        "文件": "檔案",
        "字段": "欄位",
        "默認": "預設",
        "軟件": "軟體",
        "網絡": "網路",
        "質量": "品質",
        "概率": "機率",
        "賬號": "帳號",
        "賬戶": "帳戶",
        "導入": "匯入",
        "導出": "匯出",
        "保存": "儲存",
        "刷新": "重新整理",
        "往上銷售": "追加銷售",
        "增值服務": "加值服務",
        "會員積分": "會員點數",
        "你": "您",
    },
}
SHOUTING = "!！"


def misused(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    """(wrong word, right word) for each wrong word in a sentence of "en", "zh-Hans" or "zh-Hant"."""
    plain = sentence.lower()
    for wrong, right in WRONG[language].items():
        if wrong in plain:
            yield wrong, right
    for mark in SHOUTING:
        if mark in sentence:
            yield mark, "。" if language != "en" else "."


def term(key: str, language: str) -> str:
    """The fixed word of a thing."""
    return TERMS[key][("en", "zh-Hans", "zh-Hant").index(language)]

"""The words of the sample company: its goods, people, cities, channels and headers in three languages."""

from dataclasses import dataclass

from lifeworth.data.samples.company.cells import columns


@dataclass(frozen=True)
class Product:
    """One good; money in minor units; `add_on_of` is the code of what it goes with."""

    code: str
    kind: int
    price: int
    unit_cost: int
    names: tuple[str, str, str]  # en, zh-Hans, zh-Hant
    add_on_of: str = ""


PRODUCTS = (
    Product("B-01", 0, 1450, 620, ("House Blend 250 g", "招牌拼配豆 250克", "招牌綜合豆 250克")),
    Product("M-01", 1, 18900, 11200, ("Drip Machine", "滴滤咖啡机", "美式咖啡機")),
    Product("A-01", 2, 590, 210, ("Paper Filters", "滤纸", "濾紙"), "M-01"),
    Product("B-02", 0, 1790, 800, ("Ethiopia 250 g", "埃塞俄比亚豆 250克", "衣索比亞豆 250克")),
    Product("B-03", 0, 1690, 760, ("Colombia 250 g", "哥伦比亚豆 250克", "哥倫比亞豆 250克")),
    Product("A-02", 2, 1290, 540, ("Milk Jug", "奶缸", "拉花鋼杯"), "M-02"),
    Product("B-04", 0, 4900, 2300, ("Office Beans 1 kg", "办公室用豆 1公斤", "辦公室用豆 1公斤")),
    Product("M-02", 1, 42900, 26100, ("Espresso Machine", "意式咖啡机", "義式咖啡機")),
    Product("B-05", 0, 1550, 690, ("Decaf 250 g", "低因咖啡豆 250克", "低咖啡因豆 250克")),
    Product("M-03", 1, 9900, 5400, ("Grinder", "磨豆机", "磨豆機")),
    Product("A-03", 2, 890, 300, ("Cleaning Tablets", "清洁片", "清潔錠"), "M-02"),
    Product("A-04", 2, 2900, 1100, ("Yearly Check", "年度保养", "年度保養"), "M-02"),
)


@dataclass(frozen=True)
class Words:
    """What differs between the languages; a column word stands for one column of one file."""

    place: int
    currency: str
    encoding: str
    time_zone: str
    family: tuple[str, ...]
    given: tuple[str, ...]
    family_first: bool
    cities: tuple[str, ...]
    channels: tuple[str, str, str, str]
    kinds: tuple[str, str, str]
    orders: tuple[str, ...]
    products: tuple[str, ...]
    customers: tuple[str, ...]
    referrals: tuple[str, ...]
    costs: tuple[str, ...]
    campaign: tuple[str, ...]
    offer: tuple[str, str]  # name of the campaign, and what the treated were offered
    cost_kinds: tuple[str, str, str]
    statuses: tuple[str, str, str]  # paid, refunded, cancelled
    files: tuple[str, ...]  # orders, products, customers, referrals, costs, campaign


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS = {
    "en": Words(
        0,
        "USD",
        "utf-8",
        "-0000",
        _list("Baker Carter Diaz Evans Fischer Garcia Hughes Ivanov Jones Khan Lopez Moore Novak Okafor"),
        _list("Ada Ben Clara David Emma Farid Grace Hugo Iris Jonas Kate Liam Mona Noah Olive Paul"),
        False,
        columns("Boston, Chicago, Denver, Portland, Seattle, Austin"),
        ("Web", "Shop", "Marketplace", "Referral"),
        ("Beans", "Machines", "Accessories"),
        columns(
            "Name, Email, Financial Status, Paid at, Currency, Subtotal, Shipping, Taxes, Total, "
            "Discount Amount, Created at, Lineitem quantity, Lineitem name, Lineitem price, Lineitem sku, "
            "Billing Name, Billing City, Cancelled at, Refunded Amount, Source"
        ),
        columns("product code, product name, category, price, unit cost, add on of"),
        columns("customer id, name, city, channel, acquisition date"),
        columns("customer id, referred by, referral date"),
        columns("kind, amount, channel, month"),
        columns("customer id, campaign, offered on, offer, arm, responded, spent in 30 days"),
        ("Summer return", "10 % voucher"),
        ("acquisition", "fulfilment", "payment fee"),
        ("paid", "refunded", "voided"),
        ("orders", "products", "customers", "referrals", "costs", "campaign"),
    ),
    "zh-Hans": Words(
        1,
        "CNY",
        "gbk",
        "",
        _list("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林"),
        _list("伟 芳 娜 敏 静 强 磊 洋 艳 勇 杰 娟 涛 明 子涵 雨桐 浩然 欣怡"),
        True,
        _list("北京 上海 广州 深圳 杭州 成都 武汉"),
        ("小程序", "门店", "天猫", "老客推荐"),
        ("咖啡豆", "咖啡机", "配件与服务"),
        columns(
            "订单编号, 标题, 价格, 购买数量, 外部系统编号, 商品属性, 套餐信息, 备注, 订单状态, 商家编码, "
            "子订单编号, 主订单编号, 支付单号, 买家应付货款, 买家实际支付金额, 退款状态, 退款金额, "
            "订单创建时间, 订单付款时间, 买家会员名, 商品类目, 渠道, 城市"
        ),
        columns("商品编号, 商品名称, 类目, 售价, 单位成本, 配件所属"),
        columns("客户编号, 姓名, 城市, 渠道, 首购日期"),
        columns("客户编号, 推荐人, 推荐日期"),
        columns("费用类型, 金额, 渠道, 月份"),
        columns("买家昵称, 活动名称, 发放时间, 优惠券码名称, 分组, 是否响应, 订单实付金额"),
        ("夏日回归", "九折券"),
        ("获客", "物流", "支付手续费"),
        ("交易成功", "退款成功", "交易关闭"),
        ("订单", "商品", "客户", "推荐", "费用", "活动"),
    ),
    "zh-Hant": Words(
        2,
        "TWD",
        "utf-8-sig",
        "",
        _list("陳 林 黃 張 李 王 吳 劉 蔡 楊 許 鄭 謝 郭"),
        _list("志明 淑芬 家豪 怡君 雅婷 俊傑 宗翰 佳穎 承恩 品妤 冠宇 詩涵"),
        True,
        _list("臺北 新北 桃園 臺中 臺南 高雄 新竹"),
        ("官網", "門市", "商城", "好友推薦"),
        ("咖啡豆", "咖啡機", "配件與服務"),
        columns(
            "訂單編號, 客戶編號, 下單時間, 訂單狀態, 商品編號, 商品名稱, 商品類目, 數量, 單價, "
            "優惠金額, 實付金額, 退款金額, 通路, 城市"
        ),
        columns("商品編號, 商品名稱, 類別, 售價, 單位成本, 配件所屬"),
        columns("客戶編號, 姓名, 城市, 通路, 首購日期"),
        columns("客戶編號, 推薦人, 推薦日期"),
        columns("費用類型, 金額, 通路, 月份"),
        columns("客戶編號, 活動名稱, 發送日期, 優惠, 組別, 是否回應, 30天內消費"),
        ("夏日回訪", "九折券"),
        ("獲客", "物流", "支付手續費"),
        ("已完成", "已退款", "已取消"),
        ("訂單", "商品", "客戶", "推薦", "費用", "活動"),
    ),
}

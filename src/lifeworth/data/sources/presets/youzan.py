"""有赞: one row per order; the buyer is known by phone."""

from lifeworth.data.sources.preset import Preset

_HEADERS = (
    *("订单号", "订单状态", "买家付款时间", "订单实付金额", "全部商品名称", "商品种类数", "收货人/提货人"),
    *(
        "收货人手机号/提货人手机号",
        "收货人省份",
        "收货人地区",
        "详细收货地址/提货地址",
        "买家昵称",
        "买家手机号",
    ),
    *("优惠券码名称", "分销员"),
)

LAYOUTS = (
    Preset(
        name="youzan",
        layout="orders",
        signature=_HEADERS,
        required=("订单号", "订单实付金额", "买家付款时间"),
        columns={
            "customer_id": ("买家ID", "客户ID"),
            "customer_phone": ("买家手机号", "收货人手机号/提货人手机号"),
            "customer_name": ("买家昵称", "收货人/提货人"),
            "order_id": ("订单号",),
            "placed_at": ("订单创建时间", "下单时间", "买家付款时间"),
            "paid_at": ("买家付款时间",),
            "order_status": ("订单状态",),
            "refund_status": ("订单维权状态", "退款状态", "订单退款状态"),
            "refunded_amount": ("订单已退款金额", "退款金额"),
            "amount": ("订单实付金额",),
            "shipping": ("运费",),
            "product_name": ("全部商品名称",),
            "region": ("收货人省份", "收货人地区"),
        },
        zone="Asia/Shanghai",
        currency="CNY",
        amount_formula=(("+", "amount"), ("-", "shipping")),
        encrypted=("customer_phone", "customer_name"),
    ),
)

"""拼多多: one row per order; no buyer id, and the phone, where there is one, is masked."""

from lifeworth.data.sources.preset import Preset

_HEADERS = (
    *(
        "商品",
        "订单号",
        "订单状态",
        "商品总价(元)",
        "店铺优惠折扣(元)",
        "平台优惠折扣(元)",
        "多多支付立减金额(元)",
    ),
    *(
        "邮费(元)",
        "用户实付金额(元)",
        "商家实收金额(元)",
        "商品数量(件)",
        "省",
        "市",
        "区",
        "支付时间",
        "拼单成功时间",
    ),
    *("订单成交时间", "发货时间", "确认收货时间", "商品id", "商品规格", "样式ID", "商家编码-规格维度"),
    *("商家编码-商品维度", "快递单号", "快递公司", "商家备注", "售后状态"),
)

LAYOUTS = (
    Preset(
        name="pinduoduo",
        layout="orders",
        signature=_HEADERS,
        required=("订单号", "用户实付金额(元)", "商家实收金额(元)"),
        columns={
            "customer_id": ("用户ID", "买家ID"),
            "customer_phone": ("收货人手机", "收件人手机", "手机"),
            "order_id": ("订单号",),
            "placed_at": ("订单成交时间", "拼单成功时间", "支付时间"),
            "paid_at": ("支付时间", "拼单成功时间"),
            "order_status": ("订单状态",),
            "refund_status": ("售后状态",),
            "refunded_amount": ("退款金额(元)",),
            "amount": ("用户实付金额(元)",),
            "gross_amount": ("商品总价(元)",),
            "discount": ("店铺优惠折扣(元)",),
            "shipping": ("邮费(元)",),
            "quantity": ("商品数量(件)",),
            "product_id": ("商品id",),
            "sku": ("商家编码-规格维度", "商家编码-商品维度"),
            "product_name": ("商品",),
            "region": ("省", "市"),
        },
        zone="Asia/Shanghai",
        currency="CNY",
        amount_formula=(("+", "amount"), ("-", "shipping")),
        encrypted=("customer_phone",),
        has_buyer=False,
        order_id_dates="%y%m%d",  # 200101-123…: the day stands in front of the order number
    ),
)

"""Words that headers use, in English and Chinese, for each field: the data of `aliases.py`.

Four strengths. `STRONG` words name the field whatever stands beside them. `WEAK` words do so only
where no strong word of the same field is in the file and the cells agree. `SCOPED` words name money
of one unit or of the whole row; values decide (`amounts.py`). `OTHER` words are known to be none of
the fields that a valuation needs, so that value sniffing leaves their columns alone. Within a field
the order is the preference. 繁體 headers meet the 简体 words through `headers.plain`.
"""

STRONG = {
    "customer_id": """
        customer unique id, customer id, customer key, customer no, customer number, customer code,
        customer ref, cust id, cust no, cust key, client id, client no, client code,
        client number, buyer id, buyer username, buyer user id, user id, uid, user no, user key,
        member id, member no, member number, membership id, household id, household key, shopper id,
        consumer id, account id, account no, account number, loyalty id, loyalty number, loyalty card,
        loyalty card number, card id, card number, card no, cc num,
        donor id, subscriber id, patient id, guest id, id cliente,
        kundennummer, kunden nr, kundenr, kunde id, cliente id, codigo cliente, client reference,
        openid, unionid,
        客户编号, 客户id, 客户号, 客户代码, 客户编码, 客户码, 客户代号, 客户账号, 客户卡号, 顾客编号,
        顾客id, 顾客号, 顾客代码, 顾客卡号, 会员编号, 会员id, 会员号, 会员卡号, 会员代码, 会员编码,
        会员名, 会员账号, 买家会员名, 买家id, 买家编号, 买家账号, 买家旺旺, 旺旺号, 买家用户名,
        买家uid, 用户id, 用户编号, 用户号, 用户名, 用户账号, 用户uid, 用户代码, 消费者id, 消费者编号,
        客人编号, 使用者id, 使用者编号, 使用者代码, 持卡人编号, 卡号""",
    "customer_email": """
        customer email, buyer email, billing email, email address, email, contact email, user email,
        client email,
        客户邮箱, 买家邮箱, 会员邮箱, 用户邮箱, 电子邮箱, 电子邮件, 电邮, 邮箱, 邮件地址, 邮箱地址,
        客户电子邮件""",
    "customer_phone": """
        customer phone, buyer phone, billing phone, phone number, phone, mobile, mobile phone,
        mobile number, telephone, tel, cell phone, contact number, phone no,
        客户手机, 客户手机号, 客户电话, 买家手机, 买家手机号, 买家手机号码, 会员手机, 会员手机号,
        用户手机号, 用户手机, 手机号, 手机号码, 手机, 联系手机, 联系电话, 电话, 电话号码, 移动电话,
        行动电话, 连络电话, 收货人手机号, 收货人手机, 收货人电话, 收件人手机号, 收件人手机, 收件人电话""",
    "customer_name": """
        customer name, client name, buyer name, name of customer, member name, user name full,
        full name, billing name,
        客户名称, 客户姓名, 客户名, 顾客姓名, 顾客名称, 会员姓名, 会员名称, 买家昵称, 买家姓名,
        用户姓名, 用户昵称, 会员昵称, 交易对方, 姓名, 昵称""",
    "given_name": """
        billing first name, first name billing, customer first name, buyer first name, first name, given name,
        forename""",
    "family_name": """
        billing last name, last name billing, customer last name, buyer last name, last name, family name,
        surname, 姓氏""",
    "order_id": """
        order id, order no, order number, order key, order code, order ref, order reference,
        sales order number, sales order id, sales order, so number, invoice no, invoice number,
        invoice id, invoice, transaction id, transaction no, transaction number, txn id, trans id,
        transaction key, receipt id, receipt no, receipt number, basket id, basket key, bill no,
        bill id, bill number, document no, document number, purchase id, checkout id, booking id,
        order, web order id, purchase order number,
        订单编号, 订单号, 订单id, 订单号码, 订单编码, 主订单编号, 主订单号, 交易编号, 交易号, 交易单号,
        交易id, 交易序号, 销售单号, 销售订单号, 单号, 单据号, 单据编号, 流水号, 交易流水号, 小票号,
        小票编号, 发票号, 发票号码, 发票编号, 账单号, 消费单号, 购物单号, 订单""",
    "line_id": """
        line id, line no, line number, line item id, order line item, order line id, order item id,
        order line,
        子订单编号, 子订单号, 子订单id, 订单明细编号, 订单行号, 明细编号, 行号, 订单明细id""",
    "parent_order_id": """
        parent order id, original order id, original order, original order number, original invoice,
        parent order,
        原订单号, 原订单编号, 原单号, 原始订单号, 原交易号, 关联订单号, 关联订单编号, 原销售单号""",
    "placed_at": """
        order date, order datetime, order time, order timestamp, ordered at, order purchase timestamp,
        order created at, order created, placed at, order placed, purchase date, purchase time,
        purchased at, purchase timestamp, transaction date, transaction dt, transaction datetime,
        transaction time, transaction timestamp, trans date, txn date, trans dt, txn time,
        invoice date, sale date, sales date, date of sale, date of purchase, date of order,
        receipt date, bill date, booking date, checkout date, order dt, created at, date created,
        created time, create time, created date, creation date, created, fecha pedido, bestelldatum,
        买家下单时间, 下单时间, 下单日期, 订单日期, 订单时间, 订单创建时间, 订单提交时间, 订单成交时间,
        订单下单时间, 拍下时间, 购买时间, 购买日期, 交易时间, 交易日期, 成交时间, 成交日期, 消费时间,
        消费日期, 销售日期, 销售时间, 提交时间, 创建时间, 创建日期, 单据日期, 开票日期, 发票日期,
        开单日期, 开单时间, 业务日期, 订购日期, 订购时间, 订货日期,
        订单成立日期, 订单成立时间, 转单日期时间, 转单日期, 订单建立时间, 订单建立日期, 建立时间, 建立日期,
        结账时间, 结账日期, 交易创建时间""",
    "paid_at": """
        paid at, payment date, payment time, date paid, paid date, paid time, pay time, paid on,
        payment datetime,
        买家付款时间, 付款时间, 付款日期, 支付时间, 支付日期, 订单付款时间, 订单支付时间, 收款日期,
        收款时间, 缴费日期""",
    "refund_at": """
        refund date, refunded at, refund time, return date, returned at, date returned, date refunded,
        returned date,
        退款时间, 退款日期, 退货日期, 退货时间, 退款完成时间, 退单日期, 退单时间, 售后时间,
        售后完成时间, 退款成功时间, 申请退款时间""",
    "order_status": """
        order status, order state, transaction status, item status, purchase status, status,
        订单状态, 交易状态, 订单当前状态, 单据状态, 订单交易状态, 状态""",
    "financial_status": """
        financial status, payment status, pay status, paid status,
        付款状态, 支付状态, 收款状态""",
    "refund_status": """
        refund status, return status, after sales status, returned, is returned, is refunded,
        退款状态, 售后状态, 退货状态, 是否退款, 是否退货, 退换货状态""",
    "is_test": "is test, test order, test, 测试订单, 是否测试, 是否测试订单",
    "currency": """
        currency, currency code, order currency, ccy, iso currency, transaction currency,
        presentment currency, währung, moneda, devise,
        币种, 货币, 币别, 货币类型, 货币代码, 结算币种, 交易币种""",
    "quantity": """
        quantity, qty, order quantity, order qty, quantity ordered, ordered quantity, sales quantity,
        quantity sold, units sold, unit sold, units, number of items, num items, item count,
        item quantity, items, pieces, number of cds,
        数量, 购买数量, 商品数量, 销售数量, 订购数量, 购买件数, 商品件数, 件数, 宝贝总数量, 商品总数,
        总数量, 销量, 份数, 成交数量, 订货数量, 交易数量""",
    "unit_price": """
        unit price, price per unit, price each, unit sale price, unit selling price, unit sales price,
        unit retail price,
        单价, 商品单价, 销售单价, 产品单价, 成交单价, 单位价格, 货品单价, 单位售价, 折后单价""",
    "amount": """
        amount paid, paid amount, actual amount, actual paid, payment amount, payment value, net sales,
        net amount, net revenue, net total, net value, line total, line amount, line revenue,
        line value, extended price, extended amount, sales amount, sales value, sale amount,
        sales revenue, sales total, sales, revenue, turnover, total revenue, total sales, order amount,
        order value, order total, order amt, transaction amount, transaction value, transaction total,
        purchase amount, purchase value, total amount, total price, total paid, total spent,
        total value, total cost to customer, grand total, subtotal, spend, spent, monetary value,
        dollar value, dollars, amount spent, gmv, umsatz, importe,
        买家实际支付金额, 买家实付金额, 用户实付金额, 实际支付金额, 订单实付金额, 实付金额, 实付款,
        实付, 实际金额, 支付金额, 付款金额, 买家付款金额, 实收金额, 实收款, 实收, 成交金额, 成交额,
        成交总额, 交易金额, 交易额, 交易总额, 销售额, 销售金额, 销售总额, 销售收入, 净销售额, 净额,
        消费金额, 消费额, 购买金额, 订单金额, 订单总金额, 订单总价, 订单总额, 订单应付金额, 应付金额,
        应收金额, 总金额, 总价, 总额, 合计金额, 合计, 小计, 小计金额, 折后金额, 商品金额, 价税合计,
        含税金额, 营业额, 营收, 收入, 结算金额, 商家实收金额, 付款额, 支付额, 实际付款金额, 实际付款,
        金额小计, 订购金额, 捐款金额, 订单合计, 订单小计, 订单总计, 付款总金额, 买家总支付金额, 结帐金额,
        结账金额, 商品小计, 销售金额折扣后""",
    "gross_amount": """
        gross amount, gross sales, gross total, gross value, list amount, original amount,
        amount before discount, total before discount,
        原价金额, 原价总额, 折前金额, 商品总价, 标价金额, 吊牌金额, 原始金额, 优惠前金额, 应付货款""",
    "discount": """
        discount, discount amount, discounts, discount value, total discount, total discounts,
        coupon discount, promotion discount, item discount, retail disc, coupon disc,
        优惠金额, 折扣金额, 优惠, 折扣额, 优惠券金额, 减免金额, 满减金额, 优惠总额, 促销优惠, 折让金额,
        店铺优惠, 折扣""",
    "shipping": """
        shipping, shipping fee, shipping amount, shipping price, shipping charge, freight, postage,
        delivery fee, delivery charge, freight value, shipping total,
        运费, 邮费, 配送费, 快递费, 物流费, 运费金额, 应付邮费, 买家应付邮费, 买家支付运费""",
    "tax": """
        tax, taxes, tax amount, vat, gst, sales tax, tax total, vat amount,
        税额, 税费, 税金, 税款, 增值税""",
    "fee": """
        fee, fees, payment fee, transaction fee, platform fee, commission, processing fee,
        手续费, 成交手续费, 服务费, 平台服务费, 佣金, 平台佣金, 平台扣点, 支付手续费""",
    "refunded_amount": """
        refunded amount, amount refunded, refund amount, refund, refunded, refund total,
        total refunded, return amount, returned amount, return value, refund value,
        退款金额, 退款总额, 已退款金额, 实退金额, 退货金额, 退回金额, 退单金额, 退款额, 退款, 退货款,
        申请退款金额""",
    "refunded_quantity": """
        refunded quantity, returned quantity, return quantity, refund quantity, return qty,
        returned qty,
        退货数量, 退款数量, 退货件数, 退款件数, 退回数量""",
    "unit_cost": """
        unit cost, cost per unit, cost price, standard cost, item cost, unit cost price,
        单位成本, 成本价, 成本单价, 单件成本, 进货价, 采购价, 进价, 进货单价, 采购单价""",
    "line_cost": """
        line cost, total cost, cost of goods, cost of goods sold, cogs, cost amount,
        total product cost, cost of sales,
        总成本, 成本金额, 成本额, 销售成本, 商品总成本, 成本总额, 成本合计, 行成本""",
    "profit": """
        profit, gross profit, profit amount, margin amount,
        利润, 毛利, 毛利额, 利润额, 毛利润, 盈利, 利润金额""",
    "product_id": """
        product id, product key, product code, product no, product number, stock code, item id,
        item code, item no, article, article id, article no, upc, ean, gtin, barcode, asin, goods id,
        material, product ref,
        商品id, 商品编号, 商品编码, 商品代码, 产品编号, 产品id, 产品编码, 产品代码, 货品编号, 货品编码,
        货号, 商品货号, 条码, 商品条码, 条形码, 宝贝id, 品号, 料号, 商品号""",
    "sku": """
        sku, seller sku, sku id, lineitem sku, variant sku, sku code,
        商家编码, sku编码, 规格编码, 商家sku, 货品sku""",
    "product_name": """
        product name, product title, item name, product, item, description, product description,
        item description, title, goods name, article name,
        商品名称, 产品名称, 商品标题, 宝贝标题, 商品名, 产品名, 品名, 货品名称, 商品, 产品, 标题,
        选购商品""",
    "category": """
        category, product category, sub category, product subclass, product type, product line,
        department, category name,
        商品类别, 产品类别, 商品分类, 产品分类, 商品类目, 类目, 类别, 品类, 分类, 商品品类, 大类""",
    "channel": """
        channel, sales channel, order channel, order source, source, platform, marketplace,
        channel name,
        渠道, 销售渠道, 下单渠道, 订单渠道, 订单来源, 来源, 平台, 通路, 销售通路, 购买渠道, 来源平台""",
    "country": """
        country, ship country, shipping country, billing country, customer country, country code,
        nation,
        国家, 国家地区, 国别""",
    "region": """
        region, state, province, territory, territory key, ship state, city, ship city, customer state,
        customer city,
        省份, 省, 地区, 区域, 省市, 收货省份, 城市, 市, 所在地区, 收货地区, 大区""",
}

WEAK = {
    "customer_id": """
        customer, cust, client, buyer, member, user, account, shopper, household, donor, kunde,
        cliente,
        客户, 顾客, 会员, 买家, 用户, 客户信息, 客人, 会员卡""",
    "placed_at": """
        date, datetime, time, timestamp, day, dt, when, event date, datum, fecha,
        日期, 时间, 日期时间, 年月日""",
    "amount": """
        amount, amt, total, value, money, sum, payment, paid,
        金额, 价款, 款项, 钱, 付款, 总计, 金额元, 共计""",
    "quantity": "count, number, 个数, 数目",
    "customer_name": "name, 名称, 名字",
    "product_name": "goods, 货品, 货物",
    "order_id": "id, no, 编号, 编码, receipt, transaction, txn",
}

SCOPED = {
    "price": """
        price, sales price, sale price, selling price, item price, product price, retail price,
        price paid,
        价格, 售价, 销售价, 销售价格, 商品价格, 成交价, 成交价格, 零售价, 实付价, 产品价格""",
    "cost": "cost, costs, asset, product cost, 成本, 商品成本, 产品成本, 成本费用",
}

OTHER = """
    ship date, shipped at, shipping date, delivery date, delivered at, due date, required date,
    stock date, updated at, last updated, last updated date, modified at, completed at, fulfilled at,
    cancelled at, expiry date, end date, start date, birth date, birthday, dob, date of birth,
    signup date, registration date, first order date, last order date, ship mode, segment, postal code,
    zip, zip code, postcode, pin code, age, age group, gender, sex, row id, index, session id,
    visit id, week, month, year, quarter, hour, weekday, address, street, notes, note, tags, url, ip,
    latitude, longitude, store id, store, shop, shop id, branch, employee, salesperson, staff id,
    discount rate, discount percent, tax rate, vat rate, margin, margin percent, profit margin,
    coupon match disc, event, event name, event type, device, browser, recipient, ship to name,
    shipping name, list price, compare at price, msrp, rating, balance, points, credit limit,
    annual income, income, months active, supplier, supplier id, warehouse, cohort, user cohort,
    发货时间, 发货日期, 收货时间, 确认收货时间, 送达时间, 完成时间, 订单完成时间, 完成日期, 更新时间,
    修改时间, 取消时间, 关闭时间, 应发货时间, 到期日期, 出生日期, 生日, 注册时间, 注册日期, 入会日期,
    首购日期, 年龄, 性别, 邮编, 邮政编码, 序号, 备注, 订单备注, 商家备注, 买家备注, 买家留言, 收货地址,
    收货人, 收货人姓名, 收件人, 收件人姓名, 详细地址, 地址, 物流单号, 运单号, 快递单号, 物流公司,
    快递公司, 支付方式, 付款方式, 门店, 门店编号, 门店id, 店铺, 店铺id, 店铺名称, 店员, 导购, 业务员,
    销售员, 折扣率, 税率, 毛利率, 利润率, 积分, 余额, 吊牌价, 市场价, 划线价, 参考价, 周, 月份, 年份,
    季度, 商品规格, 规格, 颜色, 尺码, 供应商, 仓库, 客户等级, 会员等级, 客户类型
"""

"""WooCommerce orders, as export plug-ins and the REST interface write them. Guests have customer 0."""

from lifeworth.data.sources.preset import Preset

_HEADERS = (
    *(
        "order_id",
        "order_number",
        "date",
        "status",
        "shipping_total",
        "order_shipping",
        "order_tax",
        "cart_discount",
    ),
    *(
        "order_discount",
        "order_total",
        "order_currency",
        "payment_method",
        "shipping_method",
        "customer_user",
    ),
    *("billing_first_name", "billing_last_name", "billing_company", "billing_email", "billing_phone"),
    *("billing_address_1", "billing_address_2", "billing_postcode", "billing_city", "billing_state"),
    *(
        "billing_country",
        "shipping_first_name",
        "shipping_last_name",
        "shipping_company",
        "shipping_address_1",
    ),
    *("shipping_address_2", "shipping_postcode", "shipping_city", "shipping_state", "shipping_country"),
    *("customer_note", "refunded_total", "order_item_1", "order_item_2", "order_item_3"),
)
_REST = (
    *("id", "number", "status", "currency", "date_created", "date_created_gmt", "date_paid", "date_paid_gmt"),
    *("discount_total", "shipping_total", "cart_tax", "total", "total_tax", "customer_id", "billing_email"),
    *("billing_phone", "payment_method", "line_items", "refunds"),
)

LAYOUTS = (
    Preset(
        name="woocommerce",
        layout="orders",
        signature=_HEADERS,
        required=("order_id", "status", "order_total", "billing_email"),
        columns={
            "customer_id": ("customer_user",),
            "customer_email": ("billing_email",),
            "customer_phone": ("billing_phone",),
            "order_id": ("order_id", "order_number"),
            "placed_at": ("date", "order_date"),
            "order_status": ("status",),
            "currency": ("order_currency",),
            "amount": ("order_total",),
            "order_total": ("order_total",),
            "shipping": ("order_shipping", "shipping_total"),
            "tax": ("order_tax",),
            "discount": ("cart_discount", "order_discount"),
            "refunded_amount": ("refunded_total", "order_refund", "refund_total"),
            "country": ("billing_country",),
            "region": ("billing_state", "billing_city"),
        },
        amount_formula=(("+", "order_total"), ("-", "shipping"), ("-", "tax")),
        packed_columns="order_item_",
        guest_ids=("0",),
    ),
    Preset(
        name="woocommerce",
        layout="rest",
        signature=_REST,
        required=("status", "date_created_gmt", "customer_id", "total"),
        columns={
            "customer_id": ("customer_id",),
            "customer_email": ("billing_email", "billing.email"),
            "customer_phone": ("billing_phone", "billing.phone"),
            "order_id": ("id", "number"),
            "placed_at": ("date_created_gmt",),
            "paid_at": ("date_paid_gmt",),
            "order_status": ("status",),
            "currency": ("currency",),
            "amount": ("total",),
            "order_total": ("total",),
            "shipping": ("shipping_total",),
            "tax": ("total_tax",),
            "discount": ("discount_total",),
        },
        zone="UTC",
        amount_formula=(("+", "order_total"), ("-", "shipping"), ("-", "tax")),
        guest_ids=("0",),
    ),
)

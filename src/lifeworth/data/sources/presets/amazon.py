"""Amazon All Orders report (tab separated). Without a buyer e-mail column it names no customer."""

from lifeworth.data.sources.preset import Preset

_HEADERS = (
    *("amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status"),
    *(
        "fulfillment-channel",
        "sales-channel",
        "order-channel",
        "url",
        "ship-service-level",
        "product-name",
        "sku",
    ),
    *(
        "asin",
        "item-status",
        "quantity",
        "currency",
        "item-price",
        "item-tax",
        "shipping-price",
        "shipping-tax",
    ),
    *("gift-wrap-price", "gift-wrap-tax", "item-promotion-discount", "ship-promotion-discount", "ship-city"),
    *("ship-state", "ship-postal-code", "ship-country", "promotion-ids", "is-business-order"),
    *("purchase-order-number", "price-designation"),
)

LAYOUTS = (
    Preset(
        name="amazon",
        layout="all_orders",
        signature=_HEADERS,
        required=("amazon-order-id", "purchase-date", "item-price"),
        columns={
            "customer_id": ("buyer-id",),
            "customer_email": ("buyer-email",),
            "customer_phone": ("buyer-phone-number",),
            "order_id": ("amazon-order-id",),
            "line_id": ("order-item-id",),
            "placed_at": ("purchase-date",),
            "order_status": ("order-status",),
            "currency": ("currency",),
            "quantity": ("quantity", "quantity-purchased"),
            "amount": ("item-price",),  # of all units in the row
            "discount": ("item-promotion-discount",),
            "tax": ("item-tax",),
            "shipping": ("shipping-price",),
            "product_id": ("asin",),
            "sku": ("sku",),
            "product_name": ("product-name",),
            "channel": ("sales-channel",),
            "country": ("ship-country",),
            "region": ("ship-state", "ship-city"),
        },
        zone="UTC",
        grain="line",
        amount_is="line",
        amount_formula=(("+", "amount"), ("-", "discount")),
        has_buyer=False,
    ),
)

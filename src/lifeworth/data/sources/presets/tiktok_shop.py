"""TikTok Shop orders: one row per SKU; the row below the header describes the columns."""

from lifeworth.data.sources.preset import Preset

_HEADERS = (
    *(
        "Order ID",
        "Order Status",
        "Order Substatus",
        "Cancelation/Return Type",
        "Normal or Pre-order",
        "SKU ID",
    ),
    *(
        "Seller SKU",
        "Product Name",
        "Variation",
        "Quantity",
        "Sku Quantity of return",
        "SKU Unit Original Price",
    ),
    *(
        "SKU Subtotal Before Discount",
        "SKU Platform Discount",
        "SKU Seller Discount",
        "SKU Subtotal After Discount",
    ),
    *("Shipping Fee After Discount", "Original Shipping Fee", "Shipping Fee Seller Discount"),
    *(
        "Shipping Fee Platform Discount",
        "Payment platform discount",
        "Taxes",
        "Small Order Fee",
        "Order Amount",
    ),
    *("Order Refund Amount", "Created Time", "Paid Time", "RTS Time", "Shipped Time", "Delivered Time"),
    *("Cancelled Time", "Cancel By", "Cancel Reason", "Fulfillment Type", "Warehouse Name", "Tracking ID"),
    *("Delivery Option", "Shipping Provider Name", "Buyer Message", "Buyer Username", "Recipient", "Phone #"),
    *(
        "Country",
        "State",
        "City",
        "Zipcode",
        "Detail Address",
        "Additional address information",
        "Payment Method",
    ),
    *("Weight(kg)", "Product Category", "Package ID", "Seller Note", "Checked Status", "Checked Marked by"),
)

LAYOUTS = (
    Preset(
        name="tiktok_shop",
        layout="orders",
        signature=_HEADERS,
        required=("Order ID", "Order Substatus", "SKU ID", "Created Time"),
        columns={
            "customer_id": ("Buyer Username",),
            "customer_phone": ("Phone #",),
            "customer_name": ("Recipient",),
            "order_id": ("Order ID",),
            "placed_at": ("Created Time",),
            "paid_at": ("Paid Time",),
            "order_status": ("Order Status",),
            "refund_status": ("Cancelation/Return Type",),
            "quantity": ("Quantity",),
            "refunded_quantity": ("Sku Quantity of return",),
            "unit_price": ("SKU Unit Original Price",),
            "amount": ("SKU Subtotal After Discount",),
            "gross_amount": ("SKU Subtotal Before Discount",),
            "discount": ("SKU Seller Discount",),
            "order_total": ("Order Amount",),
            "refunded_amount": ("Order Refund Amount",),
            "shipping": ("Shipping Fee After Discount",),
            "tax": ("Taxes",),
            "sku": ("Seller SKU", "SKU ID"),
            "product_id": ("SKU ID",),
            "product_name": ("Product Name",),
            "category": ("Product Category",),
            "country": ("Country",),
            "region": ("State", "City"),
        },
        grain="line",
        amount_is="line",
        refund_is="order",  # the order's refund is repeated on each of its rows
        description_row=True,
        encrypted=("customer_phone", "customer_name"),
    ),
)

"""Stripe payments CSV. Only collected live payments count; times are UTC."""

from lifeworth.data.sources.preset import Keep, Preset

_HEADERS = (
    *("id", "Description", "Seller Message", "Created (UTC)", "Amount", "Amount Refunded", "Currency"),
    *("Converted Amount", "Converted Amount Refunded", "Fee", "Tax", "Converted Currency", "Mode", "Status"),
    *("Statement Descriptor", "Customer ID", "Customer Description", "Customer Email", "Captured", "Card ID"),
    *("Card Last4", "Card Brand", "Card Funding", "Card Exp Month", "Card Exp Year", "Card Name"),
    *(
        "Card Address Line1",
        "Card Address Line2",
        "Card Address City",
        "Card Address State",
        "Card Address Country",
    ),
    *(
        "Card Address Zip",
        "Card Issue Country",
        "Card Fingerprint",
        "Card CVC Status",
        "Invoice ID",
        "Transfer",
    ),
)

LAYOUTS = (
    Preset(
        name="stripe",
        layout="payments",
        signature=_HEADERS,
        required=("id", "Created (UTC)", "Amount", "Amount Refunded", "Status"),
        columns={
            "customer_id": ("Customer ID",),
            "customer_email": ("Customer Email",),
            "order_id": ("id",),
            "placed_at": ("Created (UTC)",),
            "order_status": ("Status",),
            "amount": ("Amount",),
            "refunded_amount": ("Amount Refunded",),
            "currency": ("Currency",),
            "converted_amount": ("Converted Amount",),
            "converted_refunded_amount": ("Converted Amount Refunded",),
            "converted_currency": ("Converted Currency",),
            "fee": ("Fee",),
            "tax": ("Tax",),
            "mode": ("Mode",),
            "captured": ("Captured",),
            "country": ("Card Address Country", "Card Issue Country"),
        },
        zone="UTC",
        amount_formula=(("+", "amount"), ("-", "tax")),
        keep=(
            # a refunded payment was paid: it stays, with its refund beside it
            Keep("order_status", ("paid", "refunded", "partially refunded", "partial refund"), "not_paid"),
            Keep("captured", ("true", "yes", "1"), "not_captured"),
            Keep("mode", ("live",), "test_mode"),
        ),
    ),
)

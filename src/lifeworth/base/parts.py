"""The kinds of cost and the streams of potential value, in the order in which they are told."""

COST_KINDS = ("goods", "fulfilment", "fees", "service", "retention", "acquisition", "other")
POTENTIAL_PARTS = ("cross_sell", "up_sell", "add_on", "referral", "base", "growth")

"""How much customers spend on a purchase day."""

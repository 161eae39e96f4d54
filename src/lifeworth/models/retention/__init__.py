"""Contractual models: how long subscribers stay, when their leaving is seen."""

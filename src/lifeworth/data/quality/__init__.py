"""How far the data can be trusted: one finding per weakness, with what it costs and what mends it.

`report.usability` runs every rule over `facts.UsabilityFacts`; each rule is a pure function of
plain numbers or arrays and returns a Finding or None. Their sentences: `locales/*/quality.po`.
"""

"""Who belongs together: each scheme is a rule that can be read, with cut points that can be set.

Arrays of customers in, a result with codes, cut points and a reason per customer out.
"""

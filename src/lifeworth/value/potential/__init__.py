"""Potential value: what customers could bring beyond going on as they are, stream by stream.

assumptions   what cannot be learned from orders yet, declared
holdings      which items each customer owns, since when, and what they spent on them
adoption      cross-sell: who takes up an item next, learned from what came after a cutoff
add_on        accessories and services taken up after a product, by the age of ownership
upgrade       up-sell: a step up the price ladder of a category, less what it replaces
growth        customers who grow beyond the model
effects       what an offer adds, assumed or measured by campaigns
claims        the order of claims on the wallet, so that nothing is counted twice
streams       one stream: value, interval, grade, and what it would need
potential     all of them together
words         the reason of each row in words; tables: what is published
"""

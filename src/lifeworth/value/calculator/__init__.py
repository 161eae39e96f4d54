"""What a customer is worth by the textbook: templates as data, formulas shown with their numbers.

templates.json   the questions of each template: names, units, defaults, limits
formulas.py      the answers
calculate.py     from inputs to answers, and to sentences in three languages
"""

"""From cells to values: text, dates, money, statuses, who bought, what was undone, which rows are one order.

Cleaning knows no files. It works on tables inside an engine, column by column: it looks at the
whole column first, decides once, and then reads every cell the same way.
"""

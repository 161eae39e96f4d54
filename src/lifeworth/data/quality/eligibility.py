"""Whether single customers may be forecast at all, or only the base as a whole.

Below 100 customers, 30 repeat buyers or 2 % repeat buyers, a model has too little to learn how
customers differ: it would give everybody nearly the same number with a false interval.
"""

from lifeworth.base.finding import Finding

LEAST_CUSTOMERS = 100
LEAST_REPEATERS = 30
LEAST_REPEAT_SHARE = 0.02
COMFORTABLE_CUSTOMERS = 1000


def individual_predictions_possible(customers: int, repeaters: int) -> Finding | None:
    """None, or why predictions for single customers are declined (severity "bad").

    Args:
        customers: with at least one counted purchase.
        repeaters: of these, with purchases on two days or more.
    """
    share = repeaters / customers if customers else 0.0
    facts = {"customers": customers, "repeaters": repeaters, "share": share}
    if customers < LEAST_CUSTOMERS:
        return Finding("quality_few_customers", "bad", {**facts, "wanted": LEAST_CUSTOMERS})
    if repeaters == 0:
        return Finding("quality_no_repeats", "bad", facts)
    if repeaters < LEAST_REPEATERS or share < LEAST_REPEAT_SHARE:
        wanted = max(LEAST_REPEATERS, round(LEAST_REPEAT_SHARE * customers))
        return Finding("quality_few_repeats", "bad", {**facts, "wanted": wanted})
    return None


def small_base(customers: int) -> Finding | None:
    """Enough for a forecast, not enough for a sharp one."""
    if LEAST_CUSTOMERS <= customers < COMFORTABLE_CUSTOMERS:
        return Finding("quality_small_base", "info", {"customers": customers})
    return None

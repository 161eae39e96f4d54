"""CDNOW customers in integer days until 1997-09-30, built here, apart from our reader."""

import datetime

import numpy as np

from shared_data import shared

END = datetime.date(1997, 9, 30).toordinal()


def cdnow(sample=True, unit_days=1.0):
    """Columns as a dict of arrays, and purchases in the 273 days of the holdout."""
    days = purchase_days(sample)
    rows = [_customer(key, spent) for key, spent in sorted(days.items())]
    ids, frequency, recency, age, mean, later = (np.array(each) for each in zip(*rows, strict=True))
    data = {
        "customer_id": ids, "frequency": frequency, "recency": recency / unit_days,
        "T": age / unit_days, "monetary_value": mean,
    }  # fmt: skip
    return data, later


def purchase_days(sample=True):
    """What each customer spent on each day: id -> {day: dollars}."""
    name = "cdnow/CDNOW_sample.txt" if sample else "cdnow/CDNOW_master.txt"
    column = 1 if sample else 0
    days = {}
    for line in shared(name).read_text().splitlines():
        parts = line.split()
        if len(parts) < 4 or not parts[0].isdigit():
            continue
        text = parts[column + 1]
        day = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
        spent = days.setdefault(parts[column], {})
        spent[day] = spent.get(day, 0.0) + float(parts[-1])
    return days


def _customer(key, spent):
    seen = sorted(day for day in spent if day <= END)
    mean = np.mean([spent[day] for day in seen[1:]]) if len(seen) > 1 else 0.0
    later = sum(day > END for day in spent)
    return key, len(seen) - 1, seen[-1] - seen[0], END - seen[0], float(mean), later


def spenders(data):
    """Without repeat buyers whose spend is zero."""
    kept = (data["frequency"] == 0) | (data["monetary_value"] > 0)
    return {name: column[kept] for name, column in data.items()}

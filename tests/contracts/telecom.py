"""A simulated telecom file in the best-known layout, with what goes wrong in such files, and its truth."""

import numpy as np
import pandas as pd

LONGEST = 72
PLANS = ("Month-to-month", "One year", "Two year")


def telecom(size=7000, seed=3):
    """(table, truth): monthly hazards fall with age and differ by plan; ages at the snapshot are 1..72.

    truth["survival"] (73,) is the mean curve of these accounts, "stays" (n, 72) each account's own.
    """
    rng = np.random.default_rng(seed)
    plan = rng.choice(3, size, p=[0.55, 0.25, 0.2])
    support = rng.random(size) < 0.4
    level = np.array([-3.0, -4.4, -5.6])[plan] - 0.5 * support
    ages = np.arange(1, LONGEST + 1)
    hazard = 1 / (1 + np.exp(-(level[:, None] - 0.018 * ages)))
    stays = np.cumprod(1 - hazard, axis=1)
    u = rng.random(size)
    lifetime = (stays > u[:, None]).sum(axis=1) + 1  # leaves at this date; LONGEST + 1 is later than seen
    seen = rng.integers(1, LONGEST + 1, size)
    churned = lifetime <= seen
    months = np.where(churned, lifetime, seen)
    charge = np.round(rng.uniform(20, 110, size), 2)
    table = pd.DataFrame(
        {
            "customerID": [f"{at:04d}-TEL" for at in range(size)],
            "tenure": months,
            "Contract": np.array(PLANS)[plan],
            "TechSupport": np.where(support, "Yes", "No"),
            "MonthlyCharges": charge,
            "TotalCharges": [f"{m * c:.2f}" for m, c in zip(months, charge, strict=True)],
            "Churn": np.where(churned, "Yes", "No"),
        }
    )
    survival = np.concatenate([[1.0], stays.mean(axis=0)])
    return table, {"survival": survival, "stays": stays, "plan": plan, "months": months, "churned": churned}


def troubled(size=2000, seed=4):
    """The same with every trouble: contradictions, negative charges, blank totals and columns that tell."""
    table, truth = telecom(size, seed)
    rng = np.random.default_rng(seed)
    left = truth["churned"]
    table["Churn Label"] = table["Churn"]
    table["Churn Value"] = left.astype(int)
    table["Customer Status"] = np.where(left, "Churned", "Stayed")
    table.loc[:24, "Churn"] = np.where(left[:25], "No", "Yes")  # three columns to one say otherwise
    table["Churn Score"] = np.where(left, 80, 30) + rng.integers(-9, 10, size)
    table["Churn Reason"] = np.where(left, "Competitor", "")
    table["Satisfaction Score"] = np.where(left, rng.integers(1, 4, size), rng.integers(3, 6, size))
    table["Exit survey"] = np.where(left & (rng.random(size) < 0.8), "called", None)
    table["Closing call"] = np.where(left & (rng.random(size) < 0.6), "long", None)
    table["Total GB"] = truth["months"] * rng.uniform(9, 11, size)
    table["Dependents"] = rng.integers(0, 3, size)
    table.loc[30:39, "MonthlyCharges"] = -5.0
    table.loc[40:44, "TotalCharges"] = " "
    return table, truth

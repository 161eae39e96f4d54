"""Subscribers: churn files read, reconciled and warned of."""

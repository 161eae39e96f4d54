"""Referral value in the value statement: per customer (`customers`) and of the company (`company`)."""

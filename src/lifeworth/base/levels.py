"""The level of every interval that is shown: 90 %, five per cent beyond each end."""

NORMAL_95 = 1.6448536269514722  # 95 % quantile of the standard normal law

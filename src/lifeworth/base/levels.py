"""What holds everywhere unless somebody says otherwise: the level of intervals, the window of a campaign, how
parts of a whole are marked that have no name of their own."""

NORMAL_95 = 1.6448536269514722  # 95 % quantile of the standard normal law: 5 % beyond each end of an interval
WINDOW_DAYS = 30  # that a campaign is measured in
OTHERS, UNKNOWN = "…", ""  # beyond the largest, of which each has its name; what nobody named

"""Thirty reposted messages of Sina Weibo, 2016-06-01: figures, not the data themselves.

Per message: its number, reposts counted in minutes 0-5, 5-10, 10-15, 15-20 and 20-30, participants after a
day. Counted from the 30 cascades of dataset/sample/dataset.txt in github.com/Xovee/casflow (all that are
there); data of Cao et al. (2017), DeepHawkes, CIKM, 1149-1158. Counts of 25 were checked
against their number of participants; those of 75980, 75986, 75987, 75989 and 75991 were counted once.
"""

import numpy as np
import pandas as pd

from lifeworth.models.referral import CascadeModel

MINUTES = (0, 5, 10, 15, 20, 30)
COUNTED = np.array(
    [
        (14709, 0, 2, 3, 1, 4, 23), (14712, 2, 1, 1, 0, 7, 31), (14713, 0, 55, 0, 0, 0, 56),
        (14715, 1, 2, 1, 1, 4, 30), (14720, 3, 2, 5, 3, 3, 43), (36853, 3, 4, 2, 0, 0, 10),
        (36855, 3, 1, 2, 0, 6, 53), (36861, 7, 6, 6, 3, 1, 24), (36868, 9, 1, 1, 0, 6, 31),
        (36870, 6, 9, 7, 2, 5, 56), (75978, 4, 3, 1, 1, 1, 19), (75979, 1, 3, 2, 0, 4, 36),
        (75980, 16, 12, 11, 11, 12, 386), (75981, 1, 0, 2, 3, 1, 108), (75982, 8, 5, 3, 3, 5, 75),
        (75983, 2, 8, 7, 3, 21, 184), (75984, 12, 6, 13, 11, 9, 132), (75985, 6, 2, 2, 7, 7, 93),
        (75986, 4, 17, 35, 65, 119, 1347), (75987, 30, 43, 32, 86, 153, 816), (75988, 11, 12, 10, 5, 17, 183),
        (75989, 20, 21, 27, 22, 31, 410), (75990, 0, 0, 0, 0, 0, 35), (75991, 32, 31, 22, 73, 225, 2239),
        (75992, 7, 9, 6, 3, 2, 74), (75993, 3, 1, 2, 1, 11, 207), (75994, 8, 5, 15, 6, 8, 131),
        (75995, 15, 9, 9, 7, 7, 128), (75996, 15, 6, 17, 9, 6, 168), (76038, 1, 0, 0, 0, 2, 19),
    ]
)  # fmt: skip


def first_half_hour():
    """Message and minute of each event, spread evenly over the minutes it was counted in."""
    names, times = [], []
    for name, *counts, _ in COUNTED.tolist():
        spread = [
            since + (until - since) * (np.arange(many) + 0.5) / many
            for since, until, many in zip(MINUTES[:-1], MINUTES[1:], counts, strict=True)
            if many
        ]
        times.append(np.concatenate([[0.0], *spread]))
        names.append(np.full(len(times[-1]), name))
    return np.concatenate(names), np.concatenate(times)


def rank_correlation(a, b):
    return pd.Series(a).corr(pd.Series(b), method="spearman")


def test_the_first_half_hour_of_real_messages_foretells_their_size_after_a_day():
    """The model learns from the same half hour: no message is seen to its end."""
    name, time = first_half_hour()
    forecast = CascadeModel().fit(name, time, 30.0).forecast(name, time, 30.0)
    assert forecast.ids == COUNTED[:, 0].tolist()
    final = COUNTED[:, -1]
    found = rank_correlation(forecast.final_size, final)
    assert found > 0.85
    assert found > rank_correlation(forecast.seen, final) + 0.03  # more than the count so far tells
    assert ((final >= forecast.low) & (final <= forecast.high)).mean() >= 0.85
    assert 0.8 < forecast.final_size.sum() / final.sum() < 1.2

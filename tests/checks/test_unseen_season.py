"""Orders of less than a year cannot know the season ahead, and say so."""

import pytest

from lifeworth.data.quality.span import unseen_season
from lifeworth.text.messages import finding_text


@pytest.mark.parametrize(
    ("days", "horizon", "warned"),
    [
        (100, 365, False),
        (183, 90, True),
        (283, 90, True),
        (364, 365, True),
        (365, 365, False),
        (283, None, False),
    ],
)
def test_months_never_seen_are_named_between_half_a_year_and_a_year(days, horizon, warned):
    assert (unseen_season(1000, 1000 + days - 1, horizon) is not None) == warned


@pytest.mark.parametrize(
    ("language", "words"), [("en", "9.3 months"), ("zh-Hans", "9.3 个月"), ("zh-Hant", "9.3 個月")]
)
def test_the_sentence_states_the_months(language, words):
    finding = unseen_season(0, 282, 90)
    assert words in finding_text(finding, language)
    assert finding_text(finding, language, "costs")

"""Every reason a scheme gives has a sentence in three languages, which its facts fill."""

import numpy as np
import pytest

from lifeworth.segments.pattern import PatternRule, patterns
from lifeworth.segments.rfm import score_rfm
from lifeworth.segments.rfm_classes import rfm_classes
from lifeworth.segments.tiers import tiers
from lifeworth.text.catalog import catalog

RULE = PatternRule(profit=10, repeats=1, cost_to_serve=2)
CORNERS = patterns(np.array([20, 20, 5, 5, 1.0]), np.array([2, 0.5, 2, 0.5, 0.1]), rule=RULE)
THREE = tiers(np.array([90, 9, 1.0]), np.array([100, 5, 50.0]), np.ones(3), horizon_days=1)
REASONS = [
    *(CORNERS.reason(row) for row in range(5)),
    *(THREE.reason(row) for row in range(3)),
    score_rfm([3.0], [2], [50.0]).reason(0),
    rfm_classes([3.0], [2], [50.0]).reason(0),
]


def test_every_class_is_among_the_reasons_tested():
    keys = {reason.key for reason in REASONS}
    assert len(keys) == len(REASONS)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.key)
def test_a_reason_reads_as_a_sentence_with_the_customers_own_figures(reason, language):
    facts = {name: f"<{name}>" for name in reason.facts}
    sentence = catalog(language).text(reason.key, **facts)
    assert sentence.count("<") >= 2
    assert "{" not in sentence

"""Every finding of the rules has its sentences, in three languages, that its own facts fill."""

import re
from pathlib import Path

import pytest

from lifeworth.base.finding import Finding
from lifeworth.text.messages import finding_text

SOURCE = Path(__file__).resolve().parents[2] / "src" / "lifeworth" / "data" / "quality"
FACTS = {
    "quality_sound": {"customers": 2357},
    "quality_few_customers": {"customers": 20, "repeaters": 3, "share": 0.15, "wanted": 100},
    "quality_no_repeats": {"customers": 2000, "repeaters": 0, "share": 0.0},
    "quality_few_repeats": {"customers": 20000, "repeaters": 20, "share": 0.001, "wanted": 400},
    "quality_small_base": {"customers": 771},
    "quality_left_truncated": {
        "customers": 900, "share": 0.4, "days": 45, "start": "2010-12-01", "crowd": 3.2,
    },
    "quality_panel": {"customers": 409, "share": 0.83, "days": 45, "start": "2017-01-01"},
    "quality_season": {"month": "2011-11", "times": 2.1},
    "quality_peak_week": {"week": "2019-11-11", "times": 4.0},
    "quality_short_history": {"months": 4.2},
    "quality_unseen_season": {"months": 9.3},
    "quality_horizon": {"horizon_months": 36.0, "seen_months": 13.1},
    "quality_stale": {"days": 40, "last_order": "2024-01-01", "as_of": "2024-02-10"},
    "quality_gap": {"days": 31, "from": "2024-03-01", "to": "2024-03-31"},
    "quality_big_customer": {"share": 0.2},
    "quality_extreme_order": {"times": 3500.0, "share": 0.2},
    "quality_same_amount": {"share": 0.9},
    "quality_negative_margin": {"lines": 1200, "share": 0.03},
    "quality_without_customer": {"rows": 135080, "share": 0.249},
    "quality_unknown_status": {"rows": 12, "share": 0.012},
    "quality_rejected": {"rows": 12, "share": 0.012},
    "quality_duplicates": {"rows": 5268, "share": 0.01},
}  # fmt: skip


def test_the_list_above_names_every_finding_of_the_rules():
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCE.glob("*.py"))
    assert set(re.findall(r'"(quality_[a-z_]+)"', code)) == set(FACTS)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("code", FACTS)
def test_a_finding_says_what_it_found_what_it_costs_and_what_to_do(code, language):
    finding = Finding(code, "info", FACTS[code])
    sentences = {part: finding_text(finding, language, part) for part in ("says", "costs", "do")}
    wanted = {"says"} if code == "quality_sound" else {"says", "costs", "do"}
    assert {part for part, sentence in sentences.items() if sentence} == wanted
    assert not any("{" in sentence or "!" in sentence or "！" in sentence for sentence in sentences.values())

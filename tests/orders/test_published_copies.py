import pandas as pd
import pytest

import lifeworth as lw
from lifeworth.models import BGNBD, GammaGamma
from shared_data import needs_shared, shared

pytestmark = needs_shared


def frame():
    names = ["master", "who", "when", "pieces", "paid"]
    return pd.read_csv(
        shared("cdnow/CDNOW_sample.txt"), sep=r"\s+", header=None, names=names, dtype={"who": str}
    )


@pytest.mark.parametrize("dated", [True, False])
def test_a_renamed_copy_of_cdnow_gives_the_published_figures(dated):
    copy = frame()
    copy["when"] = pd.to_datetime(copy["when"].astype(str)) if dated else copy["when"].astype(str)
    rfm = lw.rfm_summary(copy, "who", "when", "paid", observation_period_end="1997-09-30", time_unit="W")
    assert BGNBD().fit(rfm).log_likelihood_ == pytest.approx(-9582.429206674, abs=1e-6)
    assert GammaGamma().fit(rfm).params_ == pytest.approx(
        {"p": 6.24957, "q": 3.74422, "v": 15.44352}, rel=1e-5
    )


def test_a_part_of_it_is_a_file_like_any_other():
    part = frame().iloc[:-1]
    rfm = lw.rfm_summary(part, "who", "when", "paid", observation_period_end="1997-09-30", time_unit="W")
    assert len(rfm) == 2348  # the customers of zero dollars and the last one are gone

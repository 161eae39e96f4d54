"""Who is most like a lead: nearest by the covariates of the model, with what they were worth."""

import numpy as np
import pandas as pd
import pytest

from lifeworth.base.errors import UsageError
from lifeworth.models import BGNBD, look_alikes
from models import covariate_worlds as worlds

DATA = worlds.simulated("BGNBD", 800)
TABLE = pd.DataFrame(DATA).assign(customer_id=np.arange(800) + 1000, spent=np.arange(800) / 2)
LEADS = {"age": [-1.0, 0.5], "channel": ["web", "mail"]}


@pytest.fixture(scope="module")
def fitted():
    return BGNBD(covariates=["age", "channel"]).fit(TABLE)


def test_they_are_the_nearest_of_all(fitted):
    found = look_alikes(fitted, TABLE, LEADS, k=7, show=["spent"])
    assert found["lead"].tolist() == [0] * 7 + [1] * 7
    spread = TABLE.age.std(ddof=0)
    for lead in range(2):
        mine = found[found.lead == lead]
        features = [(TABLE.age - LEADS["age"][lead]) / spread]
        features += [
            (TABLE.channel == level).astype(float) - float(LEADS["channel"][lead] == level)
            for level in ("shop", "web")
        ]
        distance = np.sqrt(sum(each**2 for each in features)).to_numpy()
        np.testing.assert_allclose(mine.distance, np.sort(distance)[:7], atol=1e-12)
        rows = mine.customer_id.to_numpy() - 1000
        np.testing.assert_allclose(distance[rows], mine.distance, atol=1e-12)
        np.testing.assert_array_equal(mine.spent, TABLE.spent.to_numpy()[rows])


def test_of_those_equally_near_the_first_ones_are_named(fitted):
    found = look_alikes(fitted, TABLE, LEADS, k=3)
    same = TABLE[(TABLE.age == -1.0) & (TABLE.channel == "web")].customer_id.tolist()[:3]
    assert found[found.lead == 0].customer_id.tolist()[: len(same)] == same


def test_no_more_are_named_than_there_are(fitted):
    assert len(look_alikes(fitted, TABLE.head(4), LEADS, k=9)) == 8


def test_what_cannot_be_asked_is_refused(fitted):
    with pytest.raises(UsageError, match="MODEL-139"):
        look_alikes(fitted, TABLE, LEADS, k=0)
    with pytest.raises(UsageError, match="MODEL-132"):
        look_alikes(BGNBD().fit(TABLE), TABLE, LEADS)


def test_customers_of_long_numbers_are_named_to_the_last_digit(fitted):
    ids = 2**53 + np.arange(800)
    found = look_alikes(fitted, TABLE.assign(customer_id=ids), LEADS, k=3)
    assert (
        found.customer_id.tolist()
        == (look_alikes(fitted, TABLE, LEADS, k=3).customer_id - 1000 + 2**53).tolist()
    )

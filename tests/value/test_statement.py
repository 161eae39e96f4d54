from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lifeworth.base.parts import POTENTIAL_PARTS
from lifeworth.value.cents import to_cents
from lifeworth.value.statement import as_money, statement

parts = st.integers(0, 60).flatmap(
    lambda n: st.tuples(
        *[st.lists(st.floats(-1e6, 1e6), min_size=n, max_size=n).map(np.array)] * (2 + len(POTENTIAL_PARTS))
    )
)


@given(parts)
def test_lifetime_is_historical_plus_future_for_each_customer_and_in_total(values):
    historical, current, *potential = values
    whole = statement(to_cents(historical), current, dict(zip(POTENTIAL_PARTS, potential, strict=True)))
    assert np.array_equal(whole.future, whole.current + whole.potential)
    assert np.array_equal(whole.potential, sum(whole.parts.values()))
    assert np.array_equal(whole.lifetime, whole.historical + whole.future)
    totals = whole.totals()
    exact = Decimal(str(totals["historical_value"])) + Decimal(str(totals["future_value"]))
    assert exact == Decimal(str(totals["lifetime_value"]))


@given(st.lists(st.integers(-(10**15), 10**15)))
def test_cents_become_decimals_without_loss(cents):
    money = as_money(np.array(cents, np.int64)).to_pylist()
    assert money == [Decimal(cent) / 100 for cent in cents]

"""The simulated customers and order rows are what the page says they are."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from bench.data import CDNOW_CUSTOMERS, SAMPLE

from bench import worlds


@pytest.mark.parametrize("world", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_simulated_customers_are_whole_days_and_agree_with_themselves(world):
    drawn = worlds.simulated_customers(world, 5_000, np.random.default_rng(1))
    x, t_x, T, m = (drawn[name].to_numpy() for name in ("frequency", "recency", "T", "monetary_value"))
    assert (t_x <= T).all()
    assert ((x > 0) == (t_x > 0)).all()
    assert ((x > 0) == (m > 0)).all()
    assert (x <= t_x * 7 + 1e-9).all()
    assert np.allclose(t_x * 7, np.rint(t_x * 7))
    assert 0.4 < (x == 0).mean() < 0.7


def test_the_same_seed_gives_the_same_customers():
    first, again = (worlds.simulated_customers("bg_nbd", 1_000, np.random.default_rng(3)) for _ in range(2))
    assert first.equals(again)


def test_cdnow_has_its_published_customers_and_money():
    table = worlds.cdnow_customers(SAMPLE)
    assert table.num_rows == CDNOW_CUSTOMERS
    assert (table["frequency"].to_numpy() > 0).sum() == 946
    assert table["T"].to_numpy().max() == pytest.approx(38.857, abs=1e-3)


def test_the_order_log_has_its_rows_in_order_of_time(tmp_path):
    path = tmp_path / "orders.parquet"
    worlds.write_order_log(path, 5_000, np.random.default_rng(1))
    rows = pq.read_table(path)
    moments = rows["ordered_at"].to_numpy()
    assert len(moments) == 5_000
    assert (np.diff(moments) >= np.timedelta64(0)).all()
    assert (rows["amount"].to_numpy() > 0).all()
    assert len(set(rows["customer_id"].to_pylist())) > 100

"""The files that every library of one run reads: made once, in a folder that is thrown away."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from bench import worlds
from bench.environments import ROOT
from bench.plan import SEED

SAMPLE = ROOT / "src/lifeworth/data/samples/cdnow/CDNOW_sample.txt"
CDNOW_CUSTOMERS = 2_357


def customers_file(folder: Path, model: str, size: int | None) -> Path:
    """Customers of the model's own world; CDNOW where `size` is None. Spend lives in BG/NBD's world."""
    world = "bg_nbd" if model == "gamma_gamma" else model
    path = folder / ("cdnow.parquet" if size is None else f"{world}_{size}.parquet")
    if not path.exists():
        if size is None:
            table = worlds.cdnow_customers(SAMPLE)
        else:
            table = worlds.simulated_customers(world, size, np.random.default_rng([SEED, size]))
        pq.write_table(table, path)
    return path


def order_rows_file(folder: Path, rows: int) -> Path:
    path = folder / f"orders_{rows}.parquet"
    if not path.exists():
        worlds.write_order_log(path, rows, np.random.default_rng([SEED, rows]))
    return path

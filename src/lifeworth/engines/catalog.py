"""The engines by name, as `lifeworth value --engine` takes them."""

from collections.abc import Callable

from lifeworth.engines.duckdb import DuckDBEngine
from lifeworth.engines.protocol import Engine

ENGINES: dict[str, Callable[[], Engine]] = {"duckdb": DuckDBEngine}

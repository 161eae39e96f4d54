"""The tables: made by migrations alone, the same on both databases."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from lifeworth.base.errors import AppError
from lifeworth.store.database import Database
from lifeworth.store.options import all_options, options_version, set_options
from lifeworth.store.tables import metadata


def test_the_migrations_make_exactly_the_tables_that_the_program_knows(database):
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(database):
    with database.begin() as connection:
        set_options(connection, {"company": "Tea & Co"})
    database.migrate()
    with database.read() as connection:
        assert all_options(connection) == {"company": "Tea & Co"}


def test_a_database_of_a_newer_program_is_refused(database):
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    again = Database(database.url)
    with pytest.raises(AppError) as refusal:
        again.migrate()
    again.close()
    assert refusal.value.code == "APP-024"


def test_a_failed_transaction_leaves_nothing(database):
    def half():
        with database.begin() as connection:
            set_options(connection, {"company": "half"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with database.read() as connection:
        assert all_options(connection) == {}


def test_settings_cannot_be_overwritten_unseen(database):
    with database.begin() as connection:
        assert set_options(connection, {"margin": 0.3}, 0)
    with database.begin() as connection:
        assert not set_options(connection, {"margin": 0.4}, 0)
        assert options_version(connection) == 1
        assert set_options(connection, {"margin": 0.4}, 1)
    with database.read() as connection:
        assert all_options(connection) == {"margin": 0.4}

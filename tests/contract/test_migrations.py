"""The revisions lead an empty database to exactly the tables that the stages declare."""

from __future__ import annotations

import importlib
import pkgutil

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

import duly
from duly.store import Store, metadata


def declare_everything() -> None:
    for module in pkgutil.walk_packages(duly.__path__, "duly."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


def test_migrated_is_as_declared(store_url: str) -> None:
    declare_everything()
    store = Store.open(store_url)
    store.migrate()
    store.migrate()
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert set(metadata.tables) <= set(inspect(conn).get_table_names())
    store.close()

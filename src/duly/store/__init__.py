"""Connections, transactions and migrations; SQLite and PostgreSQL.

A stage declares its tables in its own `tables.py` on `metadata`, and runs its statements on the connection
that `Store.write()` or `Store.read()` gives.
"""

from duly.store.connections import Store
from duly.store.contexts import Context, Duty, itself, under
from duly.store.metadata import Number, metadata
from duly.store.statements import insert_new, upsert

__all__ = ["Context", "Duty", "Number", "Store", "insert_new", "itself", "metadata", "under", "upsert"]

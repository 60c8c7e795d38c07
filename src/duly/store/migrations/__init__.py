"""The schema's history is a row of Alembic revisions in `versions`, run on a caller's transaction.

A new revision is written by `uv run alembic -c src/duly/store/migrations/alembic.ini revision --autogenerate`
and then read by a human.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from duly.store.metadata import metadata

__all__ = ["config", "upgrade"]


def config() -> Config:
    """Alembic's configuration for these revisions."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    return settings


def upgrade(connection: Connection) -> None:
    """Run the revisions that are missing; with no revision written yet, create the declared tables."""
    settings = config()
    if ScriptDirectory.from_config(settings).get_current_head() is None:
        metadata.create_all(connection)
        return
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")

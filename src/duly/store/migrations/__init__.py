"""The schema's history is a row of Alembic revisions in `versions`, run on a caller's transaction.

A new revision is written by `draft`, from the difference between the declared tables (import every stage
first) and a database at the newest revision, and is then read by a human.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from duly.store.metadata import metadata

__all__ = ["config", "draft", "upgrade"]


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


def draft(connection: Connection, message: str, name: str) -> None:
    """Write `versions/<name>_<message>.py`: what would bring this database to the declared tables."""
    settings = config()
    settings.attributes["connection"] = connection
    command.revision(settings, message, autogenerate=True, rev_id=name)

"""Alembic runs this file; it always works on the connection that `duly.store.migrations` hands over."""

from alembic import context

from duly.store.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

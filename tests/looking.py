"""How tests look into a database: for the uses of `ACTING`, or past row-level security as nobody else may."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection

from duly.store import Context, Store

ACTING = [
    Context(organisation, "system", "", purpose, basis, relation, "")
    for organisation, purpose, basis, relation in [
        ("nav", "intake", "Folkeregisterloven §§ 10-1, 10-2", "none"),
        ("nav", "child-benefit", "Barnetrygdloven § 14", "none"),
        ("nav", "inform", "Forvaltningsloven § 27", "none"),
        ("nav", "pay", "Barnetrygdloven § 12", "none"),
        ("self", "insight", "GDPR article 15", "own"),
    ]
]
"""What Norway's policies permit, for everything that a test looks at."""


def looking(store: Store) -> Store:
    """The database, for those uses."""
    return store.acting(*ACTING)


@contextmanager
def superuser(store: Store) -> Generator[Connection]:
    """A write transaction of PostgreSQL's superuser on the same database."""
    url = store.url.set(drivername="postgresql", username="postgres")
    whole = Store.open(url.render_as_string(hide_password=False))
    with looking(whole).write() as conn:
        yield conn
    whole.close()

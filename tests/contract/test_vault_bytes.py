"""An insider has the database and not the keys: no marked value is in its bytes, no destroyed key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from looking import superuser
from sqlalchemy import inspect, select, text

from duly.access import Actor
from duly.store import Store
from duly.vault import SYSTEM, Box, Identifier, Plain, Use, Vault, Wanted
from duly.vault.tables import identifier, subject

MARK = b"MARKED-VALUE"
NAME = Identifier("no.fnr", "MARKED-IDENTIFIER")
NEAR = Identifier("no.fnr", "MARKED-NEAR")
USE = Use(
    actor=Actor(organisation="nav", system="MARKED-SYSTEM", officer=""),
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"family", "identity"}),
    about="MARKED-ABOUT",
)


def fill(store: Store, vault: Vault) -> int:
    """Everything that the vault can write about a subject, with marks in all of it."""
    with store.write() as conn:
        numbers = vault.ensure(
            conn,
            [
                Wanted(identifier=NEAR, kind="Person", near=None),
                Wanted(identifier=NAME, kind="Person", near=NEAR),
            ],
        )
        plain = [
            Plain(subject=number, category="family", version=1, data=MARK * 50)
            for number in (SYSTEM, *numbers.values())
        ]
        kept = vault.seal(conn, plain)
        boxes = [
            Box(subject=one.subject, category="family", version=1, sealed=box)
            for one, box in zip(plain, kept, strict=True)
        ]
        assert vault.open(conn, USE, boxes) == [MARK * 50] * 3
    return numbers[NAME]


def files(store: Store) -> bytes:
    """All bytes of the database's files: SQLite's with its log, PostgreSQL's of the vault's tables."""
    if store.dialect == "sqlite":
        path = Path(store.url.database or "")
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    with superuser(store) as conn:
        conn.execute(text("CHECKPOINT"))
        relations = ("subject", "identifier", "pk_identifier", "ix_identifier_subject", "use_entry")
        read = text("SELECT pg_read_binary_file(pg_relation_filepath(:name))")
        return b"".join(conn.execute(read, {"name": name}).scalar_one() for name in relations)


def tables(store: Store) -> Iterator[bytes]:
    """Every cell of every table, in bytes."""
    with store.read() as conn:
        for name in inspect(conn).get_table_names():
            for row in conn.execute(text(f'SELECT * FROM "{name}"')):  # noqa: S608 - names come from the database
                for cell in row:
                    yield cell if isinstance(cell, bytes) else str(cell).encode()


def test_no_marked_value_is_in_any_cell(store: Store, vault: Vault) -> None:
    fill(store, vault)
    cells = list(tables(store))
    assert len(cells) > 20
    assert not [cell for cell in cells if b"MARKED" in cell or b"no.fnr" in cell]


def test_no_marked_value_is_in_the_files(store: Store, vault: Vault) -> None:
    fill(store, vault)
    content = files(store)
    assert b"Person" in content  # what stands in clear is found, so the search works
    assert b"MARKED" not in content
    assert b"no.fnr" not in content


def test_a_destroyed_key_is_nowhere_in_the_files(store: Store, vault: Vault) -> None:
    number = fill(store, vault)
    with store.read() as conn:
        wrapped = conn.execute(select(subject.c.wrapped).where(subject.c.number == number)).scalar_one()
        hash_ = conn.execute(select(identifier.c.hash).where(identifier.c.subject == number)).scalar_one()
    before = files(store)
    assert wrapped in before
    assert hash_ in before
    vault.forget(number)
    after = files(store)
    assert wrapped not in after
    assert hash_ not in after

"""Snapshots are rebuilt from assertions, pointers from the owners of links: neither is the truth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from duly.facts.carry import Places
from duly.facts.content import Snapshot, written
from duly.facts.record import replayed
from duly.facts.tables import snapshot
from duly.facts.write import Changes, Place, write
from duly.law import Pack
from duly.store import upsert
from duly.vault import Plain, Use, Vault

__all__ = ["repair"]

_KEEP = upsert(snapshot, ["subject", "category"])


def repair(conn: Connection, vault: Vault, pack: Pack, use: Use, subjects: Collection[int]) -> None:
    """Write the subjects' snapshots again, and the pointers at the members of their links."""
    places = Places.of(pack)
    categories = pack.vocabulary.categories()
    found = replayed(conn, vault, use, vault.versions(conn, subjects), categories)
    _keep(conn, vault, found)
    links = set(_links(places, {place: content for place, (_, content) in found.items()}))
    if links:
        concerned = {number for _, owner, member in links for number in (owner, member)}
        write(conn, vault, use, places, Changes(links=links), concerned)


def _keep(conn: Connection, vault: Vault, found: Mapping[Place, tuple[int, Snapshot]]) -> None:
    plain = [
        Plain(subject=number, category=category, version=version, data=written(content))
        for (number, category), (version, content) in found.items()
    ]
    rows = [
        {"subject": one.subject, "category": one.category, "version": one.version, "sealed": sealed}
        for one, sealed in zip(plain, vault.seal(conn, plain), strict=True)
    ]
    if rows:
        conn.execute(_KEEP, rows)


def _links(places: Places, found: Mapping[Place, Snapshot]) -> Iterable[tuple[str, int, int]]:
    for (owner, _), content in found.items():
        for entry in content.entries:
            for stated in entry.stated:
                if relation := places.by_attribute[stated.attribute].relation:
                    yield relation, owner, stated.member

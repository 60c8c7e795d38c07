"""Whose record tells of somebody protected: their own, and that of each child of theirs or in their home.

Where a child lives, who treats it and what is due for it says where the grown-ups around it are. So whoever
may not know of one of them may not know of the child either, whether or not the child itself is protected.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from duly.entitlements import use_of
from duly.facts import Record, load, value_on
from duly.law import Pack
from duly.notices.people import PROTECTION, grown_ups, protected, roles
from duly.timeline import add_years
from duly.vault import Vault

__all__ = ["guarded", "guarded_of"]


def guarded(
    conn: Connection, vault: Vault, pack: Pack, children: Mapping[int, Record], reader: int, today: int
) -> set[int]:
    """Of these children, those of whom `reader` may know nothing: for their sake, or of somebody around."""
    around = {child: {child, *grown_ups(record)} - {reader} for child, record in children.items()}
    hidden = protected(conn, vault, pack, {one for group in around.values() for one in group}, today)
    return {child for child, group in around.items() if group & hidden}


def guarded_of(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    agency: str,
    purpose: str,
    subjects: Collection[int],
    today: int,
) -> set[int]:
    """Of these people, those whom only the cleared may open; found by machine, for the agency's purpose."""
    parts = roles(pack)
    categories = {pack.vocabulary.attribute(name).category for name in (parts.lives_with, parts.born)}
    use = use_of(pack, agency, purpose, frozenset(categories), PROTECTION)
    found = load(conn, vault, use, subjects, categories)
    young = {one: record for one, record in found.items() if _is_child(pack, record, today)}
    return protected(conn, vault, pack, subjects, today) | guarded(conn, vault, pack, young, 0, today)


def _is_child(pack: Pack, record: Record, today: int) -> bool:
    """Whether they are not known to be grown up."""
    parts = roles(pack)
    if record.kind != parts.kind:
        return False
    born = value_on(pack, record, parts.born, today)
    return not isinstance(born, int) or today < add_years(born, parts.grown)

"""The rights of one who would act are asked for at each request, and every record that it takes is entered.

Opened is what a right rests on, of the one who acts and of those they might act for; of anybody else only
whether they are protected, and that only where one asks who is not. So whoever is in hiding leaves no trace
with anybody else by asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from duly.authority.declared import AUTHORITY, authorities
from duly.authority.right import Authority, around, is_cleared, needed, right_of
from duly.facts import Record, load
from duly.law import Pack
from duly.vault import Actor, Use, Vault

__all__ = ["authority_use", "offers_to", "right_by", "rights_of"]

SYSTEM: Final = "duly"


def rights_of(conn: Connection, vault: Vault, pack: Pack, actor: int, day: int) -> tuple[Authority, ...]:
    """All that the subject may do for others on the day, in the order of the pack's ways."""
    return tuple(_rights(conn, vault, pack, actor, day, list(authorities(pack).ways), None))


def right_by(
    conn: Connection, vault: Vault, pack: Pack, actor: int, subject: int, way: str, day: int
) -> Authority | None:
    """The right to act for this subject by this way, as it is on the day; None where there is none."""
    named = [way] if way in authorities(pack).ways else []
    found = _rights(conn, vault, pack, actor, day, named, subject)
    return found[0] if found else None


def offers_to(conn: Connection, vault: Vault, pack: Pack, actor: int, day: int) -> tuple[Authority, ...]:
    """The rights that others offer the subject; each is none before it is accepted."""
    ways = [name for name, way in authorities(pack).ways.items() if way.accepted]
    return tuple(_rights(conn, vault, pack, actor, day, ways, None, accepted=False))


def authority_use(pack: Pack, categories: frozenset[str]) -> Use:
    """The machine's own use, for which it looks who may act for whom."""
    return Use(
        actor=Actor(organisation=pack.section("intake")["organisation"], system=SYSTEM, officer=""),
        purpose=AUTHORITY,
        legal_basis=pack.section("purposes")[AUTHORITY]["legal_basis"],
        categories=categories,
        about=AUTHORITY,
    )


def _rights(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    actor: int,
    day: int,
    ways: Sequence[str],
    only: int | None,
    *,
    accepted: bool = True,
) -> list[Authority]:
    """By these ways; for this subject alone unless None."""
    if not ways:
        return []
    relations = {name: authorities(pack).ways[name].relation for name in ways}
    me = _opened(conn, vault, pack, [actor], needed(pack)).get(actor)
    if me is None:
        return []
    wanted = [(n, who) for n, relation in relations.items() for who in me.owners(relation)]
    wanted = [(name, who) for name, who in wanted if only in (None, who)]
    others = _opened(conn, vault, pack, {who for _, who in wanted}, needed(pack))
    near = _near(conn, vault, pack, me, others, {w for n, w in wanted if _guards(pack, n)}, day)
    found = [
        right_of(pack, name, me, others[who], near, day, accepted=accepted)
        for name, who in wanted
        if who in others
    ]
    return [right for right in found if right is not None]


def _guards(pack: Pack, way: str) -> bool:
    return authorities(pack).ways[way].protection == "ends"


def _near(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    me: Record,
    others: dict[int, Record],
    guarded: set[int],
    day: int,
) -> dict[int, Record]:
    """Whether those are protected who look after these others; one who is cleared asks of nobody."""
    asked = [others[who] for who in guarded if who in others]
    wanted = {
        one for other in asked if not is_cleared(pack, me, other, day) for one in around(pack, me, other)
    }
    category = pack.vocabulary.attribute(authorities(pack).protection.protected).category if wanted else ""
    return _opened(conn, vault, pack, wanted, frozenset({category}))


def _opened(
    conn: Connection, vault: Vault, pack: Pack, subjects: Iterable[int], categories: frozenset[str]
) -> dict[int, Record]:
    wanted = set(subjects)
    return load(conn, vault, authority_use(pack, categories), wanted, categories) if wanted else {}

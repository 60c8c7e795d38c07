"""Where two with the same right chose differently for one they act for, a human looks; nobody is preferred.

What stood before stands meanwhile (`duly.authority.equal`), so neither one's choice takes anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from duly.authority import standing_choice, watched
from duly.delivery.cases import CaseKind, Proposal, Waits
from duly.delivery.tables import case_key
from duly.entitlements import Key, Profiles, use_of
from duly.facts import Touched, load
from duly.law import Pack
from duly.vault import Vault

__all__ = ["disagreements"]

_OPEN = select(case_key.c.holder).where(
    case_key.c.kind == CaseKind.DISAGREE.value,
    case_key.c.holder.in_(bindparam("holders", expanding=True)),
)


def disagreements(
    conn: Connection, vault: Vault, pack: Pack, profiles: Profiles, touched: Iterable[Touched], today: int
) -> list[Waits]:
    """What those with the same right chose differently for these subjects; or that they no longer do."""
    looked = list(touched)
    return [
        wait
        for choice, programmes in profiles.guarded().items()
        for wait in _about(conn, vault, pack, profiles, choice, min(programmes), looked, today)
    ]


def _about(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    profiles: Profiles,
    choice: str,
    programme: str,
    touched: Iterable[Touched],
    today: int,
) -> list[Waits]:
    rests_on = frozenset({choice, *watched(pack, choice)})
    sources = _concerned(conn, profiles[programme].said, rests_on, touched)
    if not sources:
        return []
    categories = frozenset(pack.vocabulary.attribute(name).category for name in rests_on)
    profile = profiles[programme]
    use = use_of(pack, profile.agency, profile.purpose, categories, "case")
    waits: list[Waits] = []
    for holder, record in load(conn, vault, use, sources, categories).items():
        torn = standing_choice(pack, record, choice, today).differs
        waits.append(
            Waits(
                key=Key(holder, programme, holder),
                kind=CaseKind.DISAGREE,
                proposal=Proposal(segments=(), months=(), reason="") if torn else None,
                source=sources[holder],
            )
        )
    return waits


def _concerned(
    conn: Connection, said: Iterable[str], rests_on: frozenset[str], touched: Iterable[Touched]
) -> dict[int, str]:
    """For whom something was said, or something else changed while a case is open: the source of that."""
    changed = [one for one in touched if rests_on & one.attributes]
    spoke = {one.subject for one in changed if one.attributes.intersection(said)}
    others = [one.subject for one in changed if one.subject not in spoke]
    waiting = set(conn.execute(_OPEN, {"holders": others}).scalars()) if others else set[int]()
    return {one.subject: one.events[-1][0] for one in changed if one.subject in spoke | waiting}

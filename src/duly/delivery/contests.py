"""Whoever says that something is wrong is heard by a human: a contest is a case until it is answered."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from duly.delivery.cases import CaseKind, Proposal, Waits
from duly.entitlements import Key, Profiles
from duly.entitlements.evaluate import CONTEST
from duly.facts import Touched, intake_use, load
from duly.law import Pack
from duly.vault import Vault

__all__ = ["contested"]


def contested(
    conn: Connection, vault: Vault, pack: Pack, profiles: Profiles, touched: Iterable[Touched]
) -> list[Waits]:
    """What these subjects contest, as something that waits; or that they no longer do."""
    sources = {one.subject: one.events for one in touched if CONTEST in one.attributes}
    if not sources:
        return []
    attribute = pack.vocabulary.attribute(CONTEST)
    records = load(conn, vault, intake_use(pack, {attribute.category}), sources, {attribute.category})
    programme = min(name for p in attribute.purposes for name in profiles.purposes().get(p, ()))
    waits: list[Waits] = []
    for holder, record in records.items():
        segments = record.facts.get((CONTEST, 0), ())
        said = segments[-1].value if segments else None
        proposal = Proposal(segments=(), months=(), reason=said) if isinstance(said, str) else None
        key = Key(holder, programme, holder)
        source = sources[holder][-1][0]
        waits.append(Waits(key=key, kind=CaseKind.CONTEST, proposal=proposal, source=source))
    return waits

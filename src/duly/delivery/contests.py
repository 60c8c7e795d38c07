"""Whoever objects to a decision, or asks for a human, is heard by one: it is a case until it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from duly.delivery.cases import CaseKind, Proposal, Waits
from duly.entitlements import Key, Profiles
from duly.entitlements.evaluate import CONTEST
from duly.facts import Record, Touched, intake_use, load
from duly.facts.contests import declared
from duly.law import Pack
from duly.vault import Vault

__all__ = ["contested"]


def contested(
    conn: Connection, vault: Vault, pack: Pack, profiles: Profiles, touched: Iterable[Touched]
) -> list[Waits]:
    """What these subjects object to or ask, as something that waits; or that they no longer do."""
    told = declared(pack)
    asks = "" if told is None else f"{told.asks}."
    concerned = {
        one.subject: one.events
        for one in touched
        if CONTEST in one.attributes or (asks and any(name.startswith(asks) for name in one.attributes))
    }
    if not concerned:
        return []
    categories = {pack.vocabulary.attribute(CONTEST).category}
    categories |= {pack.vocabulary.attribute(f"{asks}present").category} if asks else set()
    records = load(conn, vault, intake_use(pack, categories), concerned, categories)
    waits: list[Waits] = []
    for holder, record in records.items():
        source = concerned[holder][-1][0]
        waits.append(_objection(pack, profiles, holder, record, source))
        waits += _asked(pack, asks, holder, record, source) if asks else ()
    return waits


def _objection(pack: Pack, profiles: Profiles, holder: int, record: Record, source: str) -> Waits:
    attribute = pack.vocabulary.attribute(CONTEST)
    programme = min(name for p in attribute.purposes for name in profiles.purposes().get(p, ()))
    key = Key(holder, programme, holder)
    return Waits(key=key, kind=CaseKind.CONTEST, proposal=_proposed(_last(record, CONTEST, 0)), source=source)


def _asked(pack: Pack, asks: str, holder: int, record: Record, source: str) -> Iterator[Waits]:
    """What is asked about each programme, by the agency whose programme it is."""
    members = sorted(member for attribute, member in record.facts if attribute == f"{asks}present")
    for member in members:
        programme = _last(record, f"{asks}programme", member)
        if isinstance(programme, str) and programme in pack.programmes:
            there = _last(record, f"{asks}present", member) is True
            proposal = _proposed(_last(record, f"{asks}words", member)) if there else None
            key = Key(holder, programme, holder)
            yield Waits(key=key, kind=CaseKind.ASK, proposal=proposal, source=source)


def _proposed(said: object) -> Proposal | None:
    return Proposal(segments=(), months=(), reason=said) if isinstance(said, str) else None


def _last(record: Record, attribute: str, member: int) -> object:
    segments = record.facts.get((attribute, member), ())
    return segments[-1].value if segments else None

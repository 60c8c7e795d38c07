"""Law is signed: by its author and another for what they saw, by whoever announces, enacts or undoes it.

A signature is over the version by its hash, its day, and the dry run by its id. Whether it counts is asked
each time, of the key as it stands: see `duly.reform.keys`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from duly.errors import Denied
from duly.reform.changes import Change, Kind, all_changes
from duly.reform.keys import TWO, LawKey, registered_keys, require_signs, verifies
from duly.reform.tables import law_signature
from duly.store import insert_new
from duly.timeline import to_iso

__all__ = ["Act", "Signed", "acts_of", "approved", "counted", "require_lawful", "sign", "signed_with"]


class Act(Enum):
    """What somebody does to a change by signing; the last four are about one dry run of it."""

    PROPOSE = "proposal"
    ROLL_BACK = "roll-back"
    APPROVE = "change"
    ANNOUNCE = "announcement"
    ENACT = "enactment"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One signed act: who, when, over which dry run ("" where none); `counts` unless the key or it is bad."""

    act: Act
    dry_run: str
    name: str
    at: int
    counts: bool


NO_RUN: Final = frozenset({Act.PROPOSE, Act.ROLL_BACK})
_KEEP = insert_new(law_signature, ["change", "act", "dry_run", "public"])
_OF_CHANGE = (
    select(law_signature)
    .where(law_signature.c.change == bindparam("of"))
    .order_by(law_signature.c.signed_at, law_signature.c.act, law_signature.c.public)
)
_WITH = select(law_signature.c.change).where(law_signature.c.public == bindparam("whose")).distinct()


def sign(
    conn: Connection, change: Change, act: Act, key: LawKey, *, dry_run: str, today: int, now: int
) -> None:
    """Sign an act on a change. An error where the key is not registered, or is retired."""
    require_signs(registered_keys(conn), key, today)
    about = "" if act in NO_RUN else dry_run
    row = {"change": change.number, "act": act.value, "dry_run": about, "public": key.public}
    signature = key.sign(_message(change, act, about))
    conn.execute(_KEEP, [{**row, "signature": signature, "signed_at": now}])


def acts_of(conn: Connection, change: Change) -> list[Signed]:
    """Everything that was signed about a change, in order of time."""
    keys = {one.public: one for one in registered_keys(conn)}
    found: list[Signed] = []
    for row in conn.execute(_OF_CHANGE, {"of": change.number}):
        key, act = keys.get(row.public), Act(row.act)
        if key is not None:
            good = verifies(row.public, row.signature, _message(change, act, row.dry_run))
            counts = good and key.counts(change.enacted_at)
            one = Signed(act=act, dry_run=row.dry_run, name=key.name, at=row.signed_at, counts=counts)
            found.append(one)
    return found


def counted(acts: Iterable[Signed], act: Act, dry_run: str = "") -> list[str]:
    """Whose signature under an act counts, by name."""
    about = "" if act in NO_RUN else dry_run
    return sorted({one.name for one in acts if one.counts and (one.act, one.dry_run) == (act, about)})


def approved(change: Change, acts: Iterable[Signed], dry_run: str) -> bool:
    """Whether the change's author and somebody else have signed a dry run of it."""
    names = counted(acts, Act.APPROVE, dry_run)
    return len(names) >= TWO and change.author in names


def signed_with(conn: Connection, public: bytes) -> set[int]:
    """The changes about which anything is signed with a key."""
    return set(conn.execute(_WITH, {"whose": public}).scalars())


def require_lawful(conn: Connection, change: Change) -> None:
    """Denied where the version may not run: it was neither installed first nor signed by whom it takes."""
    if change.kind in (Kind.INSTALLED, Kind.DEVELOPER):
        return
    acts, run = acts_of(conn, change), change.announced_run
    if change.kind is Kind.REFORM:
        lacking = [] if approved(change, acts, run) else [Act.APPROVE]
        lacking += [act for act in (Act.ANNOUNCE, Act.ENACT) if not counted(acts, act, run)]
    else:
        lacking = [Act.ROLL_BACK] if len(counted(acts, Act.ROLL_BACK)) < TWO else []
    if lacking:
        raise _unlawful(change, lacking)
    if change.kind is Kind.ROLL_BACK:
        require_lawful(conn, _first_of(conn, change))


def _first_of(conn: Connection, back: Change) -> Change:
    """The change by which the version that a roll-back leads to came into force first."""
    return next(
        one
        for one in all_changes(conn, back.pack)
        if one.number < back.number and one.hash == back.hash and one.enacted_at
    )


def _unlawful(change: Change, lacking: Sequence[Act]) -> Denied:
    acts = " and ".join(act.value for act in lacking)
    return Denied(
        "A version of the law is not signed by whom it takes",
        detail=f"Of change {change.number} the {acts} lacks a signature that verifies.",
        where=change.hash,
        hint="Whoever changed the database has to say so; bring it back from a copy.",
    )


def _message(change: Change, act: Act, dry_run: str) -> bytes:
    """What is signed: the act, the version by its hash, its day, and the dry run by its id."""
    told = {
        "base": change.base,
        "effective": to_iso(change.effective),
        "pack": change.pack,
        "statement": act.value,
        "version": change.hash,
    }
    if act is Act.ROLL_BACK:
        told |= {"effective": "at once", "undoes": str(change.undoes)}
    elif act is not Act.PROPOSE:
        told |= {"dry_run": dry_run}
    return b"duly.law.v1\n" + msgspec.json.encode(told, order="deterministic")

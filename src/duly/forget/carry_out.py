"""What could open a record is destroyed everywhere: in the database, its log and all its backups.

In this order, each step of which may be cut off and done again: messages are erased or given away and the
system's key renewed; data keys and identifiers of the forgotten are destroyed; everybody else is wrapped
and hashed by new keys; a key sheet for backups is written; and the old keys are destroyed, with which every
older backup, log and copy is closed for good. Only then the request is done, and names nobody. What law holds
by then, and whoever asked and was not told yet, waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, delete, select, update

from duly.delivery.corrections import ORDERED
from duly.delivery.tables import contest, correction, wake
from duly.entitlements.tables import decision, found, mark
from duly.errors import Conflict
from duly.events.renewal import renew
from duly.facts import intake_use
from duly.forget.holds import holds_of
from duly.forget.requests import APPROVED, DONE, WITHDRAWN, Request, requests, require_two
from duly.forget.tables import forgetting
from duly.law import Pack
from duly.notices.tables import notice
from duly.store import Store
from duly.vault import Commitments, Identifier, KeyStore, Use, Vault, rotation
from duly.vault.rehash import rehash
from duly.vault.sheets import write_sheet
from duly.vault.tables import identifier, subject

__all__ = ["Forgotten", "carry_out"]

_DOMAIN: Final = b"duly.forgotten.v1"
_SUBJECTS: Final[BindParameter[int]] = bindparam("subjects", type_=BigInteger, expanding=True)
_QUIET = (
    update(mark).where(mark.c.holder.in_(_SUBJECTS)).values(done=mark.c.wanted, causes=""),
    delete(wake).where(wake.c.holder.in_(_SUBJECTS)),
    delete(found).where(found.c.holder.in_(_SUBJECTS)),
    update(contest).where(contest.c.holder.in_(_SUBJECTS)).values(told=True),
    delete(correction).where(correction.c.holder.in_(_SUBJECTS), correction.c.state == ORDERED),
    update(decision).where(decision.c.holder.in_(_SUBJECTS)).values(told=True),
    update(notice).where(notice.c.subject.in_(_SUBJECTS)).values(handed_over=True),
)
_DONE = (
    update(forgetting)
    .where(forgetting.c.number == bindparam("which"))
    .values(state=DONE, subject=None, done_at=bindparam("at"), entry=bindparam("told_of"))
)
_OTHERS = update(forgetting).where(forgetting.c.subject.in_(_SUBJECTS)).values(state=WITHDRAWN, subject=None)
"""Whatever else was asked about the same subject."""
_ON_ITS_WAY = (
    select(notice.c.number).where(notice.c.subject == bindparam("who"), ~notice.c.handed_over).limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was done: which requests, how many messages were erased, the epoch of those who are left.

    `waits` are the requests that are approved and were not carried out. With no `requests` nothing was done.
    """

    requests: tuple[int, ...]
    waits: tuple[int, ...]
    messages: int
    rewrapped: int
    epoch: int


def carry_out(
    *,
    store: Store,
    vault: Vault,
    keys: KeyStore,
    ledger: Commitments,
    pack: Pack,
    sheet: Path | None,
    today: int,
    now: int,
    ends: Callable[[Sequence[int]], object],
) -> Forgotten | None:
    """Carry out every approved request; None where there is none. `sheet` is where the key sheet is written.

    Without a sheet no older backup opens for anybody. `ends` ends what those have begun whose numbers it is
    given, such as a session.
    """
    approved, waits = _approved(store, vault, pack, today)
    if not approved and not waits:
        return None
    if not approved:
        return Forgotten(requests=(), waits=waits, messages=0, rewrapped=0, epoch=keys.epochs()[0])
    if sheet is not None and sheet.exists():
        raise Conflict(
            "A file is already there", detail="A key sheet is never overwritten.", where=str(sheet),
            hint="Name another file.",
        )  # fmt: skip
    numbers = [one.subject for one in approved if one.subject is not None]
    use = intake_use(pack, {"identifier", "message"}, "forget")
    messages = renew(store, vault, pack, use, _names(store, vault, use, numbers))
    vault.forget(*numbers)
    ends(numbers)
    with store.write() as conn:
        for statement in _QUIET:
            conn.execute(statement, {"subjects": numbers})
    rewrapped = _changed_keys(store, vault, keys, use, sheet)
    with store.write() as conn:
        for one in approved:
            _record(conn, ledger, one, keys.epochs()[0], now)
        conn.execute(_OTHERS, {"subjects": numbers})
    store.scrub(subject, identifier)
    return Forgotten(
        requests=tuple(one.number for one in approved),
        waits=waits,
        messages=messages,
        rewrapped=rewrapped,
        epoch=keys.epochs()[0],
    )


def _approved(store: Store, vault: Vault, pack: Pack, today: int) -> tuple[list[Request], tuple[int, ...]]:
    """What is approved and may be done now, or was begun; and the numbers of what waits."""
    with store.read() as conn:
        approved = [one for one in requests(conn) if one.state == APPROVED]
        for one in approved:
            require_two(conn, one)
    subjects = [one.subject for one in approved if one.subject is not None]
    use = intake_use(pack, {"identifier"}, "forget")
    with store.acting(use.context).read() as conn:
        begun = vault.forgotten(conn, subjects)
        ready = [one for one in approved if one.subject in begun or _may_go(conn, pack, one, today)]
    return ready, tuple(one.number for one in approved if one not in ready)


def _may_go(conn: Connection, pack: Pack, one: Request, today: int) -> bool:
    """Nothing holds it by now, and who asked has been told."""
    told = not one.wanted_on or (
        one.told == APPROVED and conn.execute(_ON_ITS_WAY, {"who": one.subject}).first() is None
    )
    return told and one.subject is not None and not holds_of(conn, pack, one.subject, today)


def _names(store: Store, vault: Vault, use: Use, numbers: Sequence[int]) -> set[Identifier]:
    """What registers call them; nothing of those whose key is destroyed already."""
    with store.acting(use.context).write() as conn:
        gone = vault.forgotten(conn, numbers)
        with vault.together(conn):
            left = [number for number in numbers if number not in gone]
            return {name for number in left for name in vault.identifiers_of(conn, use, number)}


def _changed_keys(store: Store, vault: Vault, keys: KeyStore, use: Use, sheet: Path | None) -> int:
    """New keys for everybody who is left; then the old ones are destroyed."""
    keys.begin_epoch()
    rotation.begin_hash(store, keys)
    rehash(store, vault, keys, use)
    done = rotation.rewrap(store, keys)
    if sheet is not None:
        write_sheet(store, sheet)
    for epoch in keys.epochs()[1:]:
        rotation.retire_epoch(store, keys, epoch)
    for version in keys.hash_versions()[1:]:
        rotation.retire_hash(store, keys, version)
    return done


def _record(conn: Connection, ledger: Commitments, one: Request, epoch: int, now: int) -> None:
    """That it happened: an entry in the ledger that says when and on which ground, and not who."""
    told = msgspec.json.encode(
        {
            "request": one.number,
            "ground": one.ground,
            "asked_at": one.asked_at,
            "done_at": now,
            "epoch": epoch,
        }
    )
    ledger.pend(conn, [hashlib.sha256(_DOMAIN + told).digest()])
    conn.execute(_DONE, {"which": one.number, "at": now, "told_of": told})

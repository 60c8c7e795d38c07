"""Nothing that is sealed opens without a use, and the use is written where the plaintext is opened.

`Vault.open` asks the policy, opens, and writes an entry for each subject in the caller's transaction, which
must be a write transaction. A step works with the plaintext inside that transaction; whatever leaves the
process goes through `Vault.disclose`, which commits first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from duly.access import UNMARKED, Question, State
from duly.clock import Clock
from duly.errors import BadInput, Denied, OurFault, TryAgain
from duly.store import Duty, Store, under
from duly.vault import bulk, entries, reported, subjects
from duly.vault.ciphers import SYSTEM, Ciphers
from duly.vault.entries import Opened
from duly.vault.keys import KeyService
from duly.vault.minding import NOBODY, States, concerns, questions
from duly.vault.opening import Opening, digest
from duly.vault.receipts import InMany
from duly.vault.reported import Made
from duly.vault.sealing import Box, Cipher, Plain, nonces, open_box, seal_plain
from duly.vault.shared import Shared, open_shared, seal_shared
from duly.vault.subjects import Identifier, Known, Wanted, version_of
from duly.vault.tables import identifier, subject
from duly.vault.uses import Commitments, InBulk, Seal, Use, Used

__all__ = ["Permits", "Vault"]

_T = TypeVar("_T")
IDENTIFIER: Final = "identifier"
_NEWEST_USES: Final = 1_000
COVERED: Final = 8_192


class Permits(Protocol):
    """What the vault needs of a policy; `duly.access.Policy` is one."""

    def permits(self, question: Question) -> bool: ...

    def seals(self, purpose: str) -> bool: ...


class Vault:
    """Records sealed per subject: who they are, what is sealed under their keys, who opened it."""

    def __init__(
        self,
        store: Store,
        keys: KeyService,
        ledger: Commitments,
        policy: Permits,
        clock: Clock,
        states: States = NOBODY,
    ) -> None:
        self._store = store
        self._keys = keys
        self._ledger = ledger
        self._policy = policy
        self._clock = clock
        self._states = states
        self._ciphers = Ciphers(keys)
        self._gathering: dict[Connection, Opened] = {}

    # Who

    def find(self, conn: Connection, identifiers: Iterable[Identifier]) -> dict[Identifier, int]:
        """The numbers of those that are known."""
        known = subjects.look_up(conn, self._keys, identifiers)
        return {identifier: one.subject for identifier, one in known.items()}

    def ensure(self, conn: Connection, wanted: Sequence[Wanted]) -> dict[Identifier, int]:
        """The numbers of all that are wanted; the unknown are created, known by identifier only.

        Conflict when an identifier names another kind of subject. TryAgain when another transaction has just
        created one of them.
        """
        near = [one.near for one in wanted if one.near is not None]
        found = subjects.look_up(conn, self._keys, [*(one.identifier for one in wanted), *near])
        drawn = subjects.numbered(wanted, found)
        if drawn:
            try:
                self._create(conn, drawn)
            except IntegrityError as error:
                raise TryAgain(
                    "A subject was created twice",
                    detail="Another transaction has just created it, or drew the same number.",
                    hint="Send the same again.",
                ) from error
        return {
            one.identifier: (found.get(one.identifier) or drawn[one.identifier]).subject for one in wanted
        }

    def _create(self, conn: Connection, drawn: Mapping[Identifier, Known]) -> None:
        ciphers = self._ciphers.create(conn, [(one.subject, one.kind) for one in drawn.values()])
        version = self._keys.hash_versions()[0]
        hashes = subjects.hashed(self._keys, version, list(drawn))
        rows: list[dict[str, object]] = []
        for (name, one), hash_, nonce in zip(drawn.items(), hashes, nonces(len(drawn)), strict=True):
            plain = Plain(
                subject=one.subject,
                category=IDENTIFIER,
                version=version_of(hash_),
                data=b"\0".join((name.scheme.encode(), name.value.encode())),
            )
            sealed = seal_plain(ciphers[one.subject], plain, nonce)
            rows.append({"hash": hash_, "key_version": version, "subject": one.subject, "sealed": sealed})
        conn.execute(identifier.insert(), rows)
        if self._keys.hash_versions()[0] != version:  # asked while nobody can begin another
            raise TryAgain(
                "A hash key was begun meanwhile",
                detail="Another process may know the same identifier by the newer one.",
                hint="Send the same again.",
            )

    def identifiers_of(self, conn: Connection, use: Use, number: int) -> list[Identifier]:
        """What registers call the subject, opened for a use; what departments call it is for each alone."""
        of_registers = (identifier.c.subject == number) & identifier.c.maker.is_(None)
        self._permit(use, {IDENTIFIER})
        with under(conn, [use.context]):
            rows = conn.execute(select(identifier).where(of_registers)).all()
        boxes = [
            Box(subject=number, category=IDENTIFIER, version=version_of(row.hash), sealed=row.sealed)
            for row in rows
        ]
        names: list[Identifier] = []
        for content in self.open(conn, use, boxes):
            scheme, _, value = content.decode().partition("\0")
            names.append(Identifier(scheme, value))
        return sorted(names)

    def kinds(self, conn: Connection, numbers: Iterable[int]) -> dict[int, str]:
        """The kinds of the subjects that exist."""
        return subjects.kinds(conn, numbers)

    def versions(self, conn: Connection, numbers: Iterable[int]) -> dict[int, int]:
        """The commit versions of the subjects that exist; 0 until the first `bump`."""
        return subjects.versions(conn, numbers)

    def bump(self, conn: Connection, numbers: Iterable[int]) -> dict[int, int]:
        """Count up the commit versions, and give the new ones. PostgreSQL locks the subjects' rows."""
        return subjects.bump(conn, numbers)

    def forgotten(self, conn: Connection, numbers: Iterable[int]) -> set[int]:
        """Those whose data key is destroyed."""
        return {number for number, key in subjects.wrapped_keys(conn, numbers).items() if key is None}

    def forget(self, *numbers: int) -> None:
        """Destroy the subjects' data keys, with them the salts of their uses, and all that finds them.

        What was sealed stays, unreadable; commitments stay in the ledger, and its proofs hold. A transaction
        of its own, after which no page of the database holds the keys; `duly.forget` closes backups too.
        Many at once cost as much as one. Doing it again changes nothing.
        """
        if SYSTEM in numbers:
            raise BadInput("The system cannot be forgotten", detail="Its key seals messages of everybody.")
        with self._store.acting(duty=Duty.KEYS).write() as conn:
            wrapped = subjects.wrapped_keys(conn, numbers)
            subjects.forget(conn, numbers)
        self._ciphers.drop(wrapped.values())
        self._store.scrub(subject, identifier)

    def renew_system(self, conn: Connection) -> None:
        """Draw another key for the system; whoever calls seals anew what it seals, in this transaction."""
        self._ciphers.renew_system(conn)

    # What

    def seal(self, conn: Connection, plain: Sequence[Plain]) -> list[bytes]:
        """Seal each under its subject's data key. Subject 0 is the system itself."""
        ciphers = self._ciphers.of(conn, {one.subject for one in plain})
        return [
            seal_plain(ciphers[one.subject], one, nonce)
            for one, nonce in zip(plain, nonces(len(plain)), strict=True)
        ]

    def open(self, conn: Connection, use: Use, boxes: Sequence[Box]) -> list[bytes]:
        """Open for a use, in order of `boxes`; one entry per subject is written in this transaction.

        Denied when the use does not declare a category or no policy permits it; then nothing is opened.
        """
        self._permit(use, {box.category for box in boxes})
        with under(conn, [use.context]):
            ciphers = self._ciphers.of(conn, {box.subject for box in boxes})
        opened = [open_box(ciphers[box.subject], box) for box in boxes]
        self._mind(conn, use, boxes)
        self._enter(conn, use, boxes, ciphers)
        return opened

    def seal_shared(self, conn: Connection, plain: Sequence[Shared]) -> list[bytes]:
        """Seal each under the keys of all its subjects: whoever of them is forgotten, it is gone."""
        keys = self._ciphers.keys(conn, {number for one in plain for number in one.subjects})
        return [seal_shared(keys, one, nonce) for one, nonce in zip(plain, nonces(len(plain)), strict=True)]

    def open_shared(self, conn: Connection, use: Use, sealed: Sequence[Shared]) -> list[bytes]:
        """Open for a use what several subjects share; each has an entry. As `open`; NotFound for the gone."""
        self._permit(use, {one.category for one in sealed})
        concerned = {number for one in sealed for number in one.subjects}
        with under(conn, [use.context]):
            keys, ciphers = self._ciphers.keys(conn, concerned), self._ciphers.of(conn, concerned)
        opened = [open_shared(keys, one) for one in sealed]
        boxes = [
            Box(subject=number, category=one.category, version=one.version, sealed=b"")
            for one in sealed
            for number in one.subjects
        ]
        self._mind(conn, use, boxes)
        self._enter(conn, use, boxes, ciphers)
        return opened

    def _enter(self, conn: Connection, use: Use, boxes: Sequence[Box], ciphers: Mapping[int, Cipher]) -> None:
        """Write an entry for each subject of `boxes`, or gather them."""
        gathered = self._gathering.get(conn)
        entry = Opened() if gathered is None else gathered
        entry.add(use, boxes, ciphers)
        if gathered is None:
            entry.write(conn, self._ledger, self._clock.now())

    @contextmanager
    def together(self, conn: Connection) -> Generator[None]:
        """Inside, openings on this connection for one use leave one entry per subject, written at the end.

        When an error leaves it nothing is written, so the transaction must not commit then.
        """
        if conn in self._gathering:
            raise OurFault(
                "Uses are already gathered", detail="This connection is inside another `together`."
            )
        opened = self._gathering[conn] = Opened()
        try:
            yield
            opened.write(conn, self._ledger, self._clock.now())
        finally:
            del self._gathering[conn]

    @contextmanager
    def noting(self, conn: Connection, seen: dict[Use, set[int]]) -> Generator[None]:
        """Inside, openings are only noted in `seen`; they are a bulk use's, which `cover` has to enter.

        Nothing of what is opened may leave the process before that.
        """
        if conn in self._gathering:
            raise OurFault(
                "Uses are already gathered", detail="This connection is inside another `together`."
            )
        opened = self._gathering[conn] = Opened()
        try:
            yield
        finally:
            del self._gathering[conn]
            for use, subjects_ in opened.subjects():
                seen.setdefault(use, set()).update(subjects_)

    def cover(self, conn: Connection, number: int, uses: Sequence[Use], seen: Mapping[Use, set[int]]) -> None:
        """Enter everybody who was seen under a bulk use, and close it; `uses` as it began."""
        opening, places = self.in_bulk(conn, number), {use: place for place, use in enumerate(uses)}
        contexts = [use.context for use in uses]
        pairs = sorted((subject, places[use]) for use, of in seen.items() for subject in of)
        for at in range(0, len(pairs), COVERED):
            some = pairs[at : at + COVERED]
            opening.rest()
            with under(conn, contexts):
                wrapped = subjects.wrapped_keys(conn, {subject for subject, _ in some})
            opening.unlock(wrapped.items())
            opening.cover(conn, [pair for pair in some if pair[0] in opening.keys])
        self.end_bulk(conn, opening)

    def disclose(self, use: Use, read: Callable[[Connection], _T]) -> _T:
        """Run `read` in a write transaction of its own, commit the entries, and only then give its result.

        Denied, before anything is read, when the policy does not permit every category that the use declares.
        """
        self._permit(use, use.categories)
        with self._store.acting(use.context).write() as conn, self.together(conn):
            result = read(conn)
        return result  # noqa: RET504 - leaves the process only after the commit

    def states(self, conn: Connection, subjects: Iterable[int]) -> frozenset[State]:
        """What is to be minded of any of these subjects, looked up by machine in a write transaction."""
        return UNMARKED.union(*self._states.of(conn, self, subjects).values())

    def _mind(self, conn: Connection, use: Use, boxes: Sequence[Box]) -> None:
        """Denied where the states of those who are opened forbid what is permitted of others."""
        if not concerns(use):
            return
        marked = self._states.of(conn, self, {box.subject for box in boxes} - {SYSTEM})
        for category, asked in questions(use, ((box.subject, box.category) for box in boxes), marked):
            if not self._policy.permits(asked):
                raise _denied(use, category, "No policy permits it.")

    def _permit(self, use: Use, categories: Iterable[str]) -> None:
        if use.seal is not None:
            self._permit_seal(use, use.seal)
        for category in categories:
            if category not in use.categories:
                raise _denied(use, category, "The use does not declare this category.")
            if not self._policy.permits(use.asks(category)):
                raise _denied(use, category, "No policy permits it.")

    def _permit_seal(self, use: Use, seal: Seal) -> None:
        if not self._policy.seals(use.purpose):
            raise _denied(use, "", "The pack does not let uses for this purpose be sealed.")
        if not (seal.reason and seal.authority and seal.until > self._clock.today()):
            raise _denied(use, "", "A seal names its reason, its authority and a day that is to come.")

    # Who saw it

    def uses(self, conn: Connection, use: Use, number: int, *, limit: int = _NEWEST_USES) -> list[Used]:
        """The newest uses of a subject's data but those that are sealed; looking at them is not itself a use.

        `use` must be permitted to open the category "use". Works on a read transaction.
        """
        found = self._all_uses(conn, use, number, limit)
        return [used for used in found if not self._is_sealed(used)]

    def sealed_uses(self, conn: Connection, use: Use, number: int, *, limit: int = _NEWEST_USES) -> int:
        """How many of the newest uses are sealed today; each opens by itself on its day."""
        return sum(map(self._is_sealed, self._all_uses(conn, use, number, limit)))

    def _all_uses(self, conn: Connection, use: Use, number: int, limit: int) -> list[Used]:
        self._permit(use, {entries.CATEGORY})
        if concerns(use):
            boxes = [Box(subject=number, category=entries.CATEGORY, version=0, sealed=b"")]
            self._mind(conn, use, boxes)
        with under(conn, [use.context]):
            key: Cipher = self._ciphers.of(conn, [number])[number]
            data_key = self._ciphers.keys(conn, [number])[number]
        own = entries.read(conn, self._ledger, key, number, limit)
        with_others = entries.in_bulk(conn, self._ledger, data_key, number)
        return sorted([*own, *with_others], key=lambda used: -used.at)[:limit]

    def _is_sealed(self, used: Used) -> bool:
        return used.use.seal is not None and used.use.seal.until > self._clock.today()

    # Many at once

    @contextmanager
    def passing(self, conn: Connection) -> Generator[None]:
        """Inside, data keys that are unwrapped on this connection are kept at hand, and forgotten at the end.

        For whoever goes through everybody, range by range: the keys of a range are gone with it.
        """
        with self._ciphers.passing(conn):
            yield

    def begin_bulk(self, conn: Connection, uses: Sequence[Use]) -> int:
        """Write down a use of many subjects before it opens anything; its number.

        Denied when no policy permits one of the categories that a use declares.
        """
        for use in uses:
            if concerns(use):
                raise _denied(use, "", "A use of many is a machine's.")
            if use.seal is not None:
                raise _denied(use, "", "A use of many cannot be sealed: its text is the same for all.")
            self._permit(use, use.categories)
        return bulk.begin(conn, uses, self._clock.now())

    def in_bulk(self, conn: Connection, number: int) -> Opening:
        """Open records for a bulk use that has begun; who is opened has to be covered in this transaction."""
        return Opening(self._keys, bulk.load(conn, number))

    def enter(self, conn: Connection, use: Use, opened: Mapping[int, Iterable[str]]) -> None:
        """Write an entry of their own for subjects that a bulk use opened and does not cover."""
        if opened:
            with under(conn, [use.context]):
                ciphers = self._ciphers.of(conn, opened)
            entries.write(conn, self._ledger, use, opened, ciphers, self._clock.now())

    def enter_reported(self, conn: Connection, made: Sequence[Made]) -> None:
        """Write down uses that others made and report: Duly opened nothing, and enters what it was told."""
        if made:
            ciphers = self._ciphers.of(conn, {one.subject for one in made})
            self._ledger.pend(conn, reported.write(conn, ciphers, made))

    def end_bulk(self, conn: Connection, opening: Opening) -> None:
        """Close a bulk use: one entry in the ledger, for all whom it covered."""
        self._ledger.pend(conn, [opening.bulk.end(conn)])

    def end_left(self, conn: Connection, about: str) -> int:
        """Close bulk uses with this reference that no process has closed; how many those were."""
        left = bulk.left_open(conn, about)
        for number in left:
            self.end_bulk(conn, self.in_bulk(conn, number))
        return len(left)

    def path(self, conn: Connection, bulk_use: InBulk) -> bulk.Path:
        """How a subject's leaf leads to the root of a bulk use that has ended: hashes, and nothing else."""
        return bulk.path_of(conn, bulk_use.number, bulk_use.place)

    def in_many(self, conn: Connection, bulk_use: InBulk) -> InMany:
        """The same and what the bulk use says, for a receipt."""
        return InMany(path=self.path(conn, bulk_use), text=bulk.text_of(conn, bulk_use.number))

    def digests(self, conn: Connection, contents: Mapping[int, bytes]) -> dict[int, bytes]:
        """A digest of 16 bytes of something of each subject, which says nothing without its data key."""
        keys = self._ciphers.keys(conn, contents)
        return {number: digest(keys[number], content) for number, content in contents.items()}


def _denied(use: Use, category: str, why: str) -> Denied:
    who = use.actor.officer or use.actor.system
    return Denied(
        "This may not be opened",
        detail=f"{who} of {use.actor.organisation} asked for {category!r} for {use.purpose!r}. {why}",
        where=use.about,
        hint="Ask for less, or for a purpose that the law gives you.",
    )

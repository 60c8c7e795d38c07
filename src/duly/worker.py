"""The step: messages become facts, facts marks, marks decisions, decisions orders, cases and notices.

Each step is one transaction, and finds what there is to do in the database, not in memory: it may be cut off
at any point, run again, or run by another process. A step that finds nothing is idle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final, Protocol

import structlog
from sqlalchemy import Connection

from duly.access import Policy
from duly.clock import Clock
from duly.delivery import brake, cases, wakes
from duly.delivery.answers import answer_cases
from duly.delivery.brake import Brake
from duly.delivery.cases import CaseKind, Proposal, Waits
from duly.delivery.contests import contested
from duly.delivery.corrections import Corrections
from duly.delivery.disagreements import disagreements
from duly.delivery.payments import Month
from duly.delivery.reconcile import Delivery
from duly.entitlements import Cause, Key, Mark, Profiles, found
from duly.entitlements.affected import stale
from duly.entitlements.change import notice_changes
from duly.entitlements.evaluate import Evaluator
from duly.entitlements.exchanges import Exchanges
from duly.entitlements.holdings import write_decisions, write_entitlements
from duly.entitlements.judge import Judged
from duly.entitlements.marks import causes_of, done, take, want
from duly.errors import DulyError, TryAgain
from duly.events.sources import Sources
from duly.facts import Touched, apply, intake_use, uses_of
from duly.forget import Wishes
from duly.law import Pack
from duly.reform import Standing, standing
from duly.store import Store
from duly.vault import Vault

__all__ = ["Laws", "Sequencer", "Stages", "Tells", "Worker"]

EVENTS: Final = 500
MARKS: Final = 1000
KEYS: Final = 1000
TOLD: Final = 500
ANSWERS: Final = 400
"""Answers to other agencies in one go: all of them are applied in the next."""
PATIENCE: Final = 0.5
"""Seconds between looks when nobody says that there is work."""


class Sequencer(Protocol):
    """What gives the ledger's entries their places: now, or in threads of its own."""

    def sequence(self) -> object: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Tells(Protocol):
    """Who tells people what was decided: `tell` writes notices, `hand_over` sends them."""

    def tell(self, conn: Connection, limit: int) -> int: ...

    def hand_over(self, conn: Connection, limit: int) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What depends on the law, for one version of it; another version in force means other stages."""

    standing: Standing
    pack: Pack
    policy: Policy
    vault: Vault
    sources: Sources
    profiles: Profiles
    evaluator: Evaluator
    delivery: Delivery
    corrections: Corrections
    wishes: Wishes
    teller: Tells
    exchanges: Exchanges


class Laws(Protocol):
    """Where versions of the law come from."""

    def stages(self, standing: Standing) -> Stages:
        """The stages for the law that is in force."""
        ...

    def version(self, hash_: str) -> Pack | None:
        """A version by its hash, None where it was never kept."""
        ...


class Worker:
    """Runs steps until there is nothing to do; in a thread of its own between `start` and `stop`.

    `acting` is the database as the machine works on it, for every use that is its own.
    """

    def __init__(
        self, *, store: Store, clock: Clock, sequencer: Sequencer, stages: Stages, laws: Laws
    ) -> None:
        self._store, self._clock, self._sequencer, self._laws = store, clock, sequencer, laws
        self._looked = -(2**31)
        self._work, self._stopping = Event(), Event()
        self._thread: Thread | None = None
        self._take_up(stages)

    def _take_up(self, stages: Stages) -> None:
        self.stages = stages
        self.acting = self._store.acting(*(use.context for use in uses_of(stages.pack)))
        self._vault, self._pack, self._profiles = stages.vault, stages.pack, stages.profiles
        self._evaluator, self._delivery, self._teller = stages.evaluator, stages.delivery, stages.teller
        self._corrections, self._brake = stages.corrections, Brake.of(stages.pack)
        self._exchanges = stages.exchanges

    def run_until_idle(self) -> int:
        """Run steps until one finds nothing; how much was done. The ledger is then up to date."""
        total = 0
        while done_now := self.step():
            total += done_now
        self._sequencer.sequence()
        return total

    def step(self) -> int:
        """One round of everything: events and marks, the day's wakes, then notices; how much was done."""
        count = self._law()
        for part in (self._events_and_marks, self._wakes, self._tell, self._hand_over):
            count += self._in_transaction(part)
        return count

    def start(self) -> None:
        """Run in a thread until `stop`; the ledger is kept in its own."""
        self._stopping.clear()
        self._sequencer.start()
        self._thread = Thread(target=self._loop, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the step that runs, and end."""
        self._stopping.set()
        self._work.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._sequencer.stop()

    def wake(self) -> None:
        """Say that there is work."""
        self._work.set()

    def _loop(self) -> None:
        log = structlog.get_logger("worker")
        self._evaluator.law.warm()
        while not self._stopping.is_set():
            try:
                busy = self.step()
            except TryAgain as error:
                log.info("try again", title=error.title)
                busy = 0
            except DulyError as error:
                log.error("step failed", title=error.title, where=error.where)
                busy = 0
            if not busy:
                self._work.wait(PATIENCE)
                self._work.clear()

    def _in_transaction(self, part: Callable[[Connection, int], int]) -> int:
        with self.acting.write() as conn:
            return part(conn, self._clock.today())

    def _law(self) -> int:
        """The law of the day; on a new day, or where it is another, whom that concerns."""
        today = self._clock.today()
        with self._store.read() as conn:
            in_force = standing(conn, self._pack.name, today)
        if in_force is not None and in_force != self.stages.standing:
            self._take_up(self._laws.stages(in_force))
            self._looked = -(2**31)
        if today > self._looked:
            with self.acting.write() as conn:
                notice_changes(conn, self._pack, today, self._laws.version)
                self._exchanges.begin(conn)
            self._looked = today
        return 0

    def _events_and_marks(self, conn: Connection, today: int) -> int:
        """Those whom another agency tells something are looked at once that was told and applied."""
        count, behind = 0, set[str]()
        for stage in self._exchanges.stages():
            applied = apply(conn, self._vault, self._pack, EVENTS)
            with self._vault.together(conn):
                self._touch(conn, applied.touched, today)
                for names in stage:
                    looked = 0
                    if not behind & self._exchanges.waits_for(names):
                        looked = self._evaluate(conn, names, today)
                    if looked == MARKS:
                        behind.add(self._profiles[names[0]].purpose)
                    count += looked
                told = self._exchanges.tell(conn, ANSWERS)
            count += applied.count + told
            if told == ANSWERS or applied.count == EVENTS:
                break
        return count

    def _touch(self, conn: Connection, touched: Sequence[Touched], today: int) -> None:
        if not touched:
            return
        use = intake_use(self._pack, self._pack.vocabulary.categories())
        concerned = stale(conn, self._vault, use, self._pack, self._profiles.choices(), touched)
        causes = {one.subject: one.events for one in touched}
        wanted: dict[tuple[int, str], dict[Cause, None]] = {}
        for subject, pairs in concerned.items():
            because = dict.fromkeys(Cause(source, id_) for source, id_ in causes[subject])
            for pair in pairs:
                wanted.setdefault(pair, {}).update(because)
        want(conn, self._vault, {pair: tuple(because) for pair, because in wanted.items()})
        answer_cases(conn, self._vault, self._pack, self._profiles, self._delivery, touched, today)
        self._put(conn, contested(conn, self._vault, self._pack, self._profiles, touched), today)
        torn = disagreements(conn, self._vault, self._pack, self._profiles, touched, today)
        self._put(conn, torn, today)
        self._put(conn, self._corrections.follow(conn, touched, today), today)
        self.stages.wishes.follow(conn, touched, today, self._clock.now())
        account = self._delivery.paying.account
        wakes.today_for(conn, (one.subject for one in touched if account in one.attributes), today)

    def _evaluate(self, conn: Connection, programmes: Sequence[str], today: int) -> int:
        marks = take(conn, programmes, MARKS)
        if not marks:
            return 0
        causes = causes_of(conn, self._vault, self._evaluator.use(programmes), marks)
        self.decide(conn, marks, causes, today)
        done(conn, marks)
        return len(marks)

    def decide(
        self,
        conn: Connection,
        marks: Sequence[Mark],
        causes: Mapping[tuple[int, str], Sequence[Cause]],
        today: int,
        released: Collection[str] | None = None,
    ) -> int:
        """Look at marks of one purpose, and write what is different; how many keys those were."""
        use = self._evaluator.use({mark.programme for mark in marks})
        now = self._clock.now()
        judged, seen, _ = self._evaluator.look(
            conn, use, marks, causes, now=now, today=today, released=released
        )
        self._write(conn, judged, today)
        digests = self._vault.digests(
            conn, {n: content for n, content in seen.items() if content is not None}
        )
        found.write(conn, use.purpose, {n: digests.get(n, found.ALWAYS_LOOK) for n in seen})
        brake.count(conn, Counter(of[-1].source for of in causes.values() if of), today)
        sources = {one.causes[-1].source for one in judged if one.causes and one.news}
        brake.apply(conn, self._brake, self._profiles, sources, today)
        return len(judged)

    def _write(self, conn: Connection, judged: Sequence[Judged], today: int) -> None:
        write_entitlements(conn, self._vault, [one.held for one in judged])
        self._exchanges.changed(conn, [one.held for one in judged])
        decided = {one.held.key: (one.held.version, one.decision) for one in judged if one.decision}
        write_decisions(conn, self._vault, decided)
        overpaid = self._delivery.deliver(conn, [one.held for one in judged], today)
        waits = [
            wait
            for one in judged
            for wait in cases.waits_of(one, one.causes[-1].source if one.causes else "")
        ]
        self._put(conn, [*waits, *_overpaid(overpaid)], today)

    def _put(self, conn: Connection, waits: Sequence[Waits], today: int) -> None:
        cases.put(conn, self._vault, self._profiles, waits, today)

    def _wakes(self, conn: Connection, today: int) -> int:
        with self._vault.together(conn):
            count, overpaid = self._delivery.awake(conn, today, KEYS)
            late, waits = self._corrections.awake(conn, today, KEYS)
            self._put(conn, [*_overpaid(overpaid), *waits], today)
        return count + late

    def _tell(self, conn: Connection, today: int) -> int:
        with self._vault.together(conn):
            told = self._teller.tell(conn, TOLD)
            return told + self.stages.wishes.tell(conn, today, self._clock.now(), TOLD)

    def _hand_over(self, conn: Connection, today: int) -> int:
        with self._vault.together(conn):
            asked = self._corrections.send(conn, TOLD)
            return asked + self._teller.hand_over(conn, TOLD)


def _overpaid(by_key: Mapping[Key, tuple[Month, ...]]) -> Iterable[Waits]:
    """Overpaid months wait for a human; where there are none, nothing waits."""
    for key, months in by_key.items():
        proposal = Proposal(segments=(), months=months, reason="") if months else None
        yield Waits(key=key, kind=CaseKind.OVERPAID, proposal=proposal, source="")

"""A run looks at every subject in order of numbers, writes what is different, and can be cut off anywhere.

Each range of subjects is one transaction, with the run's cursor in it: what was looked at is covered by the
run's bulk use, who is different is decided as by any step. Started again after a crash it goes on behind its
cursor. Without an approved dry run no machine takes, whatever law the pack cites: what would take waits for a
human, and the brake gathers it if it is much.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.clock import Clock
from duly.entitlements import Cause, Mark
from duly.entitlements.evaluate import Approved
from duly.entitlements.found import in_range
from duly.entitlements.range import People, Range, people_after
from duly.entitlements.sweep import Sweep
from duly.errors import BadInput, Conflict
from duly.runs.tables import run as run_table
from duly.store import Store
from duly.vault import Opening
from duly.worker import Worker

__all__ = ["RUN", "Everyone", "Run", "newest"]

RUN: Final = "run"
"""The source that a decision's cause names."""
RUNNING, ENDED, DROPPED = "running", "ended", "dropped"
AT_ONCE: Final = 16_384
"""Subjects in one transaction."""
DECIDED: Final = 2_000
"""Holders that are looked at closer together."""
SPACE: Final = 2**63
Timed = Callable[[str], AbstractContextManager[None]]


class Run(NamedTuple):
    """A run as it stands."""

    number: int
    pack: str
    purposes: str
    law: str
    reason: str
    approved: str
    state: str
    cursor: int
    bulk: int
    passed: int
    different: int
    changed: int
    begun_at: int
    ended_at: int
    day: int

    @property
    def part(self) -> float:
        """How much of the population is done: numbers are drawn at random, so the cursor says it."""
        return 1.0 if self.state == ENDED else max(self.cursor, 0) / SPACE


_COLUMNS = [run_table.c[name] for name in Run._fields]
_UNDER_WAY = (
    select(*_COLUMNS)
    .where(run_table.c.pack == bindparam("of"), run_table.c.state == RUNNING)
    .order_by(run_table.c.number)
)
_ONE = select(*_COLUMNS).where(run_table.c.number == bindparam("which"))
_NEWEST = select(*_COLUMNS).order_by(run_table.c.number.desc())
_GO_ON = (
    update(run_table)
    .where(run_table.c.number == bindparam("which"), run_table.c.cursor == bindparam("was"))
    .values(
        cursor=bindparam("now"),
        passed=run_table.c.passed + bindparam("more"),
        different=run_table.c.different + bindparam("closer"),
        changed=run_table.c.changed + bindparam("made"),
    )
)
_END = (
    update(run_table)
    .where(run_table.c.number == bindparam("which"))
    .values(state=bindparam("how"), ended_at=bindparam("at"))
)


class Everyone:
    """Runs over the whole population, by the stages of a worker."""

    def __init__(
        self, store: Store, clock: Clock, worker: Worker, timed: Timed = lambda _: nullcontext()
    ) -> None:
        self._store, self._clock, self._worker, self._timed = store, clock, worker, timed
        self._approved: Approved | None = None
        self._opening: Opening | None = None
        self._sweeps: tuple[Sweep, ...] = ()

    def begin(self, programmes: Collection[str], reason: str, approved: Approved | None) -> Run:
        """Begin a run, or go on with one that was cut off; `programmes` empty: all of them.

        The programmes of one purpose are opened together, so they are looked at together. A run that another
        law left behind is closed as it stands. Conflict when one with another aim is under way, or when what
        was approved is another law.
        """
        stages = self._worker.stages
        self._approved = _fitting(approved, stages.pack.hash)
        purposes = self._purposes(programmes)
        with self._store.write() as conn:
            there = self._left_behind(conn)
            if there is not None and there.purposes != _listed(purposes):
                raise _another(there)
            known = there.number if there else self._new(conn, purposes, reason)
            found = Run(*conn.execute(_ONE, {"which": known}).one())
            self._take_up(conn, found)
        return found

    def step(self, found: Run) -> Run:
        """The next range; the run as it then stands, ended when nobody is left."""
        with _without_collecting(), self._worker.acting.write() as conn:
            with self._timed("SQL"):
                people = people_after(conn, found.cursor, AT_ONCE)
            if people.numbers:
                with self._worker.stages.vault.passing(conn):
                    self._range(conn, found, people)
                self._open().rest()
            else:
                self._close(conn, found, ENDED)
            return Run(*conn.execute(_ONE, {"which": found.number}).one())

    def _purposes(self, programmes: Collection[str]) -> tuple[str, ...]:
        pack, profiles = self._worker.stages.pack, self._worker.stages.profiles
        named = [pack.programme(name).name for name in programmes] or list(pack.programmes)
        return tuple(sorted({profiles[name].purpose for name in named}))

    def _left_behind(self, conn: Connection) -> Run | None:
        """The run that is under way, if it is of the law in force; others are closed."""
        pack = self._worker.stages.pack
        for row in conn.execute(_UNDER_WAY, {"of": pack.name}).all():
            there = Run(*row)
            if there.law == pack.hash:
                return there
            self._opening = self._worker.stages.vault.in_bulk(conn, there.bulk)
            self._close(conn, there, DROPPED)
        return None

    def _new(self, conn: Connection, purposes: Sequence[str], reason: str) -> int:
        stages = self._worker.stages
        uses = [sweep.use(stages.profiles) for sweep in self._sweeping(purposes)]
        row = {
            "pack": stages.pack.name,
            "purposes": _listed(purposes),
            "law": stages.pack.hash,
            "reason": reason,
            "approved": self._approved.dry_run if self._approved else "",
            "state": RUNNING,
            "cursor": 0,
            "bulk": stages.vault.begin_bulk(conn, uses),
            "passed": 0,
            "different": 0,
            "changed": 0,
            "begun_at": self._clock.now(),
            "ended_at": 0,
            "day": self._clock.today(),
        }
        made = conn.execute(insert(run_table), row).inserted_primary_key
        return int(made[0]) if made else 0

    def _take_up(self, conn: Connection, found: Run) -> None:
        stages = self._worker.stages
        self._opening = stages.vault.in_bulk(conn, found.bulk)
        purposes = msgspec.json.decode(found.purposes, type=tuple[str, ...])
        self._sweeps = self._sweeping(purposes)

    def _sweeping(self, purposes: Iterable[str]) -> tuple[Sweep, ...]:
        law, named = self._worker.stages.evaluator.law, self._worker.stages.profiles.purposes()
        return tuple(Sweep(law, named[purpose], purpose) for purpose in purposes)

    def _range(self, conn: Connection, found: Run, people: People) -> None:
        opening, today = self._open(), self._clock.today()
        cache = self._worker.stages.evaluator.law.cache
        categories = frozenset[str]().union(*(sweep.categories for sweep in self._sweeps))
        whole = Range(conn, opening, people, categories, cache, self._timed)
        covered: list[tuple[int, int]] = []
        different = changed = 0
        for place, sweep in enumerate(self._sweeps):
            with self._timed("SQL"):
                before = in_range(conn, sweep.purpose, people.after, people.last)
            seen = sweep.look(whole, before, today)
            covered += [(number, place) for number in seen.covered.tolist()]
            with self._timed("entries"):
                self._enter(conn, sweep, place, seen.elsewhere, people.last)
            different += len(seen.different)
            with self._timed("decide and write"):
                changed += self._decide(conn, found, sweep, seen.different, today)
        with self._timed("entries"):
            covered.sort()
            opening.cover(conn, covered)
        counts = {"more": len(people.numbers), "closer": different, "made": changed}
        with self._timed("SQL"):
            given = {"which": found.number, "was": found.cursor, "now": people.last, **counts}
            moved = conn.execute(_GO_ON, given)
        if moved.rowcount != 1:
            raise _elsewhere(found)

    def _enter(
        self, conn: Connection, sweep: Sweep, place: int, opened: dict[int, set[str]], last: int
    ) -> None:
        """Entries of their own for those behind whom the run has passed without covering them."""
        stages = self._worker.stages
        missed = self._open().uncovered(conn, [number for number in opened if number <= last], place)
        use = sweep.use(stages.profiles)
        stages.vault.enter(conn, use, {number: opened[number] for number in missed})

    def _decide(self, conn: Connection, found: Run, sweep: Sweep, holders: Sequence[int], today: int) -> int:
        """Decide about holders as any step does; the cause is the run."""
        changed = 0
        because = (Cause(RUN, str(found.number)),)
        vault = self._worker.stages.vault
        for at in range(0, len(holders), DECIDED):
            some = holders[at : at + DECIDED]
            marks = [
                Mark(holder=holder, programme=name, wanted=0, text="")
                for holder in some
                for name in sweep.programmes
            ]
            causes = {(one.holder, one.programme): because for one in marks}
            with vault.together(conn):
                changed += self._worker.decide(conn, marks, causes, today, self._released())
        return changed

    def _released(self) -> frozenset[str]:
        """The programmes whose machine may take as far as its law lets it: those of the approved dry run."""
        return self._approved.programmes if self._approved else frozenset()

    def _close(self, conn: Connection, found: Run, how: str) -> None:
        with self._timed("tree"):
            self._worker.stages.vault.end_bulk(conn, self._open())
        conn.execute(_END, {"which": found.number, "how": how, "at": self._clock.now()})

    def _open(self) -> Opening:
        if self._opening is None:
            raise BadInput("No run is under way", detail="A run goes on after `begin`.")
        return self._opening


@contextmanager
def _without_collecting() -> Generator[None]:
    """A range makes many small records and no circles: looking for circles took most of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def newest(conn: Connection, limit: int) -> list[Run]:
    """The last runs, newest first."""
    return [Run(*row) for row in conn.execute(_NEWEST.limit(limit))]


def _listed(purposes: Sequence[str]) -> str:
    return msgspec.json.encode(purposes).decode()


def _fitting(approved: Approved | None, law: str) -> Approved | None:
    if approved is not None and approved.law != law:
        raise Conflict(
            "Another law was approved",
            detail=f"The dry run was of {approved.law[:12]}, and {law[:12]} is in force.",
            where=approved.dry_run,
            hint="Run the law that is in force dry, and have that approved.",
        )
    return approved


def _another(there: Run) -> Conflict:
    return Conflict(
        "Another run is under way",
        detail=f"Run {there.number} looks at {there.purposes} and is at {there.part:.0%}.",
        where=f"run {there.number}",
        hint="Let it end first: start it again with the same programmes.",
    )


def _elsewhere(found: Run) -> Conflict:
    return Conflict(
        "The run goes on elsewhere",
        detail="Another process has moved its cursor meanwhile; nothing was written here.",
        where=f"run {found.number}",
        hint="Let that process go on; one is enough.",
    )

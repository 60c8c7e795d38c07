"""Entries are signed within a second, witnesses asked for each checkpoint, and what goes wrong is an alarm.

Two threads, so that a witness that hangs delays no signature. Neither ends because of an error: it is said
once when it begins and once when it is over, and as long as it lasts it can be read from `alarms`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, Lock, Thread
from typing import Any, Final, NamedTuple

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from duly.errors import DulyError, NotFound, TryAgain
from duly.ledger.checkpoint import Checkpoint
from duly.ledger.lag import Lag
from duly.ledger.log import Ledger
from duly.ledger.standing import NOT_ASKED, Cosigned, Standing
from duly.ledger.verify import PublicKey
from duly.ledger.witnesses import Asked, Witness, Witnesses, ask

__all__ = ["LATEST", "Alarm", "Keeper", "alarms"]

LATEST: Final = 1.0
"""Seconds within which an entry is to be signed."""

PAUSE: Final = 0.2
"""Seconds between looks."""

LONGEST: Final = 30.0
"""Seconds until a witness that has failed often is asked again."""

log: Any = structlog.get_logger("duly.ledger")


class Alarm(NamedTuple):
    """What is wrong: of which kind, and in words."""

    kind: str
    said: str


def alarms(standing: Standing, *, refuses: str, behind: float) -> tuple[Alarm, ...]:
    """What is wrong; nothing if all is well."""
    refuses = refuses or standing.damage
    found = [Alarm("refuses", f"Nothing is signed: {refuses}")] if refuses else []
    if behind > LATEST:
        waiting = f"{standing.waiting} entries have waited for {behind:.1f} s to be signed."
        found.append(Alarm("behind", waiting))
    wrong = [one for one in standing.witnesses if one.problem and one.problem != NOT_ASKED]
    found += [Alarm(f"witness {one.name}", f"The witness {one.name} {one.problem}.") for one in wrong]
    newest, of = standing.newest, len(standing.witnesses)
    if newest and not newest.counts and len(wrong) > of - standing.quorum:
        short = f"The newest checkpoint does not count: {len(newest.lines)} of {of} witnesses cosigned it"
        found.append(Alarm("does not count", f"{short}, and {standing.quorum} must."))
    return tuple(found)


class Keeper:
    """Sequences and has cosigned, in threads between `start` and `stop`, or a turn at a time."""

    def __init__(self, ledger: Ledger, witnesses: Witnesses, monotonic: Callable[[], float]) -> None:
        self._ledger, self.witnesses, self._monotonic = ledger, witnesses, monotonic
        self._stopping, self._signed, self._threads = Event(), Event(), list[Thread]()
        self._lock, self._first, self._since = Lock(), -1, 0.0
        self._refuses, self._told = "", frozenset[str]()
        self._due: dict[PublicKey, tuple[float, float]] = {}
        self.lag = Lag()

    def sequence(self) -> None:
        """Sign what is pending, all of it."""
        while self._ledger.sequence():
            self._signed.set()

    def start(self) -> None:
        """Begin."""
        self._stopping.clear()
        turns = [(self.turn, self._stopping)]
        if self.witnesses.members:
            turns.append((self._cosigning, self._signed))
        self._threads = [Thread(target=self._loop, args=turn, name="ledger", daemon=True) for turn in turns]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads; what is under way is finished."""
        self._stopping.set()
        self._signed.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def turn(self) -> None:
        """Sign what is pending, look again at a part of what is old, and notice what is wrong."""
        self._refuses = self._refusal()
        self._notice(self.alarms())

    def standing(self) -> Standing:
        """How the log stands."""
        return self._ledger.standing(self.witnesses)

    def proving(self, index: int) -> Cosigned:
        """The checkpoint to prove an entry by: the newest that counts, if it covers it, else the newest."""
        found = self.standing()
        for one in (found.counting, found.newest):
            if one and one.checkpoint.size > index:
                return one
        raise NotFound("No such entry", detail=f"No checkpoint covers entry {index}.", where="index")

    def behind(self, standing: Standing) -> float:
        """For how many seconds this process has seen the same entry wait; 0 if none does."""
        with self._lock:
            if standing.first is None or standing.first != self._first:
                self._first = -1 if standing.first is None else standing.first
                self._since = self._monotonic()
            return 0.0 if standing.first is None else self._monotonic() - self._since

    @property
    def refuses(self) -> str:
        """Why nothing is signed, as this process last found; "" if it is."""
        return self._refuses

    def alarms(self) -> tuple[Alarm, ...]:
        """What is wrong now."""
        try:
            found = self._look()
        except (DulyError, SQLAlchemyError) as error:
            return (Alarm("refuses", f"Nothing is signed: {_why(error)}"),)
        return alarms(found, refuses=self._refuses, behind=self.behind(found))

    def have_cosigned(self) -> None:
        """Ask the witnesses that have not cosigned the newest checkpoint yet, and are to be asked."""
        newest = self.standing().newest
        if newest is None:
            return
        missing = [one for one in self.witnesses.members if one.key not in newest.lines and self._is_due(one)]
        if missing:
            self._ask(newest.checkpoint, missing)

    def ask_all_again(self) -> None:
        """Put nobody off any more: a witness that failed may be well again."""
        self._due.clear()

    def _ask(self, point: Checkpoint, missing: Sequence[Witness]) -> None:
        """Ask these witnesses, all at once, and write down what they answered."""
        with (
            httpx.Client(timeout=self.witnesses.patience, trust_env=False) as client,
            ThreadPoolExecutor(len(missing)) as pool,
        ):
            for answers in self._answers(client, pool, point, missing):
                self._ledger.keep_answers(point.size, answers)
                for key, answer in answers:
                    self._put_off(key, answer)
        self._look()

    def _answers(
        self, client: httpx.Client, pool: ThreadPoolExecutor, point: Checkpoint, missing: Sequence[Witness]
    ) -> Iterator[list[tuple[PublicKey, Asked]]]:
        """First the answers with which the checkpoint counts, whoever is slower; then those."""
        proof, sizes = self._ledger.proof_up_to(point.size), self._ledger.cosigned_sizes(self.witnesses)
        asked = {
            pool.submit(ask, client, one, point, sizes.get(one.key, 0), proof): one.key for one in missing
        }
        needed = self.witnesses.quorum - (len(self.witnesses.members) - len(missing))
        answers: list[tuple[PublicKey, Asked]] = []
        for done in as_completed(asked):
            answers.append((asked[done], done.result()))
            if answers[-1][1].line and sum(bool(said.line) for _, said in answers) == needed:
                yield answers
                answers, needed = [], 0
        if answers:
            yield answers

    def _look(self) -> Standing:
        found = self.standing()
        self.lag.look(found.entered, found.covered, self._monotonic())
        return found

    def _refusal(self) -> str:
        """Sign, and say why nothing could be signed."""
        try:
            self.sequence()
            self._ledger.look_again()
        except TryAgain:
            return self._refuses
        except (DulyError, SQLAlchemyError) as error:
            return _why(error)
        return ""

    def _notice(self, found: tuple[Alarm, ...]) -> None:
        """Say what has begun and what is over."""
        kinds = frozenset(one.kind for one in found)
        if kinds - self._told:
            log.error("ledger alarm", alarms=[one.said for one in found])
        elif self._told and not kinds:
            log.info("ledger alarm is over")
        self._told = kinds

    def _is_due(self, witness: Witness) -> bool:
        return self._due.get(witness.key, (0.0, 0.0))[0] <= self._monotonic()

    def _put_off(self, key: PublicKey, answer: Asked) -> None:
        if not answer.problem:
            self._due.pop(key, None)
            return
        wait = min(max(2 * self._due.get(key, (0.0, PAUSE))[1], PAUSE), LONGEST)
        self._due[key] = (self._monotonic() + wait, wait)

    def _cosigning(self) -> None:
        self._signed.clear()  # what is signed from now on is another turn's
        self.have_cosigned()

    def _loop(self, turn: Callable[[], None], woken_by: Event) -> None:
        while not self._stopping.is_set():
            began = time.perf_counter()
            try:
                turn()
            except (DulyError, SQLAlchemyError) as error:
                log.error("ledger turn failed", error=type(error).__name__)
            woken_by.wait(max(PAUSE - (time.perf_counter() - began), PAUSE / 4))


def _why(error: DulyError | SQLAlchemyError) -> str:
    if isinstance(error, DulyError):
        return f"{error.title}. {error.detail}"
    return f"The database failed ({type(error.__cause__ or error).__name__})."

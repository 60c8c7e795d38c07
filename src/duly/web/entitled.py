"""The entitlements of a reader's circle, with what was decided, paid and waits, as the reader may know it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, bindparam, select

from duly.delivery.chains import PAYMENT, Payment
from duly.delivery.tables import payment as payment_table
from duly.entitlements import UNKNOWN as NOT_KNOWN
from duly.entitlements import Decision, Entitlement, Key, Profiles
from duly.entitlements import Reason as WaitReason
from duly.entitlements.change import LAW, RATE
from duly.entitlements.holdings import held_by, read_decisions
from duly.entitlements.tables import decision as decision_table
from duly.facts import Contest, contests_in
from duly.law import World, interpret
from duly.law.explain import Explanation
from duly.law.provisional import begins
from duly.law.situation import Missing as Absence
from duly.notices import amount_in_words, sentence_of
from duly.notices.people import roles
from duly.timeline import first_of_index, month_first
from duly.vault import Box
from duly.web.circle import Circle, completions, insight
from duly.web.dossier import Due, Held, Paid, Step, Unknown, Waiting
from duly.web.languages import Speech
from duly.web.reasons import Known, reason, shown_facts, why
from duly.web.said import SELF_REGISTER
from duly.web.views import Missing, Reason

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["Entitled"]

_DECISIONS = (
    select(decision_table)
    .where(decision_table.c.holder.in_(bindparam("holders", expanding=True)))
    .order_by(decision_table.c.version.desc())
)
_PAYMENTS = (
    select(payment_table)
    .where(payment_table.c.holder.in_(bindparam("holders", expanding=True)))
    .order_by(payment_table.c.day, payment_table.c.number)
)


class Entitled:
    """The entitlements of one circle, as its reader may know them."""

    def __init__(self, app: App, speech: Speech, conn: Connection, circle: Circle, today: int) -> None:
        self._vault, self._pack, self._speech, self._conn = app.vault, app.pack, speech, conn
        self._circle, self._today, self._sources = circle, today, app.sources
        self._profiles = Profiles(app.pack)
        self._insight = insight(app.pack)
        self._known = Known(
            reader=circle.reader.subject,
            records=circle.records,
            history=circle.history,
            name=self._name,
            hides=frozenset({roles(app.pack).where}),
            contests=_contests(app, conn, circle),
        )

    def held(self) -> list[Held]:
        """The reader's own first, then what the children at home hold."""
        reader = self._circle.reader.subject
        holders = [reader, *sorted(self._circle.home)]
        order = list(self._pack.programmes)
        found = held_by(self._conn, self._vault, self._insight, holders, order)
        mine = {k: f.entitlement for k, f in found.items() if k.holder == reader or _matters(f.entitlement)}
        decisions, payments = self._decisions(holders, mine), self._payments(holders)
        keys = sorted(
            mine.keys() & decisions.keys(),
            key=lambda k: (k.holder != reader, self._called(k), order.index(k.programme), k.about),
        )
        return [self._one(key, mine[key], decisions[key], payments.get(key, ())) for key in keys]

    def ahead(self, name: str) -> tuple[Held, Explanation] | None:
        """An entitlement of the reader's by its name, with what would change it; None where there is none."""
        held = next((one for one in self.held() if one.key == name), None)
        if held is None:
            return None
        programme, holder, about = name.split("/")
        key, day = Key(int(holder), programme, int(about)), _day_to_explain(held.steps, self._today)
        known = self._that_agrees(key, day, _value(held.steps, day))
        return held, why(self._pack, known, self._speech, key, day, ahead=True)

    def _decisions(self, holders: Sequence[int], keys: Iterable[Key]) -> dict[Key, Decision]:
        """The last decision of each key; where a child is hidden, the last that acted: others stay untold."""
        wanted, hides = set(keys), bool(self._circle.hidden)
        rows: list[tuple[Key, int, bytes]] = []
        seen: set[Key] = set()
        for row in self._conn.execute(_DECISIONS, {"holders": list(holders)}):
            key = Key(row.holder, row.programme, row.about)
            if key in wanted and (hides or key not in seen):
                seen.add(key)
                rows.append((key, row.version, row.sealed))
        found: dict[Key, Decision] = {}
        opened = read_decisions(self._conn, self._vault, self._insight, rows)
        for (key, version, _), one in zip(rows, opened, strict=True):
            if not hides or one.acted or version == 1:
                found.setdefault(key, one)
        return found

    def _payments(self, holders: Sequence[int]) -> dict[Key, tuple[Paid, ...]]:
        rows = self._conn.execute(_PAYMENTS, {"holders": list(holders)}).all()
        keys = [Key(row.holder, row.programme, row.about) for row in rows]
        boxes = [
            Box(
                subject=key.holder,
                category=PAYMENT,
                version=key.bound(PAYMENT, row.number),
                sealed=row.sealed,
            )
            for key, row in zip(keys, rows, strict=True)
        ]
        opened = self._vault.open(self._conn, self._insight, boxes) if boxes else []
        found: dict[Key, tuple[Paid, ...]] = {}
        for key, row, data in zip(keys, rows, opened, strict=True):
            made = msgspec.msgpack.decode(data, type=Payment)
            paid = (Paid(month=first_of_index(m.month), day=row.day, amount=m.amount) for m in made.months)
            found[key] = (*found.get(key, ()), *paid)
        return found

    def _one(self, key: Key, stands: Entitlement, decision: Decision, paid: tuple[Paid, ...]) -> Held:
        pack, speech = self._pack, self._speech
        programme = pack.programmes[key.programme]
        steps = tuple(_steps(self._profiles, key.programme, stands))
        day = _day_to_explain(steps, self._today)
        now = _value(steps, day)
        known = self._that_agrees(key, day, now)
        told = why(pack, known, speech, key, day)
        return Held(
            key=f"{key.programme}/{key.holder}/{key.about}",
            programme=key.programme,
            agency=programme.agency,
            law=programme.law,
            sentence=sentence_of(pack, speech.words.language, programme.rule),
            about=self._called(key),
            monthly=self._profiles[key.programme].monthly,
            steps=steps,
            provisional=self._provisional(key, steps, known),
            waiting=self._waiting(key, stands),
            missing=tuple(Missing(what=one, who="", register="") for one in told.needed)
            if isinstance(now, Unknown)
            else (),
            different=() if _granted(now) else told.differ,
            facts=shown_facts(pack, known, speech, told),
            reason=self._reason(known, told, now),
            payments=paid,
            decided=decision.at,
            by_person=decision.by_person,
            law_version=decision.law,
            cause="" if key.about in self._circle.hidden else self._cause(decision),
        )

    def _provisional(self, key: Key, steps: Sequence[Step], known: Known) -> int | None:
        """From when on the amount rests on a rate that is not set yet."""
        if not any(_granted(step.value) for step in steps):
            return None
        turns = [self._today, *(step.start for step in steps if step.start > self._today)]
        first = [month_first(day) for day in turns] if self._profiles[key.programme].monthly else turns
        world = World(self._pack, known.history)
        return begins(self._pack, key.programme, world, key.holder, key.about, first)

    def _reason(self, known: Known, told: Explanation, now: Due) -> Reason:
        """The tree, which comes to what was decided."""
        shown = reason(self._pack, known, self._speech, told)
        if isinstance(now, Unknown):
            return shown
        said = self._speech.say("Not due") if now is None else amount_in_words(self._speech.words, now)
        return replace(shown, result=said)

    def _that_agrees(self, key: Key, day: int, now: Due) -> Known:
        """What is known, in a world that comes to what was decided; of others it only supposes."""
        for history in completions(self._pack, self._circle):
            world = World(self._pack, history)
            due = interpret.value(self._pack, key.programme, world, key.holder, key.about, day)
            if not isinstance(due, Absence) and due == now:
                return replace(self._known, history=history)
        return self._known

    def _cause(self, decision: Decision) -> str:
        """What set the decision off, as far as it tells nothing of others: which register, or the law.

        Not that somebody said something themselves: it may have been somebody else.
        """
        source = decision.causes[0].source if decision.causes else ""
        if source in (LAW, RATE):
            return self._speech.words.name_of("causes", source)
        listed = self._sources.listed.get(source)
        registers = self._pack.section("registers")
        register = listed.register if listed is not None else next((r for r in registers if r in source), "")
        if register in ("", SELF_REGISTER):
            return ""
        return self._speech.words.phrase(
            "causes", "register", register=self._speech.words.name_of("registers", register)
        )

    def _waiting(self, key: Key, stands: Entitlement) -> Waiting:
        """What waits for a human is told, but not where it would tell of a child the reader may not know."""
        if any(end > self._today for _, end in stands.suspended):
            return Waiting.DEATH
        waits = any(segment.waits not in (None, WaitReason.MISSING) for segment in stands.waiting)
        return Waiting.PERSON if waits and key.about not in self._circle.hidden else Waiting.NO

    def _called(self, key: Key) -> str:
        if key.about == self._circle.reader.subject:
            return ""
        return self._name(key.about)

    def _name(self, subject: int) -> str:
        """What the reader calls somebody: by name only themselves and the children they may know."""
        circle, words = self._circle, self._speech.words
        record = circle.records.get(subject)
        if record is not None and record.kind != roles(self._pack).kind:
            return ""
        child = subject in circle.children or subject in circle.hidden
        return circle.called(subject) or words.name_of("people", "child" if child else "other")


def _contests(app: App, conn: Connection, circle: Circle) -> Mapping[int, Sequence[Contest]]:
    """What the reader says is wrong; what a child says is the child's."""
    reader = circle.reader.subject
    return contests_in(conn, app.vault, app.pack, {reader: circle.records[reader]})


def _matters(stands: Entitlement) -> bool:
    """Whether a child's own entitlement was ever granted, or waits for somebody."""
    return any(value for _, value in stands.standing) or bool(stands.waiting)


def _steps(profiles: Profiles, programme: str, stands: Entitlement) -> Iterator[Step]:
    for start, value in stands.standing:
        due: Due = Unknown.UNKNOWN if value == NOT_KNOWN else profiles.record(programme, value)
        yield Step(start=start, value=due)


def _granted(value: Due) -> bool:
    return value is not None and not isinstance(value, Unknown)


def _value(steps: Sequence[Step], day: int) -> Due:
    return next((step.value for step in reversed(steps) if step.start <= day), None)


def _day_to_explain(steps: Sequence[Step], today: int) -> int:
    """Today; or, where a grant begins later, the day on which it begins."""
    ahead = [step.start for step in steps if step.start > today and _granted(step.value)]
    return ahead[0] if ahead and not _granted(_value(steps, today)) else today

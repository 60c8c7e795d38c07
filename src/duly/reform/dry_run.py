"""A dry run asks two laws about everybody: the one to come, and the one that would be in force without it.

It writes nothing but one entry in the ledger, of all whose records it opened. Everything is evaluated for the
effective day, so that what time alone changes is in both answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection, select, union

from duly.delivery.brake import Brake
from duly.entitlements import UNKNOWN, Due, Key, Mark, Profile, Reason, Value, use_of, value_at
from duly.entitlements.evaluate import Evaluator
from duly.entitlements.judge import Judged
from duly.entitlements.segments import TAKES
from duly.entitlements.tables import mark as mark_table
from duly.errors import BadInput
from duly.law import Pack
from duly.law.changed import changed_programmes
from duly.reform.changes import Change
from duly.reform.figures import FORMAT, SMALLEST, Figures, Outcome, Tally, band_of, bands, reasons_of
from duly.store import Store
from duly.timeline import add_months, month_first, month_index, to_iso
from duly.vault import Use, Vault
from duly.vault.tables import subject as subject_table

__all__ = ["Sides", "run_dry"]

STATISTICS: Final = "statistics"
HOLDERS: Final = 1000
MONTHS: Final = 12
NOTHING: Final[Due] = ((-(2**31), None),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The law that would be in force, and the one to come, each with its own evaluator, over one vault."""

    old: Evaluator
    new: Evaluator
    vault: Vault


def run_dry(
    store: Store,
    sides: Sides,
    change: Change,
    *,
    now: int,
    today: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Figures:
    """The figures of a change. `progress` is told how many holders were looked at so far."""
    look = _Look(sides, change, now)
    uses = look.uses()
    with store.write() as conn:
        bulk = sides.vault.begin_bulk(conn, uses)
    last = -1
    try:
        while holders := _batch(store, look, last):
            last = holders[-1]
            progress(look.people)
    finally:
        with store.write() as conn:  # whatever happened, who was seen is entered
            sides.vault.cover(conn, bulk, uses, look.seen)
    return look.figures(today)


def _batch(store: Store, look: _Look, last: int) -> list[int]:
    with store.read() as conn:
        holders = look.after(conn, last)
        if holders:
            look.batch(conn, holders)
    return holders


class _Look:
    """One pass over everybody."""

    def __init__(self, sides: Sides, change: Change, now: int) -> None:
        self.sides, self.change, self.now = sides, change, now
        self.old, self.new = sides.old.law.pack, sides.new.law.pack
        self.changed = sorted(changed_programmes(self.old, self.new))
        self.fresh = [name for name in self.changed if name not in self.old.programmes]
        self.people = 0
        self.seen: dict[Use, set[int]] = {}
        self._everybody, self._bands = Tally(), Counter[int]()
        self._programmes = {name: Tally() for name in self.changed}
        self._reasons = Counter[str]()
        self._took, self._touched = Counter[str](), Counter[str]()

    def uses(self) -> list[Use]:
        """For what records are opened: by both laws, for each purpose, once."""
        groups = self.sides.new.profiles.purposes().values()
        wanted = [[name for name in names if name in self.changed] for names in groups]
        both = (self.sides.old, self.sides.new)
        named = [
            (one, [n for n in names if n in one.law.pack.programmes]) for names in wanted for one in both
        ]
        return list(dict.fromkeys(_use(one, self.new, set(names)) for one, names in named if names))

    def after(self, conn: Connection, last: int) -> list[int]:
        """The next holders by number: everybody who was looked at, or could hold what is new."""
        seen = select(mark_table.c.holder).where(mark_table.c.programme.in_(self.changed))
        kinds = {self.new.programmes[name].holder for name in self.fresh}
        could = select(subject_table.c.number).where(
            subject_table.c.kind.in_(kinds), subject_table.c.wrapped.is_not(None)
        )
        both = union(seen, could).subquery()
        column = both.c[0]
        found = select(column).where(column > last).order_by(column).limit(HOLDERS)
        return list(conn.execute(found).scalars())

    def batch(self, conn: Connection, holders: Sequence[int]) -> None:
        """Ask both laws about these holders, and count."""
        pairs = self._pairs(conn, holders)
        found: dict[tuple[int, str], list[Outcome]] = {pair: [] for pair in pairs}
        for names in self.sides.new.profiles.purposes().values():
            wanted = [name for name in names if name in self.changed]
            some = [pair for pair in pairs if pair[1] in wanted]
            for key, outcome in self._outcomes(conn, wanted, some):
                found[key.holder, key.programme].append(outcome)
        of_holder: dict[int, list[Outcome]] = {holder: [] for holder in holders}
        for (holder, programme), outcomes in found.items():
            self._count(programme, outcomes)
            of_holder[holder] += outcomes
        for outcomes in of_holder.values():
            self._person(_together(outcomes))

    def figures(self, today: int) -> Figures:
        """What may be told of it."""
        brake = Brake.of(self.new)
        return Figures(
            format=FORMAT,
            pack=self.new.name,
            change=self.change.number,
            old=self.old.hash,
            new=self.new.hash,
            effective=to_iso(self.change.effective),
            on=to_iso(today),
            currency=self.new.currency,
            smallest=SMALLEST,
            share=str(brake.share),
            holds=any(brake.trips(self._took[a], self._touched[a]) for a in self._touched),
            everybody=self._everybody.row(""),
            programmes=tuple(tally.row(name) for name, tally in self._programmes.items()),
            bands=bands(self._bands),
            reasons=reasons_of(self._reasons, [reason.value for reason in Reason]),
        )

    def _pairs(self, conn: Connection, holders: Sequence[int]) -> list[tuple[int, str]]:
        columns = mark_table.c
        seen = select(columns.holder, columns.programme).where(
            columns.holder.in_(holders), columns.programme.in_(self.changed)
        )
        found = {(holder, name) for holder, name in conn.execute(seen)}
        for name in self.fresh:
            kinds = self.sides.vault.kinds(conn, holders)
            found |= {(h, name) for h, kind in kinds.items() if kind == self.new.programmes[name].holder}
        return sorted(found)

    def _outcomes(
        self, conn: Connection, names: Sequence[str], pairs: Sequence[tuple[int, str]]
    ) -> Iterator[tuple[Key, Outcome]]:
        with self.sides.vault.noting(conn, self.seen):
            before = self._asked(conn, self.sides.old, names, pairs)
            after = self._asked(conn, self.sides.new, names, pairs)
        for key in sorted({*before, *after}):
            one, other = before.get(key), after.get(key)
            yield key, self._outcome(key, one, other)

    def _asked(
        self,
        conn: Connection,
        evaluator: Evaluator,
        names: Sequence[str],
        pairs: Sequence[tuple[int, str]],
    ) -> dict[Key, Judged]:
        """What one law says of these holders; only keys about which it says something new."""
        there = {name for name in names if name in evaluator.law.pack.programmes}
        known = [pair for pair in pairs if pair[1] in there]
        if not known:
            return {}
        marks = [Mark(holder=holder, programme=name, wanted=0, text="") for holder, name in known]
        use, causes = _use(evaluator, self.new, there), dict.fromkeys(known, ())
        day = self.change.effective
        found = evaluator.evaluate(conn, use, marks, causes, now=self.now, today=day)
        return {one.held.key: one for one in found}

    def _outcome(self, key: Key, old: Judged | None, new: Judged | None) -> Outcome:
        stored = next((one.before for one in (old, new) if one is not None and one.before is not None), None)
        kept = stored.entitlement.due if stored is not None else NOTHING
        waited = stored.entitlement.waiting if stored is not None else ()
        due_old = old.held.entitlement.due if old is not None else kept
        due_new = new.held.entitlement.due if new is not None else kept
        waits_old = set(old.held.entitlement.waiting if old is not None else waited)
        waits_new = set(new.held.entitlement.waiting if new is not None else waited) - waits_old
        acted_old = set(old.decision.acted if old is not None and old.decision else ())
        acted_new = set(new.decision.acted if new is not None and new.decision else ()) - acted_old
        return _compared(
            self.sides.new.profiles[key.programme],
            due_old,
            due_new,
            self.change.effective,
            reasons=frozenset(s.waits.value for s in waits_new if s.waits is not None),
            takes=any(s.kind in TAKES for s in waits_new | acted_new),
        )

    def _count(self, programme: str, outcomes: Sequence[Outcome]) -> None:
        """One holder under one programme."""
        self._programmes[programme].add(_together(outcomes))
        self._reasons.update(reason for outcome in outcomes for reason in outcome.reasons)
        agency = self.sides.new.profiles[programme].agency
        self._touched[agency] += 1
        self._took[agency] += sum(outcome.takes for outcome in outcomes)

    def _person(self, outcome: Outcome) -> None:
        self.people += 1
        self._everybody.add(outcome)
        if outcome.year and not outcome.unknown:
            self._bands[band_of(Fraction(outcome.year, MONTHS * 100))] += 1


def _use(evaluator: Evaluator, pack: Pack, names: set[str]) -> Use:
    """A use for statistics, of what the programmes read and no more, as the new version permits it."""
    ordinary = evaluator.use(names)
    if STATISTICS not in pack.section("purposes"):
        raise BadInput(
            "The pack has no purpose for a dry run",
            detail="A dry run opens records for statistics, and pack.toml does not say on which legal basis.",
            where=f"{pack.name}/pack.toml",
            hint="Add [purposes.statistics] with a title and a legal_basis, and a policy that permits it.",
        )
    return use_of(pack, ordinary.actor.organisation, STATISTICS, ordinary.categories, "law/dry-run")


def _compared(
    profile: Profile, old: Due, new: Due, day: int, *, reasons: frozenset[str], takes: bool
) -> Outcome:
    """Two timelines of one key, over the days that are decided and the year from a day on."""
    end = add_months(month_first(day), MONTHS)
    first = min(old[0][0], new[0][0])
    cuts = sorted({c for c, _ in (*old, *new) if c < end} | {day, first})
    year = back = 0
    higher = lower = other = unknown = False
    for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
        was, is_ = _at(old, start), _at(new, start)
        if was == is_:
            continue
        if UNKNOWN in (was, is_):
            unknown = True
            continue
        more = _worth(profile, is_) - _worth(profile, was)
        higher, lower = higher or more > 0, lower or more < 0
        other = other or more == 0
        if profile.pays:
            total = more * _months(start, stop)
            year, back = (year + total, back) if start >= day else (year, back + total)
    return Outcome(
        year=year, back=back, higher=higher, lower=lower, other=other, unknown=unknown,
        reasons=reasons, takes=takes,
    )  # fmt: skip


def _at(timeline: Due, day: int) -> Value:
    """Nothing was due before a timeline begins."""
    return value_at(timeline, day) if day >= timeline[0][0] else None


def _worth(profile: Profile, value: Value) -> int:
    if not value:
        return 0
    return value[profile.terms.amount] if profile.pays else 1


def _months(start: int, stop: int) -> int:
    """How many months begin in the days [start, stop)."""
    return month_index(stop - 1) - month_index(start - 1)


def _together(outcomes: Sequence[Outcome]) -> Outcome:
    """One person's outcomes as one."""
    return Outcome(
        year=sum(one.year for one in outcomes),
        back=sum(one.back for one in outcomes),
        higher=any(one.higher for one in outcomes),
        lower=any(one.lower for one in outcomes),
        other=any(one.other for one in outcomes),
        unknown=any(one.unknown for one in outcomes),
        reasons=frozenset[str]().union(*(one.reasons for one in outcomes)),
        takes=any(one.takes for one in outcomes),
    )

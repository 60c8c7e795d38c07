"""Marks become judged entitlements: what stands now, what of it changed, what waits. Nothing is written here.

The holder's choice is read before any other fact; who wants a programme only on claim is not looked at. What
others hold about the same subject is evaluated too, so that nothing is granted at their expense unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Connection

from duly.authority import standing_choice
from duly.entitlements.decide import decide
from duly.entitlements.due import FIRST, Batch, Law, Pair, deaths, horizon, value_now
from duly.entitlements.found import contents
from duly.entitlements.holdings import DECISION, ENTITLEMENT, Held, held_by
from duly.entitlements.judge import Circumstances, Found, Judged, held_only, judged, moved, position
from duly.entitlements.keys import Key
from duly.entitlements.marks import Cause, Mark
from duly.entitlements.programmes import Profiles, use_of
from duly.entitlements.records import Opened, Routes, across, category_of, needed_links, routes
from duly.entitlements.segments import UNKNOWN, Due, Terms
from duly.facts import Record
from duly.facts.contests import IN_DOUBT, contests_in, declared, in_doubt
from duly.law import ABSENT, Pack, Relation, SubjectHistory
from duly.law import UNKNOWN as NOT_KNOWN
from duly.timeline import BEGIN, END_OF_TIME, add_months, month_first
from duly.vault import Use, Vault

__all__ = [
    "AUTOMATIC",
    "CONTEST",
    "ON_CLAIM",
    "Approved",
    "Evaluated",
    "Evaluator",
    "PaidTo",
    "Rules",
    "clipped",
]

AUTOMATIC: Final = "automatic"
ON_CLAIM: Final = "only_when_claimed"
CONTEST: Final = "Person.contest"
"""What a person says is wrong, as long as it is open."""
STEP: Final = "step"
NOTHING_DUE: Final[Due] = ((FIRST, None),)

PaidTo: TypeAlias = Callable[[Connection, Collection[Key]], Mapping[Key, int]]
"""The first unpaid day of each of these keys (left out: nothing was paid)."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the pack says of deciding.

    Payments reach back `back_months` from the month in which the first message about an entitlement came.
    `holds_takes`: the law in force lets no machine take, whatever it cites, until people have decided.
    """

    back_months: int
    holds_takes: bool


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run that people approved, of a law by its content hash.

    It releases these programmes: their machine takes what the pack cites a law for, and no more.
    """

    dry_run: str
    law: str
    programmes: frozenset[str]


class Chosen(NamedTuple):
    """(holder, programme) pairs: those that may be looked at, those held back, those wanted on claim only."""

    wanted: set[tuple[int, str]]
    held_back: set[tuple[int, str]]
    on_claim: set[tuple[int, str]]


class Evaluated(NamedTuple):
    """What became of marks: keys that are different, and by holder what the digest of all keys is over.

    `found` has None for a holder who has to be looked at again by every run. `near` are others who hold
    something about the same subjects: they were judged together, and are not in the rest.
    """

    judged: list[Judged]
    found: dict[int, bytes | None]
    near: set[int]


class Evaluator:
    """Evaluates batches of marks, those of one purpose together."""

    def __init__(self, law: Law, profiles: Profiles, vault: Vault, rules: Rules, paid_to: PaidTo) -> None:
        self.law, self.profiles, self.rules = law, profiles, rules
        self.vault, self._paid_to = vault, paid_to

    def use(self, programmes: Iterable[str]) -> Use:
        """The use for which marks of these programmes (of one purpose) are evaluated."""
        names = tuple(sorted(programmes))
        along = _along(self.law.pack, names)
        read = frozenset[str]().union(*along.categories.values(), self._choice_categories(names))
        first = self.profiles[names[0]]
        kept = {ENTITLEMENT, DECISION}
        return use_of(self.law.pack, first.agency, first.purpose, read | kept, STEP)

    def evaluate(
        self,
        conn: Connection,
        use: Use,
        marks: Sequence[Mark],
        causes: Mapping[tuple[int, str], Sequence[Cause]],
        *,
        now: int,
        today: int,
    ) -> list[Judged]:
        """Judge all keys of the marked holders; keys about which nothing changed are left out."""
        return self.look(conn, use, marks, causes, now=now, today=today, released=None).judged

    def look(
        self,
        conn: Connection,
        use: Use,
        marks: Sequence[Mark],
        causes: Mapping[tuple[int, str], Sequence[Cause]],
        *,
        now: int,
        today: int,
        released: Collection[str] | None,
    ) -> Evaluated:
        """The same, and what was found. The machines of programmes that are not `released` take nothing.

        None: released are all, unless the law in force holds what would take.
        """
        opened = Opened(conn, self.vault, use, self.law.pack)
        chosen = self._chosen(opened, marks, today)
        found = self._on_claim(conn, use, chosen, causes)
        always: dict[int, bytes | None] = {holder: None for holder, _ in chosen.on_claim}
        if not chosen.wanted:
            return Evaluated(found, always, set())
        look = _Look(self, conn, use, opened, chosen, causes, now, today)
        for programme in look.programmes:
            found += look.judge(programme, self.terms(programme, released))
        return Evaluated(found, {**look.found(found), **always}, look.near)

    def _on_claim(
        self,
        conn: Connection,
        use: Use,
        chosen: Chosen,
        causes: Mapping[tuple[int, str], Sequence[Cause]],
    ) -> list[Judged]:
        if not chosen.on_claim:
            return []
        holders, programmes = zip(*chosen.on_claim, strict=True)
        held = held_by(conn, self.vault, use, set(holders), set(programmes))
        return held_only(
            {k: v for k, v in held.items() if (k.holder, k.programme) in chosen.on_claim}, causes
        )

    def _choice_categories(self, programmes: Iterable[str]) -> frozenset[str]:
        names = {attribute for name in programmes for attribute in self.profiles[name].chosen_by}
        return frozenset(self.law.pack.vocabulary.attribute(name).category for name in names)

    def _chosen(self, opened: Opened, marks: Sequence[Mark], today: int) -> Chosen:
        pairs = {(mark.holder, mark.programme) for mark in marks}
        categories = self._choice_categories({programme for _, programme in pairs})
        chosen = Chosen(set(), set(), set())
        if not categories:
            return Chosen(pairs, set(), set())
        opened.open({holder for holder, _ in pairs}, categories)
        for holder, programme in pairs:
            choice = self._choice(opened.records.get(holder), self.profiles[programme].choice, today)
            if choice == ON_CLAIM:
                chosen.on_claim.add((holder, programme))
                continue
            chosen.wanted.add((holder, programme))
            if choice not in (None, AUTOMATIC):
                chosen.held_back.add((holder, programme))
        return chosen

    def _choice(self, record: Record | None, name: str, today: int) -> object:
        """How a holder wants it delivered; of guardians with the same right only what all of them say."""
        if record is None or not name:
            return None
        found = standing_choice(self.law.pack, record, name, today).value
        return None if found in (ABSENT, NOT_KNOWN) else found

    def payable_from(self, programme: str, first_day: int) -> int:
        """The first day that may be decided for a key whose first message came on a day."""
        if not self.profiles[programme].pays:
            return BEGIN
        return add_months(month_first(first_day), -self.rules.back_months)

    def terms(self, programme: str, released: Collection[str] | None = None) -> Terms:
        """How the programme's values are compared: a machine never takes more than its law lets it."""
        terms = self.profiles[programme].terms
        may = not self.rules.holds_takes if released is None else programme in released
        return terms if may else msgspec.structs.replace(terms, machine=frozenset())

    def paid_to(self, conn: Connection, keys: Collection[Key]) -> Mapping[Key, int]:
        return self._paid_to(conn, keys) if keys else {}


class _Look:
    """One batch: its records, what stands, and the law applied to them."""

    def __init__(
        self,
        evaluator: Evaluator,
        conn: Connection,
        use: Use,
        opened: Opened,
        chosen: Chosen,
        causes: Mapping[tuple[int, str], Sequence[Cause]],
        now: int,
        today: int,
    ) -> None:
        self._of, self._conn, self._opened = evaluator, conn, opened
        self._chosen, self._causes, self._pack = chosen, causes, evaluator.law.pack
        self.programmes = tuple(sorted({programme for _, programme in chosen.wanted}))
        self._along = _along(self._pack, self.programmes)
        holders = {holder for holder, _ in chosen.wanted}
        opened.follow(holders, self._along)
        others = self._others(holders)
        opened.follow(others, self._along)
        self.near, self._everybody = others, holders | others
        self._before = held_by(conn, evaluator.vault, use, self._everybody, self.programmes)
        self._history = {number: record.history() for number, record in opened.records.items()}
        self._batch = Batch(evaluator.law, self._history, today)
        doubted = self._doubted()
        self._doubtful = Batch(evaluator.law, {**self._history, **doubted}, today) if doubted else None
        self._dead = deaths(self._pack, self._history)
        until = horizon(self._pack, today)
        self._at = Circumstances(now=now, today=today, law=self._pack.hash, first=FIRST, until=until)

    def judge(self, programme: str, terms: Terms) -> list[Judged]:
        """All keys of the marked holders under a programme."""
        judgements: list[Judged] = []
        groups = [
            group for group in self._groups(programme) if any(moved(one) or self._flags(one) for one in group)
        ]
        self._look_closer(programme, [one for group in groups for one in group])
        for group in groups:
            first = min(max(one.payable_from, FIRST) for one in group)
            verdicts = decide([position(one, self._at.until) for one in group], terms, first, self._at.until)
            for one, verdict in zip(group, verdicts, strict=True):
                if not one.marked:
                    continue
                pair = (one.key.holder, programme)
                made = judged(
                    one,
                    verdict,
                    self._at,
                    self._causes[pair],
                    self._read(one.key.holder),
                    held_back=pair in self._chosen.held_back,
                )
                judgements += [made] if made else []
        return judgements

    def found(self, made: Iterable[Judged]) -> dict[int, bytes | None]:
        """By marked holder what the digest is over; None where something waits or was chosen."""
        stands = {**self._before, **{one.held.key: one.held for one in made}}
        open_ = {key.holder for key, one in stands.items() if _unsettled(one)}
        purpose = self._of.profiles.purposes()[self._of.profiles[self.programmes[0]].purpose]
        chosen = {name for p in self.programmes for name in self._of.profiles[p].said}
        holders = {holder for holder, _ in self._chosen.wanted}
        settled = {
            holder
            for holder in holders - open_
            if all((holder, name) in self._chosen.wanted for name in purpose)
            and not any(name in chosen for name, _ in self._history[holder].facts)
        }
        parts = [self._batch.parts[name] for name in self.programmes if name in self._batch.parts]
        known = contents(parts, settled)
        return {holder: known.get(holder) for holder in holders}

    def _flags(self, found: Found) -> bool:
        """Whether the holder's choice of delivery is another than it was."""
        held = found.before is not None and found.before.entitlement.held
        return held is not ((found.key.holder, found.key.programme) in self._chosen.held_back)

    def _others(self, holders: Collection[int]) -> set[int]:
        """Who else holds something about those that these holders hold something about."""
        relations = {self._of.profiles[name].over for name in self.programmes} - {""}
        found: set[int] = set()
        for relation in relations:
            abouts = across(self._pack, self._opened.records, holders, relation)
            back = _inverse(self._pack.vocabulary.relations, relation)
            if back:
                self._opened.open(abouts, frozenset({category_of(self._pack, relation)}))
                found |= across(self._pack, self._opened.records, abouts, back)
        return found - set(holders)

    def _groups(self, programme: str) -> list[list[Found]]:
        """The keys to be judged together: all holders of the programme about one subject."""
        due = self._batch.due(programme, self._everybody)
        stands = {(k.holder, k.about): held for k, held in self._before.items() if k.programme == programme}
        found: dict[int, list[Found]] = {}
        shared = self._of.profiles[programme].over != ""
        for pair in sorted({*due, *stands}):
            marked = (pair[0], programme) in self._chosen.wanted
            before = stands.get(pair)
            is_due = due.get(pair, NOTHING_DUE)
            if (marked or shared) and (before is not None or self._worth_telling(programme, pair, is_due)):
                one = self._found(programme, pair, before, is_due, marked=marked, linked=pair in due)
                found.setdefault(pair[1], []).append(one)
        return [group for group in found.values() if any(one.marked for one in group)]

    def _worth_telling(self, programme: str, pair: Pair, due: Due) -> bool:
        """A rule about a relation says nothing of somebody who has none, not even that it does not know."""
        if self._of.profiles[programme].over or any(value for _, value in due):
            return True
        if not needed_links(self._pack, programme) and any(value is not None for _, value in due):
            return True
        onward = routes(self._pack, (programme,)).onward(())
        return not onward or any(
            across(self._pack, self._opened.records, [pair[0]], chain[-1]) for chain in onward
        )

    def _found(
        self, programme: str, pair: Pair, before: Held | None, due: Due, *, marked: bool, linked: bool
    ) -> Found:
        """`linked`: the holder still leads to the subject; else its death, if any, is another matter."""
        first_day = before.entitlement.first_day if before else self._at.today
        payable_from = self._of.payable_from(programme, first_day)
        payable = clipped(due, payable_from)
        torn, conflict = self._batch.conflict(programme, pair, payable_from)
        ends = pair if linked else pair[:1]
        died = min((self._dead[n] for n in ends if n in self._dead), default=END_OF_TIME - 1)
        return Found(
            key=Key(pair[0], programme, pair[1]),
            before=before,
            due=payable,
            marked=marked,
            first_day=first_day,
            payable_from=payable_from,
            without_deaths=payable,
            doubted=payable,
            deceased_from=died + 1,
            review="",
            review_all=False,
            paid_to=BEGIN,
            contested=isinstance(value_now(self._history, pair[0], CONTEST, self._at.today), str),
            torn=torn,
            conflict=conflict,
        )

    def _look_closer(self, programme: str, found: Sequence[Found]) -> None:
        """What only some keys need: what would be due had nobody died, reviews of grants, what was paid."""
        asked = {(one.key.holder, one.key.about): one for one in found if _may_be_reviewed(one)}
        first_days = {pair: one.first_day for pair, one in asked.items()}
        for pair, (reason, every) in self._batch.reviewed(programme, first_days).items():
            asked[pair].review, asked[pair].review_all = reason, every
        if self._doubtful is not None:
            self._doubt(self._doubtful, programme, found)
        if not self._dead:
            return
        mourned = {(one.key.holder, one.key.about): one for one in found if one.before is not None}
        alive = self._batch.without_deaths(programme, set(mourned))
        for pair, one in mourned.items():
            one.without_deaths = clipped(alive.get(pair, NOTHING_DUE), one.payable_from)
        paid = self._of.paid_to(self._conn, [one.key for one in mourned.values()])
        for one in mourned.values():
            one.paid_to = paid.get(one.key, BEGIN)

    def _doubted(self) -> dict[int, SubjectHistory]:
        """The histories of those who contest a fact, with the facts in doubt not known."""
        found = contests_in(self._conn, self._of.vault, self._pack, self._opened.records)
        return {
            number: in_doubt(self._history[number], contests)
            for number, contests in found.items()
            if any(one.standing in IN_DOUBT for one in contests)
        }

    def _doubt(self, batch: Batch, programme: str, found: Sequence[Found]) -> None:
        """What would be due if contested facts were not known, where something stands that could be taken."""
        held = {(one.key.holder, one.key.about): one for one in found if one.before is not None}
        due = batch.due(programme, {holder for holder, _ in held})
        for pair, one in held.items():
            one.doubted = clipped(due.get(pair, NOTHING_DUE), one.payable_from)

    def _read(self, holder: int) -> list[tuple[int, int]]:
        """The records on which the holder's entitlements rest, with their versions."""
        records, reached = self._opened.records, {holder}
        level = {((), holder)}
        while level:
            level = {
                (chain, end)
                for start, subject in level
                for chain in self._along.onward(start)
                for end in across(self._pack, records, [subject], chain[-1])
            }
            reached |= {subject for _, subject in level}
        return sorted((number, records[number].version) for number in reached if number in records)


@lru_cache(maxsize=256)
def _along(pack: Pack, programmes: tuple[str, ...]) -> Routes:
    """What the programmes read, and what those whom they read contest of it."""
    told, along = declared(pack), routes(pack, programmes)
    return along if told is None else along.also(pack.vocabulary.attribute(f"{told.link}.present").category)


def _unsettled(held: Held) -> bool:
    stands = held.entitlement
    return bool(stands.waiting or stands.suspended or stands.held)


def _may_be_reviewed(found: Found) -> bool:
    """Whether something is due that does not stand yet, or waits for a review already."""
    before = found.before.entitlement if found.before else None
    if before is not None and before.review:
        return True
    stands = before.standing if before is not None else ()
    return found.due != stands and any(value not in (None, UNKNOWN) for _, value in found.due)


def clipped(due: Due, first: int) -> Due:
    """From `first` on."""
    if due[0][0] >= first:
        return due
    later = [step for step in due if step[0] > first]
    at = [value for start, value in due if start <= first][-1]
    return ((first, at), *later)


def _inverse(relations: Mapping[str, Relation], name: str) -> str:
    """The same relation from its other end, "" if the vocabulary has none."""
    own = relations[name].inverse_of
    return own or next((other.name for other in relations.values() if other.inverse_of == name), "")

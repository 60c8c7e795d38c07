"""Everything that is known of a reader, from their own record: what, from when, by whom, what for.

Of others it names at most a child that the reader may know. A link to somebody of whom the reader may know
nothing is left out whole, and so is what other people's records say of the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec

from duly.access import Actor, Relation
from duly.clock import day_of
from duly.entitlements import use_of
from duly.errors import NotFound
from duly.facts import Contest, Segment, Standing, contests_in, intake_use
from duly.facts.contests import IN_DOUBT, declared
from duly.law import UNKNOWN, Pack, sound
from duly.law.ir import Kind
from duly.law.plan import affected
from duly.law.situation import Missing
from duly.notices.people import roles
from duly.timeline import BEGIN, END_OF_TIME, from_iso
from duly.vault import Use
from duly.web.circle import Circle
from duly.web.fact_views import ContestShown, FactKind, FactRow, FactsPage, WrongPage
from duly.web.languages import Speech
from duly.web.reasons import in_words
from duly.web.said import SELF_REGISTER, Wrong
from duly.web.views import Option

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duly.app import App

__all__ = ["Facts", "mark_of"]

CASEWORKER: Final = "caseworker"
WORDS: Final = frozenset({Kind.TEXT, Kind.CODE, Kind.INT, Kind.DAY})
"""Kinds of value that are written, not chosen."""


class Facts:
    """The facts of one reader, as they may know them."""

    def __init__(self, app: App, speech: Speech, conn: Connection, circle: Circle) -> None:
        self._app, self._pack, self._speech, self._circle = app, app.pack, speech, circle
        self._own = circle.records[circle.reader.subject]
        self._declared, self._today = declared(app.pack), app.clock.today()
        self._contests = contests_in(conn, app.vault, app.pack, {self._own.subject: self._own}).get(
            self._own.subject, []
        )
        self._conn = conn

    def page(self) -> FactsPage:
        """All of them, by category."""
        rows: dict[str, list[FactRow]] = {}
        for attribute, member in sorted(self._own.facts):
            if self._is_told(attribute, member):
                category = self._pack.vocabulary.attribute(attribute).category
                rows.setdefault(category, []).extend(self._rows(attribute, member))
        words = self._speech.words
        kinds = tuple(
            FactKind(
                title=words.name_of("categories", category),
                seen_by=tuple(_seen_by(self._app, self._speech, category)),
                rows=tuple(rows[category]),
            )
            for category in self._pack.section("categories")
            if rows.get(category)
        )
        return FactsPage(
            kinds=kinds, contests=tuple(map(self._contest, self._contests)), withheld=self._withheld()
        )

    def wrong(self, mark: str) -> WrongPage:
        """The form about one fact; NotFound for what is not there, or is not for a register to mend."""
        told = self._declared
        for kind in self.page().kinds:
            for row in kind.rows:
                if row.mark == mark and row.wrong and told is not None:
                    attribute = self._pack.vocabulary.attribute(row.said.fact)
                    return WrongPage(
                        fact=row,
                        options=tuple(self._options(row)),
                        free=attribute.type.kind in WORDS,
                        register=self._speech.words.name_of("registers", attribute.register),
                        days=told.days,
                        law=told.law,
                    )
        raise NotFound("No such fact", detail="It is not about you, or not for a register to mend.")

    def named(self, row: FactRow) -> Wrong:
        """Which fact it is, with what registers call the other end of a link: opened only to be said."""
        if not row.member:
            return row.said
        use = intake_use(self._pack, {"identifier"})
        found = self._app.vault.identifiers_of(self._conn, use, row.member)
        scheme = roles(self._pack).scheme
        other = next(iter(sorted(found, key=lambda one: (one.scheme != scheme, one))), None)
        if other is None:
            raise NotFound("No such fact", detail="Nobody knows what the other end is called.")
        return row.said._replace(other=f"{other.scheme} {other.value}")

    def contest(self, mark: str) -> ContestShown:
        """What the reader said of a fact, to take it back; NotFound where it is over."""
        found = next((one for one in map(self._contest, self._contests) if one.mark == mark), None)
        if found is None or not found.take_back:
            raise NotFound("Nothing to take back", detail="It is over, or was never said.")
        return found

    def value(self, mark: str, written: str) -> str:
        """The right value that was given, as JSON, or "". ValueError for one that the fact cannot have."""
        fact = self.wrong(mark).fact.said.fact
        attribute = self._pack.vocabulary.attribute(fact)
        if not written:
            return ""
        value = _read(attribute.type.kind, written)
        problem = _problem(self._pack, fact, value)
        if problem:
            raise ValueError(problem)
        return _written(value)

    def _withheld(self) -> str:
        if not self._circle.hidden:
            return ""
        return self._speech.say(
            "Facts about your link to a child are not listed, since they could tell of the child."
        )

    def _is_told(self, attribute: str, member: int) -> bool:
        told = self._declared
        own = {told.link, told.confirms, told.asks} if told is not None else set[str]()
        return attribute.partition(".")[0] not in own and member not in self._circle.hidden

    def _rows(self, attribute: str, member: int) -> Iterator[FactRow]:
        segments = self._own.facts[attribute, member]
        for place, segment in enumerate(segments):
            if segment.value is UNKNOWN or not isinstance(segment.value, Missing):
                end = segments[place + 1].start if place + 1 < len(segments) else END_OF_TIME
                yield self._row(attribute, member, segment, end)

    def _row(self, attribute: str, member: int, segment: Segment, end: int) -> FactRow:
        words, declared_ = self._speech.words, self._pack.vocabulary.attribute(attribute)
        contest = next(
            (one for one in self._contests if one.covers(attribute, member, segment.start, end)), None
        )
        mark = mark_of(self._own.subject, attribute, member, segment.start)
        wrong = self._may_contest(attribute, segment) and contest is None
        day = day_of(segment.recorded_at, words.zone)
        return FactRow(
            mark=mark,
            what=words.name_of("attributes", attribute),
            who=self._name(member) if member else "",
            value=words.name_of(attribute, str(segment.value))
            if words.has(attribute, str(segment.value))
            else in_words(self._pack, words, declared_.type, segment.value),
            when=self._when(segment.start, end),
            source=words.name_of("registers", declared_.register),
            recorded=self._speech.say("recorded on %(when)s", when=words.day(day)),
            used_for=", ".join(_used_for(self._pack, self._speech, attribute)),
            contested=self._contested(contest),
            wrong=f"/me/facts/{mark}/wrong" if wrong else "",
            member=member,
            said=_said(attribute, segment, end),
        )

    def _may_contest(self, attribute: str, segment: Segment) -> bool:
        """What people said themselves they change themselves; what is not known cannot be wrong."""
        register = self._pack.vocabulary.attribute(attribute).register
        return self._declared is not None and register != SELF_REGISTER and segment.value is not UNKNOWN

    def _contested(self, contest: Contest | None) -> str:
        if contest is None or contest.standing not in IN_DOUBT:
            return ""
        when = self._speech.words.day(contest.said_on)
        return self._speech.say("You said on %(day)s that this is wrong.", day=when)

    def _contest(self, one: Contest) -> ContestShown:
        words, mark = self._speech.words, mark_of(self._own.subject, one.name, 0, 0)
        runs = one.standing in IN_DOUBT
        return ContestShown(
            mark=mark,
            what=words.name_of("attributes", one.fact),
            said_on=words.day(one.said_on),
            words=one.says,
            state=self._state(one),
            answers=tuple(filter(None, (one.register_says, one.officer_says))),
            take_back=f"/me/contests/{mark}/take-back" if runs else "",
            said=Wrong.of(one),
        )

    def _state(self, one: Contest) -> str:
        say, words = self._speech.say, self._speech.words
        register = words.name_of("registers", one.register)
        if one.standing is Standing.OPEN and self._declared is not None:
            deadline = one.said_on + self._declared.days
            if self._today >= deadline:
                return say(
                    "We had no answer from %(register)s in time. A person looks at it now.", register=register
                )
            return say(
                "We have asked %(register)s, which has until %(day)s to answer.",
                register=register,
                day=words.day(deadline - 1),
            )
        return {
            Standing.CORRECTED: say("The fact has been corrected."),
            Standing.CONFIRMED: say(
                "We asked %(register)s, which says that the fact is right.", register=register
            ),
            Standing.UPHELD: say("A person found that you are right."),
            Standing.REJECTED: say("A person found that the fact stands."),
            Standing.WITHDRAWN: say("You took it back."),
        }[one.standing]

    def _when(self, start: int, end: int) -> str:
        say, words = self._speech.say, self._speech.words
        first, last = (
            words.day(start) if start > BEGIN else "",
            words.day(end - 1) if end < END_OF_TIME else "",
        )
        if first and last:
            return say("%(start)s to %(end)s", start=first, end=last) if first != last else first
        if last:
            return say("until %(end)s", end=last)
        return say("since %(day)s", day=first) if first else say("always")

    def _name(self, subject: int) -> str:
        """A name only of a child whom the reader may know; of what is no person nothing."""
        record = self._circle.records.get(subject)
        if record is not None and record.kind != roles(self._pack).kind:
            return ""
        return self._circle.called(subject) or self._speech.words.name_of("people", "other")

    def _options(self, row: FactRow) -> Iterator[Option]:
        """Every other value of a fact that has few."""
        attribute = self._pack.vocabulary.attribute(row.said.fact)
        held = msgspec.json.decode(row.said.held)
        values: Sequence[Any] = ()
        if attribute.type.kind is Kind.BOOL:
            values = (True, False)
        elif attribute.type.kind is Kind.CHOICE:
            values = [member.value for member in self._pack.vocabulary.choices[attribute.type.name]]
        for value in values:
            if value != held:
                text = in_words(self._pack, self._speech.words, attribute.type, value)
                yield Option(value=_written(value), text=text, hint="", chosen=False)


def mark_of(subject: int, attribute: str, member: int, start: int) -> str:
    """A name for a fact in links: it tells nothing to whoever does not know the fact."""
    return sha256(f"{subject} {attribute} {member} {start}".encode()).hexdigest()[:32]


def _used_for(pack: Pack, speech: Speech, attribute: str) -> Iterator[str]:
    """The programmes that read it, then the purposes of other readers."""
    words = speech.words
    for name in dict.fromkeys(one.programme for one in affected(pack).get(attribute, ())):
        yield words.name_of("programmes", name)
    readers: Mapping[str, Any] = pack.settings.get("readers", {})
    for purpose in dict.fromkeys(r["purpose"] for r in readers.values() if attribute in r["reads"]):
        yield words.name_of("purposes", purpose)


def _seen_by(app: App, speech: Speech, category: str) -> Iterator[str]:
    """By agency and purpose: whether machines alone may see the category, or officers too."""
    words = speech.words
    for agency, told in app.pack.section("agencies").items():
        for purpose in told["purposes"]:
            use = use_of(app.pack, agency, purpose, frozenset({category}), "")
            officer = Actor(organisation=agency, system="pages", officer="somebody", role=CASEWORKER)
            asked = Use(
                actor=officer,
                purpose=purpose,
                legal_basis=use.legal_basis,
                categories=use.categories,
                about="",
                relation=Relation.ASSIGNED,
            )
            named = {
                "agency": words.name_of("agencies", agency),
                "purpose": words.name_of("purposes", purpose),
            }
            if app.policy.permits(asked.asks(category)):
                yield speech.say("%(agency)s, also officers who answer a case: %(purpose)s", **named)
            elif app.policy.permits(use.asks(category)):
                yield speech.say("%(agency)s, machines only: %(purpose)s", **named)


def _said(attribute: str, segment: Segment, end: int) -> Wrong:
    held = "" if isinstance(segment.value, Missing) else _written(segment.value)
    return Wrong.on(attribute, "", segment.start, end, held)


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _read(kind: Kind, written: str) -> object:
    """What was chosen or written, as a canonical value; ValueError for what is none."""
    if kind in (Kind.BOOL, Kind.CHOICE):
        return msgspec.json.decode(written)
    if kind is Kind.DAY:
        return from_iso(written)
    return int(written) if kind is Kind.INT else written


def _problem(pack: Pack, fact: str, value: object) -> str:
    return sound.problem(pack.vocabulary, pack.vocabulary.attribute(fact), value)

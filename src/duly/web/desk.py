"""What an officer may open: a case, or a record looked up for a purpose; either leaves uses that people see.

Someone who is protected is opened only by an officer who is cleared for it. Of a case that gathers very many
entitlements only the first few are opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, func, select

from duly.access import UNMARKED, Actor, Deed, Relation, State, doing
from duly.delivery import cases
from duly.delivery.answers import said_of
from duly.delivery.cases import Case, CaseKind, Proposal
from duly.delivery.corrections import contesting
from duly.delivery.tables import case_key
from duly.entitlements import UNKNOWN as NOT_KNOWN
from duly.entitlements import Key, Profiles
from duly.entitlements.records import Opened, routes
from duly.errors import NotFound
from duly.facts import Contest, Record, contests_in, intake_use, load, value_on
from duly.law import Pack
from duly.notices import amount_in_words
from duly.notices.guarded import guarded_of
from duly.notices.people import roles
from duly.timeline import first_of_index
from duly.vault import Identifier, Use, Vault
from duly.web.asked import actor_of
from duly.web.disputes import Dispute, disputes_of
from duly.web.languages import Speech
from duly.web.person_view import span
from duly.web.reasons import Known, facts_of, reason, shown_facts, why
from duly.web.session import Session
from duly.web.views import CaseItem, CasePage, CaseRow, PeriodShown, RecordPage

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["Desk", "case_page", "case_rows", "disputes", "look_up", "purposes"]

MOST_CASES: Final = 100
MOST_ITEMS: Final = 10
PAGES: Final = "pages"
LOOK_UP: Final = "look-up:"
_WORDS: Final = frozenset({CaseKind.ASK, CaseKind.FACT})
"""Kinds of case in which the machine worked nothing out."""
OF_CASES: Final = frozenset({"case", "contact"})
_HOW_MANY = select(func.count()).where(case_key.c.number == bindparam("of"))
_PROGRAMMES = (
    select(case_key.c.number, case_key.c.programme)
    .where(case_key.c.number.in_(bindparam("numbers", expanding=True)))
    .distinct()
    .order_by(case_key.c.number, case_key.c.programme)
)
_CONCERNED = select(case_key.c.number, case_key.c.holder, case_key.c.programme, case_key.c.about).where(
    case_key.c.number.in_(bindparam("numbers", expanding=True))
)
_FIRST_KEYS = (
    select(case_key.c.holder, case_key.c.programme, case_key.c.about)
    .where(case_key.c.number == bindparam("of"))
    .limit(MOST_ITEMS + 1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An officer at work: for which agency, in which words, cleared for protected people or not."""

    app: App
    speech: Speech
    officer: Session

    @property
    def pack(self) -> Pack:
        return self.app.pack

    @property
    def actor(self) -> Actor:
        """The officer, at the agency, through the pages."""
        return actor_of(self.officer)

    def use(
        self,
        purpose: str,
        categories: Iterable[str],
        about: str,
        *,
        relation: Relation,
        state: frozenset[State] = UNMARKED,
    ) -> Use:
        """The officer's own use, on the legal basis of the purpose."""
        told = self.pack.section("purposes")[purpose]
        return Use(
            actor=self.actor,
            purpose=purpose,
            legal_basis=told["legal_basis"],
            categories=frozenset(categories),
            about=about,
            relation=relation,
            state=state,
        )

    def state(self, purpose: str, subjects: Iterable[int]) -> frozenset[State]:
        """What is to be minded of them: that they are protected, or children of somebody who is; contests."""
        wanted = set(subjects)
        with self.app.store.write() as conn:
            hidden = self.guarded(conn, purpose, wanted)
            contested = contesting(conn, wanted)
        marks = {State.PROTECTED: hidden, State.CONTESTED: contested}
        return UNMARKED | {state for state, of in marks.items() if of}

    def guarded(self, conn: Connection, purpose: str, subjects: Collection[int]) -> set[int]:
        """Those of them whom only the cleared may open; no more of them is opened for it, and by machine."""
        agency, today = self.officer.agency, self.app.clock.today()
        return guarded_of(conn, self.app.vault, self.pack, agency, purpose, subjects, today)


def case_rows(desk: Desk) -> tuple[tuple[CaseRow, ...], int]:
    """The open cases of an officer's agency, the oldest first, and how many more there are.

    A case that the officer may not open is not there: that it exists would tell.
    """
    app, words = desk.app, desk.speech.words
    with app.store.read() as conn:
        found = cases.open_cases(conn, desk.officer.agency, MOST_CASES + 1000)
    closed = _closed_to(desk, [case.number for case in found])
    shown = [case for case in found if case.number not in closed]
    with app.store.read() as conn:
        programmes = _programmes(conn, [case.number for case in shown[:MOST_CASES]])
    rows = tuple(
        CaseRow(
            number=case.number,
            opened=words.day(case.opened),
            programme=", ".join(
                words.name_of("programmes", name) for name in programmes.get(case.number, ())
            ),
            reason=words.name_of("cases", case.kind),
            people=_people(desk.speech, case),
        )
        for case in shown[:MOST_CASES]
    )
    return rows, max(0, len(shown) - MOST_CASES)


def _closed_to(desk: Desk, numbers: Sequence[int]) -> set[int]:
    """Those of the cases that are about somebody whom the officer may not open; one use for all of them."""
    if _is_cleared(desk):
        return set()
    with desk.app.store.read() as conn:
        rows = conn.execute(_CONCERNED, {"numbers": list(numbers)}).all()
    by_purpose: dict[str, dict[int, set[int]]] = {}
    for number, holder, programme, about in rows:
        purpose = desk.app.profiles[programme].purpose
        by_purpose.setdefault(purpose, {}).setdefault(number, set()).update((holder, about))
    closed: set[int] = set()
    with desk.app.store.write() as conn, _at_once(conn, desk.app.vault):
        for purpose, concerned in by_purpose.items():
            hidden = desk.guarded(conn, purpose, {one for people in concerned.values() for one in people})
            closed |= {number for number, people in concerned.items() if people & hidden}
    return closed


@contextmanager
def _at_once(conn: Connection, vault: Vault) -> Generator[None]:
    """What is opened inside is one use of many, with one entry in the ledger."""
    seen: dict[Use, set[int]] = {}
    with vault.noting(conn, seen):
        yield
    if seen:
        uses = list(seen)
        vault.cover(conn, vault.begin_bulk(conn, uses), uses, seen)


def _is_cleared(desk: Desk) -> bool:
    """Whether the policies let the officer decide on somebody who is protected."""
    state = frozenset({State.PROTECTED})
    asked = doing(desk.actor, Deed.DECIDE, desk.officer.agency, relation=Relation.ASSIGNED, state=state)
    return desk.app.policy.permits(asked)


def _programmes(conn: Connection, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """By case, the programmes of what waits in it."""
    found: dict[int, tuple[str, ...]] = {}
    for number, name in conn.execute(_PROGRAMMES, {"numbers": list(numbers)}):
        found[number] = (*found.get(number, ()), name)
    return found


def case_page(desk: Desk, number: int) -> CasePage:
    """The case, opened for the officer."""
    app = desk.app
    with app.store.read() as conn:
        case = cases.found(conn, number)
        keys = [Key(*row) for row in conn.execute(_FIRST_KEYS, {"of": number})] if case else []
        count = conn.execute(_HOW_MANY, {"of": number}).scalar_one()
    if case is None or case.agency != desk.officer.agency or case.state != cases.OPEN:
        raise NotFound("No such case", detail="It is settled, or another agency's.")
    small = count <= MOST_ITEMS
    items = _items(desk, case, keys) if small else ()
    answered = _has_answered(desk, case)
    torn, fact = case.kind == CaseKind.CONFLICT.value, case.kind == CaseKind.FACT.value
    return CasePage(
        number=number,
        opened=desk.speech.words.day(case.opened),
        agency=desk.speech.words.name_of("agencies", case.agency),
        reason=desk.speech.words.name_of("cases", case.kind),
        people=_people(desk.speech, case),
        source="" if small else _register(desk, case.source),
        items=items,
        more=0 if small else count,
        may_answer=not answered and not torn and not fact,
        why_not=_why_not(desk.speech, torn=torn) if (answered or torn) and not fact else "",
    )


def _why_not(speech: Speech, *, torn: bool) -> str:
    """Why the officer has nothing to answer."""
    if torn:
        return speech.say("Nobody can answer this: a finding, a new fact or a change of the law settles it.")
    return speech.say("You have answered this case. Another person has to answer it too.")


def _register(desk: Desk, source: str) -> str:
    """What the register is called that a source speaks for."""
    listed = desk.app.sources.listed.get(source)
    there = desk.pack.section("registers")
    register = listed.register if listed is not None else next((name for name in there if name in source), "")
    return desk.speech.words.name_of("registers", register) if register else source


def look_up(desk: Desk, identifier: str, purpose: str, why_opened: str) -> RecordPage:
    """A record, opened for a purpose with a reason that the person will read."""
    app, pack, words = desk.app, desk.pack, desk.speech.words
    categories, about = _permitted(desk, purpose, Relation.LOOKED_UP), f"{LOOK_UP} {why_opened}"
    wanted = Identifier(roles(pack).scheme, identifier)
    finding = intake_use(pack, {"identifier"})
    with app.store.acting(finding.context).read() as conn:
        subject = app.vault.find(conn, [wanted]).get(wanted)
    if subject is None:
        raise NotFound("Nobody with this number", detail="No record has it.", where="identifier")
    use = desk.use(
        purpose, categories, about, relation=Relation.LOOKED_UP, state=desk.state(purpose, [subject])
    )
    today = app.clock.today()

    def read(conn: Connection) -> Mapping[int, Record]:
        return load(conn, app.vault, use, [subject], categories)

    known = _known(
        app.vault.disclose(use, read), lambda one: "" if one == subject else words.name_of("people", "other")
    )
    name = value_on(pack, known.records[subject], roles(pack).name, today)
    return RecordPage(
        who=name if isinstance(name, str) else identifier,
        purpose=words.name_of("purposes", purpose),
        legal_basis=use.legal_basis,
        reason=why_opened,
        facts=facts_of(pack, known, desk.speech, subject, today),
        categories=", ".join(words.name_of("categories", category) for category in sorted(categories)),
    )


def purposes(desk: Desk) -> tuple[str, ...]:
    """The purposes for which officers of the agency may open records."""
    told = desk.pack.section("agencies")[desk.officer.agency]["purposes"]
    return tuple(purpose for purpose in told if _permitted(desk, purpose, Relation.LOOKED_UP))


def _permitted(desk: Desk, purpose: str, relation: Relation) -> frozenset[str]:
    """The categories of facts that the policies let this officer open for a purpose."""
    if purpose not in desk.pack.section("agencies")[desk.officer.agency]["purposes"]:
        return frozenset()
    use, policy = desk.use(purpose, (), "", relation=relation), desk.app.policy
    return frozenset(c for c in desk.pack.vocabulary.categories() if policy.permits(use.asks(c)))


def _names(
    conn: Connection, vault: Vault, use: Use, pack: Pack, records: Mapping[int, Record]
) -> dict[int, str]:
    """What the people among the records are called; no more of them is opened for it."""
    attribute = roles(pack).name
    category = pack.vocabulary.attribute(attribute).category
    found = load(conn, vault, use, records, {category})
    names: dict[int, str] = {}
    for subject, record in found.items():
        last = record.facts.get((attribute, 0), ())
        if last and isinstance(last[-1].value, str):
            names[subject] = last[-1].value
    return names


def _items(desk: Desk, case: Case, keys: Sequence[Key]) -> tuple[CaseItem, ...]:
    """What waits in the case, each purpose opened for itself."""
    by_purpose: dict[str, set[str]] = {}
    for key in keys:
        by_purpose.setdefault(desk.app.profiles[key.programme].purpose, set()).add(key.programme)
    everybody = {subject for key in keys for subject in (key.holder, key.about)}
    state = UNMARKED.union(*(desk.state(purpose, everybody) for purpose in by_purpose))
    desk.app.policy.require(
        doing(desk.actor, Deed.DECIDE, case.agency, relation=Relation.ASSIGNED, state=state)
    )
    found = [
        item
        for purpose, programmes in sorted(by_purpose.items())
        for item in _items_for(desk, case, purpose, tuple(sorted(programmes)), keys, state)
    ]
    return tuple(replace(item, anchor=f"item-{place}") for place, item in enumerate(found, 1))


def _items_for(
    desk: Desk,
    case: Case,
    purpose: str,
    programmes: tuple[str, ...],
    keys: Sequence[Key],
    state: frozenset[State],
) -> tuple[CaseItem, ...]:
    """With everything that the law reads of those who are concerned, and that officers may open."""
    app, pack = desk.app, desk.pack
    use = desk.use(
        purpose,
        _permitted(desk, purpose, Relation.ASSIGNED) | OF_CASES,
        f"case {case.number}",
        relation=Relation.ASSIGNED,
        state=state,
    )
    holders = {key.holder for key in keys if key.programme in programmes}

    def read(conn: Connection) -> tuple[CaseItem, ...]:
        waiting = cases.proposals(conn, app.vault, use, case.number, programmes)
        opened = Opened(conn, app.vault, use, pack)
        known = _opened(desk, conn, use, opened, holders, programmes)
        return tuple(_item(desk, known, case.number, *one) for one in waiting)

    return app.vault.disclose(use, read)


def _opened(
    desk: Desk,
    conn: Connection,
    use: Use,
    opened: Opened,
    holders: Collection[int],
    programmes: tuple[str, ...],
) -> Known:
    """What the law reads of them, what they say is wrong of it, and what they are called."""
    vault, pack = desk.app.vault, desk.pack
    opened.follow(holders, routes(pack, programmes).within(use.categories))
    opened.open(holders, OF_CASES & use.categories)
    named = _names(conn, vault, use, pack, opened.records)
    contests = contests_in(conn, vault, pack, opened.records)
    return _known(opened.records, partial(_called, desk, named, opened.records), contests)


def disputes(desk: Desk, number: int) -> list[Dispute]:
    """The contested facts that an open case of the agency asks about, opened for the officer."""
    app, pack = desk.app, desk.pack
    with app.store.read() as conn:
        case = cases.found(conn, number)
        keys = [Key(*row) for row in conn.execute(_FIRST_KEYS, {"of": number})] if case else []
    if case is None or case.agency != desk.officer.agency or case.kind != CaseKind.FACT.value:
        raise NotFound("No such case", detail="It is settled, or another agency's.")
    found: list[Dispute] = []
    for key in keys:
        use, names = _case_use(desk, case, key), (key.programme,)

        def read(
            conn: Connection, key: Key = key, use: Use = use, names: tuple[str] = names
        ) -> list[Dispute]:
            opened = Opened(conn, app.vault, use, pack)
            known = _opened(desk, conn, use, opened, {key.holder}, names)
            return list(disputes_of(pack, desk.speech, known, number, key.holder, key.programme))

        found += app.vault.disclose(use, read)
    return found


def _case_use(desk: Desk, case: Case, key: Key) -> Use:
    purpose = desk.app.profiles[key.programme].purpose
    permitted = _permitted(desk, purpose, Relation.ASSIGNED) | OF_CASES
    state = desk.state(purpose, {key.holder, key.about})
    desk.app.policy.require(
        doing(desk.actor, Deed.DECIDE, case.agency, relation=Relation.ASSIGNED, state=state)
    )
    return desk.use(purpose, permitted, f"case {case.number}", relation=Relation.ASSIGNED, state=state)


def _called(desk: Desk, named: Mapping[int, str], records: Mapping[int, Record], subject: int) -> str:
    """A name; of somebody who has none yet, when they were born; of what is no person, nothing."""
    told, record = roles(desk.pack), records.get(subject)
    if subject in named or record is None or record.kind != told.kind:
        return named.get(subject, "" if record is not None else desk.speech.words.name_of("people", "other"))
    born = value_on(desk.pack, record, told.born, desk.app.clock.today())
    if not isinstance(born, int):
        return desk.speech.say("somebody without a name")
    return desk.speech.say("a child born on %(day)s", day=desk.speech.words.day(born))


def _item(desk: Desk, known: Known, case: int, key: Key, kind: CaseKind, proposal: Proposal) -> CaseItem:
    pack, speech = desk.pack, desk.speech
    day = proposal.segments[0].start if proposal.segments else desk.app.clock.today()
    told = None if kind in _WORDS else why(pack, known, speech, key, day)
    return CaseItem(
        anchor="",
        programme=speech.words.name_of("programmes", key.programme),
        law=pack.programmes[key.programme].law,
        holder=known.name(key.holder),
        about=known.name(key.about) if key.about != key.holder else "",
        reason=_reason(desk, key, kind, proposal),
        changes=tuple(_changes(speech, desk.app.profiles, key, proposal)),
        facts=shown_facts(pack, known, speech, told) if told else (),
        disputes=tuple(one.shown for one in disputes_of(pack, speech, known, case, key.holder, key.programme))
        if kind is CaseKind.FACT
        else (),
        explanation=reason(pack, known, speech, told) if told else None,
    )


def _reason(desk: Desk, key: Key, kind: CaseKind, proposal: Proposal) -> str:
    """The review's own reason in the officer's language, where a review sent it here."""
    pack, language = desk.pack, desk.speech.words.language
    for review in pack.reviews:
        if kind is CaseKind.REVIEW and review.programme == key.programme and review.reason in proposal.reason:
            return pack.reason(review, language)
    return proposal.reason or desk.speech.words.name_of("cases", kind.value)


def _changes(speech: Speech, profiles: Profiles, key: Key, proposal: Proposal) -> Iterator[PeriodShown]:
    monthly = profiles[key.programme].monthly
    for segment in proposal.segments:
        before, after = (_value(speech, profiles, key, value) for value in (segment.before, segment.after))
        change = speech.say("now: %(before)s; proposed: %(after)s", before=before, after=after)
        yield PeriodShown(when=span(speech, monthly, segment.start, segment.end), what=change)
    for month in proposal.months:
        amount = speech.words.money(month.amount)
        overpaid = speech.say("%(amount)s was paid too much", amount=amount)
        yield PeriodShown(when=speech.words.month(first_of_index(month.month)), what=overpaid)


def _value(speech: Speech, profiles: Profiles, key: Key, value: tuple[int, ...] | None) -> str:
    if value == NOT_KNOWN:
        return speech.say("not known yet")
    record = profiles.record(key.programme, value)
    return speech.say("nothing") if record is None else amount_in_words(speech.words, record)


def _has_answered(desk: Desk, case: Case) -> bool:
    """Whether this officer has already said something to the case."""
    app = desk.app
    who = Identifier(f"{desk.officer.agency}.officer", desk.officer.officer)
    which = Identifier("duly.case", str(case.number))
    category = desk.pack.vocabulary.attribute("Answer.verdict").category
    use = intake_use(desk.pack, {category})

    def read(conn: Connection) -> bool:
        found = app.vault.find(conn, [who, which])
        if which not in found or who not in found:
            return False
        records = load(conn, app.vault, use, [found[which]], {category})
        _, said = said_of(records[found[which]])
        return any(one.officer == found[who] for one in said)

    return app.vault.disclose(use, read)


def _known(
    records: Mapping[int, Record],
    name: Callable[[int], str],
    contests: Mapping[int, Sequence[Contest]] | None = None,
) -> Known:
    history = {subject: record.history() for subject, record in records.items()}
    return Known(
        reader=0, records=records, history=history, name=name, hides=frozenset(), contests=contests or {}
    )


def _people(speech: Speech, case: Case) -> str:
    return speech.count("One person decides", "%(num)s people have to agree", case.people)

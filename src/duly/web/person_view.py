"""A person's dossier put in words: what was done, what comes, what was looked at and is not due. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from babel.lists import format_list

from duly.errors import NotFound
from duly.notices import amount_in_words
from duly.vault import Seal
from duly.web.dossier import Dossier, Due, Held, Paid, Step, Unknown, UseMade, Waiting
from duly.web.languages import Speech
from duly.web.views import (
    Coming,
    FactShown,
    Gathered,
    Headline,
    PaymentShown,
    PeriodShown,
    PersonPage,
    Service,
    State,
    UseShown,
)

__all__ = ["coming", "decision_title", "person_page", "service", "span", "title_of", "use_shown"]

FIRST_USES: Final = 5
COMING_MOST: Final = 12
LOOK_UP: Final = "look-up:"
CASE: Final = "case"
EXCHANGE: Final = "exchange"


def person_page(speech: Speech, dossier: Dossier) -> PersonPage:
    """The whole page."""
    done = [held for held in dossier.held if _concerns(held)]
    rest = [held for held in dossier.held if not _concerns(held)]
    others = [use for use in dossier.uses if not use.own]
    return PersonPage(
        name=dossier.name,
        headline=_headline(speech, dossier, done),
        services=tuple(service(speech, held, dossier.today, f"s{n}") for n, held in enumerate(done, 1)),
        coming=coming(speech, done, dossier.today),
        considered=_gathered(speech, rest, dossier.today),
        uses=tuple(use_shown(speech, use) for use in others[:FIRST_USES]),
        use_count=len(others),
    )


def service(speech: Speech, held: Held, today: int, anchor: str) -> Service:
    """One card of the page."""
    state, label, what = _state(speech, held, today)
    return Service(
        anchor=anchor,
        title=title_of(speech, held),
        agency=speech.words.name_of("agencies", held.agency),
        state=state,
        label=label,
        what=what,
        why=held.sentence,
        law=held.law,
        law_version=speech.say("Version of the law: %(version)s", version=held.law_version[:12]),
        data=_data(speech, held.facts),
        decided=_decided(speech, held),
        cause=held.cause,
        periods=_periods(speech, held),
        payments=tuple(_payment(speech, paid) for paid in reversed(held.payments)),
        missing=held.missing,
        different=held.different,
        reason=held.reason,
        contest=f"/me/contest/{held.key}",
        ask=f"/me/ask/{held.key}",
        outlook=f"/me/outlook/{held.key}",
        choose="",
    )


def _gathered(speech: Speech, rest: Sequence[Held], today: int) -> tuple[Gathered, ...]:
    """One card for each programme and state; the children it is about stand in it, each with their reason."""
    found: dict[tuple[str, State, str], list[tuple[Held, Service]]] = {}
    for place, held in enumerate(rest, 1):
        one = service(speech, held, today, f"c{place}")
        found.setdefault((held.programme, one.state, one.what), []).append((held, one))
    return tuple(_together(speech, together) for together in found.values())


def _together(speech: Speech, found: Sequence[tuple[Held, Service]]) -> Gathered:
    items = tuple(item for _, item in found)
    programme = speech.words.name_of("programmes", found[0][0].programme)
    named = list(dict.fromkeys(held.about for held, _ in found if held.about))
    return Gathered(
        anchor=f"{items[0].anchor}-all",
        title=_for_each(speech, programme, named),
        state=items[0].state,
        label=items[0].label,
        what=items[0].what,
        missing=tuple(dict.fromkeys(one for item in items for one in item.missing)),
        different=tuple(dict.fromkeys(line for item in items for line in item.different)),
        items=items,
    )


def _for_each(speech: Speech, programme: str, named: list[str]) -> str:
    if not named:
        return programme
    names = format_list(named, locale=speech.words.locale)
    return speech.say("%(programme)s for %(name)s", programme=programme, name=names)


def use_shown(speech: Speech, use: UseMade) -> UseShown:
    """One line of the list of uses. An officer is named by the number that their agency knows them by."""
    words = speech.words
    if use.words:
        return _reported(speech, use)
    if use.own:
        who = speech.say("You")
    elif use.officer:
        agency = words.name_of("agencies", use.organisation)
        who = speech.say("%(agency)s, officer %(officer)s", agency=agency, officer=use.officer)
    elif words.has("agencies", use.organisation):
        who = speech.say("%(agency)s, by a machine", agency=words.name_of("agencies", use.organisation))
    else:
        who = speech.say("Duly, by a machine")
    return UseShown(
        when=words.instant(use.at),
        who=who,
        purpose=words.name_of("purposes", use.purpose),
        legal_basis=use.legal_basis,
        facts=", ".join(words.name_of("categories", category) for category in use.categories),
        about=_join(_about(speech, use), _seal(speech, use.seal)),
        index=use.index,
        receipt="" if use.index is None else f"/me/uses/{use.mark}/receipt",
    )


def _reported(speech: Speech, use: UseMade) -> UseShown:
    """A use that another agency made, in its words, as it told Duly."""
    agency = department_name(speech, use.organisation)
    if use.officer:
        who = speech.say("%(agency)s, officer %(officer)s", agency=agency, officer=use.officer)
    else:
        who = speech.say("%(agency)s, by a machine", agency=agency)
    told = speech.say(
        "Reported by %(agency)s from its system %(system)s. Duly did not see it itself.",
        agency=agency,
        system=use.system,
    )
    case = speech.say("Their reference: %(reference)s", reference=use.about) if use.about else ""
    return UseShown(
        when=speech.words.instant(use.at),
        who=who,
        purpose=use.words,
        legal_basis=use.legal_basis,
        facts=", ".join(use.categories),
        about=_join(told, case),
        index=use.index,
        receipt="" if use.index is None else f"/me/uses/{use.mark}/receipt",
    )


def department_name(speech: Speech, department: str) -> str:
    """What a department is called; by its bare name where the pack declares it no more."""
    for section in ("departments", "agencies"):
        if speech.words.has(section, department):
            return speech.words.name_of(section, department)
    return department


def title_of(speech: Speech, held: Held) -> str:
    """What an entitlement is called: the programme, and whom it is about if not the reader."""
    programme = speech.words.name_of("programmes", held.programme)
    if not held.about:
        return programme
    return speech.say("%(programme)s for %(name)s", programme=programme, name=held.about)


def decision_title(speech: Speech, dossier: Dossier, key: str) -> str:
    """What the reader's own decision of this key is called; NotFound for what is not theirs."""
    for held in dossier.held:
        if held.key == key:
            return title_of(speech, held)
    raise NotFound("No such decision", detail="It is not yours, or does not exist.")


def _about(speech: Speech, use: UseMade) -> str:
    """What an officer gave as the reason, which case it was, or what another agency was told."""
    kind, _, said = use.about.partition(" ")
    if kind == LOOK_UP:
        return speech.say("Their reason: %(reason)s", reason=said)
    if kind == EXCHANGE and speech.words.has("exchanges", said):
        return speech.words.name_of("exchanges", said)
    if kind != CASE or not said:
        return ""
    case = speech.say("Case %(number)s", number=said)
    return (
        _join(case + ".", speech.say("Their reason: %(reason)s", reason=use.reason)) if use.reason else case
    )


def _seal(speech: Speech, seal: Seal | None) -> str:
    """Of a use that was hidden: until when, by whose order and why."""
    if seal is None:
        return ""
    told = {"day": speech.words.day(seal.until), "authority": seal.authority, "reason": seal.reason}
    return speech.say("This entry was sealed until %(day)s by %(authority)s: %(reason)s", **told)


def _concerns(held: Held) -> bool:
    """Whether something was granted, or waits for somebody: more than looked at."""
    return _ever_granted(held) or held.waiting is not Waiting.NO


def _ever_granted(held: Held) -> bool:
    return any(_granted(step.value) for step in held.steps)


def _granted(value: Due) -> bool:
    return value is not None and not isinstance(value, Unknown)


def _at(held: Held, day: int) -> Due:
    value: Due = Unknown.UNKNOWN if not held.steps else None
    for step in held.steps:
        if step.start > day:
            break
        value = step.value
    return value


def _state(speech: Speech, held: Held, today: int) -> tuple[State, str, str]:
    now = _at(held, today)
    if held.waiting is Waiting.PERSON:
        text = speech.say("A person is looking at this. Nothing is taken from you until they have decided.")
        return State.WAITING, speech.say("Being looked at"), _join(_granted_now(speech, held, today), text)
    if held.waiting is Waiting.DEATH:
        text = speech.say("Payment waits because of a message about a death. If it is wrong, all is paid.")
        return State.WAITING, speech.say("Waiting"), text
    if _granted(now):
        return State.DONE, _done_label(speech, now), _granted_now(speech, held, today)
    ahead = next((step for step in held.steps if step.start > today and _granted(step.value)), None)
    if ahead is not None:
        what = _since(speech, held, ahead)
        return State.DONE, speech.say("Starts"), what
    if _ever_granted(held):
        return State.NONE, speech.say("Ended"), _ended(speech, held)
    if isinstance(now, Unknown):
        return (
            State.UNKNOWN,
            speech.say("Not yet known"),
            speech.say("A fact is missing. We ask the register first."),
        )
    return State.NONE, speech.say("Not due"), ""


def _done_label(speech: Speech, now: Due) -> str:
    if isinstance(now, Mapping) and "provider" in now:
        return speech.say("Arranged")
    return speech.say("Granted")


def _granted_now(speech: Speech, held: Held, today: int) -> str:
    current = [step for step in held.steps if step.start <= today and _granted(step.value)]
    return _since(speech, held, current[-1]) if current and _granted(_at(held, today)) else ""


def _since(speech: Speech, held: Held, step: Step) -> str:
    """An amount and its first and last month (or day)."""
    what = _amount(speech, step.value)
    end = _end_of(held, step)
    start = _spoken(speech, held, step.start)
    if end is None:
        return speech.say("%(what)s, from %(start)s.", what=what, start=start)
    return speech.say(
        "%(what)s, from %(start)s to %(end)s.", what=what, start=start, end=_spoken(speech, held, end - 1)
    )


def _ended(speech: Speech, held: Held) -> str:
    last = [step for step in held.steps if _granted(step.value)][-1]
    end = _end_of(held, last)
    return "" if end is None else speech.say("Until %(end)s.", end=_spoken(speech, held, end - 1))


def _end_of(held: Held, step: Step) -> int | None:
    return next((later.start for later in held.steps if later.start > step.start), None)


def _amount(speech: Speech, value: Due) -> str:
    if value is None:
        return speech.say("nothing")
    if isinstance(value, Unknown):
        return speech.say("not known yet")
    return amount_in_words(speech.words, value)


def _spoken(speech: Speech, held: Held, day: int) -> str:
    return speech.words.month(day) if held.monthly else speech.words.day(day)


def _periods(speech: Speech, held: Held) -> tuple[PeriodShown, ...]:
    granted = [place for place, step in enumerate(held.steps) if _granted(step.value)]
    if not granted or (len(held.steps) == 1 and held.provisional is None):
        return ()
    told = held.steps[granted[0] : granted[-1] + 1]
    return tuple(period for step in told for period in _parted(speech, held, step))


def _parted(speech: Speech, held: Held, step: Step) -> Iterator[PeriodShown]:
    """The period of a step; in two where it turns provisional."""
    end, what, turn = _end_of(held, step), _amount(speech, step.value), held.provisional
    if turn is None or not _granted(step.value) or (end is not None and end <= turn):
        yield PeriodShown(when=span(speech, held.monthly, step.start, end), what=what)
        return
    if step.start < turn:
        yield PeriodShown(when=span(speech, held.monthly, step.start, turn), what=what)
    unsure = speech.say("%(what)s, provisional: the rate for then is not set yet", what=what)
    yield PeriodShown(when=span(speech, held.monthly, max(step.start, turn), end), what=unsure)


def span(speech: Speech, monthly: bool, start: int, end: int | None) -> str:
    """The months (or days) from `start` to before `end` in words."""
    spoken = speech.words.month if monthly else speech.words.day
    first = spoken(start)
    if end is None:
        return speech.say("from %(start)s", start=first)
    last = spoken(end - 1)
    return first if last == first else speech.say("%(start)s to %(end)s", start=first, end=last)


def _payment(speech: Speech, paid: Paid) -> PaymentShown:
    words = speech.words
    return PaymentShown(
        month=words.month(paid.month), paid=words.day(paid.day), amount=words.money(paid.amount)
    )


def _decided(speech: Speech, held: Held) -> str:
    agency = speech.words.name_of("agencies", held.agency)
    when = speech.words.instant(held.decided).rpartition(",")[0]
    if held.by_person:
        return speech.say("%(agency)s, by a person, on %(when)s.", agency=agency, when=when)
    return speech.say(
        "%(agency)s, by a machine, on %(when)s. You can ask a person to check it.", agency=agency, when=when
    )


def _data(speech: Speech, facts: Sequence[FactShown]) -> tuple[str, ...]:
    """Which facts from where, one line for each register, in it the facts of each person together."""
    sources: dict[str, dict[str, dict[str, None]]] = {}
    for fact in facts:
        sources.setdefault(fact.source, {}).setdefault(fact.who, {})[fact.what] = None
    return tuple(
        speech.say("From %(source)s: %(facts)s", source=source, facts="; ".join(_of_each(people)))
        for source, people in sources.items()
        if source
    )


def _of_each(people: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Facts with whose they are; people of whom the same facts were used share a line."""
    same: dict[str, list[str]] = {}
    for who, facts in people.items():
        same.setdefault(", ".join(facts), []).append(who)
    for facts, whose in same.items():
        named = ", ".join(who for who in whose if who)
        yield f"{facts} ({named})" if named else facts


def _headline(speech: Speech, dossier: Dossier, done: Sequence[Held]) -> Headline:
    running = [held for held in done if _granted(_at(held, dossier.today))]
    if not dossier.account and any(not _is_enrolment(held) for held in running):
        return Headline(
            wanted=True,
            label=speech.say("We need one thing from you"),
            text=speech.say("We do not know which account to pay to."),
            more=speech.say(
                "Tell the Account Register. Nothing is lost: we pay what you are due when it is known."
            ),
        )
    if not running:
        return Headline(
            wanted=False,
            label=speech.say("Nothing to do"),
            text=speech.say("There is nothing that you are due now."),
            more=speech.say("When that changes, it is done without you having to apply."),
        )
    return Headline(
        wanted=False,
        label=speech.say("Nothing to do"),
        text=speech.count("1 thing was done for you.", "%(num)s things were done for you.", len(running)),
        more=_join(_each_month(speech, running, dossier.today), speech.say("You do not need to apply.")),
    )


def _each_month(speech: Speech, running: Sequence[Held], today: int) -> str:
    total = 0
    for held in running:
        now = _at(held, today)
        amount = now.get("amount", 0) if isinstance(now, Mapping) else 0
        total += amount if isinstance(amount, int) else 0
    if not total:
        return ""
    return speech.say("You get %(amount)s a month in all.", amount=speech.words.money(total))


def _is_enrolment(held: Held) -> bool:
    return not held.monthly


def coming(speech: Speech, done: Sequence[Held], today: int) -> tuple[Coming, ...]:
    """What changes by itself, and when, the next first."""
    changes = sorted(
        (
            (step.start, title_of(speech, held), held, step)
            for held in done
            for step in held.steps
            if step.start > today
        ),
        key=lambda change: change[:2],
    )
    return tuple(
        Coming(when=_spoken(speech, held, start), what=_change(speech, title, held, step))
        for start, title, held, step in changes[:COMING_MOST]
    )


def _change(speech: Speech, title: str, held: Held, step: Step) -> str:
    if step.value is None:
        last = _spoken(speech, held, step.start - 1)
        return speech.say("%(title)s ends. The last is for %(last)s.", title=title, last=last)
    if isinstance(step.value, Unknown):
        return speech.say("%(title)s: not known yet from then on.", title=title)
    return speech.say("%(title)s: %(what)s.", title=title, what=_amount(speech, step.value))


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)

"""A contested fact as an officer sees it: what the person and the register say, and how to settle it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duly.events import EventTypes
from duly.facts import Contest, Standing
from duly.facts.contests import declared
from duly.law import ABSENT, Pack
from duly.law.plan import affected
from duly.web import said
from duly.web.languages import Speech
from duly.web.reasons import Known, in_words
from duly.web.said import Wrong, forms
from duly.web.session import Session
from duly.web.views import DisputeShown

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["Dispute", "disputes_of", "settle"]

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A contest in a case: whose it is, and as the officer sees it."""

    holder: int
    contest: Contest
    shown: DisputeShown


def disputes_of(
    pack: Pack, speech: Speech, known: Known, case: int, holder: int, programme: str
) -> Iterator[Dispute]:
    """What the holder contests, no register has settled, and this programme's agency has to look at."""
    for one in known.contests.get(holder, ()):
        readers = [found.programme for found in affected(pack).get(one.fact, ())]
        if one.standing is Standing.OPEN and min(readers, default=min(pack.programmes)) == programme:
            yield Dispute(holder=holder, contest=one, shown=_shown(pack, speech, known, case, one))


def settle(app: App, officer: Session, dispute: Dispute, answers: Mapping[str, str]) -> None:
    """The officer's answer, and a finding if one was made."""
    one = dispute.contest
    form = forms(app.pack).findings.get(one.fact)
    if (
        form is not None
        and answers.get("finding") in (YES, NO)
        and _sends(app.pack, form.type, officer.agency)
    ):
        holds = answers["finding"] == YES
        said.find(app, officer, form, subject=dispute.holder, said=Wrong.of(one), holds=holds)
    said.settle_contest(
        app,
        officer,
        subject=dispute.holder,
        contest=one.name,
        verdict=answers["answer"],
        reason=answers["reason"],
    )


def _sends(pack: Pack, type_: str, agency: str) -> bool:
    """Whether the agency's own register sends such an event."""
    return type_ in EventTypes.of(pack).sent_by(agency)


def _shown(pack: Pack, speech: Speech, known: Known, case: int, one: Contest) -> DisputeShown:
    words, told, kind = speech.words, declared(pack), pack.vocabulary.attribute(one.fact).type
    form = forms(pack).findings.get(one.fact)
    fact = words.name_of("attributes", one.fact)
    who = known.name(one.member) if one.member > 0 else ""
    return DisputeShown(
        name=one.name,
        action=f"/officer/cases/{case}/contests/{one.name}",
        fact=f"{fact} ({who})" if who else fact,
        held=in_words(pack, words, kind, one.held),
        register=words.name_of("registers", one.register),
        said_on=words.day(one.said_on),
        words=one.says,
        right="" if one.right is ABSENT else in_words(pack, words, kind, one.right),
        asked_until=words.day(one.said_on + told.days - 1) if told is not None else "",
        answer=one.register_says,
        finding=form.question[words.language] if form is not None else "",
    )

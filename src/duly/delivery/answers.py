"""An officer's answer comes in as an event like any other; what it settles is read from the facts.

What is a conflict of law nobody's answer settles: it stays open until a finding, a fact or the law does. A
contested fact is settled by name (`duly.facts.contests`), or by its register.

One who differs is enough to let things stand. To act, as many different people have to approve as the case
says. The answer is kept with the entitlement whose proposal it answers, and a mark makes it act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, update

from duly.delivery import cases
from duly.delivery.cases import CASE, CaseKind, Proposal
from duly.delivery.reconcile import Delivery
from duly.delivery.tables import case as case_table
from duly.delivery.tables import case_key as key_table
from duly.entitlements import Answer, Cause, Key, Profiles, use_of
from duly.entitlements.holdings import DECISION, ENTITLEMENT, held_by, write_entitlements
from duly.entitlements.marks import want
from duly.facts import Record, Touched, intake_use, load
from duly.law import ABSENT, UNKNOWN, Pack
from duly.vault import Use, Vault

__all__ = ["Said", "answer_cases", "said_of"]

NUMBER: Final = "Case.number"
VERDICT: Final = "Answer.verdict"
REASON: Final = "Answer.reason"
PRESENT: Final = "Answer.present"
APPROVE: Final = "approve"
ANSWERED: Final = "answered"
STEP: Final = "case"
_NOT_BY_ANSWER: Final = frozenset({CaseKind.CONFLICT.value, CaseKind.FACT.value})


class Said(NamedTuple):
    """What one officer (a subject's number) says to a case, and why."""

    officer: int
    approves: bool
    reason: str


_BY_WORDS: Final = (CaseKind.CONTEST.value, CaseKind.ASK.value, CaseKind.DISAGREE.value)
_ANSWERED = update(case_table).where(case_table.c.number == bindparam("which")).values(state=ANSWERED)
_DONE = delete(key_table).where(
    key_table.c.number == bindparam("which"),
    key_table.c.kind.in_([CaseKind.OVERPAID.value, *_BY_WORDS]),
)


def said_of(record: Record) -> tuple[int, tuple[Said, ...]]:
    """The number of the case that a record is about, 0 if it says none, and what officers say to it."""
    number = _last(record, NUMBER, 0)
    officers = sorted(member for attribute, member in record.facts if attribute == PRESENT)
    said = [
        Said(officer, _last(record, VERDICT, officer) == APPROVE, str(_last(record, REASON, officer)))
        for officer in officers
        if _last(record, PRESENT, officer) is True and _last(record, VERDICT, officer) is not None
    ]
    return (int(number) if isinstance(number, str) else 0), tuple(said)


def answer_cases(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    profiles: Profiles,
    delivery: Delivery,
    touched: Iterable[Touched],
    today: int,
) -> None:
    """Let the answers in these records act on the cases that they are about."""
    causes = {
        one.subject: one.events for one in touched if any(a in one.attributes for a in (NUMBER, VERDICT))
    }
    if not causes:
        return
    category = pack.vocabulary.attribute(NUMBER).category
    records = load(conn, vault, intake_use(pack, {category}), causes, {category})
    for subject, record in records.items():
        number, said = said_of(record)
        found = cases.found(conn, number)
        if found is None or found.state != cases.OPEN or found.kind in _NOT_BY_ANSWER:
            continue
        verdict = _verdict(said, found.people)
        if verdict is not None:
            events = [Cause(source, id_) for source, id_ in causes[subject]]
            _settle(conn, vault, pack, profiles, delivery, found, events, today, approved=verdict)


def _verdict(said: Sequence[Said], people: int) -> bool | None:
    """What the answers come to; None while somebody is still to be heard."""
    if any(not one.approves for one in said):
        return False
    return True if len(said) >= people else None


def _settle(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    profiles: Profiles,
    delivery: Delivery,
    case: cases.Case,
    causes: Sequence[Cause],
    today: int,
    *,
    approved: bool,
) -> None:
    by_purpose = _by_purpose(conn, vault, pack, profiles, case)
    for use, waiting in by_purpose:
        months = {key: p.months for key, kind, p in waiting if kind is CaseKind.OVERPAID}
        if months:
            delivery.settle(conn, case.agency, months, today, approved=approved)
        proposed = {key: p for key, kind, p in waiting if kind in (CaseKind.TAKES, CaseKind.REVIEW)}
        _keep(conn, vault, use, proposed, approved=approved)
        want(conn, vault, {(key.holder, key.programme): causes for key in proposed})
    conn.execute(_DONE, {"which": case.number})
    conn.execute(_ANSWERED, {"which": case.number})


def _by_purpose(
    conn: Connection, vault: Vault, pack: Pack, profiles: Profiles, case: cases.Case
) -> list[tuple[Use, list[tuple[Key, CaseKind, Proposal]]]]:
    """What waits in the case; an agency's case lies within one purpose of that agency."""
    purposes = sorted({profiles[name].purpose for name in profiles.of_agencies()[case.agency]})
    found: list[tuple[Use, list[tuple[Key, CaseKind, Proposal]]]] = []
    for purpose in purposes:
        names = [name for name in profiles.purposes()[purpose] if profiles[name].agency == case.agency]
        use = use_of(pack, case.agency, purpose, frozenset({CASE, ENTITLEMENT, DECISION}), STEP)
        found.append((use, cases.proposals(conn, vault, use, case.number, names)))
    return found


def _keep(
    conn: Connection, vault: Vault, use: Use, proposed: Mapping[Key, Proposal], *, approved: bool
) -> None:
    """Keep the answer with each entitlement; newer answers come last and hold."""
    if not proposed:
        return
    held = held_by(conn, vault, use, {key.holder for key in proposed}, {key.programme for key in proposed})
    changed = [
        msgspec.structs.replace(
            held[key],
            version=held[key].version + 1,
            entitlement=msgspec.structs.replace(
                held[key].entitlement,
                answers=(
                    *held[key].entitlement.answers,
                    *(Answer(s.start, s.end, s.after, approved) for s in proposal.segments),
                ),
            ),
        )
        for key, proposal in proposed.items()
        if key in held
    ]
    write_entitlements(conn, vault, changed)


def _last(record: Record, attribute: str, member: int) -> object:
    """What the record says last; None where it says nothing."""
    segments = record.facts.get((attribute, member), ())
    value = segments[-1].value if segments else None
    return None if value in (UNKNOWN, ABSENT) else value

"""Received messages become assertions, in batches and in any order, with the same facts in the end.

A batch is one transaction's work: messages are opened, those that correct or cancel are joined with what
they name, what holds now is added to each subject's record and what does not is withdrawn. A batch that one
message spoils is halved until that message is alone, and it is parked with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from duly.errors import BadInput, Conflict
from duly.events import EventTypes, Statement, queue
from duly.events.queue import Kept
from duly.facts.carry import Carried, Places, carry
from duly.facts.effects import Effect, Effects, judge
from duly.facts.reported import enter_reported, is_report
from duly.facts.resolve import Origin
from duly.facts.write import Changes, write
from duly.law import Pack
from duly.vault import Actor, Identifier, Use, Vault, Wanted
from duly.vault.departments import SCHEME

__all__ = ["Applied", "Touched", "apply", "intake_use", "uses_of"]

INTAKE: Final = "intake"
MESSAGE: Final = "message"


class Touched(NamedTuple):
    """A subject whose record changed, in these attributes, because of these events (source, id).

    `links` are (attribute, member) of what changed of links: a link that is withdrawn is in no record any
    more, and its other end has to be found all the same.
    """

    subject: int
    attributes: frozenset[str]
    links: frozenset[tuple[str, int]]
    events: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """`count` messages were taken from the inbox; 0 when there is nothing to do."""

    count: int
    touched: tuple[Touched, ...]


def apply(conn: Connection, vault: Vault, pack: Pack, limit: int) -> Applied:
    """Apply up to `limit` received messages, in the caller's write transaction."""
    rows = queue.take(conn, limit)
    touched: dict[int, tuple[set[tuple[str, int]], dict[tuple[str, str], None]]] = {}
    use = intake_use(pack, {MESSAGE, *pack.vocabulary.categories()})
    for effects in _applied(conn, vault, pack, use, rows):
        for number, attribute, member, events in effects:
            changed, causes = touched.setdefault(number, (set(), {}))
            changed.add((attribute, member))
            causes.update(dict.fromkeys(events))
    return Applied(
        count=len(rows),
        touched=tuple(
            Touched(
                subject=number,
                attributes=frozenset(attribute for attribute, _ in changed),
                links=frozenset(one for one in changed if one[1]),
                events=tuple(causes),
            )
            for number, (changed, causes) in sorted(touched.items())
        ),
    )


def intake_use(pack: Pack, categories: Iterable[str], about: str = INTAKE) -> Use:
    """The use for which intake opens messages and the records that they change."""
    told = pack.section(INTAKE)
    return Use(
        actor=Actor(organisation=told["organisation"], system="duly", officer=""),
        purpose=INTAKE,
        legal_basis=told["legal_basis"],
        categories=frozenset(categories),
        about=about,
    )


def uses_of(pack: Pack) -> list[Use]:
    """Every use that is the machine's own: to take in what comes, and what each agency is there for."""
    intake = intake_use(pack, ())
    purposes: Mapping[str, Any] = pack.settings.get("purposes", {})
    return [intake] + [
        replace(
            intake,
            actor=replace(intake.actor, organisation=agency),
            purpose=purpose,
            legal_basis=purposes[purpose]["legal_basis"],
        )
        for agency, said in pack.section("agencies").items()
        for purpose in said.get("purposes", ())
    ]


Said = Mapping[int, list[Statement]]
"""What messages say, by number."""

Change = tuple[int, str, int, tuple[tuple[str, str], ...]]
"""(subject, attribute, member of the link or 0, events)."""


def _applied(
    conn: Connection, vault: Vault, pack: Pack, use: Use, rows: Sequence[Kept]
) -> Iterable[list[Change]]:
    """Apply the rows together or, where that fails, each half by itself."""
    if not rows:
        return
    try:
        with conn.begin_nested():
            yield _batch(conn, vault, pack, use, rows)
    except (BadInput, Conflict) as error:
        if len(rows) == 1:
            queue.park(conn, vault, [(rows[0], error)])
            return
        middle = len(rows) // 2
        yield from _applied(conn, vault, pack, use, rows[:middle])
        yield from _applied(conn, vault, pack, use, rows[middle:])


def _batch(conn: Connection, vault: Vault, pack: Pack, use: Use, rows: Sequence[Kept]) -> list[Change]:
    with vault.together(conn):
        effects = judge(conn, vault, use, rows)
        types = EventTypes.of(pack)
        reported = enter_reported(conn, vault, types, effects)
        said = _said(types, effects)
        touched = _write(conn, vault, pack, use, effects, said)
        _give(conn, vault, effects, said, reported)
    queue.settle(conn, effects.settled)
    queue.park(conn, vault, effects.parked)
    return touched


def _write(
    conn: Connection,
    vault: Vault,
    pack: Pack,
    use: Use,
    effects: Effects,
    told: Said,
) -> list[Change]:
    types, places = EventTypes.of(pack), Places.of(pack)
    come = [(effect, told[effect.kept.number]) for effect in effects.come if not is_report(effect)]
    go = [(effect, told[effect.kept.number]) for effect in effects.go]
    wanted = places.wanted(said for _, statements in (*come, *go) for said in statements)
    if not wanted:
        return []
    _require_given(conn, vault, wanted)
    numbers = vault.ensure(conn, wanted)
    changes = Changes()
    touched: list[Change] = []
    for effect, statements in come:
        carried = [carry(places, said, numbers) for said in statements]
        changes.come(_origin(types, effect), carried)
        touched += _touched(effect, carried)
    for effect, statements in go:
        carried = [carry(places, said, numbers) for said in statements]
        changes.go((effect.envelope.source, effect.envelope.id), carried)
        touched += _touched(effect, carried)
    write(conn, vault, use, places, changes, set(numbers.values()))
    return touched


def _require_given(conn: Connection, vault: Vault, wanted: Sequence[Wanted]) -> None:
    """Nobody comes to be known by an identifier of a department's: Duly gives them, to who is known."""
    own = [one.identifier for one in wanted if one.identifier.scheme.startswith(SCHEME)]
    if len(vault.find(conn, own)) < len(set(own)):
        raise BadInput(
            "Nobody is known by this identifier",
            detail="It is not one that the department was given, or its key has been retired.",
            hint="Send the identifier that Duly gave for the person.",
            status=422,
        )


def _touched(effect: Effect, carried: Sequence[Carried]) -> list[Change]:
    events = tuple((cause.source, cause.id) for cause in effect.causes)
    return [(one.subject, one.stated.attribute, one.stated.member, events) for one in carried]


def _said(types: EventTypes, effects: Effects) -> dict[int, list[Statement]]:
    """What each message says that is settled, or comes or goes with it; nothing of one that says nothing."""
    found: dict[int, list[Statement]] = {}
    for row in (row for family in effects.families for row in family):
        envelope = effects.read[row.number]
        payload = envelope.payload()
        found[row.number] = list(types.read_payload(envelope.type, payload).says()) if payload else []
    return found


def _give(
    conn: Connection, vault: Vault, effects: Effects, said: Said, reported: Mapping[int, Identifier]
) -> None:
    """Settled messages are no longer the system's: they are sealed for whom they are about."""
    whom = {
        row.number: {name for one in family for name in _named(said[one.number])}
        for family in effects.families
        for row in family
        if not row.about
    }
    for number, name in reported.items():
        whom[number].add(name)
    numbers = vault.find(conn, {name for names in whom.values() for name in names})
    queue.give(
        conn,
        vault,
        [
            (row, effects.contents[row.number], {numbers[n] for n in whom[row.number] if n in numbers})
            for family in effects.families
            for row in family
            if not row.about
        ],
    )


def _named(statements: Iterable[Statement]) -> Iterable[Identifier]:
    for said in statements:
        yield from (name for name in (said.subject, said.member, said.near) if name is not None)


def _origin(types: EventTypes, effect: Effect) -> Origin:
    register = types.classes[effect.envelope.type].register
    return Origin(
        effect.envelope.source,
        effect.envelope.id,
        effect.envelope.instant,
        types.ranks[register],
        effect.kept.received_at,
    )

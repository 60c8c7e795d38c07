"""What departments report becomes entries in the ledger; who is not known yet is waited for, parked.

Nothing is opened by it, and nothing of it is a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from duly.errors import BadInput
from duly.events import EventTypes
from duly.events.inbox import version_of
from duly.events.reported import REPORTED, UseReported
from duly.facts.effects import Effect, Effects
from duly.vault import Actor, Identifier, Made, Reported, Use, Vault

__all__ = ["enter_reported", "is_report"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_report(effect: Effect) -> bool:
    """Whether it reports a use."""
    return effect.envelope.type == REPORTED


def enter_reported(
    conn: Connection, vault: Vault, types: EventTypes, effects: Effects
) -> dict[int, Identifier]:
    """Write the entries; whom each of those messages is about, by its number. The others are to be parked."""
    told = [(effect, _read(types, effect)) for effect in effects.come if is_report(effect)]
    names = {effect.kept.number: message.about(_scheme(types, message)) for effect, message in told}
    known = vault.find(conn, names.values()) if names else {}
    vault.enter_reported(
        conn,
        [
            _made(effect, message, known[names[effect.kept.number]])
            for effect, message in told
            if names[effect.kept.number] in known
        ],
    )
    _park(effects, [effect for effect, _ in told if names[effect.kept.number] not in known])
    return {number: name for number, name in names.items() if name in known}


def _park(effects: Effects, unknown: Sequence[Effect]) -> None:
    numbers = {effect.kept.number for effect in unknown}
    effects.settled = [one for one in effects.settled if one[0] not in numbers]
    effects.families = [family for family in effects.families if family[0].number not in numbers]
    effects.parked += [(effect.kept, _unknown()) for effect in unknown]


def _made(effect: Effect, message: UseReported, subject: int) -> Made:
    by = Reported(by=effect.envelope.source, words=message.purpose, received=effect.kept.received_at)
    use = Use(
        actor=Actor(organisation=message.organisation, system=message.system, officer=message.officer),
        purpose=message.code or message.purpose,
        legal_basis=message.legal_basis,
        categories=frozenset(message.categories),
        about=message.reference,
        reported=by,
    )
    at = (message.at - EPOCH) // timedelta(microseconds=1)
    return Made(subject=subject, number=version_of(effect.kept.key), use=use, at=at)


def _read(types: EventTypes, effect: Effect) -> UseReported:
    message = types.read_payload(REPORTED, effect.envelope.payload())
    assert isinstance(message, UseReported)  # noqa: S101 - the type says so
    return message


def _scheme(types: EventTypes, message: UseReported) -> str:
    """Of the registers' identifier; a department that is declared no more has none."""
    declared = types.departments.get(message.organisation)
    return declared.scheme if declared is not None else ""


def _unknown() -> BadInput:
    return BadInput(
        "A use of somebody who is not known was reported",
        detail="Nobody is known by the identifier that the department gave.",
        where="data.person",
        hint="Replay it when the person is known: duly inbox replay.",
        status=422,
    )

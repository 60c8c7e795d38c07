"""A decision can be made again, aloud: the same law over the same records, each at the version that was read.

What is missing for an undetermined stretch is in its explanation's `needed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from duly.entitlements.due import Batch, Law
from duly.entitlements.holdings import Decision
from duly.entitlements.keys import Key
from duly.entitlements.records import routes
from duly.entitlements.segments import Due
from duly.errors import Conflict
from duly.facts import Record, at_version
from duly.law import Pack
from duly.law.explain import Explanation, Shown, explain
from duly.vault import Use, Vault

__all__ = ["Origin", "explain_decision", "records_of", "replay"]


class Origin(NamedTuple):
    """Where a fact came from: source, event, instant of recording (µs), first day that the source named."""

    source: str
    event: str
    recorded_at: int
    since: int


def records_of(
    conn: Connection, vault: Vault, use: Use, pack: Pack, key: Key, decision: Decision
) -> dict[int, Record]:
    """The records that the decision rests on, as they were."""
    along = routes(pack, (key.programme,))
    categories = frozenset[str]().union(*along.categories.values())
    return at_version(conn, vault, use, dict(decision.read), categories)


def replay(conn: Connection, vault: Vault, use: Use, law: Law, key: Key, decision: Decision) -> Due:
    """What was due by the facts and law of that time; `law` is the version that decided, else Conflict."""
    _same_law(law.pack, decision)
    records = records_of(conn, vault, use, law.pack, key, decision)
    history = {number: record.history() for number, record in records.items()}
    batch = Batch(law, history, decision.known_at)
    return batch.due(key.programme, [key.holder]).get((key.holder, key.about), ((decision.first, None),))


def explain_decision(
    conn: Connection,
    vault: Vault,
    use: Use,
    pack: Pack,
    key: Key,
    decision: Decision,
    day: int,
    language: str,
    *,
    names: Callable[[int], str] | None = None,
    shows: Callable[[int], Shown] | None = None,
) -> Explanation:
    """Why the decision was what it was on a day, for a reader; facts come with their `Origin`."""
    _same_law(pack, decision)
    records = records_of(conn, vault, use, pack, key, decision)
    history = {number: record.history() for number, record in records.items()}
    return explain(
        pack,
        key.programme,
        history,
        key.holder,
        key.about,
        day,
        language,
        names=names,
        shows=shows,
        provenance=_provenance(records),
        known_at=decision.known_at,
    )


def _provenance(records: Mapping[int, Record]) -> Callable[[int, str, int, int], Origin | None]:
    def told(subject: int, attribute: str, member: int, day: int) -> Origin | None:
        record = records.get(subject)
        segments = record.facts.get((attribute, member), ()) if record else ()
        holding = [segment for segment in segments if segment.start <= day]
        if not holding or not holding[-1].source:
            return None
        last = holding[-1]
        return Origin(last.source, last.event, last.recorded_at, last.since)

    return told


def _same_law(pack: Pack, decision: Decision) -> None:
    if pack.hash != decision.law:
        raise Conflict(
            "Another version of the law is loaded",
            detail=f"The decision was made by {decision.law[:12]}, and {pack.hash[:12]} is loaded.",
            where=pack.name,
            hint="Ask the application for the law of that version: every one that decided is kept.",
        )

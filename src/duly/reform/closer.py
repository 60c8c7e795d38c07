"""Whoever a change may take from, or whom only a closer look can tell, is asked key by key under both laws.

That is what a step does with a mark, without writing. What was opened for some holders is one bulk use, begun
and closed in the transaction that opens it: nothing is left open, wherever a process ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from duly.entitlements import Due, Key, Mark, use_of
from duly.entitlements.evaluate import Evaluator
from duly.entitlements.judge import Judged
from duly.entitlements.segments import TAKES
from duly.errors import BadInput
from duly.law import Pack
from duly.reform.changes import Change
from duly.reform.figures import Outcome
from duly.reform.outcomes import outcome_of
from duly.vault import Use, Vault

__all__ = ["ABOUT", "Sides", "closely", "statistics"]

STATISTICS: Final = "statistics"
ABOUT: Final = "law/dry-run"
NOTHING: Final[Due] = ((-(2**31), None),)
Pair = tuple[int, str]
"""(holder, programme)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The law that would be in force, and the one to come, each with its own evaluator, over one vault."""

    old: Evaluator
    new: Evaluator
    vault: Vault


def statistics(evaluator: Evaluator, pack: Pack, names: set[str]) -> Use:
    """A use for statistics, of what the programmes read and no more, as the new version permits it."""
    ordinary = evaluator.use(names)
    if STATISTICS not in pack.section("purposes"):
        raise BadInput(
            "The pack has no purpose for a dry run",
            detail="A dry run opens records for statistics, and purposes.toml gives it no legal basis.",
            where=f"{pack.name}/purposes.toml",
            hint="Add [purposes.statistics] with a title and a legal_basis, and a policy that permits it.",
        )
    return use_of(pack, ordinary.actor.organisation, STATISTICS, ordinary.categories, ABOUT)


def closely(
    conn: Connection, sides: Sides, change: Change, names: Sequence[str], pairs: Sequence[Pair], now: int
) -> tuple[dict[Pair, list[Outcome]], set[int]]:
    """What the change does to these holders under programmes among `names`; a write transaction.

    And who else holds something about the same subjects as they do.
    """
    groups = [[n for n in of if n in names] for of in sides.new.profiles.purposes().values()]
    uses = [statistics(one, sides.new.law.pack, set(known)) for one, known in _asked(sides, groups)]
    seen: dict[Use, set[int]] = {}
    found: dict[Pair, list[Outcome]] = {pair: [] for pair in pairs}
    near = set[int]()
    bulk = sides.vault.begin_bulk(conn, list(dict.fromkeys(uses)))
    with sides.vault.noting(conn, seen):
        for group in groups:
            some = [pair for pair in pairs if pair[1] in group]
            for key, outcome in _outcomes(conn, sides, change, some, now, near):
                found[key.holder, key.programme].append(outcome)
    sides.vault.cover(conn, bulk, list(dict.fromkeys(uses)), seen)
    return found, near


def _asked(sides: Sides, groups: Sequence[Sequence[str]]) -> Iterator[tuple[Evaluator, list[str]]]:
    """Each law with the programmes of each group that it has."""
    for names in groups:
        for one in (sides.old, sides.new):
            known = [name for name in names if name in one.law.pack.programmes]
            if known:
                yield one, known


def _outcomes(
    conn: Connection, sides: Sides, change: Change, pairs: Sequence[Pair], now: int, near: set[int]
) -> Iterator[tuple[Key, Outcome]]:
    laws, pack = (sides.old, sides.new), sides.new.law.pack
    before, after = (_said(conn, one, pack, change, pairs, now, near) for one in laws)
    for key in sorted({*before, *after}):
        yield key, _outcome(sides, change, before.get(key), after.get(key), key)


def _said(
    conn: Connection,
    evaluator: Evaluator,
    pack: Pack,
    change: Change,
    pairs: Sequence[Pair],
    now: int,
    near: set[int],
) -> Mapping[Key, Judged]:
    """What one law says of these holders; only keys about which it says something new."""
    known = [pair for pair in pairs if pair[1] in evaluator.law.pack.programmes]
    if not known:
        return {}
    marks = [Mark(holder=holder, programme=name, wanted=0, text="") for holder, name in known]
    use = statistics(evaluator, pack, {name for _, name in known})
    causes = dict.fromkeys(known, ())
    day = change.effective
    found = evaluator.look(conn, use, marks, causes, now=now, today=day, released=None)
    near |= found.near
    return {one.held.key: one for one in found.judged}


def _outcome(sides: Sides, change: Change, old: Judged | None, new: Judged | None, key: Key) -> Outcome:
    stored = next((one.before for one in (old, new) if one is not None and one.before is not None), None)
    kept = stored.entitlement.due if stored is not None else NOTHING
    waited = stored.entitlement.waiting if stored is not None else ()
    waits_old = set(old.held.entitlement.waiting if old is not None else waited)
    waits_new = set(new.held.entitlement.waiting if new is not None else waited) - waits_old
    acted_old = set(old.decision.acted if old is not None and old.decision else ())
    acted_new = set(new.decision.acted if new is not None and new.decision else ()) - acted_old
    return outcome_of(
        sides.new.profiles[key.programme],
        old.held.entitlement.due if old is not None else kept,
        new.held.entitlement.due if new is not None else kept,
        change.effective,
        reasons=frozenset(s.waits.value for s in waits_new if s.waits is not None),
        takes=any(s.kind in TAKES for s in waits_new | acted_new),
    )

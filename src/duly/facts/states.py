"""The states of a subject are read from the facts that the vocabulary says mark one, and from nothing else.

They are looked up for a purpose of their own, by machine, and of everybody alike. Whoever is not known to be
unmarked counts as marked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlalchemy import Connection

from duly.access import UNMARKED, State
from duly.access.purposes import ACCESS
from duly.facts.apply import INTAKE
from duly.facts.record import Record, load, value_on
from duly.law import Pack
from duly.store import under
from duly.vault import Actor, Use, Vault

__all__ = ["ACCESS", "States", "states_of"]

MACHINE: Final = "duly"


class States:
    """What is to be minded of subjects on the day, as a pack's vocabulary marks it."""

    def __init__(self, pack: Pack, today: Callable[[], int]) -> None:
        self._pack, self._today = pack, today
        self._marks = pack.vocabulary.marks()
        self._categories = frozenset(one.category for one in self._marks)

    def of(self, conn: Connection, vault: Vault, subjects: Iterable[int]) -> Mapping[int, frozenset[State]]:
        """See `duly.vault.minding.States`."""
        wanted = set(subjects)
        if not wanted or not self._marks:
            return {}
        found = load(conn, vault, self.use(), wanted, self._categories)
        today = self._today()
        return {one: states for one, record in found.items() if (states := self._in(record, today))}

    def _in(self, record: Record, today: int) -> frozenset[State]:
        return frozenset(
            State(one.marks)
            for one in self._marks
            if one.owner == record.kind and value_on(self._pack, record, one.name, today) not in (False, None)
        )

    def use(self) -> Use:
        """For what they are looked up."""
        told = self._pack.section("purposes")[ACCESS]
        organisation = self._pack.section(INTAKE)["organisation"]
        return Use(
            actor=Actor(organisation=organisation, system=MACHINE, officer=""),
            purpose=ACCESS,
            legal_basis=told["legal_basis"],
            categories=self._categories,
            about=ACCESS,
        )


def states_of(
    conn: Connection, vault: Vault, pack: Pack, subjects: Iterable[int], today: int
) -> dict[int, frozenset[State]]:
    """Of each of these subjects what is to be minded; whoever is no more counts as protected."""
    wanted, states = set(subjects), States(pack, lambda: today)
    marked = states.of(conn, vault, wanted)
    with under(conn, [states.use().context]):
        there = vault.kinds(conn, wanted)
    gone = frozenset({State.PROTECTED})
    return {one: marked.get(one, UNMARKED) if one in there else gone for one in wanted}

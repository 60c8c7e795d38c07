"""What arrives through any door is taken in here: one transaction, an outcome each, the worker woken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from duly.access import SELF, Actor, Deed, Policy, Question, Relation, doing
from duly.clock import Clock
from duly.errors import Denied, DulyError
from duly.events.envelope import Arrived
from duly.events.inbox import Outcome, receive
from duly.events.sources import Source, Sources
from duly.events.types import EventTypes
from duly.law import Pack
from duly.store import Store
from duly.vault import KeyService, Vault

__all__ = ["Intake"]

Item = Arrived | DulyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What intake needs. `wake` is called after each commit that brought something new."""

    store: Store
    policy: Policy
    vault: Vault
    keys: KeyService
    pack: Pack
    sources: Sources
    clock: Clock
    wake: Callable[[], None]

    @property
    def types(self) -> EventTypes:
        return EventTypes.of(self.pack)

    def take(self, source: Source, items: Sequence[Item]) -> list[Outcome]:
        """Take in what one source sent. When this returns, what is accepted is durable."""
        return self._taken([(source, items)])

    def take_any(self, items: Sequence[Item]) -> list[Outcome]:
        """Take in events of several sources, each by the source that it names. For those who need no key."""
        runs: list[tuple[Source, list[Item]]] = []
        for item in items:
            source, told = self._named(item)
            if runs and runs[-1][0] == source:
                runs[-1][1].append(told)
            else:
                runs.append((source, [told]))
        return self._taken(runs)

    def _taken(self, runs: Sequence[tuple[Source, Sequence[Item]]]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        with self.store.write() as conn:
            for source, items in runs:
                if source.register:
                    self.policy.require(_report(source))
                now = self.clock.now()
                outcomes += receive(conn, self.vault, self.keys, self.pack, source, items, now)
        if any(one.status == "accepted" for one in outcomes):
            self.wake()
        return outcomes

    def _named(self, item: Item) -> tuple[Source, Item]:
        if isinstance(item, DulyError):
            return Source(uri="", register="", keys=()), item
        kind = self.types.classes.get(item.envelope.type)
        source = self.sources.named(item.envelope.source, kind.register if kind else "")
        if source is not None:
            return source, item
        anybody = Source(uri=item.envelope.source, register="", keys=())
        return anybody, item if kind is None else _unknown(item)


def _report(source: Source) -> Question:
    """May the source report for its register? What people say the pages report as their own."""
    actor = Actor(organisation=source.register, system=source.uri, officer="")
    relation = Relation.OWN if source.register == SELF else Relation.NONE
    return doing(actor, Deed.REPORT, source.register, relation=relation)


def _unknown(item: Arrived) -> Denied:
    return Denied(
        "Unknown source",
        detail=f"No source is called {item.envelope.source!r}.",
        where="source",
        hint="Add it to the sources file: duly sources add.",
    )

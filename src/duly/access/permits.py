"""All that the policies of a pack permit to open, written down for the database's own second line.

Every organisation and role of the pack is asked about every purpose on its legal bases, every category and
every relation and state in which it can stand to a subject; `take_up` writes what is permitted where
PostgreSQL's row-level security asks for it. What stands under another legal basis than its purpose's, and
whoever the pack does not name, is permitted nothing there, as in the policies.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, delete, func, insert, select

from duly.access.actor import SELF, Actor
from duly.access.policy import CORE, SCHEMA, Policy
from duly.access.purposes import POLICIES, bases_of, enumerated, texts
from duly.access.question import Question, Relation, State, opening
from duly.access.tables import access_permit
from duly.law.bundle import files_of
from duly.law.settings import PURPOSES, settings_of
from duly.store import Context

__all__ = ["Permit", "circumstances", "context_of", "mark_of", "permits_of", "standing_in", "take_up"]

STATES: Final = tuple(frozenset(some) for many in range(len(State) + 1) for some in combinations(State, many))
FOR_ONESELF: Final = (Relation.OWN, Relation.GUARDIAN, Relation.DELEGATE, Relation.AGENT)
FOR_A_REASON: Final = (Relation.ASSIGNED, Relation.LOOKED_UP)
Circumstance: TypeAlias = tuple[Relation, frozenset[State]]
_HELD: Final = select(func.count()).select_from(access_permit)


class Permit(NamedTuple):
    """A use, as a context tells it, that may open a category."""

    context: Context
    category: str


def context_of(question: Question) -> Context:
    """What of a question the database is told; the category stands in its rows."""
    actor = question.actor
    return Context(
        organisation=actor.organisation,
        kind="officer" if actor.officer else "system",
        role=actor.role if actor.officer else "",
        purpose=question.purpose,
        legal_basis=question.legal_basis,
        relation=question.relation,
        state=" ".join(sorted(question.state)),
    )


def standing_in(settings: Mapping[str, Any]) -> list[Actor]:
    """One actor of each kind that a pack names: systems of each organisation, officers of each role."""
    agencies: Mapping[str, Any] = settings.get("agencies", {})
    told = settings.get("intake", {}).get("organisation")
    named = {*agencies, *settings.get("registers", {}), SELF, *([told] if told else [])}
    systems = [Actor(organisation=name, system="any", officer="") for name in sorted(named)]
    officers = [
        Actor(organisation=name, system="any", officer="any", role=role)
        for name, said in sorted(agencies.items())
        for role in said.get("roles", ())
    ]
    return [*systems, *officers]


def circumstances(actor: Actor) -> list[Circumstance]:
    """How an actor can stand to a subject: officers for a reason, people by a right, machines in none."""
    if actor.officer:
        relations = FOR_A_REASON
    else:
        relations = FOR_ONESELF if actor.organisation == SELF else (Relation.NONE,)
    return [(relation, state) for relation in relations for state in STATES]


def permits_of(directory: Path) -> tuple[Permit, ...]:
    """What the policies of the pack in the directory permit. It takes a second, and is remembered."""
    return _permits_of(directory, mark_of(directory))


def mark_of(directory: Path) -> str:
    """The digest of everything that the permits follow from."""
    whole = hashlib.sha256()
    named = (PURPOSES, "pack.toml")
    own = [text for path, text in files_of(directory).items() if path in named or path.startswith(POLICIES)]
    parts = [CORE.read_bytes(), SCHEMA.read_bytes(), Path(__file__).read_bytes(), *own]
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


@lru_cache(maxsize=8)
def _permits_of(directory: Path, mark: str) -> tuple[Permit, ...]:
    """Cedar takes a tenth of a millisecond for a question, so what stands by itself is asked by itself.

    What is forbidden to every pack rests on who asks in which circumstances; what the pack permits rests on
    circumstances only where its policies speak of them.
    """
    own, core = Policy.halves(directory / POLICIES)
    uses = _uses(directory)
    spoken = re.search(r"\b(relation|state)\b", texts(directory / POLICIES, "*.cedar"))
    found: list[Permit] = []
    for actor in standing_in(settings_of(directory)) if uses else ():
        there = circumstances(actor)
        free = core.permitted([_question(actor, uses[0], one) for one in there])
        asked = [_question(actor, use, one) for use in uses for one in (there if spoken else there[:1])]
        for question in own.permitted(asked):
            alike = [one for one in free if not spoken or _circumstance(one) == _circumstance(question)]
            found.extend(Permit(_in(context_of(question), one), question.category) for one in alike)
    return tuple(found)


def _uses(directory: Path) -> list[tuple[str, str, str]]:
    """Each purpose on each of its legal bases, with each category."""
    return [
        (purpose, basis, category)
        for purpose, said in settings_of(directory).get("purposes", {}).items()
        for basis in bases_of(said)
        for category in enumerated(directory / POLICIES, "Category")
    ]


def _question(actor: Actor, use: tuple[str, str, str], circumstance: Circumstance) -> Question:
    purpose, basis, category = use
    relation, state = circumstance
    return opening(
        actor, purpose=purpose, legal_basis=basis, category=category, relation=relation, state=state
    )


def _circumstance(question: Question) -> Circumstance:
    return question.relation, question.state


def _in(context: Context, other: Question) -> Context:
    """The context in the circumstances of another question of the same actor."""
    told = context_of(other)
    return context._replace(relation=told.relation, state=told.state)


def take_up(conn: Connection, directory: Path, *, alone: bool) -> None:
    """Write what the policies permit, unless it stands there; `alone`: and nothing that others permitted."""
    if conn.dialect.name != "postgresql":
        return
    mark = mark_of(directory)
    if not conn.execute(_HELD.where(access_permit.c.mark == mark)).scalar():
        rows = [
            {**one.context._asdict(), "category": one.category, "mark": mark} for one in permits_of(directory)
        ]
        conn.execute(insert(access_permit), rows)
    if alone and conn.execute(_HELD.where(access_permit.c.mark != mark)).scalar():
        conn.execute(delete(access_permit).where(access_permit.c.mark != mark))

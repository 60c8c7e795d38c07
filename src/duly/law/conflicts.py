"""A conflict of law in words: which two exceptions apply and disagree, each with its sentence and its law."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duly.law.blame import Clash, clashes
from duly.law.interpret import Interpreter, version_on
from duly.law.phrases import Phrases
from duly.law.world import History, World
from duly.timeline.calendar import month_first

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Found", "first_conflict", "said"]


def said(phrases: Phrases, clash: Clash) -> str:
    """The conflict as its reader is told."""
    one, other = (phrases.pack.rules[name] for name in clash.rules)
    return phrases.word("conflict").format(
        one=phrases.sentence(one, clash.arguments, clash.day),
        one_law=version_on(one, clash.day).law,
        other=phrases.sentence(other, clash.arguments, clash.day),
        other_law=version_on(other, clash.day).law,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conflict that leaves a result unknown: the first of the days on which it does, and its words."""

    day: int
    said: str


def first_conflict(
    pack: Pack,
    programme: str,
    history: History,
    holder: int,
    about: int,
    days: Iterable[int],
    *,
    known_at: int | None,
) -> Found | None:
    """In the pack's first language: the conflict that leaves a result unknown on the first of these days.

    It speaks of the holder and the others without names; None where no conflict does, only facts.
    """
    law = pack.programme(programme)
    interpreter = Interpreter(pack, World(pack, history), known_at)
    phrases = Phrases(pack=pack, language=pack.languages[0], reader=0, about=about, names=None)
    for day in days:
        on = month_first(day) if law.every == "month" else day
        found = clashes(interpreter, law, holder, about, on)
        if found:
            return Found(day=day, said=" ".join(dict.fromkeys(said(phrases, clash) for clash in found)))
    return None

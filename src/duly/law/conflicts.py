"""A conflict of law in words: which two exceptions apply and disagree, each with its sentence and its law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from duly.law.blame import Clash, clashes
from duly.law.interpret import Interpreter, version_on
from duly.law.phrases import Phrases
from duly.law.world import History, World

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["conflict_between", "said"]

SAID: Final[Mapping[str, str]] = {
    "en": "The law contradicts itself: {one} ({one_law}) - {other} ({other_law}) "
    "Both apply, they differ, and neither goes before the other.",
    "et": "Seadus on iseendaga vastuolus: {one} ({one_law}) - {other} ({other_law}) "
    "Mõlemad kehtivad, on erinevad, ja kumbki ei ole teisest eespool.",
    "fr": "La loi se contredit : {one} ({one_law}) - {other} ({other_law}) "
    "Les deux s'appliquent, diffèrent, et aucune ne passe avant l'autre.",
    "nb": "Loven motsier seg selv: {one} ({one_law}) - {other} ({other_law}) "
    "Begge gjelder, de er ulike, og ingen av dem går foran den andre.",
    "pt": "A lei contradiz-se: {one} ({one_law}) - {other} ({other_law}) "
    "Ambas se aplicam, divergem, e nenhuma prevalece sobre a outra.",
}


def said(phrases: Phrases, clash: Clash) -> str:
    """The conflict as its reader is told."""
    one, other = (phrases.pack.rules[name] for name in clash.rules)
    return SAID.get(phrases.language, SAID["en"]).format(
        one=phrases.sentence(one, clash.arguments, clash.day),
        one_law=version_on(one, clash.day).law,
        other=phrases.sentence(other, clash.arguments, clash.day),
        other_law=version_on(other, clash.day).law,
    )


def conflict_between(
    pack: Pack,
    programme: str,
    history: History,
    holder: int,
    about: int,
    days: Iterable[int],
    *,
    known_at: int | None,
) -> str:
    """In the pack's first language: the conflict that leaves a result unknown on the first of these days.

    It speaks of the holder and the others without names; "" where no conflict does, only facts.
    """
    interpreter = Interpreter(pack, World(pack, history), known_at)
    phrases = Phrases(pack=pack, language=pack.languages[0], reader=0, about=about, names=None)
    for day in days:
        found = clashes(interpreter, pack.programme(programme), holder, about, day)
        if found:
            return " ".join(dict.fromkeys(said(phrases, clash) for clash in found))
    return ""

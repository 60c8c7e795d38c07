"""Why a programme gives what it gives: what was decisive, each part with its law, its value and its source.

An explanation is for a reader. What is shown of each subject is the caller's to say: everything, only whether
a condition holds, or nothing. What rests on somebody who is kept back is told without leaving anything out,
so that an omission tells nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from duly.law.blame import Against, Clash, Needed, against, clashes, met
from duly.law.conflicts import said
from duly.law.decisive import Because, Frame
from duly.law.explanation import Explanation, FactUsed, RateUsed, Subject
from duly.law.interpret import Interpreter, arguments, version_on
from duly.law.missing import needed
from duly.law.next_change import next_change
from duly.law.outlook import instead
from duly.law.phrases import Phrases, subjects_in
from duly.law.retell import Provenance, Reader, Shown, Telling, facts_in
from duly.law.situation import UNKNOWN
from duly.law.world import History, World
from duly.timeline.calendar import from_iso, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.given import Given
    from duly.law.pack import Pack

__all__ = ["Explanation", "FactUsed", "RateUsed", "Shown", "Subject", "explain", "explain_given"]


def explain(
    pack: Pack,
    programme: str,
    history: History,
    holder: int,
    about: int,
    day: int,
    language: str,
    *,
    names: Callable[[int], str] | None = None,
    shows: Callable[[int], Shown] | None = None,
    provenance: Provenance | None = None,
    known_at: int | None = None,
    ahead: bool = True,
    tries: Callable[[str, int, int], bool] | None = None,
) -> Explanation:
    """Why a programme gives what it gives on a day, to the holder.

    `names` calls subjects by name (else "the child", "another person"); `shows` says how much of each subject
    the reader may see (else everything); `provenance` is asked for each fact that is shown. With `ahead` it
    also says what other facts would lead to, and when the result changes by itself: that takes longer. Of
    facts (attribute, subject, member) that the reader may see, others are tried only as `tries` says.
    """
    found = pack.programme(programme)
    day = month_first(day) if found.every == "month" else day
    quiet = Interpreter(pack, World(pack, history), known_at)
    phrases = Phrases(pack=pack, language=language, reader=holder, about=about, names=names)
    reader = Reader(phrases, shows)
    because = Because(quiet, reader.hides if shows is not None else None)
    given = arguments(pack, found, holder, about)
    root = because.frame(found.rule, given, day)
    told = Telling(quiet, reader, provenance or _nothing).told(root)
    kept_back = because.hidden(version_on(found.rule, day).body, _named(root), day)
    stood = against(quiet, found, holder, about, day) if root.value is None else ()
    unknown = root.value is UNKNOWN
    which = met if kept_back else needed
    lacking = which(quiet, found, holder, about, day) if unknown else ()
    torn = clashes(quiet, found, holder, about, day) if unknown else ()
    told = _with_outlook(told, reader, (*torn, *lacking), [s for s in stood if s.rule != found.rule.name])
    about_root = Subject(
        pack=pack.name,
        law=pack.hash,
        programme=programme,
        holder=phrases.called(holder),
        about=phrases.called(about),
        day=to_iso(day),
        language=language,
    )
    told = replace(told, asked=about_root, phrases=phrases)
    if not ahead or kept_back:
        return told
    shown = [
        key
        for key in facts_in(root)
        if reader.sees(key[1]) and reader.sees(key[2] or key[1]) and (tries is None or tries(*key[:3]))
    ]
    return replace(
        told,
        instead=instead(quiet, found, (holder, about), day, shown, root.value, phrases),
        changes=next_change(
            quiet, found, (holder, about), day, phrases, reader.hides if shows is not None else None
        ),
    )


def explain_given(
    pack: Pack, given: Given, programme: str, holder: str, about: str, on: str, language: str
) -> Explanation:
    """The same for facts from a file, with its names; about "" is the holder, where that can be."""
    names = given.names
    given.must_ask(pack, programme, holder, about, language)
    return explain(
        pack,
        programme,
        given.history,
        given.number(holder),
        given.number(about or holder),
        from_iso(on),
        language,
        names=lambda subject: names.get(subject, str(subject)),
    )


def _nothing(*_: object) -> None:
    return None


def _named(frame: Frame) -> Mapping[str, Any]:
    return {p.name: given for p, given in zip(frame.rule.parameters, frame.given, strict=True)}


def _with_outlook(
    told: Explanation, reader: Reader, lacking: Sequence[Needed | Clash], stood: Sequence[Against]
) -> Explanation:
    """The root, with what is needed and what would have to differ, as far as the reader may see it."""
    phrases = reader.phrases
    wanting = [each for each in lacking if all(reader.sees(s) for s in _asked(phrases, each))]
    rules = [each for each in stood if all(reader.shown(s) != "nothing" for s in _asked(phrases, each))]
    return replace(
        told,
        needed=tuple(dict.fromkeys(_lacking(phrases, each) for each in wanting)),
        differ=tuple(dict.fromkeys(phrases.stood(s.rule, s.arguments, s.day) for s in rules)),
    )


def _lacking(phrases: Phrases, lacking: Needed | Clash) -> str:
    """A fact that would settle it, or a conflict that the law would have to settle."""
    if isinstance(lacking, Clash):
        return said(phrases, lacking)
    return phrases.fact(lacking.subject, lacking.attribute, lacking.register, lacking.member)


def _asked(phrases: Phrases, about: Against | Clash | Needed) -> list[int]:
    """The subjects that a condition or a fact is about."""
    if isinstance(about, Needed):
        return [about.subject, about.member] if about.member else [about.subject]
    name = about.rules[0] if isinstance(about, Clash) else about.rule
    pairs = zip(phrases.pack.rules[name].parameters, about.arguments, strict=True)
    return [number for parameter, given in pairs for number in subjects_in(parameter.type, given)]

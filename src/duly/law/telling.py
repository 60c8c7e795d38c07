"""Answers to a question in words, and as values for a program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from duly.law.interpret import decoded
from duly.law.ir import Kind
from duly.law.phrases import Phrases
from duly.law.questions import Answers, is_other
from duly.timeline.calendar import to_iso

__all__ = ["Run", "answer_in_words"]

MANY: Final = 6
"""More values than that are told as "any other", where all that no rule names are among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A `range` from `first` through `last` (null: an open end); `none`; or `other`: any other value."""

    kind: str
    first: Any
    last: Any


def answer_in_words(
    phrases: Phrases, answers: Answers, runs: Sequence[tuple[int, int]]
) -> tuple[str, tuple[Run, ...]]:
    """Runs of answers (first, last), joined by "or", and each as values."""
    told = [each for first, last in runs for each in _runs(phrases, answers, first, last)]
    said = [words for words, _ in told]
    if len(said) > MANY and any(run.kind == "other" for _, run in told):
        said = [phrases.word("any_other"), *(words for words, run in told if run.kind == "none")]
    return f" {phrases.word('or')} ".join(dict.fromkeys(said)), tuple(run for _, run in told)


def _runs(phrases: Phrases, answers: Answers, first: int, last: int) -> Iterator[tuple[str, Run]]:
    """A run of answers; none stands alone."""
    ends_in_none = answers.none and last == answers.size - 1
    top = last - ends_in_none
    if first <= top and answers.numbers:
        yield _range(phrases, answers, first, top)
    elif first <= top:
        yield from _each(phrases, answers, range(first, top + 1))
    if ends_in_none:
        yield phrases.word("none"), Run(kind="none", first=None, last=None)


def _range(phrases: Phrases, answers: Answers, first: int, last: int) -> tuple[str, Run]:
    low = None if first == 0 and answers.open_low else answers.low + first
    high = None if last == answers.numbers - 1 and answers.open_high else answers.low + last
    ends = [None if end is None else decoded(phrases.pack, answers.kind, end) for end in (low, high)]
    told = phrases.between(answers.kind, *ends)
    if answers.kind.kind is Kind.DAY:
        ends = [None if end is None else to_iso(end) for end in (low, high)]
    return told, Run(kind="range", first=ends[0], last=ends[1])


def _each(phrases: Phrases, answers: Answers, places: range) -> Iterator[tuple[str, Run]]:
    for at in places:
        value = decoded(phrases.pack, answers.kind, answers.values[at])
        if is_other(answers.kind, value):
            yield phrases.word("any_other"), Run(kind="other", first=None, last=None)
        else:
            yield phrases.value(answers.kind, value, known=True), Run(kind="range", first=value, last=value)

"""Histories whose unknown facts are filled in: what brute force needs to judge which facts matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from duly.law import UNKNOWN, History, Pack, SubjectHistory, World
from duly.law.diagrams import Question
from duly.law.ir import Kind
from duly.law.possible import Possible
from duly.law.questions import Asked, asked_on
from duly.timeline import BEGIN

DAYS = list(range(17_000, 20_000, 97))


def completed(history: History, values: Mapping[Asked, Any]) -> History:
    """The history with a canonical value for each question, on all its days."""
    facts = {n: {key: list(s) for key, s in subject.facts.items()} for n, subject in history.items()}
    for asked, value in values.items():
        segments = facts[asked.subject].get((asked.attribute, asked.member), [])
        kept = [s for s in segments if not asked.start <= s[0] < asked.end]
        whole = sorted([*kept, (asked.start, value)], key=lambda segment: segment[0])
        facts[asked.subject][asked.attribute, asked.member] = whole
    return {n: SubjectHistory(subject.kind, facts[n]) for n, subject in history.items()}


def open_questions(pack: Pack, history: History) -> list[Asked]:
    """Every question that the facts of a history leave open, but for the relations of strangers."""
    world, found = World(pack, history), dict[Asked, None]()
    for number, subject in history.items():
        own = [(a.name, 0) for a in pack.vocabulary.attributes.values() if a.owner == subject.kind]
        for attribute, member in {*own, *subject.facts}:
            starts = [BEGIN, *(start for start, _ in subject.facts.get((attribute, member), ()))]
            if pack.vocabulary.attribute(attribute).type.kind is not Kind.TEXT:
                for day in starts:
                    if world.fact(attribute, number, member, day) is UNKNOWN:
                        found[asked_on(world, attribute, number, member, day)] = None
    return sorted(found, key=lambda asked: (asked.subject, asked.attribute, asked.member, asked.start))


def drawn(pack: Pack, random: Random, asked: Asked, days: Sequence[int]) -> Any:
    """Some canonical answer."""
    kind = pack.vocabulary.attribute(asked.attribute).type
    if kind.optional and random.random() < 0.3:
        return None
    values: dict[Kind, Sequence[Any]] = {
        Kind.BOOL: [True, False],
        Kind.INT: [0, 1, 2, 3, 25, 50, 100],
        Kind.MONEY: [0, 99, 150, 151, 12350, 1_000_000],
        Kind.DECIMAL: ["1", "0.5", "9.8765"],
        Kind.DAY: days,
        Kind.CODE: ["0301", "5501", "~0", "~1"],
        Kind.CHOICE: [m.value for m in pack.vocabulary.choices.get(kind.name, ())],
    }
    return random.choice(values[kind.kind])


def answer_of(possible: Possible, question: Question, value: Any) -> int:
    """The answer that stands for a canonical value."""
    answers, pack = possible.answers[question], possible.pack
    if value is None:
        return answers.size - 1
    kind = pack.vocabulary.attribute(question.about.attribute).type
    encoded = value if kind.kind is Kind.BOOL else pack.vocabulary.encode(kind, value)
    return encoded - answers.low if answers.numbers else answers.values.index(encoded)

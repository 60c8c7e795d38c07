"""One notice per person and set of causes: everything that changed for them, whichever agency decided it.

Pure: changes in, text out. A change names at most the reader and the reader's children; who else a
decision is about never reaches this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from duly.delivery.corrections import Followed
from duly.notices.outcomes import outcome_in_words
from duly.notices.words import Words

__all__ = ["Change", "ChangeKind", "Composed", "amount_in_words", "compose", "greeting"]


class ChangeKind(Enum):
    """What happened to one stretch of an entitlement; the words of a decision's segments."""

    GRANTED = "granted"
    RAISED = "raised"
    LOWERED = "lowered"
    STOPPED = "stopped"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One segment of a decision, for its reader.

    `about` is "" where it is about the reader, else a child's name. `first` and `last` (inclusive, None = no
    end is known) are days; for a stop `last` is the last day that was due. `record` holds the grant's fields
    (money in minor units) and is empty for a stop. `arrears` is what is paid at once for past months, in
    minor units. `provisional` is the day from which on rates are not set yet, if it comes before the end.
    `sentence` is the programme's own, in the reader's language.
    """

    programme: str
    agency: str
    law: str
    sentence: str
    about: str
    kind: ChangeKind
    first: int
    last: int | None
    record: Mapping[str, object]
    monthly: bool
    arrears: int
    provisional: int | None
    by_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A notice as its reader gets it."""

    title: str
    body: str


def compose(
    words: Words, *, name: str, page: str, changes: Sequence[Change], outcomes: Sequence[Followed] = ()
) -> Composed:
    """The notice of all `changes` to the person called `name` ("" where no name is known).

    With `outcomes` it first says what came of the contests that led to them; without, there is a change.
    """
    topics = [list(part) for _, part in groupby(sorted(changes, key=_order), key=_topic)]
    taken = any(change.kind in (ChangeKind.LOWERED, ChangeKind.STOPPED) for change in changes)
    opening = words.name_of("notice", "opening_less" if taken else "opening")
    if outcomes:
        opening = outcome_in_words(words, outcomes, changed=bool(changes))
    parts = [greeting(words, name), opening]
    parts += ["\n".join(_topic_lines(words, topic)) for topic in topics]
    parts.append(f"{words.name_of('notice', 'wrong_title')}\n{words.name_of('notice', 'wrong')}")
    parts.append(words.phrase("notice", "page", address=page))
    parts.append("\n".join([words.name_of("notice", "signature"), *_agencies(words, changes)]))
    title = words.name_of("contest", "subject") if outcomes else _title(words, topics)
    return Composed(title=title, body="\n\n".join(parts) + "\n")


def greeting(words: Words, name: str) -> str:
    """How a notice begins; `name` is "" where no name is known."""
    return words.phrase("notice", "greeting" if name else "greeting_plain", name=name)


def amount_in_words(words: Words, record: Mapping[str, object]) -> str:
    """A grant's fields as people say them: an amount a month, or a practitioner's list."""
    if "provider" in record:
        return words.phrase("amounts", "provider", provider=str(record["provider"]))
    amount, rate, percent = (_number(record[field]) for field in ("amount", "rate", "percent"))
    if amount == 0:
        return words.name_of("amounts", "zero")
    if percent == 100:
        return words.phrase("amounts", "month", amount=words.money(amount))
    key = "half" if percent == 50 else "part"
    return words.phrase(
        "amounts", key, amount=words.money(amount), rate=words.money(rate), percent=str(percent)
    )


def _order(change: Change) -> tuple[str, str, int, str]:
    return (change.programme, change.about, change.first, change.kind.value)


def _topic(change: Change) -> tuple[str, str]:
    return (change.programme, change.about)


def _topic_name(words: Words, change: Change) -> str:
    programme = words.name_of("programmes", change.programme)
    key = "about" if change.about else "self"
    return words.phrase("notice", key, programme=programme, about=change.about)


def _title(words: Words, topics: Sequence[Sequence[Change]]) -> str:
    if len(topics) == 1:
        return words.phrase(
            "notice", "subject_one", programme=words.name_of("programmes", topics[0][0].programme)
        )
    return words.phrase("notice", "subject_many", count=str(len(topics)))


def _topic_lines(words: Words, topic: Sequence[Change]) -> list[str]:
    head = topic[0]
    name = _topic_name(words, head)
    lines = [name, "-" * len(name), *(_segment(words, change) for change in topic)]
    arrears = sum(change.arrears for change in topic)
    if arrears:
        lines.append(words.phrase("notice", "arrears", amount=words.money(arrears)))
    unset = [change.provisional for change in topic if change.provisional is not None]
    if unset:
        lines.append(words.phrase("notice", "provisional", **{"from": _spoken(words, head, min(unset))}))
    lines.append(words.phrase("notice", "why", sentence=head.sentence))
    lines.append(words.phrase("notice", "rule", law=head.law))
    key = "who_person" if any(change.by_person for change in topic) else "who"
    lines.append(words.phrase("notice", key, agency=words.name_of("agencies", head.agency)))
    return lines


def _segment(words: Words, change: Change) -> str:
    until = "" if change.last is None else _spoken(words, change, change.last)
    since = _spoken(words, change, change.first)
    if change.kind is ChangeKind.STOPPED:
        return words.phrase("notice", "stopped" if change.monthly else "stopped_day", until=until)
    what = amount_in_words(words, change.record)
    if "provider" in change.record:
        return words.phrase("notice", "enrolled", what=what, **{"from": since})
    key = f"{change.kind.value}_until" if until else change.kind.value
    return words.phrase("notice", key, what=what, until=until, **{"from": since})


def _spoken(words: Words, change: Change, day: int) -> str:
    return words.month(day) if change.monthly else words.day(day)


def _agencies(words: Words, changes: Iterable[Change]) -> list[str]:
    return [words.name_of("agencies", agency) for agency in sorted({change.agency for change in changes})]


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a grant's field holds {type(value).__name__}, not a whole number")
    return value

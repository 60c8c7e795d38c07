"""Facts given in a file, one JSON object a line, become a history; subjects have names, not numbers.

`from` and `to` are the first and the last day (null: since ever, without end). Where two lines speak of one
day, the one that began later holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from duly.errors import BadInput, near_miss
from duly.law import sound
from duly.law.ir import Kind
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.vocabulary import Attribute, Relation, Vocabulary, canonical
from duly.law.world import History, SubjectHistory
from duly.timeline.calendar import BEGIN, END_OF_TIME, from_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Given", "read_facts"]


class Line(
    msgspec.Struct,
    forbid_unknown_fields=True,
    frozen=True,
    kw_only=True,
    rename={"since": "from", "until": "to"},
):
    """One fact. A link names its `relation` and `member`; without a value, `unknown` says that nobody knows.

    Without `from` it holds since ever, without `to` until further notice.
    """

    subject: str
    attribute: str
    kind: str = ""
    relation: str = ""
    member: str = ""
    value: Any = msgspec.UNSET
    unknown: bool = False
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A history, and what its subjects are called."""

    history: History
    names: Mapping[int, str]

    def number(self, name: str) -> int:
        """The number of the subject of this name."""
        for number, known in self.names.items():
            if known == name:
                return number
        raise BadInput(
            "Unknown subject",
            detail=f"The facts know nobody called {name!r}.",
            where=name,
            hint=near_miss(name, self.names.values()),
        )

    def must_ask(self, pack: Pack, programme: str, holder: str, about: str, language: str) -> None:
        """Refuses a language that the pack does not speak, and a question that names nobody."""
        if language not in pack.languages:
            detail = f"{pack.name} speaks {', '.join(pack.languages)}, and not {language!r}."
            raise BadInput("Unknown language", detail=detail, where=language)
        if pack.programme(programme).over and not about:
            raise BadInput(
                "About whom?",
                detail=f"{programme} is about somebody whom {holder} is linked to.",
                where="--about",
                hint=f"Name one of {', '.join(name for name in self.names.values() if name != holder)}.",
            )


Spans = list[tuple[int, int, object]]


def read_facts(pack: Pack, lines: Iterable[str]) -> Given:
    """The facts of a file; a line that cannot be read is refused with its number."""
    reading = _Reading(pack.vocabulary)
    for number, text in enumerate(lines, start=1):
        if text.strip():
            try:
                reading.add(msgspec.json.decode(text, type=Line))
            except msgspec.DecodeError as error:
                raise BadInput("This is no fact", detail=str(error), where=f"line {number}") from error
            except BadInput as error:
                raise BadInput(
                    error.title, detail=error.detail, where=f"line {number}", hint=error.hint
                ) from error
    return reading.given()


class _Reading:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.numbers: dict[str, int] = {}
        self.kinds: dict[int, str] = {}
        self.spans: dict[int, dict[tuple[str, int], Spans]] = {}

    def add(self, line: Line) -> None:
        """One line."""
        relation = self._relation(line) if line.relation else None
        if relation is None:
            subject, member = self._subject(line.subject, self._kind(line)), 0
            attribute = self._attribute(f"{self.kinds[subject]}.{line.attribute}")
        else:
            one, other = self._subject(line.subject, relation.of), self._subject(line.member, relation.to)
            subject, member = (other, one) if relation.inverse_of else (one, other)
            attribute = self._attribute(f"{relation.link}.{line.attribute}")
        value = UNKNOWN if _is_unknown(line) else _value(self.vocabulary, attribute, line.value)
        start, end = _days(line)
        facts = self.spans.setdefault(subject, {})
        facts.setdefault((attribute.name, member), []).append((start, end, value))

    def given(self) -> Given:
        """All that was added."""
        history = {
            number: SubjectHistory(
                kind, {key: laid_out(spans) for key, spans in self.spans.get(number, {}).items()}
            )
            for number, kind in self.kinds.items()
        }
        known = {number: subject for number, subject in history.items() if number in self.spans}
        return Given(history=known, names={number: name for name, number in self.numbers.items()})

    def _subject(self, name: str, kind: str) -> int:
        if not name:
            raise BadInput("A subject is missing", detail="A link has a subject and a member.")
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        if self.kinds.setdefault(number, kind) != kind:
            raise BadInput("Two kinds", detail=f"{name!r} is a {self.kinds[number]} and a {kind}.")
        return number

    def _kind(self, line: Line) -> str:
        kind = line.kind or self.kinds.get(self.numbers.get(line.subject, 0), "")
        if kind not in self.vocabulary.kinds:
            known = ", ".join(self.vocabulary.kinds)
            raise BadInput(
                "Unknown kind", detail=f"{kind!r} is no kind of subject.", hint=f"There are {known}."
            )
        return kind

    def _relation(self, line: Line) -> Relation:
        named = [r for r in self.vocabulary.relations.values() if r.name.partition(".")[2] == line.relation]
        kind = line.kind or self.kinds.get(self.numbers.get(line.subject, 0), "")
        found = [r for r in named if r.of == kind] or named
        if len(found) != 1:
            known = [r.name.partition(".")[2] for r in self.vocabulary.relations.values()]
            hint = near_miss(line.relation, known) or f"There are {', '.join(known)}."
            raise BadInput("Unknown relation", detail=f"{line.relation!r} is no relation.", hint=hint)
        return found[0]

    def _attribute(self, name: str) -> Attribute:
        return self.vocabulary.attribute(name)


def laid_out(spans: Spans) -> tuple[tuple[int, object], ...]:
    """Spans [start, end) as segments: of those that cover a day, the one that began last holds."""
    starts = [start for start, _, _ in spans]
    if len(set(starts)) != len(starts):
        raise BadInput("Two values from one day", detail="Two lines give the same fact from the same day.")
    segments: list[tuple[int, object]] = []
    for day in sorted({day for start, end, _ in spans for day in (start, end) if day < END_OF_TIME}):
        covering = [(start, value) for start, end, value in spans if start <= day < end]
        value = max(covering, key=lambda c: c[0])[1] if covering else ABSENT
        if not segments or segments[-1][1] is not value:
            segments.append((day, value))
    return tuple(segments)


def _is_unknown(line: Line) -> bool:
    """Whether nobody knows; a line that says neither that nor a value, or both, is refused."""
    if line.unknown is (line.value is msgspec.UNSET):
        return line.unknown
    detail = f"The line says {'a value, too' if line.unknown else 'no value'}."
    raise BadInput("A value, or unknown", detail=detail, hint='"value": ... or "unknown": true, one of them.')


def _day(text: str) -> int:
    """A whole date: a month would be its first day, also where its last is meant."""
    if len(text) == len("2024-02"):
        raise BadInput(
            "Not a day", detail=f"{text!r} is a month.", hint="Write year-month-day, as 2024-02-29."
        )
    return from_iso(text)


def _days(line: Line) -> tuple[int, int]:
    start = BEGIN if line.since is None else _day(line.since)
    end = END_OF_TIME if line.until is None else _day(line.until) + 1
    if end <= start:
        raise BadInput("The last day is before the first", detail=f"From {line.since} to {line.until}.")
    return start, end


def _value(vocabulary: Vocabulary, attribute: Attribute, value: object) -> object:
    kind = attribute.type
    if kind.kind is Kind.DAY and isinstance(value, str):
        value = _day(value)
    elif kind.kind is Kind.DAY and value is not None:
        raise BadInput(
            "Not a day", detail=f"{attribute.name} is {value!r}.", hint=_wanted(vocabulary, attribute)
        )
    if kind.kind is Kind.DECIMAL and isinstance(value, str):
        value = canonical(value, kind)
    found = sound.problem(vocabulary, attribute, value)
    if found:
        raise BadInput("This fact cannot be", detail=f"{found}.", hint=_wanted(vocabulary, attribute))
    return value


def _wanted(vocabulary: Vocabulary, attribute: Attribute) -> str:
    return f"It takes {sound.takes(vocabulary, attribute)}."

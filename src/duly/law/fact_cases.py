"""Cases whose facts are told as in a file of facts, with the right answers beside them.

A file is `{"cases": [...]}`. A case has an `id`, a `why` (how the answer was worked out), the months `from`
and `to` that are looked at, the facts and what is `expected`; nothing else is to be due. Facts that
hold since ever stand under `subjects`, by name ({"mari": {"kind": "Person", "born": ...}}); links that begin
and end under `links`; anything else under `facts`, as the lines of a file of facts. Any pack can have them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from msgspec import Struct, ValidationError, convert, field

from duly.errors import BadInput
from duly.law.cases import Case, Expected
from duly.law.given import Given, read_facts
from duly.law.ir import Kind
from duly.law.money import kroner
from duly.law.world import SubjectHistory
from duly.timeline import END_OF_TIME, add_months, from_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["are_fact_cases", "read_fact_cases"]

S = TypeVar("S", bound="Form")


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case as it is written."""


class Tie(Form, frozen=True, kw_only=True):
    """A link from a first through a last day, with what else is known of it."""

    subject: str
    relation: str
    member: str
    since: str | None = field(name="from", default=None)
    until: str | None = field(name="to", default=None)
    details: Mapping[str, Any] = {}


class Answer(Form, frozen=True, kw_only=True):
    """What is due from a first through a last month (None: to the end); `about` is the holder if left out.

    `unknown`: that it is not known. Money may be written in its major unit, "12.50".
    """

    programme: str
    holder: str
    about: str = ""
    since: str = field(name="from")
    until: str | None = field(name="to")
    unknown: bool = False
    values: Mapping[str, Any] = {}


class Written(Form, frozen=True, kw_only=True):
    """A whole case. Rates that became known after the day `known_at` are left out."""

    id: str
    why: str
    since: str = field(name="from")
    until: str = field(name="to")
    known_at: str | None = None
    subjects: Mapping[str, Mapping[str, Any]] = {}
    links: tuple[Tie, ...] = ()
    facts: tuple[Mapping[str, Any], ...] = ()
    programmes: tuple[str, ...] = ()
    expected: tuple[Answer, ...]


def are_fact_cases(pack: Pack, document: object) -> bool:
    """Whether a document is to be read in this form: it has it, or the pack has no form of its own."""
    if not (pack.directory / "case_files.py").is_file():
        return True
    found = cast("Mapping[str, Any]", document).get("cases") if isinstance(document, Mapping) else None
    first: object = cast("list[object]", found)[0] if isinstance(found, list) and found else None
    return isinstance(first, Mapping) and {"why", "expected"} <= cast("Mapping[str, Any]", first).keys()


def read_fact_cases(pack: Pack, document: object) -> Iterator[Case]:
    """Each case of a file. Raises BadInput for what is no case, and says which."""
    found = cast("Mapping[str, Any]", document).get("cases") if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        detail, hint = "It has no list of cases.", 'Write {"cases": [...]}.'
        raise BadInput("This is no case file", detail=detail, hint=hint)
    base = 1
    for number, each in enumerate(cast("list[object]", found), start=1):
        where = f"case {number}"
        try:
            written = convert(each, Written)
        except ValidationError as error:
            hint = "See the page on case files of facts and answers."
            raise BadInput("This is no case", detail=f"{error}.", where=where, hint=hint) from error
        try:
            case = _case(pack, written, base)
        except BadInput as error:
            where = f"{where}, {written.id}: {error.where}"
            raise BadInput(error.title, detail=error.detail, where=where, hint=error.hint) from error
        base += len(case.names)
        yield case


def _case(pack: Pack, written: Written, base: int) -> Case:
    given = read_facts(pack, (json.dumps(line) for line in _lines(written)))
    first, last = _month(written.since), add_months(_month(written.until), 1)
    names = {number + base: name for number, name in given.names.items()}
    return Case(
        id=written.id,
        title=written.why,
        history={number + base: _moved(subject, base) for number, subject in given.history.items()},
        known_at=None if written.known_at is None else from_iso(written.known_at),
        first=first,
        last=last,
        window=(first, last - 1),
        programmes=written.programmes or tuple(pack.programmes),
        expected=tuple(_expected(pack, answer, given, base) for answer in written.expected),
        fields=frozenset(name for answer in written.expected for name in answer.values),
        left_out="",
        names=names,
    )


def _lines(written: Written) -> Iterator[dict[str, Any]]:
    for name, facts in written.subjects.items():
        said = {attribute: value for attribute, value in facts.items() if attribute != "kind"}
        for attribute, value in said.items():
            yield {"subject": name, "kind": facts.get("kind", ""), "attribute": attribute, "value": value}
    for tie in written.links:
        ends = {"subject": tie.subject, "relation": tie.relation, "member": tie.member}
        yield {**ends, "attribute": "present", "value": True, "from": tie.since, "to": tie.until}
        for attribute, value in tie.details.items():
            yield {**ends, "attribute": attribute, "value": value}
    yield from (dict(line) for line in written.facts)


def _moved(subject: SubjectHistory, base: int) -> SubjectHistory:
    """The same with other numbers, so that all cases are evaluated together."""
    facts = {
        (attribute, member + base if member else 0): spans
        for (attribute, member), spans in subject.facts.items()
    }
    return replace(subject, facts=facts)


def _expected(pack: Pack, answer: Answer, given: Given, base: int) -> Expected:
    holder = given.number(answer.holder)
    about = given.number(answer.about) if answer.about else holder
    types = dict(pack.programme(answer.programme).fields)
    unknown = [name for name in answer.values if name not in types]
    if unknown:
        detail = f"{answer.programme} gives no {unknown[0]}."
        raise BadInput("Unknown value", detail=detail, hint=f"It gives {', '.join(types)}.")
    return Expected(
        programme=answer.programme,
        holder=holder + base,
        about=about + base,
        first=_month(answer.since),
        end=END_OF_TIME if answer.until is None else add_months(_month(answer.until), 1),
        values=None if answer.unknown else {n: _minor(types[n].kind, v) for n, v in answer.values.items()},
    )


def _minor(kind: Kind, value: object) -> object:
    return int(kroner(value)) if kind is Kind.MONEY and isinstance(value, str) else value


def _month(text: str) -> int:
    if len(text) != len("2024-02"):
        raise BadInput("Not a month", detail=f"{text!r} is no month.", hint="Write it as 2024-02.")
    return from_iso(f"{text}-01")

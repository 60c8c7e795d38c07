"""Cases told as facts, for any pack: the lines of a file of facts, and what they lead to, month by month.

    {"cases": [{"id": "...", "title": "...", "from": "2024-01", "to": "2024-12",
                "facts": [{"subject": ...}, ...],
                "expected": [{"programme": "...", "holder": "...", "from": "2024-03", "to": null,
                              "values": {"amount": "12.50"}}]}]}

Only what `values` names is compared. `"unknown": true` expects that it is not known. What no line expects
must not be due. `known_at` leaves out rates that became known after that day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from duly.errors import BadInput
from duly.law.cases import Case, Expected, month
from duly.law.given import Given, read_facts
from duly.law.ir import Kind
from duly.law.money import kroner
from duly.law.world import SubjectHistory
from duly.timeline import END_OF_TIME, add_months, from_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["are_told", "read"]

APART: Final = 1_000_000
"""So many numbers lie between the first subjects of two cases, which are evaluated together."""


class ExpectedRow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """One stretch of months of one programme; `about` is the holder unless it is named."""

    programme: str
    holder: str
    since: str
    until: str | None
    about: str = ""
    unknown: bool = False
    values: dict[str, Any] = {}


class ToldCase(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """One case as written. `source` says where the answer comes from; `working` how it was worked out."""

    id: str
    title: str
    since: str
    until: str
    facts: list[dict[str, Any]]
    expected: list[ExpectedRow]
    programmes: list[str] = []
    known_at: str | None = None
    source: str = ""
    working: str = ""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cases: list[ToldCase]
    about: str = ""


def are_told(document: object) -> bool:
    """Whether a document holds cases of this kind."""
    cases = cast(Mapping[str, Any], document).get("cases") if isinstance(document, dict) else None
    first: Any = cast(list[Any], cases)[0] if isinstance(cases, list) and cases else None
    return isinstance(first, dict) and {"facts", "expected"} <= cast(dict[str, Any], first).keys()


def read(pack: Pack, document: object) -> Iterator[Case]:
    """The cases of a document; one that cannot be read is refused with its place."""
    try:
        told = msgspec.convert(document, Document)
    except msgspec.ValidationError as error:
        hint = "See the page on cases: id, title, from, to, facts and expected."
        raise BadInput("This is no case", detail=str(error), hint=hint) from error
    for at, case in enumerate(told.cases):
        try:
            yield _case(pack, case, at * APART)
        except BadInput as error:
            where = f"{case.id}, {error.where}" if error.where else case.id
            raise BadInput(error.title, detail=error.detail, where=where, hint=error.hint) from error


def _case(pack: Pack, told: ToldCase, ahead: int) -> Case:
    given = read_facts(pack, [msgspec.json.encode(line).decode() for line in told.facts])
    first, after = month(told.since), add_months(month(told.until), 1)
    expected = tuple(_expected(pack, given, row, ahead) for row in told.expected)
    return Case(
        id=told.id,
        title=told.title,
        history={number + ahead: _apart(subject, ahead) for number, subject in given.history.items()},
        known_at=None if told.known_at is None else from_iso(told.known_at),
        first=first,
        last=after,
        window=(first, add_months(after, -1)),
        programmes=tuple(told.programmes or pack.programmes),
        expected=expected,
        fields=frozenset(name for row in expected for name in row.values or ()),
        left_out="",
        names={number + ahead: name for number, name in given.names.items()},
    )


def _apart(subject: SubjectHistory, ahead: int) -> SubjectHistory:
    facts = {
        (name, member + ahead if member else 0): spans for (name, member), spans in subject.facts.items()
    }
    return SubjectHistory(subject.kind, facts)


def _expected(pack: Pack, given: Given, row: ExpectedRow, ahead: int) -> Expected:
    types = dict(pack.programme(row.programme).fields)
    wrong = sorted(row.values.keys() - types.keys())
    if wrong:
        raise BadInput(
            "No such value",
            detail=f"{row.programme} gives no {', '.join(wrong)}.",
            hint=f"It gives {', '.join(types)}.",
        )
    values = {name: _minor(types[name].kind, value) for name, value in row.values.items()}
    return Expected(
        programme=row.programme,
        holder=given.number(row.holder) + ahead,
        about=given.number(row.about or row.holder) + ahead,
        first=month(row.since),
        end=END_OF_TIME if row.until is None else add_months(month(row.until), 1),
        values=None if row.unknown else values,
    )


def _minor(kind: Kind, value: Any) -> Any:
    """Money may be written in its major unit, "12.50"."""
    return int(kroner(value)) if kind is Kind.MONEY and isinstance(value, str) else value

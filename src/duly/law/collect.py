"""Reads the classes of a vocabulary module into records; what they cannot mean is refused here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType, ModuleType, NoneType, UnionType
from typing import Union, cast, get_args, get_origin, get_type_hints

from duly.errors import BadInput, near_miss
from duly.law import sound
from duly.law.decimals import MOST_DIGITS, Decimal
from duly.law.declare import (
    PRESENT,
    Choice,
    Code,
    Day,
    DeclaredAttribute,
    DeclaredRelation,
    Link,
    Subject,
    owning_of,
)
from duly.law.ir import Kind, Type
from duly.law.money import Money
from duly.law.rates import CURRENCY
from duly.law.situation import Missing
from duly.law.vocabulary import MARKS, Attribute, Relation, Vocabulary, canonical

__all__ = ["collect", "type_of"]


def collect(module: ModuleType) -> Vocabulary:
    """The vocabulary that a module's classes declare."""
    classes = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    kinds = {c.__name__: c for c in classes if issubclass(c, Subject)}
    links = {c.__name__: c for c in classes if issubclass(c, Link)}
    relations = {r.name: r for kind in kinds.values() for r in _relations_of(kind)}
    _one_relation_each(links, relations)
    attributes = {a.name: a for owner in (*kinds.values(), *links.values()) for a in _attributes_of(owner)}
    for kind in kinds.values():
        attributes.update({a.name: a for a in _presences_of(kind)})
    found = Vocabulary(
        kinds=MappingProxyType(kinds),
        links=MappingProxyType(links),
        choices=MappingProxyType({c.__name__: c for c in classes if issubclass(c, Choice)}),
        attributes=MappingProxyType(attributes),
        relations=MappingProxyType(relations),
    )
    for attribute in attributes.values():
        _must_be_possible(found, attribute)
    return found


def _one_relation_each(links: Iterable[str], relations: Mapping[str, Relation]) -> None:
    for link in links:
        owning = [r.name for r in relations.values() if r.link == link and not r.inverse_of]
        if len(owning) != 1:
            raise BadInput(
                "A kind of link belongs to one relation",
                detail=f"{link} is the link of {', '.join(owning) or 'none'}.",
                where=link,
                hint="Declare a class of links for each relation.",
            )


def _attributes_of(owner: type) -> Iterator[Attribute]:
    try:
        hints = get_type_hints(owner)
    except (NameError, SyntaxError, TypeError, AttributeError) as error:
        hint = "a type that is declared or imported"
        raise BadInput("Unknown type", detail=f"{error}.", where=owner.__name__, hint=hint) from error
    for name, declared in vars(owner).items():
        if isinstance(declared, DeclaredAttribute) and name != PRESENT:
            full = declared.reference.name
            yield _record(declared, full, _typed(declared, type_of(hints[name], where=full), full))


def _typed(declared: DeclaredAttribute, kind: Type, where: str) -> Type:
    """The type with what the declaration says of it: the digits of a decimal, the currency of money."""
    if (kind.kind is Kind.DECIMAL) != (declared.digits is not None):
        raise BadInput(
            "Digits of a decimal",
            detail=f"{where} is a Decimal without digits, or has digits and is no Decimal.",
            where=where,
            hint="x: Decimal = attribute(..., digits=6)",
        )
    if declared.currency and (kind.kind is not Kind.MONEY or not CURRENCY.fullmatch(declared.currency)):
        raise BadInput(
            "Currency of money",
            detail=f"{where} is of the currency {declared.currency!r}.",
            where=where,
            hint='x: Money = attribute(..., currency="EUR"), with the three letters of ISO 4217.',
        )
    if declared.digits is not None and not 0 <= declared.digits <= MOST_DIGITS:
        raise BadInput(
            "Digits of a decimal",
            detail=f"{where} has {declared.digits} digits after the point.",
            where=where,
            hint=f"0 to {MOST_DIGITS} digits.",
        )
    if kind.kind is Kind.DECIMAL:
        return replace(kind, name=str(declared.digits))
    return replace(kind, name=declared.currency) if declared.currency else kind


def _must_be_possible(vocabulary: Vocabulary, attribute: Attribute) -> None:
    """Refuse bounds that leave nothing or bound no number, and an absence that means what cannot be."""
    name, least, most = attribute.name, attribute.least, attribute.most
    bounded = least is not None or most is not None
    if bounded and attribute.type.kind not in (*sound.NUMBERS, Kind.DECIMAL):
        hint = "The attribute without least= and most=."
        raise _refused(name, detail=f"{name} is no number and has bounds.", hint=hint)
    if least is not None and most is not None and least > most:
        hint = "least= that is not above most=."
        raise _refused(name, detail=f"{name} is at least {least} and at most {most}.", hint=hint)
    problem = sound.problem(vocabulary, attribute, attribute.absent)
    if problem:
        hint = f"It takes {sound.takes(vocabulary, attribute)}."
        raise _refused(name, detail=f"absent=: {problem}.", hint=hint)
    if attribute.marks:
        _must_mark(vocabulary, attribute)


def _must_mark(vocabulary: Vocabulary, attribute: Attribute) -> None:
    """Refuse a mark that is none, or that cannot be read as a yes or a no of a subject."""
    if attribute.marks not in MARKS:
        hint = near_miss(attribute.marks, MARKS) or f"It is one of {', '.join(MARKS)}."
        raise _refused(
            attribute.name,
            detail=f"{attribute.name} marks {attribute.marks!r}, which is no state.",
            hint=hint,
        )
    of_subject = attribute.owner in vocabulary.kinds
    if not of_subject or not (attribute.type.kind is Kind.BOOL or attribute.type.optional):
        hint = "An attribute of a subject that is bool, or that may be None."
        raise _refused(attribute.name, detail=f"{attribute.name} marks nobody.", hint=hint)


def _refused(name: str, *, detail: str, hint: str) -> BadInput:
    return BadInput("No value is possible", detail=detail, where=name, hint=hint)


def _presences_of(owner: type) -> Iterator[Attribute]:
    for declared in vars(owner).values():
        if isinstance(declared, DeclaredRelation) and declared.present is not None:
            present = Type(kind=Kind.BOOL, optional=False, name="")
            yield _record(declared.present, f"{declared.ends()[1].__name__}.{PRESENT}", present)


def _record(declared: DeclaredAttribute, name: str, kind: Type) -> Attribute:
    return Attribute(
        name=name,
        type=kind,
        category=declared.category,
        register=declared.register,
        purposes=declared.purposes,
        absent=declared.absent if isinstance(declared.absent, Missing) else canonical(declared.absent, kind),
        least=declared.least,
        most=declared.most,
        suspends=declared.suspends,
        marks=declared.marks,
        keep_years=declared.keep_years,
    )


def _relations_of(owner: type[Subject]) -> Iterator[Relation]:
    for declared in vars(owner).values():
        if isinstance(declared, DeclaredRelation):
            to, link = declared.ends()
            owning = owning_of(owner, declared.inverse_of).reference.name if declared.inverse_of else ""
            yield Relation(
                name=declared.reference.name,
                of=owner.__name__,
                link=link.__name__,
                to=to.__name__,
                inverse_of=owning,
            )


PLAIN_KINDS: dict[object, Kind] = {
    bool: Kind.BOOL,
    int: Kind.INT,
    Money: Kind.MONEY,
    Day: Kind.DAY,
    Code: Kind.CODE,
    Decimal: Kind.DECIMAL,
    str: Kind.TEXT,
}


def type_of(hint: object, *, where: str = "") -> Type:
    """The type that an annotation of an attribute names."""
    optional = False
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        optional, hint = True, parts[0] if len(parts) == 1 else hint
    if isinstance(hint, type) and issubclass(hint, Choice):
        return Type(kind=Kind.CHOICE, optional=optional, name=hint.__name__)
    kind = PLAIN_KINDS.get(cast(object, hint))
    if kind is None:
        raise BadInput(
            "Unknown type of attribute",
            detail=f"{hint} is no type of an attribute.",
            where=where,
            hint="bool, int, Decimal, Money, Day, Code, str or a Choice, with or without None",
        )
    return Type(kind=kind, optional=optional, name="")

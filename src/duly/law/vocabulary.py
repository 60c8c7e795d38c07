"""Everything that a pack's registers know, as frozen records by full name: attributes, relations, choices.

Authors write classes (`duly.law.declare`); every stage reads this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from duly.errors import BadInput, near_miss
from duly.law import decimals
from duly.law.declare import Choice, Link, Subject
from duly.law.ir import NONE, Kind, Type
from duly.law.money import Money

__all__ = ["MARKS", "Attribute", "Relation", "Vocabulary", "canonical", "pack_code", "unpack_code"]

CODE_LENGTH = 9
MARKS: Final = ("protected", "sealed", "contested")
"""What is to be minded of a subject, before anything of them is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a kind of subject or link, as declared.

    `absent` is the canonical value that no assertion means, or UNKNOWN. `keep_years` is None where the
    category's own period (pack.toml) applies. `suspends`: while it has a value, payment waits. `marks` is the
    state of a subject (of MARKS) of whom it is true, or that has it, or of whom it is not known; "" for none.
    """

    name: str
    type: Type
    category: str
    register: str
    purposes: frozenset[str]
    absent: object
    least: int | None
    most: int | None
    suspends: bool
    marks: str
    keep_years: int | None

    @property
    def owner(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A dated link between two kinds of subject. `inverse_of` names the owning relation, "" if this owns."""

    name: str
    of: str
    link: str
    to: str
    inverse_of: str

    @property
    def owning(self) -> str:
        return self.inverse_of or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """All declarations of a pack by full name."""

    kinds: Mapping[str, type[Subject]]
    links: Mapping[str, type[Link]]
    choices: Mapping[str, type[Choice]]
    attributes: Mapping[str, Attribute]
    relations: Mapping[str, Relation]

    def attribute(self, name: str) -> Attribute:
        """The attribute with this full name; a wrong name is answered with the nearest right one."""
        found = self.attributes.get(name)
        if found is None:
            raise BadInput(
                "Unknown attribute",
                detail=f"The vocabulary has no attribute {name!r}.",
                where=name,
                hint=near_miss(name, self.attributes),
            )
        return found

    def categories(self) -> frozenset[str]:
        return frozenset(a.category for a in self.attributes.values())

    def marks(self) -> tuple[Attribute, ...]:
        """The attributes that mark whom they are about."""
        return tuple(a for a in self.attributes.values() if a.marks)

    def encode(self, kind: Type, value: object) -> int:
        """A canonical value as it stands in an int64 column."""
        if value is None:
            return NONE
        if kind.kind is Kind.CHOICE:
            return self.index_of(kind.name, value)
        if kind.kind is Kind.CODE:
            return pack_code(str(value))
        if kind.kind is Kind.DECIMAL:
            return decimals.scaled(value, int(kind.name))
        return int(cast(int, value))

    def decode(self, kind: Type, value: int) -> object:
        """What stands in an int64 column as a canonical value."""
        if value == NONE:
            return None
        if kind.kind is Kind.CHOICE:
            return list(self.choices[kind.name])[value].value
        if kind.kind is Kind.CODE:
            return unpack_code(value)
        if kind.kind is Kind.DECIMAL:
            return decimals.unscaled(value, int(kind.name))
        return bool(value) if kind.kind is Kind.BOOL else int(value)

    def index_of(self, choice: str, value: object) -> int:
        """The index of a member given by its string value."""
        values = [member.value for member in self.choices[choice]]
        if value not in values:
            raise BadInput(
                "Unknown choice",
                detail=f"{value!r} is not one of {', '.join(values)}.",
                where=choice,
            )
        return values.index(cast(str, value))


def pack_code(text: str) -> int:
    """Up to 9 ASCII characters, 7 bits each, the first one highest; order is kept."""
    if len(text) > CODE_LENGTH or not text.isascii():
        raise BadInput(
            "Not a code",
            detail=f"{text!r} is longer than {CODE_LENGTH} characters or has characters outside ASCII.",
        )
    packed = 0
    for character in text.ljust(CODE_LENGTH, "\0"):
        packed = packed << 7 | ord(character)
    return packed


def unpack_code(packed: int) -> str:
    """The characters that `pack_code` packed."""
    characters = [chr(packed >> 7 * place & 0x7F) for place in reversed(range(CODE_LENGTH))]
    return "".join(characters).rstrip("\0")


def canonical(value: object, kind: Type | None = None) -> object:
    """An author's value as storage and JSON have it: choices and decimals as text, money and days as int.

    A decimal may have as many digits as its type says; without a type, as many as any.
    """
    if isinstance(value, Choice):
        return value.value
    if kind is not None and kind.kind is Kind.DECIMAL and value is not None:
        return decimals.canonical(value, int(kind.name))
    if isinstance(value, Fraction):
        return decimals.canonical(value, decimals.MOST_DIGITS)
    if isinstance(value, Money):
        return int(value)
    return value

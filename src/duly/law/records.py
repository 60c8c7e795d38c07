"""What a programme gives is a frozen record; a pack may declare its own, a payment's has an `amount`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, dataclass_transform, get_type_hints

from duly.errors import BadInput
from duly.law.declare import Choice, Code
from duly.law.money import Money

__all__ = ["Discount", "Enrolment", "Grant", "Record", "discount_in_words", "fields_of"]


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Base of what programmes give: `class Allowance(Record): base: Money; amount: Money`."""

    def __init_subclass__(cls) -> None:
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)


class Grant(Record):
    """A payment: `before` is the amount before an officer's override, `percent` and `amount` what stands."""

    rate: Money
    percent: int
    before: Money
    amount: Money
    override: Choice


class Enrolment(Record):
    """A place with a provider."""

    provider: Code


class Discount(Record):
    """A discount that a supplier applies, in hundredths of a percent of what `on` names (33.8 % is 3380)."""

    basis_points: int
    on: Choice


def discount_in_words(values: Mapping[str, Any]) -> str:
    """A discount as people write it: 33.8 %, what it is on, and whatever else the record says."""
    whole, rest = divmod(int(values["basis_points"]), 100)
    part = f".{rest:02d}".rstrip("0") if rest else ""
    others = (str(value) for name, value in values.items() if name != "basis_points")
    return ", ".join([f"{whole}{part} %", *others])


def fields_of(record: type[Record]) -> dict[str, Any]:
    """The type of each field, in order of declaration."""
    try:
        hints = get_type_hints(record)
    except (NameError, SyntaxError, TypeError, AttributeError) as error:
        hint = "a type that is declared or imported"
        raise BadInput("Unknown type", detail=f"{error}.", where=record.__name__, hint=hint) from error
    return {field.name: hints[field.name] for field in dataclasses.fields(record)}  # pyright: ignore[reportArgumentType]  # every subclass is a dataclass

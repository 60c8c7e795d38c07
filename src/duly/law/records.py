"""What a programme gives: one frozen record for each kind of programme."""

from __future__ import annotations

from dataclasses import dataclass

from duly.law.declare import Choice, Code
from duly.law.money import Money

__all__ = ["RECORDS", "Enrolment", "Grant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A payment: `before` is the amount before an officer's override, `percent` and `amount` what stands."""

    rate: Money
    percent: int
    before: Money
    amount: Money
    override: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A place with a provider."""

    provider: Code


RECORDS: dict[str, type[Grant] | type[Enrolment]] = {"Grant": Grant, "Enrolment": Enrolment}

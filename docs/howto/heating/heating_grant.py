"""The Heating Grant Act of the example, section by section."""

from duly.law import (
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Money,
    cents,
    euros,
    programme,
    round_to,
    rule,
    this_month,
    under,
)

from . import rates
from .vocabulary import HeatingGrant, Person

LAW = "Heating Grant Act (example)"


@rule(law="Heating Grant Act (example) § 1")
def grown_up(person: Person) -> bool:
    """You are 18 or older."""
    return not this_month.last(lambda: under(person.born, 18, leap=DOWN))


@rule(law="Heating Grant Act (example) § 3")
def children(person: Person) -> int:
    """The children under 18 in your household."""
    return this_month.first(
        lambda: len([c for c, living in person.household if living.present and under(c.born, 18, leap=DOWN)])
    )


@rule(law="Heating Grant Act (example) § 3")
def counted_income(person: Person) -> Money:
    """What of your income counts: what is above the free part, which each child makes larger."""
    income = this_month.first(lambda: person.income)
    return max(income - rates.FREE - rates.EACH * children(person), euros(0))


@rule(law="Heating Grant Act (example) § 2")
def base(person: Person) -> Money:
    """The base by what your home is heated with."""
    return this_month.first(lambda: rates.BASE[person.heats_with])


@programme(
    "heating.grant",
    agency="welfare",
    law="Heating Grant Act (example) §§ 1 to 4",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="heating",
)
def heating_grant(person: Person) -> HeatingGrant | None:
    """The heating grant."""
    if not grown_up(person):
        return None
    reduction = min(round_to(counted_income(person) * rates.TAKEN, cents(1), HALF_UP), base(person))
    left = base(person) - reduction
    if left < rates.LEAST:
        return None
    return HeatingGrant(base=base(person), reduction=reduction, amount=left)

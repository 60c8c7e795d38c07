"""The supplements of Finnmark with North Troms and of Svalbard (Barnetrygdloven § 10), for each child there.

They follow child benefit for the child, and nothing that another country pays touches them.
"""

from duly.law import (
    ALWAYS,
    AUTOMATIC,
    MONTH,
    Grant,
    Money,
    previous_month,
    programme,
    review,
    rule,
    this_month,
)

from . import rates
from .child_benefit import counts, percent, place, resident, share
from .vocabulary import Care, Override, Person, Place


@rule(law="Barnetrygdloven § 10")
def lives_in(person: Person, where: Place) -> bool:
    """You live in a place with this supplement. | {person} lives in a place with this supplement."""
    return resident(person) and place(person) == where


@rule(law="Barnetrygdloven §§ 10, 11")
def place_counts(carer: Person, child: Person, where: Place) -> bool:
    """You and the child lived there when the month began."""
    return previous_month.last(
        lambda: lives_in(carer, where) and lives_in(child, where)
    ) and this_month.first(lambda: lives_in(carer, where) and lives_in(child, where))


@rule(law="Barnetrygdloven §§ 10, 11")
def place_supplement(carer: Person, child: Person, care: Care, where: Place, rate: Money) -> Grant | None:
    """Child benefit is paid for the child, and you and the child live there."""
    part = percent(care)
    if not counts(carer, child, care) or part == 0 or not place_counts(carer, child, where):
        return None
    amount = share(rate, part)
    return Grant(rate=rate, percent=part, before=amount, amount=amount, override=Override.NONE)


@programme(
    "barnetrygd.finnmark",
    agency="nav",
    law="Barnetrygdloven §§ 10, 11",
    over=Person.cares_for,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="child-benefit",
)
def finnmark(carer: Person, child: Person, care: Care) -> Grant | None:
    """A supplement for each child who lives with you in Finnmark or North Troms."""
    if rates.FINNMARK is None:
        return None
    return place_supplement(carer, child, care, Place.FINNMARK, rates.FINNMARK)


@programme(
    "barnetrygd.svalbard",
    agency="nav",
    law="Barnetrygdloven §§ 3, 10, 11",
    over=Person.cares_for,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="child-benefit",
)
def svalbard(carer: Person, child: Person, care: Care) -> Grant | None:
    """A supplement for each child who lives with you on Svalbard."""
    if rates.SVALBARD is None:
        return None
    return place_supplement(carer, child, care, Place.SVALBARD, rates.SVALBARD)


@rule(law="Folkeregisterloven kapittel 10")
def would_betray(carer: Person, child: Person) -> bool:
    """The child, or somebody the child lives with, has an address that is hidden from {carer}."""
    return not carer.protected and (
        child.protected or any(other.protected for other, link in child.cared_for_by if link.present)
    )


@review(
    "barnetrygd.finnmark",
    law="Folkeregisterloven kapittel 10",
    when=ALWAYS,
    reason="The supplement would tell where a protected child lives.",
)
def finnmark_would_betray(carer: Person, child: Person, care: Care) -> bool:
    """A supplement tells where the child lives, and the address is hidden."""
    return would_betray(carer, child)


@review(
    "barnetrygd.svalbard",
    law="Folkeregisterloven kapittel 10",
    when=ALWAYS,
    reason="The supplement would tell where a protected child lives.",
)
def svalbard_would_betray(carer: Person, child: Person, care: Care) -> bool:
    """A supplement tells where the child lives, and the address is hidden."""
    return would_betray(carer, child)

"""Child benefit (Barnetrygdloven): who has it for a child, from which month, and how much of it.

A condition counts in a month when it holds on the last day of the month before and on the first day of the
month (§ 11). An officer's finding replaces a condition for the days that it covers.
"""

from duly.law import (
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Grant,
    Money,
    condition,
    kroner,
    previous_month,
    programme,
    round_to,
    rule,
    this_month,
    today,
    under,
)

from . import rates
from .codes import FINNMARK_AND_NORTH_TROMS, SVALBARD
from .two_countries import EEA, foreign, what_is_left
from .vocabulary import Care, Override, Permit, Person, Place, Role, Shared

LAW = "Barnetrygdloven"


@rule(law="Barnetrygdloven § 11")
def alive(person: Person) -> bool:
    """You are alive. | {person} is alive."""
    return person.died is None or today() <= person.died


@condition(law="Barnetrygdloven § 4", finding=Person.resident_finding)
def resident(person: Person) -> bool:
    """You live in Norway. | {person} lives in Norway."""
    return alive(person) and person.municipality is not None


@condition(law="Barnetrygdloven § 4", finding=Person.lawful_finding)
def lawful_residence(person: Person) -> bool:
    """You have the right to stay in Norway. | {person} has the right to stay in Norway."""
    return person.permit != Permit.NONE


@condition(law="Barnetrygdloven § 2", finding=Person.unmarried_finding)
def unmarried(child: Person) -> bool:
    """{child} is neither married nor in a registered partnership."""
    return not child.married


@condition(law="Barnetrygdloven § 2", finding=Person.under_18_finding)
def under_18(child: Person) -> bool:
    """{child} is under 18."""
    return under(child.born, 18, leap=DOWN) and alive(child)


@condition(law="Barnetrygdloven § 2", finding=Care.lives_finding)
def lives_with(care: Care) -> bool:
    """The child lives with you. | The child lives with the carer."""
    return care.present


@condition(law="Barnetrygdloven § 9", finding=Person.lone_parent_finding)
def lone_parent(carer: Person) -> bool:
    """You are alone with the child. | {carer} is alone with the child."""
    return carer.lone_parent and alive(carer)


@condition(law="Barnetrygdloven § 10", finding=Person.place_finding)
def place(person: Person) -> Place:
    """No place had a supplement of its own yet."""
    return Place.ELSEWHERE


@condition(law="Barnetrygdloven § 10", finding=Person.place_finding, since="2025-09-01", replaces=place)
def place_since_september_2025(person: Person) -> Place:
    """Whether you live in a place with a supplement. | Whether {person} lives in such a place."""
    if person.municipality is None:
        return Place.ELSEWHERE
    if person.municipality in SVALBARD:
        return Place.SVALBARD
    if person.municipality in FINNMARK_AND_NORTH_TROMS:
        return Place.FINNMARK
    return Place.ELSEWHERE


@rule(law="Barnetrygdloven § 12")
def recipient(child: Person, care: Care) -> bool:
    """You are the one who receives it: of parents living together the mother, unless they named the other."""
    if care.shared != Shared.NO:
        return True
    if any(other.recipient == True for _, other in child.cared_for_by if other.present):  # noqa: E712
        return care.recipient == True  # noqa: E712
    if len([other for _, other in child.cared_for_by if other.present]) <= 1:
        return True
    if len([other for _, other in child.cared_for_by if other.present and other.role == Role.MOTHER]) == 1:
        return care.role == Role.MOTHER
    return care.named_recipient


@rule(law="Barnetrygdloven §§ 2, 4")
def entitled(carer: Person, child: Person, care: Care) -> bool:
    """The child is under 18, unmarried and lives with you, and you both live lawfully in Norway."""
    return (
        under_18(child)
        and lives_with(care)
        and unmarried(child)
        and resident(child)
        and lawful_residence(child)
        and resident(carer)
        and lawful_residence(carer)
        and recipient(child, care)
    )


@rule(law="Barnetrygdloven § 11")
def counts(carer: Person, child: Person, care: Care) -> bool:
    """The conditions were met when the month began, and the child is under 18 all month."""
    return (
        previous_month.last(lambda: entitled(carer, child, care))
        and this_month.first(lambda: entitled(carer, child, care))
        and previous_month.last(lambda: under(child.born, 18, leap=DOWN))
        and this_month.last(lambda: under(child.born, 18, leap=DOWN))
    )


@rule(law="Barnetrygdloven §§ 2, 11")
def percent_by_residence(care: Care) -> int:
    """Half where two homes share the child and the benefit is split, else all."""
    shared = this_month.first(lambda: care.shared)
    if shared != Shared.NO and previous_month.last(lambda: care.shared) == Shared.SPLIT:
        return 50
    return 100


@rule(law="Barnetrygdloven §§ 2, 11, 12")
def percent_that_counts(care: Care) -> int:
    """The part of the child that counts for extended benefit."""
    override = this_month.first(lambda: care.override)
    if override == Override.BACK_PAYMENT_LIMIT_3_YEARS or override == Override.BACK_PAYMENT_LIMIT_3_MONTHS:
        return this_month.first(lambda: care.override_percent)
    if override == Override.CHANGE_OF_RECIPIENT:
        return this_month.first(lambda: care.override_percent)
    return percent_by_residence(care)


@rule(law="Barnetrygdloven §§ 2, 11, 12")
def percent(care: Care) -> int:
    """The part that is paid for the child."""
    if this_month.first(lambda: care.override) != Override.NONE:
        return this_month.first(lambda: care.override_percent)
    return percent_by_residence(care)


@rule(law="Barnetrygdloven § 10")
def share(rate: Money, part: int) -> Money:
    """The rate times the part, rounded to whole kroner, halves up."""
    return round_to(rate * part / 100, kroner(1), HALF_UP)


@rule(law="Barnetrygdloven § 10")
def rate_for(child: Person) -> Money:
    """The rate for the child's age."""
    if rates.UNDER_6 is not None and this_month.last(lambda: under(child.born, 6, leap=DOWN)):
        return rates.UNDER_6
    return rates.ORDINARY


@programme(
    "barnetrygd.ordinary",
    agency="nav",
    law="Barnetrygdloven §§ 2, 10, 11",
    over=Person.cares_for,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="child-benefit",
)
def ordinary(carer: Person, child: Person, care: Care) -> Grant | None:
    """Child benefit for each child under 18 who lives with you."""
    if not counts(carer, child, care):
        return None
    rate = rate_for(child)
    return Grant(
        rate=rate,
        percent=percent(care),
        before=share(rate, percent_by_residence(care)),
        amount=what_is_left(share(rate, percent(care)), foreign(care)),
        override=this_month.first(lambda: care.override),
    )


@rule(law=EEA)
def shortfall(child: Person, care: Care) -> Money:
    """What another country pays for the child beyond the child's own benefit."""
    return what_is_left(foreign(care), share(rate_for(child), percent_by_residence(care)))

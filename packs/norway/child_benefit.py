"""Child benefit (Barnetrygdloven): ordinary, extended, small-child supplement, Finnmark and Svalbard.

A condition counts in a month when it holds on the last day of the month before and on the first day of the
month (§ 11). An officer's finding replaces a condition for the days that it covers.
"""

from duly.law import (
    ALWAYS,
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Grant,
    Money,
    Share,
    condition,
    kroner,
    previous_month,
    programme,
    review,
    round_to,
    rule,
    this_month,
    today,
    under,
    used,
)

from . import rates
from .codes import FINNMARK_AND_NORTH_TROMS, SVALBARD
from .two_countries import for_each, foreign, second, what_is_left
from .vocabulary import Care, Override, Permit, Person, Place, Role, Shared, Transitional

LAW = "Barnetrygdloven"
EEA = "Forordning (EF) 883/2004 artikkel 68"


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


@rule(law="Barnetrygdloven § 2")
def abroad(care: Care) -> bool:
    """The child lives abroad with the other parent."""
    if this_month.first(lambda: care.shared) != Shared.NO:
        return previous_month.last(lambda: care.abroad_with_other_parent)
    return this_month.first(lambda: care.abroad_with_other_parent)


@rule(law="Barnetrygdloven §§ 9, 11")
def extended_percent_by_children(carer: Person) -> int | None:
    """You are alone with a child: the highest part among the children."""
    if not (previous_month.last(lambda: lone_parent(carer)) and this_month.first(lambda: lone_parent(carer))):
        return None
    return max(
        (
            percent_that_counts(care)
            for child, care in carer.cares_for
            if counts(carer, child, care) and not abroad(care)
        ),
        default=None,
    )


@rule(law="Barnetrygdloven §§ 9, 11, 12")
def extended_percent(carer: Person) -> int | None:
    """The part of extended benefit that is paid."""
    basis = extended_percent_by_children(carer)
    if basis is not None and this_month.first(lambda: carer.override) != Override.NONE:
        return this_month.first(lambda: carer.override_percent)
    return basis


@rule(law="Barnetrygdloven §§ 9, 10")
def extended_amount(carer: Person) -> Money:
    """The amount of extended benefit before what another country pays."""
    part = extended_percent(carer)
    return kroner(0) if part is None else share(rates.EXTENDED, part)


@rule(law=EEA)
def at_home(carer: Person, child: Person, care: Care) -> bool:
    """Child benefit is due for the child, who does not live abroad with the other parent."""
    return counts(carer, child, care) and not abroad(care)


@rule(law=EEA)
def second_for_all(carer: Person) -> bool:
    """Norway is second in line for every child that lives with you and has child benefit."""
    return any(second(care) for _, care in carer.cares_for) and all(
        second(care) for child, care in carer.cares_for if at_home(carer, child, care)
    )


@rule(law=EEA)
def part_of_extended(carer: Person) -> Share:
    """The part of extended benefit that falls on each child."""
    return for_each(
        extended_amount(carer),
        len([child for child, care in carer.cares_for if at_home(carer, child, care)]),
    )


@rule(law=EEA)
def extended_that_is_left(carer: Person) -> Money:
    """Extended benefit, less what the children's shortfalls use up of it."""
    amount = extended_amount(carer)
    if not second_for_all(carer):
        return amount
    if not any(at_home(carer, child, care) for child, care in carer.cares_for):
        return amount
    part = part_of_extended(carer)
    taken = sum(
        (
            used(part, shortfall(child, care), kroner(0))
            for child, care in carer.cares_for
            if at_home(carer, child, care)
        ),
        kroner(0),
    )
    return what_is_left(amount, round_to(taken, kroner(1), HALF_UP))


@programme(
    "barnetrygd.extended",
    agency="nav",
    law="Barnetrygdloven §§ 9, 10, 11",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="child-benefit",
)
def extended(carer: Person) -> Grant | None:
    """Extended child benefit for a parent who is alone with children."""
    basis = extended_percent_by_children(carer)
    part = extended_percent(carer)
    if basis is None or part is None:
        return None
    return Grant(
        rate=rates.EXTENDED,
        percent=part,
        before=share(rates.EXTENDED, basis),
        amount=extended_that_is_left(carer),
        override=this_month.first(lambda: carer.override),
    )


@rule(law="Barnetrygdloven § 10")
def up_to_3(child: Person) -> bool:
    """{child} was born, and not yet 3, when the month before ended."""
    return previous_month.last(lambda: under(child.born, 3, leap=DOWN))


@rule(law="Barnetrygdloven § 10")
def small_child_percent(carer: Person) -> int | None:
    """You have extended benefit, full transitional benefit, and a child who is not yet over 3."""
    part = extended_percent(carer)
    if part is None or not this_month.any(lambda: carer.transitional == Transitional.FULL):
        return None
    highest = max(
        (
            percent_that_counts(care)
            for child, care in carer.cares_for
            if counts(carer, child, care) and up_to_3(child)
        ),
        default=None,
    )
    if highest is None:
        return None
    if highest > 0 and part > 0:
        return 100
    return 0


@rule(law="Barnetrygdloven § 10")
def small_child_amount(carer: Person) -> Money:
    """The amount of the supplement before what another country pays."""
    part = small_child_percent(carer)
    return kroner(0) if part is None else share(rates.SMALL_CHILD, part)


@rule(law=EEA)
def small_child_that_is_left(carer: Person) -> Money:
    """The supplement, less what is left of the small children's shortfalls after extended benefit."""
    amount = small_child_amount(carer)
    if not second_for_all(carer):
        return amount
    children = len(
        [child for child, care in carer.cares_for if at_home(carer, child, care) and up_to_3(child)]
    )
    if children == 0:
        return amount
    part = for_each(amount, children)
    before = part_of_extended(carer)
    taken = sum(
        (
            used(part, shortfall(child, care), before)
            for child, care in carer.cares_for
            if at_home(carer, child, care) and up_to_3(child)
        ),
        kroner(0),
    )
    return what_is_left(amount, round_to(taken, kroner(1), HALF_UP))


@programme(
    "barnetrygd.small_child",
    agency="nav",
    law="Barnetrygdloven §§ 9, 10",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="child-benefit",
)
def small_child(carer: Person) -> Grant | None:
    """A supplement for a lone parent with a child up to 3 and full transitional benefit."""
    part = small_child_percent(carer)
    if part is None:
        return None
    return Grant(
        rate=rates.SMALL_CHILD,
        percent=part,
        before=share(rates.SMALL_CHILD, part),
        amount=small_child_that_is_left(carer),
        override=Override.NONE,
    )


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

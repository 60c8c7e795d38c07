"""Child benefit for lone parents (Barnetrygdloven §§ 9, 10): extended benefit and the small-child supplement.

Each is one for a parent, however many children, and what another country pays beyond a child's own benefit
uses it up in parts: first the extended benefit, then the supplement.
"""

from duly.law import (
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Grant,
    Money,
    Share,
    kroner,
    previous_month,
    programme,
    round_to,
    rule,
    this_month,
    under,
    used,
)

from . import rates
from .child_benefit import counts, lone_parent, percent_that_counts, share, shortfall
from .two_countries import EEA, for_each, second, what_is_left
from .vocabulary import Care, Override, Person, Shared, Transitional


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

"""Who opens a right: children in somebody's charge, in the months that count (L. 512-3, R. 552-2, R. 552-3).

A right begins on the first day of the month after that in which the conditions are met, and ends on the first
day of the month in which they cease to be.
"""

from duly.law import (
    HALF_UP,
    UP,
    Day,
    Money,
    add_years,
    cents,
    percent,
    previous_month,
    round_to,
    rule,
    this_month,
    today,
    under,
)

from .figures import hourly_wage
from .vocabulary import Care, Custody, Person


@rule(law="CSS art. R. 512-2, R. 755-0-2")
def earnings_limit(carer: Person) -> Money:
    """What a child may earn in a month: 55 % of the hourly minimum wage, to the cent, times 169."""
    return round_to(hourly_wage(carer) * percent("55"), cents(1), HALF_UP) * 169


@rule(law="CSS art. R. 552-3 III")
def alive(child: Person) -> bool:
    """{child} is alive."""
    return child.died is None or today() <= child.died


@rule(law="CSS art. L. 512-3 1°; Code de l'éducation art. L. 131-1")
def at_school(carer: Person, child: Person) -> bool:
    """{child} is not yet 16, the end of compulsory schooling."""
    return under(child.born, 16, leap=UP)


@rule(law="CSS art. L. 512-3 2°, R. 512-2")
def earns_little(carer: Person, child: Person) -> bool:
    """{child} earns no more than 55 % of the minimum wage."""
    return child.earnings <= earnings_limit(carer)


@rule(law="CSS art. L. 512-1, L. 521-2 al. 3; Code de la construction et de l'habitation art. L. 821-3")
def in_charge(carer: Person, child: Person, care: Care) -> bool:
    """{child} is in your charge, without housing aid of their own. | {child} is in the charge of {carer}."""
    return care.present and (carer.covered or care.parent) and not child.housing_aid


@rule(law="CSS art. L. 512-3, R. 512-2")
def qualifies(carer: Person, child: Person, care: Care) -> bool:
    """{child} is in charge, and at school or under 20 and earning little."""
    if not in_charge(carer, child, care):
        return False
    if at_school(carer, child):
        return True
    return earns_little(carer, child) and under(child.born, 20, leap=UP)


@rule(law="CSS art. L. 552-1, R. 552-2, R. 552-3")
def counts(carer: Person, child: Person, care: Care) -> bool:
    """{child} counts this month: the conditions were met before it began and all through it."""
    if not this_month.first(lambda: alive(child)):
        return False
    return previous_month.last(lambda: qualifies(carer, child, care)) and this_month.all(
        lambda: qualifies(carer, child, care)
    )


@rule(law="CSS art. L. 521-1 al. 1")
def children(carer: Person) -> int:
    """How many children count."""
    return len([child for child, care in carer.cares_for if counts(carer, child, care)])


@rule(law="CSS art. R. 521-3, L. 521-2 al. 2 and 4")
def halves(care: Care) -> int:
    """Two halves of a child; one where two homes share the allowance, none where services receive it."""
    match this_month.first(lambda: care.custody):
        case Custody.ALTERNATING_SHARED:
            return 1
        case Custody.SERVICES_PAID_TO_SERVICES:
            return 0
        case _:
            return 2


@rule(law="CSS art. R. 521-3, L. 521-2 al. 4")
def all_halves(carer: Person) -> int:
    """The halves of all children who count."""
    return sum(halves(care) for child, care in carer.cares_for if counts(carer, child, care))


@rule(law="CSS art. R. 552-2")
def by_day(carer: Person) -> Day:
    """The day by which an age has to be reached: the last one before the month."""
    return previous_month.last(lambda: today())


@rule(law="CSS art. L. 521-1 al. 2, R. 512-2")
def is_20(child: Person) -> bool:
    """{child} is 20, and not yet 21."""
    return add_years(child.born, 20, leap=UP) <= today() < add_years(child.born, 21, leap=UP)


@rule(law="CSS art. L. 521-1 al. 2")
def fulfils_the_rest(carer: Person, child: Person, care: Care) -> bool:
    """{child} gave a right before, and still fulfils its conditions other than the age."""
    return in_charge(carer, child, care) and child.opened_right and earns_little(carer, child)


@rule(law="CSS art. L. 521-1 al. 2")
def turned_20(carer: Person, child: Person, care: Care) -> bool:
    """{child} gives the flat-rate allowance: from the month of the 20th birthday, for a year."""
    if not this_month.first(lambda: alive(child)):
        return False
    return this_month.last(lambda: is_20(child) and fulfils_the_rest(carer, child, care))

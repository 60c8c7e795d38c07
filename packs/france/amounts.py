"""What the children of a household give: the allowance, supplements for age, flat rates, complements.

Every amount is rounded to the cent where it arises, halves up. No article says how; the yearly instructions
print each rate's amount so, and the sums of what is printed are paid.
"""

from duly.law import HALF_UP, UP, Money, add_years, cents, euros, percent, rank_of, round_to, rule, this_month

from . import rates
from .children import by_day, counts, halves, turned_20
from .figures import lower_ceiling, of_base, upper_ceiling
from .vocabulary import Band, Care, Person, Territory

OVERSEAS = {
    Territory.GUADELOUPE,
    Territory.GUYANE,
    Territory.MARTINIQUE,
    Territory.LA_REUNION,
    Territory.SAINT_BARTHELEMY,
    Territory.SAINT_MARTIN,
}


@rule(law="CSS art. L. 751-1")
def overseas(carer: Person) -> bool:
    """You live in one of the six overseas collectivities. | {carer} lives in one of the six."""
    return this_month.first(lambda: carer.territory in OVERSEAS)


@rule(law="Ordonnance n° 2002-149 du 7 février 2002, art. 7")
def mayotte(carer: Person) -> bool:
    """You live in Mayotte. | {carer} lives in Mayotte."""
    return this_month.first(lambda: carer.territory == Territory.MAYOTTE)


@rule(law="CSS art. L. 755-12, D. 755-5 II")
def only_child_overseas(carer: Person, number: int) -> bool:
    """One child counts, and you live overseas. | One child counts, and {carer} lives overseas."""
    return number == 1 and overseas(carer)


@rule(law="Ordonnance n° 2002-149 du 7 février 2002, art. 7")
def only_the_allowance(carer: Person) -> bool:
    """In Mayotte there is the allowance alone: neither supplements nor ceilings."""
    return mayotte(carer)


@rule(law="CSS art. D. 521-1 I, D. 521-2 I, D. 521-3")
def band(carer: Person, number: int) -> Band:
    """The band that the resources of the household are in."""
    resources = this_month.first(lambda: carer.resources)
    if resources <= lower_ceiling(carer, number):
        return Band.LOWEST
    if resources <= upper_ceiling(carer, number):
        return Band.MIDDLE
    return Band.HIGHEST


@rule(law="CSS art. L. 521-1, D. 521-1 I, L. 755-12, D. 755-5 II")
def allowance(carer: Person, number: int) -> Money:
    """The allowance for all children who count, before it is shared."""
    if mayotte(carer):
        return in_mayotte(carer, number)
    if only_child_overseas(carer, number):
        return of_base(carer, percent("5.88"))
    resources = band(carer, number)
    second = of_base(carer, rates.SECOND_CHILD[resources])
    return second + of_base(carer, rates.FURTHER_CHILD[resources]) * (number - 2)


@rule(law="Décret n° 2002-423 du 29 mars 2002, art. 7 and 19 V")
def in_mayotte(carer: Person, number: int) -> Money:
    """The allowance in Mayotte: for one child, for two, and for each one more."""
    if number == 1:
        return one_in_mayotte(carer)
    return two_in_mayotte(carer) + more_in_mayotte(carer, number)


@rule(law="Décret n° 2002-423 du 29 mars 2002, art. 7 1°, 19 IV and V")
def one_in_mayotte(carer: Person) -> Money:
    """The allowance for one child; 57.28 euros where it was one before 2012 already."""
    if this_month.first(lambda: carer.child_before_2012):
        return euros("57.28")
    return of_base(carer, rates.MAYOTTE_ONE_CHILD)


@rule(law="Décret n° 2002-423 du 29 mars 2002, art. 7 2°, 19 V")
def two_in_mayotte(carer: Person) -> Money:
    """The allowance for two children."""
    return of_base(carer, rates.MAYOTTE_TWO_CHILDREN)


@rule(law="Décret n° 2002-423 du 29 mars 2002, art. 7 3° and 4°")
def more_in_mayotte(carer: Person, number: int) -> Money:
    """The allowance for the third child, and for each one after it."""
    if number < 3:
        return euros(0)
    third = of_base(carer, rates.MAYOTTE_THIRD_CHILD)
    return third + of_base(carer, percent("4.63")) * (number - 3)


@rule(law="CSS art. L. 521-2 al. 2 and 4, R. 521-3")
def shared(amount: Money, part: int, whole: int) -> Money:
    """The part of an amount that is paid here: what falls to shared homes and social services is left out."""
    return round_to(amount * part / whole, cents(1), HALF_UP)


@rule(law="CSS art. L. 521-3")
def may_give_a_supplement(carer: Person, child: Person, care: Care) -> bool:
    """{child} is one of the children in charge."""
    return counts(carer, child, care)


@rule(law="CSS art. L. 521-3 al. 1")
def eldest(carer: Person, child: Person) -> bool:
    """{child} is the eldest of the children in charge."""
    place = rank_of(
        child,
        (
            (this_month.first(lambda: other.born), other)
            for other, link in carer.cares_for
            if may_give_a_supplement(carer, other, link)
        ),
    )
    return place == 1


@rule(law="CSS art. R. 521-1")
def reached_14(carer: Person, child: Person) -> bool:
    """{child} is 14."""
    return this_month.first(lambda: add_years(child.born, 14, leap=UP)) <= by_day(carer)


@rule(law="CSS art. D. 755-5 II")
def only_child_supplement(carer: Person, child: Person) -> Money:
    """The supplement for {child}, the only one: from 11, and more from 16."""
    if this_month.first(lambda: add_years(child.born, 16, leap=UP)) <= by_day(carer):
        return of_base(carer, percent("5.67"))
    if this_month.first(lambda: add_years(child.born, 11, leap=UP)) <= by_day(carer):
        return of_base(carer, percent("3.69"))
    return euros(0)


@rule(law="CSS art. L. 521-3, R. 521-1, D. 521-1 I, D. 755-5 II")
def age_supplement(carer: Person, child: Person, care: Care, number: int) -> Money:
    """The supplement that {child} gives, before it is shared; of two children the eldest gives none."""
    if not may_give_a_supplement(carer, child, care):
        return euros(0)
    if only_child_overseas(carer, number):
        return only_child_supplement(carer, child)
    if not reached_14(carer, child) or (number < 3 and eldest(carer, child)):
        return euros(0)
    return of_base(carer, rates.AGE_SUPPLEMENT[band(carer, number)])


@rule(law="CSS art. L. 521-3, R. 521-4")
def all_supplements(carer: Person, number: int) -> Money:
    """The supplements for age of all children, each half where two homes share it."""
    if only_the_allowance(carer):
        return euros(0)
    return sum(
        (
            shared(age_supplement(carer, child, care, number), halves(care), 2)
            for child, care in carer.cares_for
        ),
        euros(0),
    )


@rule(law="CSS art. L. 521-1 al. 2, L. 755-12 al. 2, D. 521-2 III")
def flat_rate_children(carer: Person, number: int) -> int:
    """How many children give the flat-rate allowance: there have to be three, they and those who count."""
    if only_the_allowance(carer) or only_child_overseas(carer, number):
        return 0
    turned = len([child for child, care in carer.cares_for if turned_20(carer, child, care)])
    return turned if three_or_more(carer, number, turned) else 0


@rule(law="CSS art. D. 521-2 III")
def three_or_more(carer: Person, number: int, turned: int) -> bool:
    """There are three children, those who count and those who turned 20."""
    return number + turned >= 3


@rule(law="CSS art. D. 521-2 I")
def flat_rate(carer: Person, number: int) -> Money:
    """The flat-rate allowance for one child who turned 20."""
    return of_base(carer, rates.FLAT_RATE[band(carer, number)])


@rule(law="CSS art. L. 521-1 al. 6, D. 521-1 II, D. 521-2 II")
def complement(carer: Person, amount: Money, number: int) -> Money:
    """What is left of a monthly amount just above a ceiling: it falls by a twelfth of what lies above."""
    resources = this_month.first(lambda: carer.resources)
    lower = lower_ceiling(carer, number)
    upper = upper_ceiling(carer, number)
    if upper < resources <= upper + amount * 12:
        return round_to((upper + amount * 12 - resources) / 12, cents(1), HALF_UP)
    if lower < resources <= lower + amount * 12:
        return round_to((lower + amount * 12 - resources) / 12, cents(1), HALF_UP)
    return euros(0)


@rule(law="CSS art. D. 521-1 II, D. 521-2 II, L. 755-12 al. 2")
def complements(carer: Person, main: Money, turned: int, number: int) -> Money:
    """The complements of the allowance with its supplements, and of the flat rate for each child."""
    if only_the_allowance(carer) or only_child_overseas(carer, number):
        return euros(0)
    of_all = complement(carer, main, number)
    if turned == 0:
        return of_all
    return of_all + flat_rate_complements(carer, number, turned)


@rule(law="CSS art. D. 521-2 II")
def flat_rate_complements(carer: Person, number: int, turned: int) -> Money:
    """The complements of the flat rate, one for each child who turned 20."""
    return complement(carer, flat_rate(carer, number), number) * turned

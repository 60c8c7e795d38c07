"""Two readings of the law of family allowances, and the figures that each takes.

`Reading.LAW` is the text with the figures in force; it is what everybody is due. `Reading.PUBLISHED` is what
the published implementation `@catala-lang/french-law` computes. They part in nine places, and nowhere else:

1. Base of July 2022, minimum wage of October 2021, ceilings of 2022: `published.py` (below).
2. The month in which a right begins and ends, art. R. 552-2 and R. 552-3: `children.counts`.
3. The 16th birthday itself is still a day of compulsory schooling there: `children.at_school`.
4. Who gives the age supplement, and who is the eldest, art. L. 521-3: `amounts.may_give_a_supplement`.
5. An only child overseas, art. D. 755-5 II: `amounts.age_supplement`.
6. The year of the flat-rate allowance, art. L. 521-1 al. 2: `children.is_20`, `children.fulfils_the_rest`.
7. How many children have to be there for it, art. D. 521-2 III: `amounts.flat_rate_children`.
8. The degressive complement of it for several children, art. D. 521-2 II: `amounts.complements`.
9. Mayotte: the rate of two children is that of both, art. 7 of décret n° 2002-423, and there is nothing else:
   `amounts.in_mayotte`, and what asks `amounts.only_the_allowance`.
"""

from duly.law import HALF_UP, Money, Ratio, cents, round_to, rule, this_month

from . import published, rates
from .vocabulary import Person, Reading, Territory


@rule(law="CSS art. L. 551-1")
def monthly_base(reading: Reading) -> Money:
    """The monthly base of family benefits."""
    if reading == Reading.PUBLISHED and published.BASE is not None:
        return published.BASE
    return rates.BASE


@rule(law="CSS art. L. 551-1; instruction DSS/2B/2022/82, annexe")
def of_base(part: Ratio, reading: Reading) -> Money:
    """A part of the monthly base, to the cent, as the yearly instructions print it."""
    return round_to(monthly_base(reading) * part, cents(1), HALF_UP)


@rule(law="CSS art. R. 512-2, R. 755-0-2; Code du travail art. L. 3231-2")
def hourly_wage(carer: Person, reading: Reading) -> Money:
    """The minimum wage of an hour where you live. | The minimum wage of an hour where {carer} lives."""
    if carer.territory == Territory.MAYOTTE:
        if reading == Reading.PUBLISHED and published.HOURLY_WAGE_MAYOTTE is not None:
            return published.HOURLY_WAGE_MAYOTTE
        return rates.HOURLY_WAGE_MAYOTTE
    if reading == Reading.PUBLISHED and published.HOURLY_WAGE is not None:
        return published.HOURLY_WAGE
    return rates.HOURLY_WAGE


@rule(law="CSS art. D. 521-3 I")
def lower_ceiling(children: int, reading: Reading) -> Money:
    """The lower ceiling of resources, for this number of children."""
    if reading == Reading.PUBLISHED and published.LOWER_CEILING is not None:
        return published.LOWER_CEILING + for_each_child(reading) * children
    return rates.LOWER_CEILING + for_each_child(reading) * children


@rule(law="CSS art. D. 521-3 II")
def upper_ceiling(children: int, reading: Reading) -> Money:
    """The upper ceiling of resources, for this number of children."""
    if reading == Reading.PUBLISHED and published.UPPER_CEILING is not None:
        return published.UPPER_CEILING + for_each_child(reading) * children
    return rates.UPPER_CEILING + for_each_child(reading) * children


@rule(law="CSS art. D. 521-3 I, II")
def for_each_child(reading: Reading) -> Money:
    """What each child adds to a ceiling of resources."""
    if reading == Reading.PUBLISHED and published.CEILING_FOR_EACH_CHILD is not None:
        return published.CEILING_FOR_EACH_CHILD
    return rates.CEILING_FOR_EACH_CHILD


@rule(law="CSS art. L. 521-1")
def reading_of(carer: Person) -> Reading:
    """How the law is read: by its text, or as it was published as a program."""
    return this_month.first(lambda: carer.reading)

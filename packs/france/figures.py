"""What is reckoned of figures alone: parts of the monthly base, minimum wages, ceilings of resources."""

from duly.law import HALF_UP, Money, Ratio, cents, round_to, rule

from . import rates
from .vocabulary import Person, Territory


@rule(law="CSS art. L. 551-1")
def monthly_base(carer: Person) -> Money:
    """The monthly base of family benefits."""
    return rates.BASE


@rule(law="CSS art. L. 551-1; instruction DSS/2B/2022/82, annexe")
def of_base(carer: Person, part: Ratio) -> Money:
    """A part of the monthly base, to the cent, as the yearly instructions print it."""
    return round_to(monthly_base(carer) * part, cents(1), HALF_UP)


@rule(law="CSS art. R. 512-2, R. 755-0-2; Code du travail art. L. 3231-2")
def hourly_wage(carer: Person) -> Money:
    """The minimum wage of an hour where you live. | The minimum wage of an hour where {carer} lives."""
    return rates.HOURLY_WAGE_MAYOTTE if carer.territory == Territory.MAYOTTE else rates.HOURLY_WAGE


@rule(law="CSS art. D. 521-3 I")
def lower_ceiling(carer: Person, number: int) -> Money:
    """The lower ceiling of resources, for this number of children."""
    return rates.LOWER_CEILING + rates.CEILING_FOR_EACH_CHILD * number


@rule(law="CSS art. D. 521-3 II")
def upper_ceiling(carer: Person, number: int) -> Money:
    """The upper ceiling of resources, for this number of children."""
    return rates.UPPER_CEILING + rates.CEILING_FOR_EACH_CHILD * number

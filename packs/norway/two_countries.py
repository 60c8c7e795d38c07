"""Benefits from two countries (Regulation (EC) 883/2004, article 68): Norway pays what another does not.

Which country is first is an officer's finding. Where Norway is second, the other country's amount is taken
from the child's own benefit; what that leaves over, the child's shortfall, uses up the extended benefit and
then the small-child supplement. Place supplements are not touched.
"""

from duly.law import (
    DOWN,
    HALF_UP,
    Money,
    Ratio,
    Share,
    convert,
    kroner,
    ratio,
    round_decimals,
    round_significant,
    round_to,
    rule,
    this_month,
)

from .vocabulary import Care, Competence, Interval

EEA = "Forordning (EF) 883/2004 artikkel 68"
CONVERSION = "Forordning (EF) 987/2009 artikkel 90"


@rule(law=EEA)
def second(care: Care) -> bool:
    """Another country pays first for the child, and Norway second."""
    return this_month.first(lambda: care.competence) == Competence.NORWAY_SECOND


@rule(law=CONVERSION)
def in_a_month(amount: Ratio, interval: Interval) -> Ratio:
    """What is paid in a month: a twelfth of a year's, a third of a quarter's, 4.35 times a week's amount."""
    match interval:
        case Interval.MONTHLY:
            return amount
        case Interval.QUARTERLY:
            return round_decimals(amount / 3, 10, HALF_UP)
        case Interval.YEARLY:
            return round_decimals(amount / 12, 10, HALF_UP)
        case Interval.WEEKLY:
            return round_decimals(amount * ratio(435, 100), 10, HALF_UP)


@rule(law=CONVERSION)
def foreign(care: Care) -> Money:
    """What another country pays for the child, in whole kroner."""
    if not second(care):
        return kroner(0)
    amount = this_month.first(lambda: care.foreign_amount)
    rate = this_month.first(lambda: care.exchange_rate)
    if amount is None or rate is None:
        return kroner(0)
    if this_month.first(lambda: care.foreign_currency) != this_month.first(lambda: care.exchange_currency):
        return kroner(0)
    interval = this_month.first(lambda: care.foreign_interval)
    return round_to(convert(in_a_month(amount, interval), rate), kroner(1), DOWN)


@rule(law=EEA)
def what_is_left(amount: Money, taken: Money) -> Money:
    """What is left of an amount after the other country's, at least nothing."""
    return max(amount - taken, kroner(0))


@rule(law=EEA)
def for_each(amount: Money, children: int) -> Share:
    """An equal part of the amount for each child, with seven digits."""
    return round_significant(amount / children, 7, HALF_UP)

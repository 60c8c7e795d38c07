"""Where the library `@catala-lang/french-law` departs from the text: nine places, here by number, no others.

The shared case files come from that library (Inria, Apache-2.0). Each departure is an exception to the rule
of the text. Everybody is due what the text says, unless `Person.reading` says otherwise.
"""

from duly.law import UP, Day, Money, add_days, add_years, euros, exception, percent, rule, this_month, today

from . import amounts, children, figures, published, rates
from .vocabulary import Care, Person, Reading, Territory


@rule(law="CSS art. L. 521-1")
def as_published(carer: Person) -> bool:
    """The law is read for you as it was published as a program. | The law is read as a published program."""
    return this_month.first(lambda: carer.reading == Reading.PUBLISHED)


# 1. It lacks the texts of 2021 and 2022 that published.py names.
@exception(to=figures.monthly_base, when=as_published, law="CSS art. L. 551-1")
def published_base(carer: Person) -> Money:
    """The monthly base of family benefits, as if it had not risen in July 2022."""
    return published.BASE if published.BASE is not None else rates.BASE


@exception(to=figures.hourly_wage, when=as_published, law="CSS art. R. 512-2, R. 755-0-2")
def published_wage(carer: Person) -> Money:
    """The minimum wage of an hour, as if it had not risen in October 2021."""
    if carer.territory == Territory.MAYOTTE:
        mayotte = published.HOURLY_WAGE_MAYOTTE
        return mayotte if mayotte is not None else rates.HOURLY_WAGE_MAYOTTE
    return published.HOURLY_WAGE if published.HOURLY_WAGE is not None else rates.HOURLY_WAGE


@exception(to=figures.lower_ceiling, when=as_published, law="CSS art. D. 521-3 I", since="2022-01-01")
def published_lower_ceiling(carer: Person, number: int) -> Money:
    """The lower ceiling of resources, for this number of children, without any revaluation."""
    return published.LOWER_CEILING + published.CEILING_FOR_EACH_CHILD * number


@exception(to=figures.upper_ceiling, when=as_published, law="CSS art. D. 521-3 II", since="2022-01-01")
def published_upper_ceiling(carer: Person, number: int) -> Money:
    """The upper ceiling of resources, for this number of children, without any revaluation."""
    return published.UPPER_CEILING + published.CEILING_FOR_EACH_CHILD * number


# 2. It looks at the first day of the month alone.
@exception(to=children.counts, when=as_published, law="CSS art. L. 552-1")
def counts_on_the_first(carer: Person, child: Person, care: Care) -> bool:
    """{child} counts this month: the conditions are met on its first day."""
    return this_month.first(lambda: children.alive(child) and children.qualifies(carer, child, care))


@exception(to=children.by_day, when=as_published, law="CSS art. R. 552-2")
def by_the_first(carer: Person) -> Day:
    """The day by which an age has to be reached: the first of the month."""
    return this_month.first(lambda: today())


# 3. The 16th birthday itself is a day of compulsory schooling.
@exception(to=children.at_school, when=as_published, law="CSS art. L. 512-3 1°")
def at_school_on_the_birthday(carer: Person, child: Person) -> bool:
    """{child} is not past the 16th birthday, the end of compulsory schooling."""
    return today() <= add_years(child.born, 16, leap=UP)


# 4. Every child in the home may give the supplement for age, and the eldest of all is the eldest.
@exception(to=amounts.may_give_a_supplement, when=as_published, law="CSS art. L. 521-3")
def in_the_home(carer: Person, child: Person, care: Care) -> bool:
    """{child} is one of the children in the home."""
    return this_month.first(lambda: care.present)


# 5. Overseas an only child is the eldest, too, and gives none; another in the home gives it from 14.
@exception(to=amounts.only_child_supplement, when=as_published, law="CSS art. L. 521-3, D. 755-5 II")
def supplement_of_another(carer: Person, child: Person) -> Money:
    """The supplement for {child}, unless it is the eldest: from 14, and more from 16."""
    if not amounts.reached_14(carer, child) or amounts.eldest(carer, child):
        return euros(0)
    of_16 = this_month.first(lambda: add_years(child.born, 16, leap=UP)) <= children.by_day(carer)
    return figures.of_base(carer, percent("5.67") if of_16 else percent("3.69"))


# 6. The flat rate is for every child above 19, without end, and with housing aid of their own, too.
@exception(to=children.turned_20, when=as_published, law="CSS art. L. 521-1 al. 2")
def above_19(carer: Person, child: Person, care: Care) -> bool:
    """{child} gives the flat-rate allowance: above 19, gave a right before, in the home, earning little."""
    return this_month.first(
        lambda: (
            children.alive(child)
            and add_years(child.born, 20, leap=UP) < add_days(today(), 365)
            and (care.present and child.opened_right and children.earns_little(carer, child))
        )
    )


# 7. The three children for it are those in the home.
@exception(to=amounts.three_or_more, when=as_published, law="CSS art. D. 521-2 III")
def three_in_the_home(carer: Person, number: int, turned: int) -> bool:
    """There are three children in the home, whether they count or not."""
    return len([child for child, care in carer.cares_for if this_month.first(lambda: care.present)]) >= 3


# 8. Its complement is reckoned of the sum of all flat rates.
@exception(to=amounts.flat_rate_complements, when=as_published, law="CSS art. D. 521-2 II")
def flat_rate_complement_of_all(carer: Person, number: int, turned: int) -> Money:
    """The complement of the flat rates of all children who turned 20, added up."""
    return amounts.complement(carer, amounts.flat_rate(carer, number) * turned, number)


# 9. In Mayotte the rates of one child and of two are added up, and the rest is as elsewhere.
@exception(to=amounts.two_in_mayotte, when=as_published, law="Décret n° 2002-423, art. 7 1° and 2°")
def one_and_two_in_mayotte(carer: Person) -> Money:
    """The allowance for two children, added to that for one."""
    return figures.of_base(carer, rates.MAYOTTE_TWO_CHILDREN) + amounts.one_in_mayotte(carer)


@exception(to=amounts.only_the_allowance, when=as_published, law="CSS art. L. 521-1, L. 521-3")
def never_only_the_allowance(carer: Person) -> bool:
    """In Mayotte there are supplements and ceilings as elsewhere."""
    return False

"""What a household has at the end of a month: earnings and benefits less taxes, to the cent."""

from duly.law import (
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Money,
    add_years,
    cents,
    euros,
    marginal,
    programme,
    round_to,
    rule,
    this_month,
    this_year,
    today,
    under,
)

from . import rates
from .vocabulary import Household, Income, Occupancy, Person


@rule(law="Invented Act § 2")
def adult(person: Person) -> bool:
    """The person is 18."""
    return today() >= add_years(person.born, 18, leap=DOWN)


@rule(law="Invented Act § 3 (until 2016)")
def retired(person: Person) -> bool:
    """The person has reached the age of retirement."""
    return today() >= add_years(person.born, 61, leap=DOWN)


@rule(law="Invented Act § 3", since="2017-01-01", replaces=retired)
def retired_later(person: Person) -> bool:
    """The person has reached the age of retirement."""
    return today() >= add_years(person.born, 62, leap=DOWN)


@rule(law="Invented Act § 4")
def pension(person: Person) -> Money:
    """One euro from the age of retirement on."""
    return euros(1) if retired(person) else euros(0)


@rule(law="Invented Act § 5 (until November 2016)")
def basic_income(person: Person) -> Money:
    """For adults without a salary."""
    return rates.BASIC_INCOME if adult(person) and person.salary == euros(0) else euros(0)


@rule(law="Invented Act § 5", since="2016-12-01", replaces=basic_income)
def basic_income_for_all(person: Person) -> Money:
    """For adults."""
    return rates.BASIC_INCOME if adult(person) else euros(0)


@rule(law="Invented Act § 6")
def household_salary(household: Household) -> Money:
    """What all who live there earn."""
    return sum((member.salary for member, link in household.members if link.present), euros(0))


@rule(law="Invented Act § 7")
def parenting(household: Household) -> bool:
    """A small income, and a child under 6, or with one adult under 8."""
    small = household_salary(household) <= rates.PARENTING_LIMIT
    alone = len([member for member, link in household.members if link.present and link.adult]) == 1
    under_8 = any(under(member.born, 8, leap=DOWN) for member, link in household.members if link.present)
    under_6 = any(under(member.born, 6, leap=DOWN) for member, link in household.members if link.present)
    return small and ((alone and under_8) or under_6)


@rule(law="Invented Act § 8")
def housing_tax(household: Household) -> Money:
    """For a year, of those who own or rent their home in January."""
    homed = household.occupancy == Occupancy.OWNER or household.occupancy == Occupancy.TENANT
    return max(household.size * rates.HOUSING_TAX, rates.LEAST_HOUSING_TAX) if homed else euros(0)


@rule(law="Invented Act § 9")
def disposable(household: Household) -> Money:
    """Earnings and benefits less taxes."""
    returns = sum((member.capital_returns for member, link in household.members if link.present), euros(0))
    pensions = sum((pension(member) for member, link in household.members if link.present), euros(0))
    basic = sum((basic_income(member) for member, link in household.members if link.present), euros(0))
    contribution = sum(
        marginal(rates.CONTRIBUTION, member.salary) for member, link in household.members if link.present
    )
    earned = household_salary(household) + returns + pensions
    income_tax = earned * rates.INCOME_TAX
    part = rates.HOUSING_ALLOWANCE
    allowance = household.rent * part if part is not None else euros(0) / 1
    care = rates.PARENTING if parenting(household) else euros(0)
    home = this_year.first(lambda: housing_tax(household)) / 12
    return round_to(earned + basic + allowance + care - income_tax - home - contribution, cents(1), HALF_UP)


@programme(
    "disposable_income",
    agency="statistics",
    law="Invented Act § 1",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="statistics",
)
def disposable_income(household: Household) -> Income:
    """What your household has this month."""
    return Income(amount=this_month.first(lambda: disposable(household)))

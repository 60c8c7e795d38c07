"""The social energy tariff (tarifa social de energia): a discount on electricity and gas that suppliers give.

DGEG looks every month, without being asked, at who is economically vulnerable; what holds on the first of a
month decides it.
"""

from duly.law import AUTOMATIC, MONTH, Money, condition, euros, programme, rule, this_month, today

from . import rates
from .vocabulary import (
    Contract,
    Disability,
    Energy,
    Network,
    Person,
    Price,
    SocialTariff,
    SupplyPoint,
    Unemployment,
)


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º, n.º 2")
def alive(person: Person) -> bool:
    """You are alive. | {person} is alive."""
    return person.died is None or today() <= person.died


@rule(law="Decreto-Lei n.º 138-A/2010, art. 2.º, until 26 November 2020")
def unemployment_counts(person: Person) -> bool:
    """You receive social unemployment benefit. | {person} receives social unemployment benefit."""
    return person.unemployment == Unemployment.SOCIAL


@rule(law="Decreto-Lei n.º 100/2020", since="2020-11-27", replaces=unemployment_counts)
def any_unemployment_counts(person: Person) -> bool:
    """You receive a benefit for the unemployed. | {person} receives a benefit for the unemployed."""
    return person.unemployment != Unemployment.NONE


@rule(law="Decreto-Lei n.º 138-A/2010, art. 2.º, until 26 November 2020")
def disability_counts(person: Person) -> bool:
    """You receive the social disability pension. | {person} receives the social disability pension."""
    return person.disability == Disability.SOCIAL_PENSION


@rule(law="Decreto-Lei n.º 100/2020", since="2020-11-27", replaces=disability_counts)
def special_disability_counts(person: Person) -> bool:
    """You receive a disability benefit that counts. | {person} receives a disability benefit that counts."""
    return (
        person.disability == Disability.SPECIAL_SCHEME or person.disability == Disability.INCLUSION_COMPLEMENT
    )


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º, n.º 2; Decreto-Lei n.º 101/2011, art. 2.º, n.º 2")
def receives_a_benefit_for_both(person: Person) -> bool:
    """You receive a benefit that counts for both energies. | {person} receives a benefit for both."""
    return (
        person.elderly_supplement
        or person.insertion_income
        or unemployment_counts(person)
        or disability_counts(person)
    )


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º, n.º 2, d) and f)")
def receives_a_benefit_for_electricity(person: Person) -> bool:
    """You receive family allowance or the social old-age pension. | {person} receives one of those."""
    return person.family_allowance_step is not None or person.old_age_social_pension


@rule(law="Decreto-Lei n.º 101/2011, art. 2.º, n.º 2, d)")
def receives_a_benefit_for_gas(person: Person) -> bool:
    """You receive family allowance of the first step. | {person} receives that of the first step."""
    return person.family_allowance_step is not None and person.family_allowance_step == 1


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º, n.º 5")
def household_income(person: Person) -> Money:
    """The yearly income of you and your dependants. | The yearly income of {person} and the dependants."""
    return person.yearly_income + sum(
        (other.yearly_income for other, link in person.dependants if link.present), euros(0)
    )


@rule(law="Lei n.º 7-A/2016, art. 121.º, until 26 November 2020")
def without_income(person: Person) -> int:
    """How many of your dependants have no income. | How many of the dependants have no income."""
    return len(
        [link for other, link in person.dependants if link.present and other.yearly_income == euros(0)]
    )


@rule(law="Decreto-Lei n.º 100/2020", since="2020-11-27", replaces=without_income)
def without_income_and_oneself(person: Person) -> int:
    """How many of you and your dependants have no income. | How many of the household have no income."""
    others = len(
        [link for other, link in person.dependants if link.present and other.yearly_income == euros(0)]
    )
    return others + 1 if person.yearly_income == euros(0) else others


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º, n.º 4")
def income_is_low(person: Person) -> bool:
    """Your household's income is at most the limit, and half as much for each member without, up to ten."""
    members = min(without_income(person), 10)
    return household_income(person) <= rates.INCOME + rates.INCOME * members / 2


@rule(law="Decreto-Lei n.º 15/2022, art. 196.º")
def vulnerable_for_electricity(person: Person) -> bool:
    """You are an economically vulnerable customer of electricity. | {person} is one of electricity."""
    return alive(person) and (
        receives_a_benefit_for_both(person)
        or receives_a_benefit_for_electricity(person)
        or income_is_low(person)
    )


@rule(law="Decreto-Lei n.º 101/2011, art. 2.º")
def vulnerable_for_gas(person: Person) -> bool:
    """You are an economically vulnerable customer of gas. | {person} is one of gas."""
    return alive(person) and (receives_a_benefit_for_both(person) or receives_a_benefit_for_gas(person))


@condition(law="Decreto-Lei n.º 15/2022, art. 197.º", finding=Contract.home_finding)
def permanent_home(contract: Contract) -> bool:
    """You have the contract for the home that you live in, and for nothing else."""
    return contract.present and contract.domestic and contract.permanent_home


@rule(law="Decreto-Lei n.º 15/2022, art. 197.º")
def small_electricity(point: SupplyPoint) -> bool:
    """The supply is electricity of low voltage with at most 6.9 kVA."""
    return point.energy == Energy.ELECTRICITY and point.network == Network.LOW and point.power_va <= 6900


@rule(law="Decreto-Lei n.º 101/2011, art. 3.º")
def small_gas(point: SupplyPoint) -> bool:
    """The supply is gas of low pressure with at most 500 cubic metres a year."""
    return point.energy == Energy.GAS and point.network == Network.LOW and point.yearly_m3 <= 500


@rule(law="Decreto-Lei n.º 15/2022, art. 197.º")
def one_point_of_electricity(person: Person, contract: Contract) -> bool:
    """It is your only point of supply for it, or the one that you chose."""
    if len([link for p, link in person.supplied_at if permanent_home(link) and small_electricity(p)]) <= 1:
        return True
    return contract.chosen


@rule(law="Decreto-Lei n.º 101/2011, art. 3.º")
def one_point_of_gas(person: Person, contract: Contract) -> bool:
    """It is your only point of supply for it, or the one that you chose."""
    if len([link for p, link in person.supplied_at if permanent_home(link) and small_gas(p)]) <= 1:
        return True
    return contract.chosen


@rule(law="Portaria n.º 178-B/2016")
def not_opposed(contract: Contract) -> bool:
    """You did not oppose the discount."""
    return not contract.opposed


@rule(law="Decreto-Lei n.º 15/2022, arts. 196.º, 197.º")
def electricity_is_due(person: Person, point: SupplyPoint, contract: Contract) -> bool:
    """You are vulnerable, and the supply is a small one for your home."""
    return (
        small_electricity(point)
        and permanent_home(contract)
        and vulnerable_for_electricity(person)
        and one_point_of_electricity(person, contract)
        and not_opposed(contract)
    )


@rule(law="Decreto-Lei n.º 101/2011, arts. 2.º, 3.º")
def gas_is_due(person: Person, point: SupplyPoint, contract: Contract) -> bool:
    """You are vulnerable, and the supply is a small one for your home."""
    return (
        small_gas(point)
        and permanent_home(contract)
        and vulnerable_for_gas(person)
        and one_point_of_gas(person, contract)
        and not_opposed(contract)
    )


@programme(
    "tarifa_social.eletricidade",
    agency="dgeg",
    law="Decreto-Lei n.º 15/2022, arts. 196.º to 199.º (before: Decreto-Lei n.º 138-A/2010)",
    over=Person.supplied_at,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="social-energy-tariff",
)
def electricity(person: Person, point: SupplyPoint, contract: Contract) -> SocialTariff | None:
    """The social tariff for electricity: a discount that your supplier gives."""
    if not this_month.first(lambda: electricity_is_due(person, point, contract)):
        return None
    return SocialTariff(
        basis_points=rates.ELECTRICITY,
        on=Price.ELECTRICITY,
        supplier=this_month.first(lambda: contract.supplier),
    )


@programme(
    "tarifa_social.gas_natural",
    agency="dgeg",
    law="Decreto-Lei n.º 101/2011",
    over=Person.supplied_at,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="social-energy-tariff",
)
def gas(person: Person, point: SupplyPoint, contract: Contract) -> SocialTariff | None:
    """The social tariff for natural gas: a discount that your supplier gives."""
    if not this_month.first(lambda: gas_is_due(person, point, contract)):
        return None
    return SocialTariff(
        basis_points=rates.GAS, on=Price.GAS, supplier=this_month.first(lambda: contract.supplier)
    )

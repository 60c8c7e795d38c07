"""What the registers of the example know."""

from duly.law import Choice, Day, Link, Members, Money, Record, Subject, attribute, inverse, relation

HEATING = {"heating"}


class Fuel(Choice):
    """What a home is heated with."""

    WOOD = "wood"
    GAS = "gas"
    DISTRICT = "district"


class Living(Link):
    """Living in the household of another person."""


class Person(Subject):
    """A person."""

    born: Day = attribute("identity", register="population", purposes=HEATING)
    heats_with: Fuel = attribute("household", register="population", purposes=HEATING)
    income: Money = attribute("income", register="tax", purposes=HEATING, least=0)
    household: "Members[Person, Living]" = relation(
        Living, "Person", category="household", register="population", purposes=HEATING
    )
    lives_with: "Members[Person, Living]" = inverse("household")


class HeatingGrant(Record):
    """The grant of a month, and what it is made of."""

    base: Money
    reduction: Money
    amount: Money

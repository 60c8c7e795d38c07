"""People, the households they live in, what they earn and how they are housed."""

from duly.law import Choice, Day, Link, Members, Money, Record, Subject, attribute, inverse, relation


class Occupancy(Choice):
    """How a household has its home."""

    OWNER = "owner"
    TENANT = "tenant"
    FREE_LODGER = "free_lodger"
    HOMELESS = "homeless"


class Membership(Link):
    """A household and somebody who lives in it."""

    adult: bool = attribute("family", register="everything", purposes={"statistics"})


class Person(Subject):
    """Somebody with, perhaps, an income."""

    born: Day = attribute("identity", register="everything", purposes={"statistics"})
    salary: Money = attribute(
        "income", register="everything", purposes={"statistics"}, least=0, most=10_000_000_00
    )
    capital_returns: Money = attribute(
        "income", register="everything", purposes={"statistics"}, least=0, most=10_000_000_00
    )
    lives_in: "Members[Household, Membership]" = inverse("Household.members")


class Household(Subject):
    """People with one home."""

    size: int = attribute("housing", register="everything", purposes={"statistics"}, least=0, most=1_000_000)
    rent: Money = attribute(
        "housing", register="everything", purposes={"statistics"}, least=0, most=10_000_000_00
    )
    occupancy: Occupancy = attribute("housing", register="everything", purposes={"statistics"})
    members: "Members[Person, Membership]" = relation(
        Membership, "Person", category="family", register="everything", purposes={"statistics"}
    )


class Income(Record):
    """What a household has at the end of the month."""

    amount: Money

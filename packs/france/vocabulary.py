"""What French registers know of a family: who has charge of whom, births, earnings, resources, residence.

Each attribute names its category (what is sealed and opened together), the register that holds it and the
purposes for which its source allows it. `absent` says what no assertion means; without it, no assertion is
*unknown*.
"""

from duly.law import Choice, Day, Link, Members, Money, Record, Subject, attribute, euros, inverse, relation

ALLOWANCE = "family-allowance"


class Territory(Choice):
    """Where the household lives. The first one and the last have the general rules (see family_allowance)."""

    METROPOLE = "metropole"
    GUADELOUPE = "guadeloupe"
    GUYANE = "guyane"
    MARTINIQUE = "martinique"
    LA_REUNION = "la_reunion"
    SAINT_BARTHELEMY = "saint_barthelemy"
    SAINT_MARTIN = "saint_martin"
    MAYOTTE = "mayotte"
    SAINT_PIERRE_ET_MIQUELON = "saint_pierre_et_miquelon"


class Custody(Choice):
    """How the child is in somebody's charge (Code de la sécurité sociale, art. L. 521-2)."""

    EFFECTIVE = "effective_and_permanent"
    ALTERNATING_ONE_RECIPIENT = "alternating_one_recipient"
    ALTERNATING_SHARED = "alternating_shared"
    SERVICES_PAID_TO_FAMILY = "services_paid_to_family"
    SERVICES_PAID_TO_SERVICES = "services_paid_to_services"


class Band(Choice):
    """Which of the three bands of resources the household is in (art. D. 521-1 I, 1° to 3°)."""

    LOWEST = "lowest"
    MIDDLE = "middle"
    HIGHEST = "highest"


class Reading(Choice):
    """How the law is read where its text and its published implementation part: see as_published.py."""

    LAW = "law"
    PUBLISHED = "published"


class FamilyAllowance(Record):
    """What a household is due for a month, before the CRDS levy of 0.5 %."""

    children: int
    base: Money
    supplement: Money
    flat_rate: Money
    complement: Money
    amount: Money


class Care(Link):
    """Somebody and a child in their charge. The end that has the charge owns it."""

    custody: Custody = attribute("family", register="caf", purposes={ALLOWANCE})
    parent: bool = attribute("family", register="etat_civil", purposes={ALLOWANCE}, absent=False)


class Person(Subject):
    """A natural person."""

    born: Day = attribute("identity", register="rnipp", purposes={ALLOWANCE})
    died: Day | None = attribute(
        "identity", register="rnipp", purposes={ALLOWANCE}, absent=None, suspends=True
    )
    earnings: Money = attribute("earnings", register="dsn", purposes={ALLOWANCE}, absent=euros(0), least=0)
    housing_aid: bool = attribute("benefits", register="caf", purposes={ALLOWANCE}, absent=False)
    opened_right: bool = attribute("benefits", register="caf", purposes={ALLOWANCE}, absent=False)
    resources: Money = attribute("resources", register="dgfip", purposes={ALLOWANCE}, least=0)
    territory: Territory = attribute("residence", register="caf", purposes={ALLOWANCE})
    covered: bool = attribute("residence", register="caf", purposes={ALLOWANCE})
    child_before_2012: bool = attribute("benefits", register="caf", purposes={ALLOWANCE}, absent=False)
    reading: Reading = attribute("case", register="caf", purposes={ALLOWANCE}, absent=Reading.LAW)

    cares_for: "Members[Person, Care]" = relation(
        Care, "Person", category="family", register="caf", purposes={ALLOWANCE}
    )
    cared_for_by: "Members[Person, Care]" = inverse("cares_for")

"""What Estonia's registers know about families: kinds of subjects, their attributes and relations.

Each attribute names its category (what is sealed and opened together), the register that holds it and the
purposes for which its source allows it. `absent` says what no assertion means; without it, no assertion is
*unknown*. The population register is rahvastikuregister, the register of pupils EHIS (Eesti hariduse
infosüsteem), the register of benefits SKAIS of the Social Insurance Board (Sotsiaalkindlustusamet).
"""

from duly.law import Choice, Code, Day, Link, Members, Money, Record, Subject, attribute, inverse, relation

FAMILY = "family-benefits"
INFORM = "inform"
PAY = "pay"


class Role(Choice):
    """What the person who raises a child is to it."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"
    OTHER = "other"


class Allowance(Record):
    """An allowance: what is paid."""

    amount: Money


class ChildAllowance(Record):
    """Child allowance: which of the recipient's children this is, and what is paid."""

    place: int
    amount: Money


class LargeFamilyAllowance(Record):
    """The allowance of a family with many children: how many count, the whole, and what is paid of it."""

    children: int
    whole: Money
    amount: Money


class Upbringing(Link):
    """A person who raises a child. The person's end owns it."""

    role: Role = attribute("family", register="rahvastikuregister", purposes={FAMILY})
    recipient: bool = attribute("choice", register="self", purposes={FAMILY})
    raises_finding: bool | None = attribute("case", register="skais", purposes={FAMILY}, absent=None)


class Person(Subject):
    """A natural person."""

    born: Day = attribute("identity", register="rahvastikuregister", purposes={FAMILY, INFORM})
    died: Day | None = attribute(
        "identity",
        register="rahvastikuregister",
        purposes={FAMILY, INFORM, PAY},
        absent=None,
        suspends=True,
    )
    born_together: int = attribute(
        "identity", register="rahvastikuregister", purposes={FAMILY}, absent=1, least=1, most=9
    )
    name: str = attribute("contact", register="rahvastikuregister", purposes={INFORM})
    language: str = attribute("contact", register="rahvastikuregister", purposes={INFORM}, absent="et")
    municipality: Code | None = attribute("residence", register="rahvastikuregister", purposes={FAMILY})
    one_parent_on_record: bool = attribute(
        "family", register="rahvastikuregister", purposes={FAMILY}, absent=False
    )
    other_parent_wanted: bool = attribute("family", register="ppa", purposes={FAMILY}, absent=False)
    school_year_ends: Day | None = attribute("education", register="ehis", purposes={FAMILY}, absent=None)
    secondary_education: bool = attribute("education", register="ehis", purposes={FAMILY}, absent=False)
    survivors_pension: bool = attribute("benefits", register="skais", purposes={FAMILY}, absent=False)
    account: str | None = attribute("account", register="self", purposes={PAY}, absent=None)

    # What an officer found; it replaces the condition of the same name for the days it covers.
    resident_finding: bool | None = attribute("case", register="skais", purposes={FAMILY}, absent=None)
    pupil_finding: bool | None = attribute("case", register="skais", purposes={FAMILY}, absent=None)

    raises: "Members[Person, Upbringing]" = relation(
        Upbringing, "Person", category="family", register="rahvastikuregister", purposes={FAMILY}
    )
    raised_by: "Members[Person, Upbringing]" = inverse("raises")

"""What Portugal's registers know of customers of energy: contracts, social benefits, income, household.

Each attribute names its category (what is sealed and opened together), the register that holds it and the
purposes for which its source allows it. `absent` says what no assertion means; without it, no assertion is
*unknown*. Contracts come from the suppliers (comercializadores) through the Direção-Geral de Energia e
Geologia (DGEG), benefits from Segurança Social, incomes from the Autoridade Tributária e Aduaneira (AT).
"""

from duly.law import Choice, Code, Day, Discount, Link, Members, Money, Subject, attribute, relation

TARIFF = "social-energy-tariff"
INFORM = "inform"


class Energy(Choice):
    """What a supply point gives."""

    ELECTRICITY = "electricity"
    GAS = "gas"


class Network(Choice):
    """The kind of connection; the social tariff is for the smallest ones."""

    LOW = "low"
    OTHER = "other"


class Price(Choice):
    """What the discount is reckoned on: the transitional tariffs for final customers, before any tax."""

    ELECTRICITY = "transitional tariff of electricity"
    GAS = "transitional tariff of gas"


class Unemployment(Choice):
    """A benefit for the unemployed: none, the means-tested one, or any other."""

    NONE = "none"
    SOCIAL = "social"
    OTHER = "other"


class Disability(Choice):
    """A benefit for disability, as far as the social tariff asks."""

    NONE = "none"
    SOCIAL_PENSION = "social_pension"
    SPECIAL_SCHEME = "special_scheme"
    INCLUSION_COMPLEMENT = "inclusion_complement"


class SocialTariff(Discount):
    """The discount that a supplier, a private company, gives on its bills."""

    supplier: Code


class Contract(Link):
    """A person's contract for the supply of a point. The person's end owns it."""

    supplier: Code = attribute("contract", register="dgeg", purposes={TARIFF})
    domestic: bool = attribute("contract", register="dgeg", purposes={TARIFF})
    permanent_home: bool = attribute("contract", register="dgeg", purposes={TARIFF})
    opposed: bool = attribute("choice", register="self", purposes={TARIFF}, absent=False)
    chosen: bool = attribute("choice", register="self", purposes={TARIFF})
    home_finding: bool | None = attribute("case", register="dgeg-officer", purposes={TARIFF}, absent=None)


class SupplyPoint(Subject):
    """A place where electricity or gas is delivered."""

    energy: Energy = attribute("contract", register="dgeg", purposes={TARIFF})
    network: Network = attribute("contract", register="dgeg", purposes={TARIFF})
    power_va: int = attribute("contract", register="dgeg", purposes={TARIFF}, least=0)
    yearly_m3: int = attribute("contract", register="dgeg", purposes={TARIFF}, least=0)


class Dependence(Link):
    """A dependant of a taxpayer, as the income tax code says who that is. The taxpayer's end owns it."""


class Person(Subject):
    """A natural person."""

    died: Day | None = attribute(
        "identity", register="irn", purposes={TARIFF, INFORM}, absent=None, suspends=True
    )
    name: str = attribute("contact", register="irn", purposes={INFORM})
    language: str = attribute("contact", register="self", purposes={INFORM}, absent="pt")

    elderly_supplement: bool = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=False
    )
    insertion_income: bool = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=False
    )
    unemployment: Unemployment = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=Unemployment.NONE
    )
    family_allowance_step: int | None = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=None, least=1, most=5
    )
    disability: Disability = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=Disability.NONE
    )
    old_age_social_pension: bool = attribute(
        "benefits", register="seguranca-social", purposes={TARIFF}, absent=False
    )
    yearly_income: Money = attribute("income", register="at", purposes={TARIFF}, least=0)

    dependants: "Members[Person, Dependence]" = relation(
        Dependence, "Person", category="household", register="at", purposes={TARIFF}
    )
    supplied_at: "Members[SupplyPoint, Contract]" = relation(
        Contract, "SupplyPoint", category="contract", register="dgeg", purposes={TARIFF}
    )

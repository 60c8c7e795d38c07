"""What Norway's registers know: kinds of subjects, their attributes and relations.

Each attribute names its category (what is sealed and opened together), the register that holds it, the
purposes for which its source allows it, and how long it is kept after the subject's last entitlement.
`absent` says what no assertion means; without it, no assertion is *unknown*.
"""

from duly.law import Choice, Code, Day, Decimal, Link, Members, Subject, attribute, inverse, relation

BENEFIT = "child-benefit"
PRACTITIONER = "general-practitioner"
INFORM = "inform"
PAY = "pay"
AUTHORITY = "authority"
ERASURE = "erasure"
ACCESS = "access"


class Place(Choice):
    """A place with a supplement of its own."""

    ELSEWHERE = "elsewhere"
    FINNMARK = "finnmark"
    SVALBARD = "svalbard"


class Shared(Choice):
    """Whether two homes share a child, and whether the benefit is to be split between them."""

    NO = "no"
    SPLIT = "split"
    NOT_SPLIT = "not_split"


class Role(Choice):
    """What the carer is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    PARENT = "parent"
    OTHER = "other"
    SELF = "self"


class Override(Choice):
    """Why a case worker replaced the percentage of a month."""

    NONE = "none"
    SHARED_RESIDENCE = "shared_residence"
    BACK_PAYMENT_LIMIT_3_YEARS = "back_payment_limit_3_years"
    BACK_PAYMENT_LIMIT_3_MONTHS = "back_payment_limit_3_months"
    CHANGE_OF_RECIPIENT = "change_of_recipient"
    ALREADY_PAID = "already_paid"


class Competence(Choice):
    """Which of two countries pays first, as an officer found it (Regulation (EC) 883/2004, article 68)."""

    NONE = "none"
    NORWAY_FIRST = "norway_is_primary"
    NORWAY_SECOND = "norway_is_secondary"
    BOTH_FIRST = "two_primary_countries"


class Interval(Choice):
    """How often another country pays an amount."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    WEEKLY = "weekly"


class Transitional(Choice):
    """Transitional benefit to a lone parent (National Insurance Act, chapter 15)."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class Permit(Choice):
    """The right to stay. Nordic and EEA citizens need no permit; a lapsed permit gives no right."""

    NOT_NEEDED = "not_needed"
    VALID = "valid"
    NONE = "none"


class Number(Choice):
    """What kind of identity number a person has; one that is not ordinary sends a birth to a human."""

    ORDINARY = "ordinary"
    LEGACY_CASE = "legacy_case"
    BARE_BIRTH_DATE = "bare_birth_date"


class Delivery(Choice):
    """How somebody wants a service: by itself, after being asked, or only when they claim it."""

    AUTOMATIC = "automatic"
    ASK_ME_FIRST = "ask_me_first"
    ONLY_WHEN_CLAIMED = "only_when_claimed"


class Verdict(Choice):
    """What an officer says to what a case proposes."""

    APPROVE = "approve"
    DIFFER = "differ"


class Settled(Choice):
    """What an officer says to a contest: the person is right, or the fact stands."""

    RIGHT = "right"
    STANDS = "stands"


class Officer(Subject):
    """Somebody who answers cases for an agency."""


class Answer(Link):
    """An officer's answer to a case. The case's end owns it."""

    verdict: Verdict = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})
    reason: str = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})


class Case(Subject):
    """What a human has to decide, known by its number."""

    number: str = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})

    answered_by: "Members[Officer, Answer]" = relation(
        Answer, "Officer", category="case", register="nav", purposes={BENEFIT, PRACTITIONER}
    )


class Contest(Subject):
    """What one person says is wrong, or asks, known by its name; the person's record holds all of it."""


class Contesting(Link):
    """A person and a fact of theirs that they say is wrong, with what became of it. The person owns it.

    `fact` and `end` (the other end of a link, as `scheme value`) say which fact, `first` and `until` for
    which days, `held` what it said and `right` what would be right (as JSON).
    """

    name: str = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    fact: str = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    end: str | None = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    first: Day | None = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    until: Day | None = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    held: str = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    says: str | None = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    right: str | None = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    settled: Settled = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})
    settled_says: str = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})


class Confirming(Link):
    """A register's word that a contested fact of a person is right. The person owns it."""

    contest: str = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})
    by: str = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})
    says: str | None = attribute("case", register="nav", purposes={BENEFIT, PRACTITIONER})


class Asking(Link):
    """A person who wants to talk to a human about a programme. The person owns it."""

    programme: str = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})
    words: str = attribute("case", register="self", purposes={BENEFIT, PRACTITIONER})


class Practice(Subject):
    """A general practitioner's list."""

    code: Code = attribute("practice", register="fastlegeregisteret", purposes={PRACTITIONER})
    full: bool = attribute("practice", register="fastlegeregisteret", purposes={PRACTITIONER}, absent=False)


class Listing(Link):
    """A person's place on a practitioner's list."""


class Care(Link):
    """A carer and a child who lives with them. The carer's end owns it."""

    role: Role = attribute("family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER})
    shared: Shared = attribute("family", register="folkeregisteret", purposes={BENEFIT}, absent=Shared.NO)
    abroad_with_other_parent: bool = attribute("family", register="nav", purposes={BENEFIT}, absent=False)
    lives_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    recipient: bool | None = attribute("choice", register="self", purposes={BENEFIT}, absent=None)
    named_recipient: bool = attribute("choice", register="self", purposes={BENEFIT})
    override: Override = attribute("case", register="nav", purposes={BENEFIT}, absent=Override.NONE)
    override_percent: int = attribute(
        "case", register="nav", purposes={BENEFIT}, absent=100, least=0, most=100
    )

    # What another country pays for the child matters only where Norway is second in line, and then it has to
    # be told, also that it pays nothing; None where nobody has an amount or a rate of exchange to give.
    competence: Competence = attribute("case", register="nav", purposes={BENEFIT}, absent=Competence.NONE)
    foreign_amount: Decimal | None = attribute(
        "benefits", register="nav", purposes={BENEFIT}, digits=4, least=0
    )
    foreign_currency: Code | None = attribute("benefits", register="nav", purposes={BENEFIT})
    foreign_interval: Interval = attribute("benefits", register="nav", purposes={BENEFIT})
    exchange_rate: Decimal | None = attribute(
        "benefits", register="nav", purposes={BENEFIT}, digits=10, least=0
    )
    exchange_currency: Code | None = attribute("benefits", register="nav", purposes={BENEFIT})


class Parenthood(Link):
    """A legal parent and a child. The child's end owns it.

    Both parents have parental responsibility unless the register says otherwise, as it does after an
    agreement or a judgment (Barneloven §§ 34 to 39). What a parent chose for the child stands beside it.
    """

    role: Role = attribute("family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER})
    responsible: bool = attribute("family", register="folkeregisteret", purposes={AUTHORITY}, absent=True)
    practitioner_wish: Delivery | None = attribute(
        "choice", register="self", purposes={PRACTITIONER}, absent=None
    )


class Appointment(Link):
    """A guardian whom the authority appointed, and the person they look after, who owns it; it has an end."""


class Delegation(Link):
    """A right to act that a person gives another, and takes back. Whoever gives it owns it.

    `programmes` are names with spaces between; `called` is what whoever gives it calls the other on their own
    page. It counts only while the other has `accepted` it.
    """

    programmes: str = attribute("authority", register="self", purposes={AUTHORITY})
    acts: bool = attribute("authority", register="self", purposes={AUTHORITY}, absent=False)
    called: str = attribute("authority", register="self", purposes={AUTHORITY})
    accepted: bool = attribute("authority", register="self", purposes={AUTHORITY}, absent=False)


class Person(Subject):
    """A natural person."""

    born: Day = attribute("identity", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER, INFORM})
    died: Day | None = attribute(
        "identity",
        register="folkeregisteret",
        purposes={BENEFIT, PRACTITIONER, INFORM, PAY},
        absent=None,
        suspends=True,
    )
    number: Number = attribute(
        "identity", register="folkeregisteret", purposes={BENEFIT}, absent=Number.ORDINARY
    )
    name: str = attribute("contact", register="folkeregisteret", purposes={INFORM})
    language: str = attribute("contact", register="krr", purposes={INFORM}, absent="nb")
    protected: bool = attribute(
        "protection",
        register="folkeregisteret",
        purposes={INFORM, BENEFIT, ACCESS},
        absent=False,
        marks="protected",
    )
    adoption_sealed: bool = attribute(
        "protection", register="folkeregisteret", purposes={ACCESS}, absent=False, marks="sealed"
    )
    municipality: Code | None = attribute("residence", register="folkeregisteret", purposes={BENEFIT})
    permit: Permit = attribute("residence", register="udi", purposes={BENEFIT}, absent=Permit.NOT_NEEDED)
    married: bool = attribute("family", register="folkeregisteret", purposes={BENEFIT}, absent=False)
    guardianship: bool = attribute("family", register="folkeregisteret", purposes={BENEFIT}, absent=False)
    lone_parent: bool = attribute("benefits", register="nav", purposes={BENEFIT}, absent=False)
    transitional: Transitional = attribute(
        "benefits", register="nav", purposes={BENEFIT}, absent=Transitional.NONE
    )
    moved_from_legacy: Day | None = attribute("benefits", register="nav", purposes={BENEFIT}, absent=None)
    abroad_benefit: bool = attribute("benefits", register="nav", purposes={BENEFIT}, absent=False)
    account: str | None = attribute("account", register="kontoregisteret", purposes={PAY}, absent=None)

    # How the person wants to get it; what is due is the same.
    benefit_delivery: Delivery = attribute(
        "choice", register="self", purposes={BENEFIT}, absent=Delivery.AUTOMATIC
    )
    practitioner_delivery: Delivery = attribute(
        "choice", register="self", purposes={PRACTITIONER}, absent=Delivery.AUTOMATIC
    )
    contest: str | None = attribute(
        "case", register="self", purposes={BENEFIT, ACCESS}, absent=None, marks="contested"
    )
    erasure_asked: Day | None = attribute("case", register="self", purposes={ERASURE}, absent=None)

    # What an officer found; it replaces the condition of the same name for the days it covers.
    resident_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    place_finding: Place | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    lawful_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    unmarried_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    under_18_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    lone_parent_finding: bool | None = attribute("case", register="nav", purposes={BENEFIT}, absent=None)
    override: Override = attribute("case", register="nav", purposes={BENEFIT}, absent=Override.NONE)
    override_percent: int = attribute(
        "case", register="nav", purposes={BENEFIT}, absent=100, least=0, most=100
    )

    cares_for: "Members[Person, Care]" = relation(
        Care, "Person", category="family", register="folkeregisteret", purposes={BENEFIT}
    )
    cared_for_by: "Members[Person, Care]" = inverse("cares_for")
    parents: "Members[Person, Parenthood]" = relation(
        Parenthood, "Person", category="family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER}
    )
    children: "Members[Person, Parenthood]" = inverse("parents")
    guardians: "Members[Person, Appointment]" = relation(
        Appointment, "Person", category="authority", register="folkeregisteret", purposes={AUTHORITY}
    )
    delegates: "Members[Person, Delegation]" = relation(
        Delegation, "Person", category="authority", register="self", purposes={AUTHORITY}
    )
    contests: "Members[Contest, Contesting]" = relation(
        Contesting, "Contest", category="case", register="self", purposes={BENEFIT, PRACTITIONER}
    )
    confirmations: "Members[Contest, Confirming]" = relation(
        Confirming, "Contest", category="case", register="nav", purposes={BENEFIT, PRACTITIONER}
    )
    asks: "Members[Contest, Asking]" = relation(
        Asking, "Contest", category="case", register="self", purposes={BENEFIT, PRACTITIONER}
    )
    patient_of: "Members[Practice, Listing]" = relation(
        Listing, "Practice", category="practice", register="fastlegeregisteret", purposes={PRACTITIONER}
    )

"""Every event type of Norway's registers; `since` is the first day, `until` the last, inclusive."""

from .case_events import (
    CaseAnswered,
    Contest,
    DeliveryChosen,
    PlaceCaseAnswered,
)
from .eea_events import (
    CompetenceFinding,
    ForeignBenefit,
    RateOfExchange,
)
from .family_events import (
    LivesNoLongerWith,
    LivesWith,
    ParentOf,
)
from .nav_events import (
    BenefitAbroad,
    ChangedPayment,
    ChildAbroad,
    Finding,
    LivesWithFinding,
    LoneParent,
    MovedFromLegacy,
    PlaceFinding,
    TransitionalBenefit,
)
from .other_events import (
    BankAccount,
    PatientListed,
    PracticeListed,
    RecipientChosen,
    ResidencePermit,
    SpokenLanguage,
)
from .population_events import (
    Birth,
    Death,
    Divorce,
    Emigration,
    Guardianship,
    Marriage,
    Move,
    NameGiven,
    Protection,
    Registration,
)

__all__ = [
    "BankAccount",
    "BenefitAbroad",
    "Birth",
    "CaseAnswered",
    "ChangedPayment",
    "ChildAbroad",
    "CompetenceFinding",
    "Contest",
    "Death",
    "DeliveryChosen",
    "Divorce",
    "Emigration",
    "Finding",
    "ForeignBenefit",
    "Guardianship",
    "LivesNoLongerWith",
    "LivesWith",
    "LivesWithFinding",
    "LoneParent",
    "Marriage",
    "Move",
    "MovedFromLegacy",
    "NameGiven",
    "ParentOf",
    "PatientListed",
    "PlaceCaseAnswered",
    "PlaceFinding",
    "PracticeListed",
    "Protection",
    "RateOfExchange",
    "RecipientChosen",
    "Registration",
    "ResidencePermit",
    "SpokenLanguage",
    "TransitionalBenefit",
]

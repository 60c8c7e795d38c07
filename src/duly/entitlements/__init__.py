"""due = law(facts); decisions are the differences."""

from duly.entitlements.holdings import Decision, Entitlement, Held
from duly.entitlements.keys import Key
from duly.entitlements.marks import Cause, Mark
from duly.entitlements.programmes import Profile, Profiles, use_of
from duly.entitlements.segments import UNKNOWN, Answer, Due, Kind, Reason, Segment, Value, value_at

__all__ = [
    "UNKNOWN",
    "Answer",
    "Cause",
    "Decision",
    "Due",
    "Entitlement",
    "Held",
    "Key",
    "Kind",
    "Mark",
    "Profile",
    "Profiles",
    "Reason",
    "Segment",
    "Value",
    "use_of",
    "value_at",
]

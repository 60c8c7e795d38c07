"""What is known of a subject, valid when, known since when, from whom: assertions, snapshots, records."""

from duly.facts.apply import Applied, Touched, apply, intake_use, uses_of
from duly.facts.contests import Contest, Standing, contests_in, contests_of
from duly.facts.record import Record, at_version, load, value_on
from duly.facts.repair import repair
from duly.facts.resolve import Segment, resolve, same
from duly.facts.states import ACCESS, States, states_of

__all__ = [
    "ACCESS",
    "Applied",
    "Contest",
    "Record",
    "Segment",
    "Standing",
    "States",
    "Touched",
    "apply",
    "at_version",
    "contests_in",
    "contests_of",
    "intake_use",
    "load",
    "repair",
    "resolve",
    "same",
    "states_of",
    "uses_of",
    "value_on",
]

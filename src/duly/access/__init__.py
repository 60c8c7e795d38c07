"""Who may do what: actor, deed, purpose, legal basis, relation and state; policy."""

from duly.access.actor import SELF, Actor
from duly.access.policy import Policy
from duly.access.question import UNMARKED, Deed, Question, Relation, State, doing, opening

__all__ = [
    "SELF",
    "UNMARKED",
    "Actor",
    "Deed",
    "Policy",
    "Question",
    "Relation",
    "State",
    "doing",
    "opening",
]

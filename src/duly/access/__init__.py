"""Who may do what: actor, purpose, legal basis, policy."""

from duly.access.actor import SELF, Actor
from duly.access.policy import Policy

__all__ = ["SELF", "Actor", "Policy"]

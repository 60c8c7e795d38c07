"""What people are told, in their language and channel."""

from duly.notices.channels import Channel, Outbox, Posted
from duly.notices.compose import Change, ChangeKind, Composed, amount_in_words, compose
from duly.notices.words import Words, load, sentence_of

__all__ = [
    "Change",
    "ChangeKind",
    "Channel",
    "Composed",
    "Outbox",
    "Posted",
    "Words",
    "amount_in_words",
    "compose",
    "load",
    "sentence_of",
]

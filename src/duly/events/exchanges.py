"""What one agency tells another comes in as an event, of a type that every exchange has by itself.

Only Duly's own exchange sends it: no register, and nobody with a key, may say what an agency has decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Final

import msgspec

from duly.events.message import Message, Statement, fact, unknown
from duly.law import Pack
from duly.law.exchanges import exchanges
from duly.vault import Identifier

__all__ = ["Answer", "Named", "Step", "answer_types", "source_of", "type_of"]

EXCHANGE: Final = "exchange"
DAY: Final = timedelta(days=1)


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom an answer is about, as a register calls them."""

    scheme: str
    value: str


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told from a day on (None: from the beginning); `known` false: the agency does not know."""

    since: date | None
    known: bool
    value: bool | int | None


class Answer(Message):
    """What an agency tells of one holder, and of whom it is about where that is another."""

    attribute: ClassVar[str] = ""

    holder: Named
    about: Named | None
    steps: tuple[Step, ...]

    def says(self) -> Iterable[Statement]:
        """The whole timeline, step by step."""
        subject = Identifier(self.holder.scheme, self.holder.value)
        member = Identifier(self.about.scheme, self.about.value) if self.about else None
        for step, after in pairwise((*self.steps, None)):
            if step is None:
                continue
            until = after.since - DAY if after is not None and after.since is not None else None
            if step.known:
                yield fact(subject, self.attribute, step.value, step.since, until, member=member)
            else:
                yield unknown(subject, self.attribute, step.since, until, member=member)


def type_of(name: str) -> str:
    """The event type of an exchange."""
    return f"duly.exchange.{name}.v1"


def source_of(name: str) -> str:
    """The source of its events."""
    return f"urn:duly:exchange:{name}"


@lru_cache(maxsize=16)
def answer_types(pack: Pack) -> tuple[type[Answer], ...]:
    """An event type for each exchange of the pack."""
    return tuple(
        _type(name, one.answer, pack.vocabulary.attribute(one.answer).register)
        for name, one in exchanges(pack).items()
    )


def _type(name: str, answer: str, register_: str) -> type[Answer]:
    class Told(Answer, type=type_of(name), register=register_):
        """What one exchange tells."""

    Told.attribute, Told.only_from = answer, source_of(name)
    return Told

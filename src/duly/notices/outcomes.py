"""What came of saying that a fact is wrong, in words: what was done, what changed, how to go on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from duly.delivery.corrections import Followed
from duly.notices.words import Words

__all__ = ["outcome_in_words"]

SAYS: Final = {"confirmed": "register_says", "upheld": "officer_says", "rejected": "officer_says"}


def outcome_in_words(words: Words, outcomes: Sequence[Followed], *, changed: bool) -> str:
    """One paragraph for each contest, then whether anything that the person gets is different."""
    parts = [" ".join(_told(words, one)) for one in outcomes]
    parts.append(words.name_of("contest", "changed" if changed else "unchanged"))
    return "\n\n".join(parts)


def _told(words: Words, one: Followed) -> Iterator[str]:
    yield _phrase(words, "said", one)
    yield _phrase(words, one.state, one)
    said = getattr(one, SAYS[one.state]) if one.state in SAYS else ""
    if said:
        yield words.phrase("contest", SAYS[one.state], words=said)
    if words.has("contest", f"next_{one.state}"):
        yield _phrase(words, f"next_{one.state}", one)


def _phrase(words: Words, key: str, one: Followed) -> str:
    return words.phrase(
        "contest",
        key,
        said=words.day(one.said_on),
        deadline=words.day(one.deadline),
        fact=words.name_of("attributes", one.fact),
        register=words.name_of("registers", one.register),
    )

"""What a person is told who asked to be forgotten: that it will be done, or why not, by which law. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from duly.forget.holds import Hold
from duly.forget.requests import APPROVED, Request
from duly.notices.compose import greeting
from duly.notices.letters import Letter
from duly.notices.people import Person
from duly.notices.words import Words

__all__ = ["answer_letter", "hold_in_words"]


def answer_letter(
    words: Words, reader: Person, request: Request, held: Sequence[Hold], *, page: str
) -> Letter:
    """The notice of an answer in the reader's language."""
    said = words.phrase("erasure", "said", said=words.day(request.wanted_on))
    parts = [greeting(words, reader.name), said]
    parts += _approved(words, request) if request.state == APPROVED else _refused(words, request, held)
    parts += [words.phrase("notice", "page", address=page), words.name_of("notice", "signature")]
    return Letter(
        name=reader.name,
        language=reader.language,
        sender=words.place,
        title=words.name_of("erasure", "subject"),
        body="\n\n".join(parts) + "\n",
    )


def hold_in_words(words: Words, hold: Hold) -> str:
    """Why something is kept, by which law, and until when, as far as that is known."""
    told = [words.name_of("erasure", f"hold_{hold.kind}")]
    if hold.law:
        told.append(words.phrase("erasure", "law", law=hold.law))
    if hold.until is not None:
        told.append(words.phrase("erasure", "until", until=words.day(hold.until)))
    return " ".join(told)


def _approved(words: Words, request: Request) -> Iterator[str]:
    for key in ("approved", "remains", "receipt"):
        yield words.phrase("erasure", key, number=str(request.number))


def _refused(words: Words, request: Request, held: Sequence[Hold]) -> Iterator[str]:
    yield words.name_of("erasure", "refused")
    for hold in held:
        yield hold_in_words(words, hold)
    if request.why:
        yield words.phrase("erasure", "officer_says", words=request.why)
    yield words.name_of("erasure", "next_refused")

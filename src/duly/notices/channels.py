"""A channel hands a composed notice to the outside; the same notice handed over twice arrives once.

`Outbox` writes .eml files (RFC 5322) that any mail program opens. Sending them is another program's work.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Final, Protocol

__all__ = ["Channel", "Outbox", "Posted"]

PLAIN: Final = Charset("utf-8")
PLAIN.body_encoding = QP


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A notice on its way: whom it is for, its number among theirs, when it was composed (microseconds)."""

    number: int
    subject: int
    name: str
    language: str
    composed: int
    sender: str
    title: str
    body: str


class Channel(Protocol):
    """Where notices leave."""

    def hand_over(self, posted: Posted) -> str:
        """Give the notice to the channel and return its name there; again and again with the same outcome."""
        ...


class Outbox:
    """A folder that only its owner may read, with one .eml file for each notice: <subject>-<number>.eml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hand_over(self, posted: Posted) -> str:
        """Write the file whole or not at all; a file that is there already is written again, unchanged."""
        target = self.folder / f"{posted.subject}-{posted.number}.eml"
        draft = target.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message(posted))
        draft.replace(target)
        return target.name


def message(posted: Posted) -> bytes:
    """The notice as a mail. No address is known yet, so both ends are in the reserved domain `.invalid`.

    It is built from parts that are known to be well-formed: the modern policy reads every header again,
    which takes five times as long as everything else.
    """
    mail = Message()
    mail.set_payload(posted.body, PLAIN)
    mail["From"] = formataddr((_line(posted.sender), "notices@duly.invalid"))
    mail["To"] = formataddr((_line(posted.name), f"person-{posted.subject}@duly.invalid"))
    mail["Subject"] = Header(_line(posted.title), "utf-8").encode()
    mail["Date"] = format_datetime(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=posted.composed))
    mail["Message-ID"] = f"<notice-{posted.subject}-{posted.number}@duly.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = posted.language
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def _line(text: str) -> str:
    """The text, if it is one line; a header ends at a line's end."""
    if text.splitlines() not in ([], [text]):
        raise ValueError("a name or title with a line end cannot be a header")
    return text

"""A channel hands a composed notice to the outside; the same notice handed over twice arrives once.

`Outbox` writes .eml files (RFC 5322) that any mail program opens. Sending them is another program's work.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

__all__ = ["Channel", "Outbox", "Posted"]


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
            file.write(message(posted).as_bytes())
        draft.replace(target)
        return target.name


def message(posted: Posted) -> EmailMessage:
    """The notice as a mail. No address is known yet, so both ends are in the reserved domain `.invalid`."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=posted.sender, username="notices", domain="duly.invalid")
    mail["To"] = Address(display_name=posted.name, username=f"person-{posted.subject}", domain="duly.invalid")
    mail["Subject"] = posted.title
    mail["Date"] = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=posted.composed)
    mail["Message-ID"] = f"<notice-{posted.subject}-{posted.number}@duly.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(posted.body)
    mail["Content-Language"] = posted.language
    return mail

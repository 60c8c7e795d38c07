"""Notices are sealed rows of the subject they are for, numbered from 1 for each subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from duly.notices.channels import Channel, Posted
from duly.notices.tables import notice
from duly.vault import Box, Plain, Use, Vault

__all__ = ["NOTICE", "Letter", "hand_over", "keep", "letters_of"]

NOTICE: Final = "notice"


class Letter(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is sealed of a notice."""

    name: str
    language: str
    sender: str
    title: str
    body: str


_LAST = (
    select(notice.c.subject, func.max(notice.c.number))
    .where(notice.c.subject.in_(bindparam("subjects", expanding=True)))
    .group_by(notice.c.subject)
)
_OF = select(notice).where(notice.c.subject == bindparam("of")).order_by(notice.c.number.desc())
_WAITING = select(notice).where(~notice.c.handed_over).order_by(notice.c.subject, notice.c.number)
_HANDED = (
    update(notice)
    .where(notice.c.subject == bindparam("of"), notice.c.number == bindparam("number_of"))
    .values(handed_over=True)
)
_DECODER = msgspec.msgpack.Decoder(Letter)


def keep(conn: Connection, vault: Vault, composed: Mapping[int, Sequence[Letter]], at: int) -> int:
    """Seal the letters of each subject under their next numbers; how many there were."""
    subjects = [subject for subject, letters in composed.items() if letters]
    if not subjects:
        return 0
    last: dict[int, int] = {row[0]: row[1] for row in conn.execute(_LAST, {"subjects": subjects})}
    plain = [
        Plain(subject=subject, category=NOTICE, version=number, data=msgspec.msgpack.encode(letter))
        for subject in subjects
        for number, letter in enumerate(composed[subject], last.get(subject, 0) + 1)
    ]
    rows = [
        {
            "subject": one.subject,
            "number": one.version,
            "composed": at,
            "handed_over": False,
            "sealed": sealed,
        }
        for one, sealed in zip(plain, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(insert(notice), rows)
    return len(rows)


def letters_of(conn: Connection, vault: Vault, use: Use, subject: int) -> list[tuple[int, int, Letter]]:
    """(number, time composed, letter) of a subject, the newest first."""
    rows = conn.execute(_OF, {"of": subject}).all()
    boxes = [Box(subject=subject, category=NOTICE, version=row.number, sealed=row.sealed) for row in rows]
    opened = vault.open(conn, use, boxes) if boxes else []
    return [(row.number, row.composed, _DECODER.decode(data)) for row, data in zip(rows, opened, strict=True)]


def hand_over(conn: Connection, vault: Vault, use: Use, channel: Channel, limit: int) -> int:
    """Give up to `limit` waiting notices to the channel; how many. A crash repeats it, with one outcome."""
    rows = conn.execute(_WAITING.limit(limit)).all()
    if not rows:
        return 0
    boxes = [Box(subject=row.subject, category=NOTICE, version=row.number, sealed=row.sealed) for row in rows]
    for row, data in zip(rows, vault.open(conn, use, boxes), strict=True):
        letter = _DECODER.decode(data)
        channel.hand_over(
            Posted(
                number=row.number,
                subject=row.subject,
                name=letter.name,
                language=letter.language,
                composed=row.composed,
                sender=letter.sender,
                title=letter.title,
                body=letter.body,
            )
        )
    conn.execute(_HANDED, [{"of": row.subject, "number_of": row.number} for row in rows])
    return len(rows)

"""Who asks to be forgotten is asked for: what stands in their facts becomes a request for the two officers.

They are answered within the months that the pack's law gives, and told what came of it and why. Whoever is to
be forgotten is told before, since nobody can be told after. Running anything twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import msgspec
from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, insert, select, update

from duly.entitlements import use_of
from duly.facts import Touched, load
from duly.facts.apply import INTAKE
from duly.forget.answers import answer_letter
from duly.forget.holds import holds_of
from duly.forget.requests import (
    APPROVED,
    ASKED,
    COLUMNS,
    REFUSED,
    WANTED,
    WITHDRAWN,
    Request,
    request_in,
)
from duly.forget.tables import forgetting
from duly.law import Pack
from duly.notices.letters import NOTICE, Letter, keep
from duly.notices.people import INFORM, people
from duly.notices.words import load as words_of
from duly.timeline import add_months
from duly.vault import Vault

__all__ = ["ERASURE", "Wanted", "Wishes", "wanted", "wish_of"]

ERASURE: Final = "erasure"
OPEN: Final = (WANTED, ASKED, APPROVED)
_SUBJECTS: Final[BindParameter[int]] = bindparam("subjects", type_=BigInteger, expanding=True)
_OF = select(*COLUMNS).where(forgetting.c.subject.in_(_SUBJECTS)).order_by(forgetting.c.number)
_UNTOLD = (
    select(*COLUMNS)
    .where(
        forgetting.c.wanted_on > 0,
        forgetting.c.subject.is_not(None),
        forgetting.c.state.in_([APPROVED, REFUSED]),
        forgetting.c.told != forgetting.c.state,
    )
    .order_by(forgetting.c.number)
    .limit(bindparam("most"))
)
_TOLD = update(forgetting).where(forgetting.c.number == bindparam("which")).values(told=bindparam("state_of"))
_SAID = (
    update(forgetting)
    .where(forgetting.c.number == bindparam("which"))
    .values(wanted_on=bindparam("on"), answer_by=bindparam("by"))
)
_BACK = update(forgetting).where(forgetting.c.number == bindparam("which")).values(state=WITHDRAWN)


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How people ask, from [erasure] of pack.toml.

    `attribute` holds the day on which somebody asked, or nothing; it is asked on `ground`, and answered
    within `months` by a law.
    """

    attribute: str
    ground: str
    months: int
    law: str


def wanted(pack: Pack) -> Wanted | None:
    """How people ask under this pack; None where they cannot."""
    section = pack.settings.get(ERASURE)
    return None if section is None else msgspec.convert(dict(cast(Mapping[str, Any], section)), Wanted)


def wish_of(conn: Connection, subject: int) -> Request | None:
    """The newest request that a subject made themselves, taken back or not; None where there is none."""
    own = [one for one in _requests(conn, [subject]) if one.wanted_on]
    return own[-1] if own else None


class Wishes:
    """Follows what people ask, and tells them the answer; `page` is the address of a person's page."""

    def __init__(self, pack: Pack, vault: Vault, page: str) -> None:
        self._pack, self._vault, self._page = pack, vault, page
        self._wanted = wanted(pack)

    def follow(self, conn: Connection, touched: Iterable[Touched], today: int, now: int) -> None:
        """What these subjects ask now, or take back."""
        told = self._wanted
        if told is None:
            return
        concerned = [one.subject for one in touched if told.attribute in one.attributes]
        if not concerned:
            return
        category = self._pack.vocabulary.attribute(told.attribute).category
        organisation = self._pack.section(INTAKE)["organisation"]
        use = use_of(self._pack, organisation, ERASURE, frozenset({category}), ERASURE)
        records = load(conn, self._vault, use, concerned, {category})
        before = _requests(conn, list(records))
        for subject, record in records.items():
            segments = record.facts.get((told.attribute, 0), ())
            said = segments[-1].value if segments else None
            own = [one for one in before if one.subject == subject]
            if said is None:
                self._take_back(conn, told, own)
            elif isinstance(said, int) and all(one.wanted_on != said for one in own):
                self._ask(conn, told, subject, said, own, now)

    def tell(self, conn: Connection, today: int, now: int, limit: int) -> int:
        """Write the notices of up to `limit` answers; how many."""
        rows = [request_in(row) for row in conn.execute(_UNTOLD, {"most": limit})]
        if not rows:
            return 0
        agency = next(iter(self._pack.section("agencies")))
        categories = frozenset({"contact", "identity", "protection"})
        use = use_of(self._pack, agency, INFORM, categories, NOTICE)
        known = people(conn, self._vault, use, self._pack, [_whose(one) for one in rows], today)
        letters: dict[int, list[Letter]] = {}
        for one in rows:
            reader = known.get(_whose(one))
            if reader is not None and reader.alive:
                held = holds_of(conn, self._pack, reader.subject, today) if one.state == REFUSED else []
                words = words_of(self._pack, reader.language)
                letter = answer_letter(words, reader, one, held, page=self._page)
                letters.setdefault(reader.subject, []).append(letter)
        keep(conn, self._vault, letters, now)
        conn.execute(_TOLD, [{"which": one.number, "state_of": one.state} for one in rows])
        return len(rows)

    def _ask(
        self, conn: Connection, told: Wanted, subject: int, day: int, own: Iterable[Request], now: int
    ) -> None:
        """One request is open at most: what an officer asked for already is the person's own from now on."""
        by = add_months(day, told.months)
        for one in own:
            if one.state in OPEN:
                conn.execute(_SAID, {"which": one.number, "on": day, "by": one.answer_by or by})
                return
        row: dict[str, Any] = {
            "subject": subject, "ground": told.ground, "reason": "", "asked_by": b"", "asked_signature": b"",
            "asked_at": now, "state": WANTED, "answered_at": 0, "why": "", "done_at": 0, "wanted_on": day,
            "answer_by": by,
        }  # fmt: skip
        conn.execute(insert(forgetting).values(row))

    def _take_back(self, conn: Connection, told: Wanted, own: Iterable[Request]) -> None:
        """What was asked on another ground is the officers' own again."""
        for one in own:
            if one.state in OPEN and one.wanted_on:
                if one.ground == told.ground:
                    conn.execute(_BACK, {"which": one.number})
                else:
                    conn.execute(_SAID, {"which": one.number, "on": 0, "by": 0})


def _requests(conn: Connection, subjects: list[int]) -> list[Request]:
    return [request_in(row) for row in conn.execute(_OF, {"subjects": subjects})] if subjects else []


def _whose(one: Request) -> int:
    assert one.subject is not None  # noqa: S101 - the statement takes no other
    return one.subject

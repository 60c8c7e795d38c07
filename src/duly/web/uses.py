"""The uses of a person's data, as that person may see them; what may not be listed is left out whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, select

from duly.access import SELF
from duly.delivery.answers import said_of
from duly.delivery.cases import CaseKind
from duly.delivery.tables import case as case_table
from duly.errors import NotFound
from duly.facts import ACCESS, load
from duly.notices.people import INFORM, PROTECTION
from duly.vault import Identifier, Used, receipt
from duly.web.circle import Circle, insight
from duly.web.dossier import UseMade

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["CASE", "MOST_USES", "receipt_of", "uses_in"]

MOST_USES: Final = 5000
CASE: Final = "case"
RECEIVED: Final = {INFORM: "notice", "pay": "account"}
"""By purpose: the category that is opened only when something reaches the person."""
_OWN_CASES: Final = select(case_table.c.number).where(
    case_table.c.number.in_(bindparam("numbers", expanding=True)),
    case_table.c.holder.in_(bindparam("who", expanding=True)),
    case_table.c.kind != CaseKind.BRAKE.value,
    ~case_table.c.joint,
)
_BROUGHT: Final = select(case_table.c.number).where(
    case_table.c.number.in_(bindparam("numbers", expanding=True)),
    case_table.c.holder == bindparam("by"),
    case_table.c.kind == CaseKind.CONTEST.value,
)


def uses_in(app: App, conn: Connection, circle: Circle) -> list[UseMade]:
    """What the reader may see, newest first; with the reasons of officers who answered cases."""
    listed = _listed(app, conn, circle)
    cases = {used.use.about for used in listed if used.use.actor.officer and not used.use.reported}
    reasons = {} if circle.hidden else _answers(app, conn, {circle.reader.subject, *circle.home}, cases)
    made = [_use(used, reasons.get(used.use.about, "")) for used in listed]
    return sorted(made, key=lambda use: (-use.at, use.index is not None, -(use.index or 0)))


def receipt_of(app: App, conn: Connection, circle: Circle, mark: str) -> bytes:
    """The receipt of a use that the reader may see. NotFound for any other, and until it is signed."""
    for used in _listed(app, conn, circle):
        if used.commitment.hex() == mark and used.index is not None:
            many = app.vault.in_many(conn, used.bulk) if used.bulk else None
            point = app.keeper.proving(used.index)
            proof = app.ledger.inclusion_proof(used.index, point.checkpoint.size)
            return receipt(used, used.index, proof, point.note, many)
    hint = "An entry has its receipt a second after it was made."
    raise NotFound("No such receipt", detail="The use is not yours, or not signed yet.", hint=hint)


def _listed(app: App, conn: Connection, circle: Circle) -> list[Used]:
    """The uses that the reader may see."""
    found = app.vault.uses(conn, insight(app.pack), circle.reader.subject, limit=MOST_USES)
    plain = [used for used in found if not _is_check(used)]
    if not circle.hidden:
        return plain
    own = _own_cases(conn, circle.reader.subject, plain)
    return [used for used in plain if _tells_of_nobody(used, own)]


def _is_check(used: Used) -> bool:
    """The check, made for others' pages, whether somebody is protected, or a child of such."""
    use = used.use
    if use.actor.officer or use.reported is not None:
        return False
    return (
        use.purpose == ACCESS
        or use.about == PROTECTION
        or (use.purpose == INFORM and use.categories == frozenset({PROTECTION}))
    )


def _tells_of_nobody(used: Used, own: Collection[str]) -> bool:
    """Where the reader may know nothing of a child, only this may be listed one by one.

    What the reader did, what machines did that reached the reader, who looked the reader up, and who opened a
    case that the reader brought. The times of all else, or that there is a case, would tell of the child.
    """
    use = used.use
    if use.reported is not None:
        return False
    if use.actor.organisation == SELF:
        return True
    if use.actor.officer:
        return not use.about.startswith(f"{CASE} ") or use.about in own
    return RECEIVED.get(use.purpose, "") in use.categories


def _own_cases(conn: Connection, reader: int, uses: Iterable[Used]) -> set[str]:
    """The cases that uses were about and that the reader brought, by contesting something."""
    named = {use.use.about.partition(" ")[2] for use in uses if use.use.about.startswith(f"{CASE} ")}
    numbers = [int(number) for number in named if number.isdecimal()]
    brought = conn.execute(_BROUGHT, {"numbers": numbers, "by": reader}).scalars()
    return {f"{CASE} {number}" for number in brought}


def _use(used: Used, reason: str) -> UseMade:
    use = used.use
    words = use.reported.words if use.reported is not None else ""
    return UseMade(
        at=used.at,
        organisation=use.actor.organisation,
        officer=use.actor.officer,
        purpose=use.purpose,
        legal_basis=use.legal_basis,
        categories=tuple(sorted(use.categories)),
        about=use.about,
        reason="" if words else reason,
        index=used.index,
        own=use.actor.organisation == SELF,
        mark=used.commitment.hex(),
        system=use.actor.system,
        words=words,
        seal=use.seal,
    )


def _answers(app: App, conn: Connection, holders: set[int], abouts: Iterable[str]) -> dict[str, str]:
    """By what a use was about, where that is a case of one of these holders alone: why it was answered so.

    What an officer writes may name whoever the case is about. So where something of another holder's waits or
    waited in it, or the reader was only looked at for it, it is not told.
    """
    numbers = {about: about.partition(" ")[2] for about in abouts if about.startswith(f"{CASE} ")}
    numbers = {about: number for about, number in numbers.items() if number.isdecimal()}
    own = set(
        conn.execute(_OWN_CASES, {"who": sorted(holders), "numbers": [*map(int, numbers.values())]}).scalars()
    )
    names = {Identifier("duly.case", said): about for about, said in numbers.items() if int(said) in own}
    subjects = app.vault.find(conn, list(names)) if names else {}
    records = load(conn, app.vault, insight(app.pack), subjects.values(), {CASE}) if subjects else {}
    return {
        names[name]: " / ".join(said.reason for said in said_of(records[subject])[1])
        for name, subject in subjects.items()
    }

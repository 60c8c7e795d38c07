"""What the stages hold of a person, opened for that person and gathered into a dossier.

One transaction opens everything and leaves the uses that it took; the pages see only the dossier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from duly.access import SELF
from duly.notices.people import INFORM, PROTECTION, people, roles, value_on
from duly.vault import Used
from duly.web.circle import Circle, insight, open_circle
from duly.web.dossier import Dossier, UseMade
from duly.web.entitled import Entitled
from duly.web.languages import Speech

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["circle_of", "dossier_of", "name_of", "uses_of"]

MOST_USES: Final = 500
RECEIVED: Final = {INFORM: "notice", "pay": "account"}
"""By purpose: the category that is opened only when something reaches the person."""


def dossier_of(app: App, speech: Speech, subject: int) -> Dossier:
    """Everything that is shown to a person, as of the clock's day."""
    today, use = app.clock.today(), insight(app.pack)

    def read(conn: Connection) -> Dossier:
        circle = open_circle(conn, app.vault, use, app.pack, subject, today)
        parts = roles(app.pack)
        return Dossier(
            name=circle.reader.name,
            today=today,
            account=value_on(app.pack, circle.records[subject], parts.account, today) is not None,
            held=tuple(Entitled(app, speech, conn, circle, today).held()),
            uses=tuple(_uses(app, conn, circle)),
        )

    return app.vault.disclose(use, read)


def circle_of(app: App, subject: int) -> Circle:
    """The circle of a person by itself."""
    use = insight(app.pack)

    def read(conn: Connection) -> Circle:
        return open_circle(conn, app.vault, use, app.pack, subject, app.clock.today())

    return app.vault.disclose(use, read)


def name_of(app: App, subject: int) -> str:
    """What a person is called, "" where that is not known."""
    use = insight(app.pack)

    def read(conn: Connection) -> str:
        found = people(conn, app.vault, use, app.pack, [subject], app.clock.today())
        return found[subject].name if subject in found else ""

    return app.vault.disclose(use, read)


def uses_of(app: App, subject: int) -> tuple[Circle, list[UseMade]]:
    """The circle of a person, and the uses of their data that they may see, newest first."""
    circle = circle_of(app, subject)
    with app.store.read() as conn:
        return circle, _uses(app, conn, circle)


def _uses(app: App, conn: Connection, circle: Circle) -> list[UseMade]:
    found = app.vault.uses(conn, insight(app.pack), circle.reader.subject, limit=MOST_USES)
    listed = [_use(used) for used in found if _may_list(used, hides=bool(circle.hidden))]
    return sorted(listed, key=lambda use: (-use.at, use.index is not None, -(use.index or 0)))


def _may_list(used: Used, *, hides: bool) -> bool:
    """Whether a use may be listed one by one.

    Not so the check, made for other people's pages, whether somebody is protected; and where the reader may
    know nothing of a child, only what machines did that the reader received: the times of all else would tell
    of the child.
    """
    use = used.use
    if use.purpose == INFORM and use.categories == frozenset({PROTECTION}):
        return False
    if not hides or use.actor.officer or use.actor.organisation == SELF:
        return True
    return RECEIVED.get(use.purpose, "") in use.categories


def _use(used: Used) -> UseMade:
    use = used.use
    return UseMade(
        at=used.at,
        organisation=use.actor.organisation,
        officer=use.actor.officer,
        purpose=use.purpose,
        legal_basis=use.legal_basis,
        categories=tuple(sorted(use.categories)),
        about=use.about,
        index=used.index,
        own=use.actor.organisation == SELF,
    )

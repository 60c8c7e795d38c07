"""What the stages hold of a person, opened for that person and gathered into a dossier.

One transaction opens everything and leaves the uses that it took; the pages see only the dossier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from duly.facts import value_on
from duly.notices.people import people, roles
from duly.web.circle import Circle, insight, open_circle
from duly.web.dossier import Dossier, UseMade
from duly.web.entitled import Entitled
from duly.web.languages import Speech
from duly.web.uses import MOST_USES, receipt_of, uses_in

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["circle_of", "dossier_of", "name_of", "proof_of", "sealed_of", "uses_of"]


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
            uses=tuple(uses_in(app, conn, circle)),
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
    use = insight(app.pack)

    def read(conn: Connection) -> tuple[Circle, list[UseMade]]:
        circle = open_circle(conn, app.vault, use, app.pack, subject, app.clock.today())
        return circle, uses_in(app, conn, circle)

    return app.vault.disclose(use, read)


def sealed_of(app: App, subject: int) -> int:
    """How many uses of a person's data are sealed today."""
    use = insight(app.pack)
    return app.vault.disclose(use, lambda conn: app.vault.sealed_uses(conn, use, subject, limit=MOST_USES))


def proof_of(app: App, subject: int, mark: str) -> bytes:
    """The receipt of one use of a person's data."""
    use = insight(app.pack)

    def read(conn: Connection) -> bytes:
        circle = open_circle(conn, app.vault, use, app.pack, subject, app.clock.today())
        return receipt_of(app, conn, circle, mark)

    return app.vault.disclose(use, read)

"""What would change a decision, in words: single facts, what they would lead to, and what changes by itself.

It is asked when somebody wants to know: trying out facts takes longer than a page may. Of others it tries
nothing that the reader may not see, and where the answer rests on them it says only that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from duly.law.explain import Explanation
from duly.law.outlook import Instead
from duly.web.circle import insight, open_circle
from duly.web.dossier import Held
from duly.web.entitled import Entitled
from duly.web.fact_views import OutlookPage
from duly.web.languages import Speech
from duly.web.person_view import coming, service

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["outlook_of"]


def outlook_of(app: App, speech: Speech, subject: int, key: str) -> OutlookPage | None:
    """What would change the decision of this name; None where the reader has none."""
    today, use = app.clock.today(), insight(app.pack)

    def read(conn: Connection) -> tuple[Held, Explanation] | None:
        circle = open_circle(conn, app.vault, use, app.pack, subject, today)
        return Entitled(app, speech, conn, circle, today).ahead(key)

    found = app.vault.disclose(use, read)
    return None if found is None else _page(speech, *found, today)


def _page(speech: Speech, held: Held, told: Explanation, today: int) -> OutlookPage:
    shown = service(speech, held, today, "now")
    return OutlookPage(
        title=shown.title,
        now=f"{shown.label}. {shown.what}".strip(),
        instead=tuple(_instead(speech, one) for one in told.instead),
        differ=held.different,
        needed=tuple(missing.what for missing in held.missing),
        by_itself=tuple(f"{one.when}: {one.what}" for one in coming(speech, [held], today)),
        back="/me",
    )


def _instead(speech: Speech, one: Instead) -> str:
    return speech.say(
        "%(fact)s (%(who)s): it is %(now)s now. If it were %(other)s, you would get: %(outcome)s.",
        fact=speech.words.name_of("attributes", one.attribute),
        who=one.who,
        now=one.now,
        other=one.told,
        outcome=one.outcome,
    )

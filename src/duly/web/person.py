"""The pages of one person about themselves: what was done, uses of their data, notices, choices, contests."""

from __future__ import annotations

from typing import Final

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from duly.errors import NotFound
from duly.notices.letters import letters_of
from duly.web import said
from duly.web.asked import PERSONS
from duly.web.choices import choices_of, delivery_form, may_give_to
from duly.web.circle import insight
from duly.web.gather import circle_of, dossier_of, proof_of, sealed_of, uses_of
from duly.web.person_view import decision_title, person_page, use_shown
from duly.web.site import FORM_BYTES, Form, Here, Site, Visitor, Who, page, redirect
from duly.web.uses import MOST_USES
from duly.web.views import LetterShown, UsesPage

__all__ = ["router"]

SHORTEST: Final = 3
MOST: Final = 4000


@get("/me", include_in_schema=False, sync_to_thread=True)
def mine(site: Here, visitor: Who) -> Response[str]:
    """What was done for me."""
    session = visitor.person()
    dossier = dossier_of(site.app, visitor.speech, session.subject)
    return page(site, visitor, "person.html", page=person_page(visitor.speech, dossier))


@get("/me/uses", include_in_schema=False, sync_to_thread=True)
def uses(site: Here, visitor: Who, own: FromQuery[str] = "") -> Response[str]:
    """Who used my data."""
    session = visitor.person()
    circle, found = uses_of(site.app, session.subject)
    kept = [use for use in found if own == "yes" or not use.own]
    say = visitor.speech.say
    shown = UsesPage(
        uses=tuple(use_shown(visitor.speech, use) for use in kept),
        own_shown=own == "yes",
        withheld=say("Some checks are not listed one by one, since their times could tell of a child.")
        if circle.hidden
        else "",
        older=len(found) >= MOST_USES,
        sealed=_sealed(visitor, sealed_of(site.app, session.subject)),
    )
    return page(site, visitor, "uses.html", page=shown)


def _sealed(visitor: Visitor, many: int) -> str:
    """That so many uses stay hidden for now, and nothing more of them."""
    say = visitor.speech.say
    if not many:
        return ""
    return say("Sealed uses: %(many)s. Each opens here by itself on a day that is already set.", many=many)


@get("/me/uses/{mark:str}/receipt", include_in_schema=False, sync_to_thread=True)
def receipt(site: Here, visitor: Who, mark: FromPath[str]) -> Response[bytes]:
    """The proof of one use, to keep: a C2SP tlog-proof."""
    proof = proof_of(site.app, visitor.person().subject, mark)
    named = {"Content-Disposition": f'attachment; filename="duly-{mark[:16]}.tlog-proof"'}
    return Response(proof, media_type="text/plain; charset=utf-8", headers=named)


@get("/me/notices", include_in_schema=False, sync_to_thread=True)
def notices(site: Here, visitor: Who) -> Response[str]:
    """What I was told."""
    return page(site, visitor, "notices.html", letters=_letters(site, visitor))


@get("/me/notices/{number:int}", include_in_schema=False, sync_to_thread=True)
def notice(site: Here, visitor: Who, number: FromPath[int]) -> Response[str]:
    """One notice."""
    found = next((letter for letter in _letters(site, visitor) if letter.number == number), None)
    if found is None:
        raise NotFound("No such notice", detail="It is not yours, or does not exist.")
    return page(site, visitor, "notice.html", letter=found)


@get("/me/choices", include_in_schema=False, sync_to_thread=True)
def choices(site: Here, visitor: Who, saved: FromQuery[str] = "") -> Response[str]:
    """How I want to be served."""
    session = visitor.person()
    circle = circle_of(site.app, session.subject)
    shown = choices_of(site.app, visitor.speech, circle)
    return page(site, visitor, "choices.html", choices=shown, saved=saved == "yes")


@post("/me/choices/delivery/{name:str}", include_in_schema=False, sync_to_thread=True)
def choose_delivery(
    site: Here, visitor: Who, name: FromPath[str], data: URLEncodedBody[Form]
) -> Response[str]:
    """Save how a service is to be delivered."""
    session = visitor.person()
    session.check(data.get("token", ""))
    form = delivery_form(site.app.pack, name, data.get("answer", ""))
    said.choose_delivery(site.app, session.subject, form, data["answer"])
    return redirect("/me/choices?saved=yes")


@post("/me/choices/recipient/{child:int}", include_in_schema=False, sync_to_thread=True)
def choose_recipient(
    site: Here, visitor: Who, child: FromPath[int], data: URLEncodedBody[Form]
) -> Response[str]:
    """Save who receives what is due for a child: oneself, or the other grown-up."""
    session = visitor.person()
    session.check(data.get("token", ""))
    circle = circle_of(site.app, session.subject)
    other = may_give_to(site.app.pack, circle, child)
    if other is None:
        raise NotFound("No such choice", detail="There is nobody to give it to.")
    mine = data.get("answer") == "me"
    recipient, instead = (session.subject, other) if mine else (other, session.subject)
    said.choose_recipient(site.app, child, recipient, instead)
    return redirect("/me/choices?saved=yes")


@get("/me/contest/{programme:str}/{holder:int}/{about:int}", include_in_schema=False, sync_to_thread=True)
def contest(
    site: Here,
    visitor: Who,
    programme: FromPath[str],
    holder: FromPath[int],
    about: FromPath[int],
    sent: FromQuery[str] = "",
) -> Response[str]:
    """The form to say that something is wrong."""
    return _contest(site, visitor, f"{programme}/{holder}/{about}", error="", sent=sent == "yes")


@post("/me/contest/{programme:str}/{holder:int}/{about:int}", include_in_schema=False, sync_to_thread=True)
def send_contest(
    site: Here,
    visitor: Who,
    programme: FromPath[str],
    holder: FromPath[int],
    about: FromPath[int],
    data: URLEncodedBody[Form],
) -> Response[str]:
    """Take what is wrong, in the person's own words."""
    session, key = visitor.person(), f"{programme}/{holder}/{about}"
    session.check(data.get("token", ""))
    text = data.get("text", "").strip()
    if len(text) < SHORTEST:
        return _contest(site, visitor, key, error=visitor.speech.say("Write what is wrong."), sent=False)
    title = _title(site, visitor, key)
    said.contest(site.app, session.subject, f"{title}: {text}"[:MOST])
    return redirect(f"/me/contest/{key}?sent=yes")


def _contest(site: Site, visitor: Visitor, key: str, *, error: str, sent: bool) -> Response[str]:
    return page(
        site,
        visitor,
        "contest.html",
        status=400 if error else 200,
        title=_title(site, visitor, key),
        action=f"/me/contest/{key}",
        error=error,
        sent=sent,
    )


def _title(site: Site, visitor: Visitor, key: str) -> str:
    """What the contest is about; NotFound for what is not the person's own."""
    dossier = dossier_of(site.app, visitor.speech, visitor.person().subject)
    return decision_title(visitor.speech, dossier, key)


def _letters(site: Site, visitor: Visitor) -> tuple[LetterShown, ...]:
    subject, use, words = visitor.person().subject, insight(site.app.pack), visitor.speech.words
    found = site.app.vault.disclose(use, lambda conn: letters_of(conn, site.app.vault, use, subject))
    return tuple(
        LetterShown(
            number=number,
            when=words.instant(composed),
            subject=letter.title,
            language=letter.language,
            body=letter.body,
        )
        for number, composed, letter in found
    )


def router() -> Router:
    """The pages under /me."""
    return Router(
        path="/",
        opt=PERSONS,
        route_handlers=[
            mine,
            uses,
            receipt,
            notices,
            notice,
            choices,
            choose_delivery,
            choose_recipient,
            contest,
            send_contest,
        ],
        request_max_body_size=FORM_BYTES,
    )

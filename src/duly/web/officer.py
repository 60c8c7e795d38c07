"""The pages of an officer: cases to answer, and records to look up for a purpose and with a reason."""

from __future__ import annotations

from typing import Final

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from duly.errors import NotFound
from duly.web import said
from duly.web.asked import OFFICERS
from duly.web.desk import Desk, case_page, case_rows, disputes, look_up, purposes
from duly.web.disputes import settle as settle_dispute
from duly.web.site import FORM_BYTES, Form, Here, Site, Visitor, Who, page, redirect
from duly.web.views import Option

__all__ = ["router"]

APPROVE: Final = "approve"
DIFFER: Final = "differ"
RIGHT: Final = "right"
STANDS: Final = "stands"
SHORTEST: Final = 3
MOST: Final = 1000


@get("/officer", include_in_schema=False, sync_to_thread=True)
def cases(site: Here, visitor: Who, answered: FromQuery[str] = "") -> Response[str]:
    """The open cases of the officer's agency."""
    rows, more = case_rows(_desk(site, visitor))
    return page(site, visitor, "officer_cases.html", rows=rows, more=more, answered=answered == "yes")


@get("/officer/cases/{number:int}", include_in_schema=False, sync_to_thread=True)
def case(site: Here, visitor: Who, number: FromPath[int], sent: FromQuery[str] = "") -> Response[str]:
    """One case, opened."""
    return _case(site, visitor, number, error="", field="", sent=sent == "yes")


@post("/officer/cases/{number:int}", include_in_schema=False, sync_to_thread=True)
def answer(site: Here, visitor: Who, number: FromPath[int], data: URLEncodedBody[Form]) -> Response[str]:
    """Approve what the machine proposes, or differ, with a reason."""
    officer = visitor.officer()
    officer.check(data.get("token", ""))
    verdict, reason = data.get("answer", ""), data.get("reason", "").strip()[:MOST]
    say = visitor.speech.say
    if verdict not in (APPROVE, DIFFER):
        return _case(site, visitor, number, error=say("Choose what you decide."), field="answer")
    if len(reason) < SHORTEST:
        return _case(site, visitor, number, error=say("Give your reason."), field="reason")
    case_page(_desk(site, visitor), number)
    said.answer_case(site.app, officer, case=number, verdict=verdict, reason=reason)
    return redirect("/officer?answered=yes")


@post("/officer/cases/{number:int}/contests/{name:str}", include_in_schema=False, sync_to_thread=True)
def settle(
    site: Here, visitor: Who, number: FromPath[int], name: FromPath[str], data: URLEncodedBody[Form]
) -> Response[str]:
    """Say of a contested fact that the person is right, or that the fact stands, with a reason."""
    officer, say = visitor.officer(), visitor.speech.say
    officer.check(data.get("token", ""))
    answers = {**data, "reason": data.get("reason", "").strip()[:MOST]}
    if data.get("answer") not in (RIGHT, STANDS):
        return _case(site, visitor, number, error=say("Choose what you decide."), field=f"answer-{name}")
    if len(answers["reason"]) < SHORTEST:
        return _case(site, visitor, number, error=say("Give your reason."), field=f"reason-{name}")
    found = next((one for one in disputes(_desk(site, visitor), number) if one.contest.name == name), None)
    if found is None:
        raise NotFound("No such contest", detail="It is settled, or not in this case.")
    settle_dispute(site.app, officer, found, answers)
    return redirect("/officer?answered=yes")


@get("/officer/look-up", include_in_schema=False, sync_to_thread=True)
def ask(site: Here, visitor: Who) -> Response[str]:
    """The form to look up a record."""
    visitor.officer()
    return _ask(site, visitor, error="", field="")


@post("/officer/look-up", include_in_schema=False, sync_to_thread=True, status_code=200)
def open_record(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """Open a record; the person sees who did, what for and why."""
    visitor.officer().check(data.get("token", ""))
    desk, say = _desk(site, visitor), visitor.speech.say
    number, purpose = "".join(data.get("identifier", "").split()), data.get("purpose", "")
    reason = data.get("reason", "").strip()[:MOST]
    if not number:
        return _ask(site, visitor, error=say("Write the number."), field="identifier")
    if purpose not in purposes(desk):
        return _ask(site, visitor, error=say("Choose what you need it for."), field="purpose")
    if len(reason) < SHORTEST:
        return _ask(site, visitor, error=say("Give your reason."), field="reason")
    try:
        record = look_up(desk, number, purpose, reason)
    except NotFound:
        return _ask(site, visitor, error=say("Nobody with this number is known."), field="identifier")
    return page(site, visitor, "officer_lookup.html", record=record, error="", field="", options=())


def _desk(site: Site, visitor: Visitor) -> Desk:
    return Desk(app=site.app, speech=visitor.speech, officer=visitor.officer())


def _ask(site: Site, visitor: Visitor, *, error: str, field: str) -> Response[str]:
    desk, words = _desk(site, visitor), visitor.speech.words
    options = tuple(
        Option(value=purpose, text=words.name_of("purposes", purpose), hint="", chosen=False)
        for purpose in purposes(desk)
    )
    status = 400 if error else 200
    return page(
        site,
        visitor,
        "officer_lookup.html",
        status=status,
        record=None,
        error=error,
        field=field,
        options=options,
    )


def _case(
    site: Site, visitor: Visitor, number: int, *, error: str, field: str, sent: bool = False
) -> Response[str]:
    say = visitor.speech.say
    options = (
        Option(value=APPROVE, text=say("I approve what the machine proposes"), hint="", chosen=False),
        Option(value=DIFFER, text=say("I decide differently: what holds now stays"), hint="", chosen=False),
    )
    settled = (
        Option(value=RIGHT, text=say("The person is right"), hint="", chosen=False),
        Option(value=STANDS, text=say("The fact stands"), hint="", chosen=False),
    )
    findings = (
        Option(value="yes", text=say("Yes"), hint="", chosen=False),
        Option(value="no", text=say("No"), hint="", chosen=False),
        Option(value="", text=say("I make no finding"), hint="", chosen=True),
    )
    shown = case_page(_desk(site, visitor), number)
    return page(
        site,
        visitor,
        "officer_case.html",
        status=400 if error else 200,
        case=shown,
        options=options,
        settled=settled,
        findings=findings,
        error=error,
        field=field,
        sent=sent,
    )


def router() -> Router:
    """The pages under /officer."""
    return Router(
        path="/",
        opt=OFFICERS,
        route_handlers=[cases, case, answer, settle, ask, open_record],
        request_max_body_size=FORM_BYTES,
    )
